"""Files that have come and may still be written: which of them have settled."""

from __future__ import annotations

import os
import stat
import time
from typing import NamedTuple

from imglearn.capture.image_file import Signature, signature_of

_MOST = 10_000  # that wait at once; what comes beyond that is found again in the folder
_MOST_DONE = 10_000
_MOST_AT_ONCE = 200
_UNHURRIED_S = 1.0


class Due(NamedTuple):
    """A file that has settled. `last_try` where it has had all the time that it gets to become whole."""

    path: str
    signature: Signature
    last_try: bool


class _Waiting:
    __slots__ = ("came_ns", "look_at", "signature", "stable_since")

    def __init__(self) -> None:
        self.came_ns = time.time_ns()
        self.signature: Signature | None = None
        self.stable_since = 0.0
        self.look_at = 0.0


class Arrivals:
    """The files that wait, and those that were seen to. Both are bounded, whatever comes."""

    def __init__(self, settle: float, patience: float) -> None:
        """Say how long, in seconds, a file stays unchanged before it is read, and how long it may be incomplete."""
        self._settle = settle
        self._patience = patience
        self._waiting: dict[str, _Waiting] = {}
        self._done: dict[int, int] = {}  # hashes of path and signature, oldest first: all that is needed of them
        self.left_out = False

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, path: str, again: bool = False) -> None:
        """Take a file on that has come or changed; `again` also where it was seen to and has not changed since."""
        if again:
            self._done.pop(hash(path), None)
        if path in self._waiting:
            return
        if len(self._waiting) >= _MOST:
            self.left_out = True
            return
        self._waiting[path] = _Waiting()

    def is_done(self, path: str, found: os.stat_result) -> bool:
        """Return whether a file was seen to as it is now."""
        return self._done.get(hash(path)) == hash(signature_of(found))

    def oldest_ns(self) -> int | None:
        """Return when the first of those that wait came (Unix time)."""
        return min((waiting.came_ns for waiting in self._waiting.values()), default=None)

    def due(self) -> list[Due]:
        """Return files that have settled, at most 200. Those that are gone or no regular files are forgotten."""
        now = time.monotonic()
        found: list[Due] = []
        for path, waiting in list(self._waiting.items()):
            if waiting.look_at > now:
                continue
            status = _regular(path)
            if status is None or self.is_done(path, status):
                del self._waiting[path]
                continue
            signature = signature_of(status)
            if signature != waiting.signature:
                waiting.stable_since = now - (self._unchanged_for(status) if waiting.signature is None else 0)
                waiting.signature = signature
            unchanged = now - waiting.stable_since
            if unchanged < self._settle:
                waiting.look_at = now + min(self._settle - unchanged, _UNHURRIED_S)
                continue
            found.append(Due(path, signature, unchanged >= self._patience))
            if len(found) >= _MOST_AT_ONCE:
                break
        return found

    def done(self, due: Due) -> None:
        """Let go of a file that was seen to."""
        self._waiting.pop(due.path, None)
        self._done.pop(hash(due.path), None)
        self._done[hash(due.path)] = hash(due.signature)
        if len(self._done) > _MOST_DONE:
            del self._done[next(iter(self._done))]

    def later(self, due: Due) -> None:
        """Look at a file again a little later: it is not whole yet."""
        if due.path in self._waiting:
            self._waiting[due.path].look_at = time.monotonic() + min(self._patience / 10, _UNHURRIED_S)

    def _unchanged_for(self, status: os.stat_result) -> float:
        """Return for how long a file that is seen for the first time has been as it is, 0 where its clock is off."""
        since = (time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns)) / 1e9
        return since if since >= 0 else 0.0


def _regular(path: str) -> os.stat_result | None:
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None
