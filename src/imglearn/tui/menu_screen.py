"""A small menu over the app, from which one thing is chosen by Enter, by a click or by its letter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from imglearn.text import safe_line
from imglearn.tui.keymap import keys_of, sign

LEAST_WIDTH = 16  # of a screen that has room for a menu


class Entry(NamedTuple):
    """A line of the menu: its name, and what is said beside it."""

    name: str
    note: str = ""


class MenuScreen(ModalScreen[int | None]):
    """Returns the place of the entry that was chosen, None for none. An entry's key is a letter that no other has."""

    CSS = """
    #menu { width: 64; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Close", id="menu.close", tooltip="Choose nothing"),
        Binding("down,j", "cursor_down", "Down", show=False, id="menu.down", tooltip="To the next line"),
        Binding("up,k", "cursor_up", "Up", show=False, id="menu.up", tooltip="To the line before"),
        Binding("delete,backspace", "remove", "Remove", show=False, id="menu.remove", tooltip="Remove a saved filter"),
    ]

    def __init__(
        self,
        title: str,
        entries: Sequence[Entry],
        highlighted: int = 0,
        removed: Callable[[int], None] | None = None,
    ) -> None:
        """Offer entries; where `removed` is given, it is told the place of each that the person takes out."""
        super().__init__()
        self._title = title
        self._entries = list(entries)
        self._removed = removed
        self._highlighted = highlighted
        self._keys: list[str] = []

    def compose(self) -> ComposeResult:
        """A line for each entry, its key underlined; none where a line would be wrapped into nothing."""
        if self.app.size.width < LEAST_WIDTH:
            return
        self._keys = _keys([entry.name for entry in self._entries], taken=keys_of(self))
        menu = OptionList(*map(self._line, range(len(self._entries))), id="menu", classes="dialog")
        menu.border_title = self._title
        if self._removed is not None:
            menu.border_subtitle = Text(f"{sign(self, 'menu.remove')} removes")
        menu.highlighted = self._highlighted
        yield menu

    def on_mount(self) -> None:
        """Close where there is no room."""
        if not self.query(OptionList):
            self.dismiss(None)

    def _line(self, place: int) -> Option:
        name, note = self._entries[place]
        shown, key = safe_line(name, 40), self._keys[place]
        at = next((place for place, sign in enumerate(shown) if key and sign.lower() == key), -1)
        line = (
            Content(shown) if at < 0 else Content.assemble(shown[:at], (shown[at], "bold underline"), shown[at + 1 :])
        )
        return Option(line + Content.styled(f"  {safe_line(note, 60)}" if note else "", "dim"))

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Return the entry."""
        self.dismiss(message.option_index)

    def on_key(self, event: events.Key) -> None:
        """Choose by letter."""
        if event.key in self._keys:
            event.stop()
            self.dismiss(self._keys.index(event.key))

    def action_remove(self) -> None:
        """Take the highlighted entry out."""
        menu = self.query_one(OptionList)
        place = menu.highlighted
        if self._removed is None or place is None:
            return
        self._removed(place)
        del self._entries[place], self._keys[place]
        menu.remove_option_at_index(place)
        if not self._entries:
            self.dismiss(None)

    def action_cursor_down(self) -> None:
        """Go down."""
        self.query_one(OptionList).action_cursor_down()

    def action_cursor_up(self) -> None:
        """Go up."""
        self.query_one(OptionList).action_cursor_up()


def _keys(names: Sequence[str], taken: set[str]) -> list[str]:
    """Return a letter for each name, as near to its beginning as may be; an empty text where none is left."""
    found = []
    for name in names:
        letters = [letter for letter in name.lower() if letter.isascii() and letter.isalnum()]
        key = next((letter for letter in letters if letter not in taken), "")
        taken.add(key)
        found.append(key)
    return found
