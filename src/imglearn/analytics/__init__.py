"""Numbers about the past: one module for each question."""
