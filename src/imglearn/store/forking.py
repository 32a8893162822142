"""A fork waits until no other thread is in the middle of something in SQLite.

SQLite's locks of a file are kept in the process's own memory as well, and a fork copies them as they are just then. A
new process that inherits one as held, by a thread that it doesn't have, would wait for it for ever.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from time import monotonic

LONGEST_S = 5.0  # for which a fork waits; what takes longer waits for a lock itself, and holds none


class _Gate:
    """Counts the threads that are inside, and lets a fork begin when they are out."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._inside = 0
        self._forking: int | None = None  # the thread that waits to fork
        self._mine = threading.local()

    @contextmanager
    def passed(self) -> Generator[None]:
        """Be inside meanwhile. Within itself it counts once."""
        if getattr(self._mine, "is_inside", False):
            yield
            return
        with self._changed:
            while self._forking not in (None, threading.get_ident()):  # else those that never pause keep it waiting
                self._changed.wait()
            self._inside += 1
        self._mine.is_inside = True
        try:
            yield
        finally:
            self._mine.is_inside = False
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Wait until only the calling thread is inside, and let nobody in."""
        self._changed.acquire()
        mine = int(getattr(self._mine, "is_inside", False))
        deadline = monotonic() + LONGEST_S
        while self._forking is not None and (left := deadline - monotonic()) > 0:  # one fork after the other
            self._changed.wait(left)
        self._forking = threading.get_ident()
        while self._inside > mine and (left := deadline - monotonic()) > 0:
            self._changed.wait(left)

    def open(self) -> None:
        """Let threads in again."""
        self._forking = None
        self._changed.notify_all()
        self._changed.release()

    def begin_anew(self) -> None:
        """Forget, in a new process, the threads that it doesn't have."""
        self._changed = threading.Condition(threading.RLock())
        self._inside = int(getattr(self._mine, "is_inside", False))
        self._forking = None


_GATE = _Gate()
in_sqlite = _GATE.passed
os.register_at_fork(before=_GATE.close, after_in_parent=_GATE.open, after_in_child=_GATE.begin_anew)
