"""What the libraries that generate images know about an attempt, as fields of the record."""
