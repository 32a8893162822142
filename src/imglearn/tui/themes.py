"""The app's own themes, a dark one and a light one of the same family."""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="imglearn",
    primary="#7aa2f7",
    secondary="#bb9af7",
    accent="#ff9e64",
    foreground="#c8d3f5",
    background="#12141f",
    surface="#171a28",
    panel="#1f2335",
    success="#9ece6a",
    warning="#e0af68",
    error="#f7768e",
    dark=True,
    variables={
        "block-cursor-text-style": "none",
        "footer-key-foreground": "#ff9e64",
        "input-selection-background": "#7aa2f7 35%",
    },
)
LIGHT = Theme(
    name="imglearn-light",
    primary="#2f5bd0",
    secondary="#7a3fb8",
    accent="#a8480a",
    foreground="#23283d",
    background="#eef0f6",
    surface="#fbfbfe",
    panel="#e2e6f1",
    success="#256b1a",
    warning="#7d5200",
    error="#b3203f",
    dark=False,
    variables={
        "block-cursor-text-style": "none",
        "footer-key-foreground": "#a8480a",
        "input-selection-background": "#2f5bd0 25%",
    },
)
THEMES = (DARK, LIGHT)


def theme_names() -> list[str]:
    """Return the names of the app's own themes and of Textual's; the ansi ones have the terminal's own colours."""
    return sorted({theme.name for theme in THEMES} | BUILTIN_THEMES.keys())
