"""Answers as people read them: what each table shows, and how it is printed."""
