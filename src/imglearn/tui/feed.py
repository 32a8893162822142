"""The live feed: notices commits of other processes, and reads for the panes what the person looks at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

from textual.message import Message

from imglearn.errors import StoreError
from imglearn.store import running
from imglearn.store.attempts import AttemptSummary
from imglearn.store.changes import Watcher
from imglearn.store.database import Store
from imglearn.tui.messages import LogUnreadable, NewestLoaded, SnapshotLoaded, WindowLoaded
from imglearn.tui.queries import Interest, load_newest, load_places, load_snapshot
from imglearn.tui.window import Window

POLL_S = 0.1  # a poll costs microseconds
# At least this long between two answers, so that a flood of attempts becomes a few repaints. New attempts are what
# people wait for; feedback and details, which cost more, are up to a second behind while they come in.
ATTEMPTS_S = 0.15
EVERYTHING_S = 1.0
REST = 5  # times as long as an answer took, before the next one that nobody has asked for
RETRY_S = 1.0  # after an error
LOST_S = 3.0  # between two looks whether the processes of running attempts still run


class Need(IntEnum):
    """What the person waits for: nothing, the rows that they scroll to, or every pane."""

    NOTHING = 0
    ROWS = 1
    EVERYTHING = 2


class Rows:
    """The rows that a reader has come to: the places in the list, and the window that was at hand before."""

    def __init__(self, at_hand: Window[AttemptSummary], start: int, end: int) -> None:
        self.at_hand = at_hand
        self.start = start
        self.end = end


class Feed(threading.Thread):
    """Reads in a thread of its own: what has changed, and at once what the person asks for.

    No change: no query, no message. It ends with `stop`, or with the program.
    """

    def __init__(self, path: Path, post: Callable[[Message], object]) -> None:
        super().__init__(name="imglearn-feed", daemon=True)
        self._path = path
        self._post = post
        self._lock = threading.Lock()
        self._interest = Interest()
        self._need = Need.NOTHING
        self._rows: Rows | None = None
        self._interrupt: Callable[[], None] | None = None  # while it answers
        self._stale = False  # whether there is more to say than was said last
        self._due = 0.0  # when everything may be said again
        self._running = 0  # attempts
        self._look_again = 0.0  # at the processes of these
        self._woken = threading.Event()
        self._stopped = False

    def attend(self, interest: Interest, *, at_once: bool = False) -> None:
        """Pass on what is of interest from the next change on, or `at_once`: what is being read for another is given
        up.
        """
        with self._lock:
            self._interest = interest
            if at_once:
                self._need = Need.EVERYTHING
                if self._interrupt is not None:
                    self._interrupt()
        if at_once:
            self._woken.set()

    def fetch(self, rows: Rows) -> None:
        """Pass on the rows at other places of the list."""
        with self._lock:
            self._rows = rows
            self._need = max(self._need, Need.ROWS)
        self._woken.set()

    def stop(self) -> None:
        """End the thread soon."""
        self._stopped = True
        self._woken.set()

    def run(self) -> None:
        """Read until stopped."""
        watcher = Watcher(self._path)
        problem = ""
        while not self._stopped:
            with self._lock:
                need, interest, rows = self._need, self._interest, self._rows
                self._need, self._rows = Need.NOTHING, None
            began = time.monotonic()
            pause = POLL_S
            try:
                if watcher.changed() or self._some_are_lost(watcher):
                    self._stale = True
                    self._answer(watcher.store, interest, need)
                    pause = max(ATTEMPTS_S, REST * (time.monotonic() - began))
                    problem = ""
                elif need is Need.EVERYTHING or (self._stale and began >= self._due):
                    self._answer(watcher.store, interest, need)
                if rows is not None and need is Need.ROWS:
                    window = load_places(watcher.store, interest.listing, rows.at_hand, rows.start, rows.end)
                    self._post(WindowLoaded(interest, window))
            except Exception as error:  # whatever it is, the person is told, and the next try may do
                if self._need is not Need.EVERYTHING:  # else it was interrupted
                    if str(error) != problem:
                        problem = str(error)
                        self._post(LogUnreadable(error if isinstance(error, StoreError) else self._unexpected(error)))
                    watcher.close()
                    self._due = 0.0
                    pause = RETRY_S
            self._woken.wait(pause)
            self._woken.clear()
        watcher.close()

    def _some_are_lost(self, watcher: Watcher) -> bool:
        """Look now and then whether attempts run whose process has ended, which changes no file by itself."""
        if not self._running or time.monotonic() < self._look_again:
            return False
        self._look_again = time.monotonic() + LOST_S
        return running.abandon_lost(watcher.store) > 0

    def _answer(self, store: Store, interest: Interest, need: Need) -> None:
        """Hand over everything, or where that was done a moment ago attempts and counts."""
        with self._lock:
            self._interrupt = store.interrupter()
        try:
            if need is Need.EVERYTHING or time.monotonic() >= self._due:
                snapshot = load_snapshot(store, interest)
                self._stale, self._running = False, snapshot.newest.counts.overall.running
                self._post(SnapshotLoaded(snapshot))
                self._due = time.monotonic() + EVERYTHING_S
            else:
                newest = load_newest(store, interest)
                self._running = newest.counts.overall.running
                self._post(NewestLoaded(newest))
        finally:
            with self._lock:
                self._interrupt = None

    def _unexpected(self, error: Exception) -> StoreError:
        return StoreError(self._path, f"{self._path} can't be read: {type(error).__name__}: {error}")
