"""The ways that one has come by opening rows, each to be gone back while one is still where it led to."""

from __future__ import annotations

from typing import NamedTuple


class Spot(NamedTuple):
    """A pane or a view, and the filter that holds there."""

    name: str
    is_view: bool
    filter: str


class WaysBack:
    """Each opened row leads on from where the one before led to."""

    def __init__(self) -> None:
        self._ways: list[tuple[Spot, Spot]] = []

    def gone(self, start: Spot, end: Spot) -> None:
        """Remember a way that was gone just now."""
        self._ways.append((start, end))

    def back(self, here: Spot) -> Spot | None:
        """Return where the way here came from; None where one got here otherwise, and then all ways are forgotten."""
        if self._ways and self._ways[-1][1] == here:
            return self._ways.pop()[0]
        self._ways.clear()
        return None
