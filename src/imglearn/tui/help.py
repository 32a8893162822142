"""The keys that hold, as the bindings have them, and a way to find one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from imglearn.tui.key_names import key_sign
from imglearn.tui.keymap import sign
from imglearn.tui.safe_input import SafeInput


class HelpScreen(ModalScreen[None]):
    """Shows groups of bindings over the app, until Esc or the key that opened it."""

    CSS = """
    #help { width: 72; padding: 1 2; }
    #help-keys { height: auto; max-height: 100%; }
    #help-keys Static { height: auto; }
    #help-search { border: none; padding: 0 1; margin-bottom: 1; background: $surface; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", id="help.leave", tooltip="Close, or end the search", priority=True),
        Binding("question_mark,f1,q,enter", "dismiss", "Close", id="help.close", tooltip="Close the help"),
        Binding("slash", "search", "Search", id="help.search", tooltip="Find a key by what it does"),
        Binding("down,j", "scroll(1)", "Down", show=False, id="help.down", tooltip="Down a line"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="help.up", tooltip="Up a line"),
        Binding("pagedown,space", "page(1)", "Page down", show=False, id="help.page-down", tooltip="Down a page"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="help.page-up", tooltip="Up a page"),
        Binding("g,home", "edge(-1)", "Top", show=False, id="help.top", tooltip="To the top"),
        Binding("G,end", "edge(1)", "Bottom", show=False, id="help.bottom", tooltip="To the end"),
    ]

    AUTO_FOCUS = ""

    def __init__(self, groups: Mapping[str, Sequence[Binding]]) -> None:
        super().__init__()
        self._groups = groups

    def compose(self) -> ComposeResult:
        """A line to search in, and one table of keys that scrolls where the terminal is small."""
        with Vertical(id="help", classes="dialog") as box:
            finds, closes = sign(self, "help.search"), sign(self, "help.leave")
            box.border_title = Text(f"Keys · {finds} finds one · {closes} closes")
            search = SafeInput(placeholder="what a key does, or the key", id="help-search")
            search.display = False
            yield search
            with VerticalScroll(id="help-keys", can_focus=False):
                yield Static(self._keys(""))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave to the search the keys that are text there."""
        return action in ("leave", "page") or not isinstance(self.focused, Input)

    def action_search(self) -> None:
        """Put the cursor into the search."""
        search = self.query_one(Input)
        search.display = True
        self.set_focus(search)

    def action_leave(self) -> None:
        """End the search, else close."""
        search = self.query_one(Input)
        if not search.display:
            self.dismiss()
            return
        self.set_focus(None)
        search.value = ""
        search.display = False

    def action_scroll(self, lines: int) -> None:
        """Scroll by a line."""
        self._scroll.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by a page."""
        self._scroll.scroll_relative(y=pages * max(1, self._scroll.size.height - 1), animate=False)

    def action_edge(self, end: int) -> None:
        """Scroll to the top or to the end."""
        (self._scroll.scroll_home if end < 0 else self._scroll.scroll_end)(animate=False)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        self.query_one("#help-keys Static", Static).update(self._keys(message.value))
        self._scroll.scroll_home(animate=False)

    @on(Input.Submitted)
    def _found(self) -> None:
        """Keep what was found, and scroll in it."""
        self.set_focus(None)

    @property
    def _scroll(self) -> VerticalScroll:
        return self.query_one("#help-keys", VerticalScroll)

    def _keys(self, wanted: str) -> Group:
        parts: list[Text | Table] = []
        for title, bindings in self._groups.items():
            grid = Table.grid(padding=(0, 2))
            grid.add_column(justify="right", style="bold", min_width=16)
            for binding in bindings:
                keys = "  ".join(key_sign(key) for key in binding.key.split(","))
                said = binding.tooltip or binding.description
                if all(
                    word in f"{keys} {binding.description} {said} {title}".casefold()
                    for word in wanted.casefold().split()
                ):
                    grid.add_row(keys, said)
            if grid.row_count:
                parts += [Text(title, style="bold underline"), grid, Text()]
        return Group(*parts[:-1]) if parts else Group(Text("No key does that.", style="dim"))
