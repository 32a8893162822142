"""A menu of columns to sort by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from imglearn.tui.row_painter import SortMark


class SortScreen(ModalScreen[str | None]):
    """Returns the title of a column, None for none. Each has a key: the first letter that no other has."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Close", id="sort.close", tooltip="Leave the order as it is"),
        Binding("down,j", "cursor_down", "Down", show=False, id="sort.down", tooltip="To the next column"),
        Binding("up,k", "cursor_up", "Up", show=False, id="sort.up", tooltip="To the column before"),
    ]

    def __init__(self, titles: Sequence[str], current: SortMark) -> None:
        super().__init__()
        self._titles = titles
        self._current = current
        self._keys = _keys(titles)

    def compose(self) -> ComposeResult:
        """A line for each column; the current one says which way a second choice turns it."""
        options = []
        for title in self._titles:
            place = title.index(self._keys[title])
            name = Content.assemble(title[:place], (title[place], "bold underline"), title[place + 1 :])
            if title == self._current.title:
                name += Content("  ↓, again: ↑" if self._current.descending else "  ↑, again: ↓")
            options.append(Option(name, id=title))
        menu = OptionList(*options, id="sort")
        menu.border_title = "Sort by"
        menu.highlighted = list(self._titles).index(self._current.title)
        yield menu

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Return the column."""
        self.dismiss(message.option_id)

    def on_key(self, event: events.Key) -> None:
        """Choose by letter."""
        for title, letter in self._keys.items():
            if event.key == letter:
                event.stop()
                self.dismiss(title)

    def action_cursor_down(self) -> None:
        """Go down."""
        self.query_one(OptionList).action_cursor_down()

    def action_cursor_up(self) -> None:
        """Go up."""
        self.query_one(OptionList).action_cursor_up()


def _keys(titles: Sequence[str]) -> dict[str, str]:
    taken = set("jkq")
    found = {}
    for title in titles:
        found[title] = next(letter for letter in title if letter not in taken)
        taken.add(found[title])
    return found
