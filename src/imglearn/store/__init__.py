"""The database: the only room that knows the SQL of our own."""
