"""Attempts from outside: what images say about themselves, and folders that are watched."""
