"""Advice for the next attempt, from what the attempts before it teach; and alerts where something broke."""
