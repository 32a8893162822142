"""A file of known size, of which only what is there is ever read."""

from __future__ import annotations

from typing import BinaryIO


class CutOff(Exception):  # noqa: N818 - it says what the file is
    """The file ends before what it announces: what it ends within."""


class Stream:
    """Reads at places, and says so where the file ends too early. What runs past the end is never data."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self.place = 0

    def peek(self, size: int) -> bytes:
        """Return what follows, without moving; less where the file ends."""
        self._file.seek(self.place)
        return self._file.read(size)

    def take(self, size: int, what: str) -> bytes:
        """Return the next `size` bytes. Raises CutOff."""
        if self.place + size > self.size:
            raise CutOff(what)
        self._file.seek(self.place)
        found = self._file.read(size)
        if len(found) < size:
            raise CutOff(what)
        self.place += size
        return found

    def skip(self, size: int, what: str) -> None:
        """Pass over `size` bytes. Raises CutOff."""
        if self.place + size > self.size:
            raise CutOff(what)
        self.place += size

    @property
    def left(self) -> int:
        """Return how many bytes follow."""
        return max(0, self.size - self.place)
