"""The app: its theme, its style sheet, its one main screen."""

from __future__ import annotations

import os
from pathlib import Path

from textual import on
from textual.app import App
from textual.screen import Screen
from textual.theme import Theme

from imglearn.saved_filters import SavedFilters
from imglearn.text import safe_text
from imglearn.tui.filter_bar import FilterBar
from imglearn.tui.main_screen import MainScreen
from imglearn.tui.remembered import Remembered
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

    def __init__(
        self,
        path: Path,
        *,
        is_default: bool = True,
        filter_text: str = "",
        state_folder: Path | None = None,
        images: Images = HALF_BLOCKS,
    ) -> None:
        """Show the log at `path`, narrowed down by a filter.

        `is_default` says whether commands find this database without being told. What is chosen is kept in the state
        folder, if there is one.
        """
        # Without its own colours Textual would still send greys where the user asked for none.
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self._path = path
        self._is_default = is_default
        self._filter_text = filter_text
        self._state_folder = state_folder
        self._images = images
        self.remembered = Remembered() if state_folder is None else Remembered.load(state_folder)
        self.register_theme(THEME)
        kept = self.remembered.theme
        self.theme = kept if kept in self.available_themes else THEME.name

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen."""
        return MainScreen(
            self._path,
            is_default=self._is_default,
            filter_text=self._filter_text,
            earlier_filters=self.remembered.filters,
            images=self._images,
            saved_filters=None if self._state_folder is None else SavedFilters(self._state_folder),
        )

    def on_mount(self) -> None:
        """Keep the theme that is chosen from here on."""
        self.theme_changed_signal.subscribe(self, self._theme_chosen)

    def on_ready(self) -> None:
        """Say why pictures are not shown as somebody asked."""
        if self._images.note:
            self.notify(safe_text(self._images.note), timeout=10, markup=False)

    @on(FilterBar.Kept)
    def _filter_kept(self, message: FilterBar.Kept) -> None:
        self.remembered.filters = message.history
        self._remember()

    def _theme_chosen(self, theme: Theme) -> None:
        self.remembered.theme = theme.name
        self._remember()

    def _remember(self) -> None:
        if self._state_folder is not None:
            self.remembered.save(self._state_folder)
