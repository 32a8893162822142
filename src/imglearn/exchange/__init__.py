"""Attempts in and out of files."""
