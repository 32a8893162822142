"""The keys, as the bindings themselves have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

SIGNS = {
    "question_mark": "?",
    "slash": "/",
    "at": "@",
    "colon": ":",
    "space": "Space",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "ctrl+p": "Ctrl+P",
    "escape": "Esc",
    "enter": "Enter",
    "pageup": "Page Up",
    "pagedown": "Page Down",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "f1": "F1",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
}


class HelpScreen(ModalScreen[None]):
    """Shows groups of bindings over the app, until Esc or the key that opened it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,enter", "dismiss", "Close", id="help.close", tooltip="Close the help"),
    ]

    def __init__(self, groups: Mapping[str, Iterable[BindingType]]) -> None:
        super().__init__()
        self._groups = groups

    def compose(self) -> ComposeResult:
        """One table of keys that scrolls where the terminal is small."""
        with VerticalScroll(id="help"):
            yield Static(self._keys())

    def on_mount(self) -> None:
        """Name the way out."""
        self.query_one("#help").border_title = "Keys · Esc closes"

    def _keys(self) -> Group:
        parts: list[Text | Table] = []
        for title, bindings in self._groups.items():
            grid = Table.grid(padding=(0, 2))
            grid.add_column(justify="right", style="bold", min_width=16)
            for binding in bindings:
                if isinstance(binding, Binding):
                    keys = "  ".join(SIGNS.get(key, key) for key in binding.key.split(","))
                    grid.add_row(keys, binding.tooltip or binding.description)
            parts += [Text(title, style="bold underline"), grid, Text()]
        return Group(*parts[:-1])
