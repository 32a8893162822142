"""The app: its theme, its style sheet, its one main screen."""

from __future__ import annotations

import os
from pathlib import Path

from textual.app import App
from textual.screen import Screen
from textual.theme import Theme

from imglearn.tui.main_screen import MainScreen

THEME = Theme(
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


class ImglearnApp(App[None]):
    """Watch a log of attempts live."""

    TITLE = "imglearn"
    CSS_PATH = "app.tcss"

    def __init__(self, path: Path, *, is_default: bool = True) -> None:
        # Without its own colours Textual would still send greys where the user asked for none.
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self._path = path
        self._is_default = is_default  # whether commands find this database without being told
        self.register_theme(THEME)
        self.theme = THEME.name

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen."""
        return MainScreen(self._path, is_default=self._is_default)
