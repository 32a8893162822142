"""Jumping: a letter on everything that one can go to, and the letter goes there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.widgets import Static

from imglearn.tui.keymap import keys_of

LETTERS = "asdfghjklweruiopxcvnm"  # those that are under the fingers first


class JumpScreen(ModalScreen[int | None]):
    """Returns the place of the region whose letter was typed, None for any other key."""

    CSS = """
    JumpScreen { background: transparent; layers: letters; }
    .jump--letter {
        layer: letters;
        position: absolute;
        width: 3;
        height: 1;
        background: $accent;
        color: $background;
        text-style: bold;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Stay", id="jump.stay", tooltip="Go nowhere", priority=True),
    ]

    def __init__(self, regions: Sequence[Region]) -> None:
        super().__init__()
        self._regions = regions
        self._letters: list[str] = []

    def compose(self) -> ComposeResult:
        """A letter at the corner of each region."""
        taken = keys_of(self)
        self._letters = [letter for letter in LETTERS if letter not in taken]
        for letter, region in zip(self._letters, self._regions, strict=False):
            label = Static(f" {letter} ", classes="jump--letter", markup=False)
            label.styles.offset = (region.x, region.y)
            yield label

    def on_key(self, event: events.Key) -> None:
        """Go there."""
        event.stop()
        shown = self._letters[: len(self._regions)]
        self.dismiss(shown.index(event.key) if event.key in shown else None)

    def on_click(self) -> None:
        """Stay."""
        self.dismiss(None)
