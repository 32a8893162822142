"""A window on a long list: the rows that are at hand, and where in the list they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic

from imglearn.tui.columns import Row


class Window(Generic[Row]):
    """Rows that follow each other, the first of them at place `first` (from 0) in a list of `total`."""

    def __init__(self, rows: Sequence[Row], first: int = 0, total: int | None = None) -> None:
        self.rows = rows
        self.first = first
        self.total = len(rows) if total is None else total
        self.near: int | None = None
        """The place that is nearest to where the reader was in another list."""

    def __len__(self) -> int:
        return self.total

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Window) and (self.first, self.total, self.rows) == (
            other.first,
            other.total,
            other.rows,
        )

    def __hash__(self) -> int:
        return hash((self.first, self.total))

    @property
    def end(self) -> int:
        """The place behind the last row at hand."""
        return self.first + len(self.rows)

    def at(self, place: int) -> Row | None:
        """Return the row at a place, None where it isn't at hand."""
        return self.rows[place - self.first] if self.first <= place < self.end else None

    def between(self, start: int, stop: int) -> list[Row | None]:
        """Return what stands at the places from `start` to before `stop`, as far as the list goes."""
        return [self.at(place) for place in range(max(0, start), min(stop, self.total))]

    def covers(self, start: int, stop: int) -> bool:
        """Return whether all rows of these places are at hand, as far as the list goes."""
        return self.first <= max(0, start) and min(stop, self.total) <= self.end

    def place_of(self, key: str, key_of: Callable[[Row], str]) -> int | None:
        """Return the place of the row with this key, None where it isn't at hand."""
        return next((self.first + place for place, row in enumerate(self.rows) if key_of(row) == key), None)
