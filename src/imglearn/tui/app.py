"""The app: its theme, its style sheet, its one main screen."""

from __future__ import annotations

import os
from pathlib import Path

from textual.app import App
from textual.screen import Screen
from textual.theme import Theme

from imglearn.text import safe_text
from imglearn.tui.main_screen import MainScreen
from imglearn.tui.terminal_images import HALF_BLOCKS, Images

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

    def __init__(self, path: Path, *, is_default: bool = True, images: Images = HALF_BLOCKS) -> None:
        # Without its own colours Textual would still send greys where the user asked for none.
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self._path = path
        self._is_default = is_default  # whether commands find this database without being told
        self._images = images
        self.register_theme(THEME)
        self.theme = THEME.name

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen."""
        return MainScreen(self._path, is_default=self._is_default, images=self._images)

    def on_ready(self) -> None:
        """Say why pictures are not shown as somebody asked."""
        if self._images.note:
            self.notify(safe_text(self._images.note), timeout=10, markup=False)
