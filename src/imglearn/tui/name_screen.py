"""Asking for a name."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from imglearn.tui.safe_input import SafeInput


class NameScreen(ModalScreen[str | None]):
    """Returns what was typed, None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", "Keep", id="name.keep", tooltip="Take the name", priority=True),
        Binding("escape", "dismiss(None)", "Close", id="name.close", tooltip="Give no name", priority=True),
    ]

    def __init__(self, title: str, placeholder: str = "") -> None:
        super().__init__()
        self._title = title
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """One line."""
        box = SafeInput(placeholder=self._placeholder, id="name")
        box.border_title = self._title
        yield box

    def action_done(self) -> None:
        """Return the name."""
        self.dismiss(self.query_one(Input).value.strip() or None)
