"""Asking for a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from imglearn.text import safe_line
from imglearn.tui.safe_input import SafeInput


class NameScreen(ModalScreen[str | None]):
    """Returns what was typed, None for nothing. A name that won't do is told, and can be mended."""

    CSS = """
    #name { width: 50; height: 3; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", "Keep", id="name.keep", tooltip="Take the name", priority=True),
        Binding("escape", "dismiss(None)", "Close", id="name.close", tooltip="Give no name", priority=True),
    ]

    def __init__(self, title: str, placeholder: str, problem: Callable[[str], str | None]) -> None:
        """Ask for a name; `problem` says what is wrong with one."""
        super().__init__()
        self._problem = problem
        self._title = title
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """One line."""
        box = SafeInput(placeholder=self._placeholder, id="name", classes="dialog")
        box.border_title = self._title
        yield box

    def action_done(self) -> None:
        """Return the name."""
        box = self.query_one(Input)
        name = box.value.strip()
        problem = self._problem(name) if name else None
        if problem is None:
            self.dismiss(name or None)
        else:
            box.border_subtitle = Text(safe_line(problem, 200))
