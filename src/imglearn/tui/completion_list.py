"""What could stand where one is typing in the filter: a small list above the box."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from imglearn.filter_language import Completion, completions
from imglearn.text import safe_line

MOST = 8
_WIDEST = 50  # cells


class CompletionList(Static):
    """Offers completions of a text. One is taken by going to it, and the next one then in its place."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self.values: Mapping[str, Iterable[str]] = {}
        self._text = ""  # as it was typed
        self._offered: list[Completion] = []
        self._chosen: int | None = None
        self.display = False

    @property
    def is_open(self) -> bool:
        """Whether something is offered."""
        return bool(self._offered)

    def offer(self, text: str, cursor: int) -> None:
        """Offer what could stand at the cursor, where something has been begun."""
        self._text, self._chosen = text, None
        begun = cursor > 0 and not text[cursor - 1].isspace() and text[cursor : cursor + 1].strip() == ""
        self._offered = completions(text, cursor, self.values)[:MOST] if begun else []
        self._show()

    def close(self) -> None:
        """Offer nothing."""
        self._offered, self._chosen = [], None
        self._show()

    def go(self, step: int) -> tuple[str, int]:
        """Go to the next one, or the one before. Return the text with it, and the cursor behind it."""
        last = len(self._offered) - 1
        if self._chosen is None:
            self._chosen = 0 if step > 0 else last
        else:
            self._chosen = (self._chosen + step) % (last + 1)
        taken = self._offered[self._chosen]
        self._show()
        return self._text[: taken.start] + taken.text + self._text[taken.end :], taken.start + len(taken.text)

    @property
    def is_the_only_one(self) -> bool:
        """Whether there is nothing else to go to."""
        return len(self._offered) == 1

    def _show(self) -> None:
        self.display = bool(self._offered)
        if not self._offered:
            return
        lines = [safe_line(one.text, _WIDEST) for one in self._offered]
        width = max(map(cell_len, lines))
        shown = [
            Content.styled(f" {line}{' ' * (width - cell_len(line))} ", "reverse" if place == self._chosen else "")
            for place, line in enumerate(lines)
        ]
        self.update(Content("\n").join(shown))
        self.styles.width, self.styles.height = width + 3, len(lines)
        self.styles.offset = (cell_len(self._text[: self._offered[0].start]) + 1, -len(lines))
