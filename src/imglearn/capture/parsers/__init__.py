"""Parsers of the texts in image files."""
