"""A watched folder: which one lies at its path just now, and how far the watch of it has come."""

from __future__ import annotations

import os
import stat

from imglearn.capture.position import Position

Identity = tuple[int, int]  # device and inode


class Root:
    """A folder by its path. Another one may take its place, such as an empty one where a disk is not mounted."""

    def __init__(self, path: str, position: Position) -> None:
        self.path = path
        self.position = position
        self.is_there = self._look() is not None
        self._identity = self._look()
        self._before: tuple[Identity | None, int] = (None, 0)

    def has_changed(self) -> bool:
        """Return whether another folder lies there than before, or none.

        Where the one before the last is back, the watch goes on from where it was with it.
        """
        now = self._look()
        if now == self._identity:
            return False
        left, self._before = self._before, (self._identity, self.position.seen)
        if now is not None and self._identity is None:  # nothing was noted meanwhile
            self._before = left
        elif now is not None and now == left[0]:
            self.position.reached(left[1])
        self._identity = now
        self.is_there = now is not None
        return True

    def holds(self, path: str) -> bool:
        """Return whether a path is in the folder."""
        return path.startswith(self.path.rstrip(os.sep) + os.sep)

    def _look(self) -> Identity | None:
        try:
            found = os.stat(self.path)  # noqa: PTH116
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if stat.S_ISDIR(found.st_mode) else None


def innermost(roots: list[Root], path: str) -> Root | None:
    """Return the folder that a path is in; of several, the innermost."""
    holding = [root for root in roots if root.holds(path)]
    return max(holding, key=lambda root: len(root.path), default=None)
