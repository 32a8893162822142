"""The app: its theme, its style sheet, its one main screen."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from textual import events, on
from textual.app import App, SystemCommand
from textual.command import CommandPalette
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Input

from imglearn.saved_filters import SavedFilters
from imglearn.text import safe_line, safe_text
from imglearn.tui import palette
from imglearn.tui.filter_bar import FilterBar
from imglearn.tui.keymap import Keymap
from imglearn.tui.main_screen import MainScreen
from imglearn.tui.menu_screen import LEAST_WIDTH, MenuScreen
from imglearn.tui.pane_layout import PaneLayout
from imglearn.tui.remembered import Remembered
from imglearn.tui.terminal_images import HALF_BLOCKS, Images
from imglearn.tui.themes import DARK, THEMES

LAST_S = 2.0  # to end in


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
        theme_name: str | None = None,
        usual_theme: str | None = None,
        keymap: Keymap | None = None,
    ) -> None:
        """Show the log at `path`, narrowed down by a filter.

        `is_default` says whether commands find this database without being told. What is chosen is kept in the state
        folder, if there is one: the theme that was chosen last holds where none is asked for, nor is there a usual one.
        """
        # Without its own colours Textual would still send greys where the user asked for none.
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self._path = path
        self._is_default = is_default
        self._filter_text = filter_text
        self._state_folder = state_folder
        self._images = images
        self.keymap = keymap or Keymap()
        self._main: MainScreen | None = None
        self.remembered = Remembered() if state_folder is None else Remembered.load(state_folder)
        for theme in THEMES:
            self.register_theme(theme)
        self._usual_theme = usual_theme
        wanted = theme_name or usual_theme or self.remembered.theme
        self.theme = wanted if wanted in self.available_themes else DARK.name
        self._is_theme_given = self.theme == theme_name
        self._unknown_theme = theme_name if theme_name not in (None, self.theme) else None

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen."""
        self._main = MainScreen(
            self._path,
            is_default=self._is_default,
            filter_text=self._filter_text,
            earlier_filters=self.remembered.filters,
            images=self._images,
            saved_filters=None if self._state_folder is None else SavedFilters(self._state_folder),
            shares=self.remembered.shares.within_bounds(),
            seen_alerts=self.remembered.seen_alerts,
        )
        return self._main

    def on_mount(self) -> None:
        """Take on the keys that hold, and keep the theme that is chosen from here on."""
        self.set_keymap(self.keymap.textual)
        self._end_with_signals()
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
        self.app_resume_signal.subscribe(self, self._paint_anew)
        if self._is_theme_given:
            self._theme_chosen(self.current_theme)

    def on_resize(self, event: events.Resize) -> None:
        """Close a menu that there is no room for: its lines can't be wrapped into nothing."""
        if event.size.width < LEAST_WIDTH and isinstance(self.screen, MenuScreen | CommandPalette):
            self.pop_screen()

    def action_command_palette(self) -> None:
        """Show the palette, where there is room."""
        if self.size.width >= LEAST_WIDTH:
            super().action_command_palette()

    @property
    def unkept(self) -> list[str]:
        """The remarks that were written, and couldn't be stored by the end."""
        main = self._main
        return [] if main is None else [remark.text for remark in main.unkept]

    def on_ready(self) -> None:
        """Collect garbage from here on; say why pictures are not shown as somebody asked."""
        if not gc.isenabled():
            gc.freeze()  # what the app is made of stays, and needn't be looked through again and again
            gc.enable()
        if self._images.note:
            self.notify(safe_text(self._images.note), timeout=10, markup=False)
        if self._unknown_theme is not None:
            known = ", ".join(sorted(self.available_themes))
            self.notify(f"There is no theme {safe_line(self._unknown_theme)!r}; there are: {known}", markup=False)

    @on(CommandPalette.Opened)
    def _palette_opened(self) -> None:
        # As in every other field here: a cursor that blinks is bytes over ssh for nothing.
        for field in self.screen.query(Input):
            field.cursor_blink = False

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield what the command palette offers."""
        if isinstance(screen, MainScreen):
            yield from palette.of_bindings(self, screen, self.keymap)
        yield SystemCommand("Theme", "Choose the colours; they are kept", self.action_change_theme)
        for name in sorted(self.available_themes):
            yield SystemCommand(
                f"Theme: {name}", "These colours", partial(setattr, self, "theme", name), discover=False
            )
        yield SystemCommand("Quit", "End the app; the log stays", self.action_quit)

    def _end_with_signals(self) -> None:
        """Give the terminal back where somebody ends the app from outside, or the terminal goes."""
        if threading.current_thread() is not threading.main_thread():
            return
        for name in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(name, self._end, 128 + name)

    def _paint_anew(self, _: App[None]) -> None:
        """Paint everything after a stop: the terminal has forgotten what is not sent again."""
        self.refresh(layout=True)

    def _end(self, code: int) -> None:
        # A terminal that is gone may not take what is written to it: then the process ends all the same.
        last = threading.Timer(LAST_S, os._exit, (code,))
        last.daemon = True
        last.start()
        self.exit(return_code=code)

    @on(FilterBar.Kept)
    def _filter_kept(self, message: FilterBar.Kept) -> None:
        self._remember(filters=message.history)

    @on(PaneLayout.Shared)
    def _panes_shared(self, message: PaneLayout.Shared) -> None:
        self._remember(shares=message.shares)

    @on(MainScreen.AlertsSeen)
    def _alerts_seen(self, message: MainScreen.AlertsSeen) -> None:
        self._remember(seen_alerts=message.ids)

    def _theme_chosen(self, theme: Theme) -> None:
        self._remember(theme=theme.name)
        if self._usual_theme not in (None, theme.name):
            usual = safe_line(str(self._usual_theme))
            self.notify(f"Until the app ends: the settings say {usual} (see imglearn where).", markup=False)

    def _remember(self, **chosen: Any) -> None:
        if self._state_folder is not None:
            self.remembered = Remembered.add(self._state_folder, **chosen)
