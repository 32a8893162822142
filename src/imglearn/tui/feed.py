"""The live feed: notices commits of other processes and passes on how the log stands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from textual.message import Message

from imglearn.errors import StoreError
from imglearn.store import running
from imglearn.store.attempts import AttemptSummary
from imglearn.store.changes import Watcher
from imglearn.store.database import Store
from imglearn.tui.messages import LogUnreadable, NewestLoaded, SnapshotLoaded
from imglearn.tui.queries import Interest, load_newest, load_snapshot

POLL_S = 0.1  # a poll costs microseconds
# At least this long between two answers, so that a flood of attempts becomes a few repaints. New attempts are what
# people wait for; feedback and details, which cost more, are up to a second behind while they come in.
ATTEMPTS_S = 0.15
EVERYTHING_S = 1.0
RETRY_S = 1.0  # after an error
LOST_S = 3.0  # between two looks whether the processes of running attempts still run


class Feed(threading.Thread):
    """Polls in a thread of its own; the next poll comes after the last answer was handed over.

    No change: no query, no message. It ends with `stop`, or with the program.
    """

    def __init__(self, path: Path, post: Callable[[Message], object]) -> None:
        super().__init__(name="imglearn-feed", daemon=True)
        self._path = path
        self._post = post
        self._interest = Interest()
        self._newest: list[AttemptSummary] = []
        self._stale = False  # whether there is more to say than was said last
        self._due = 0.0  # when everything may be said again
        self._running = 0  # attempts
        self._look_again = 0.0  # at the processes of these
        self._stopped = threading.Event()

    def attend(self, interest: Interest) -> None:
        """Pass on what is of interest from the next change on."""
        self._interest = interest

    def stop(self) -> None:
        """End the thread soon."""
        self._stopped.set()

    def run(self) -> None:
        """Poll until stopped."""
        watcher = Watcher(self._path)
        problem = ""
        while not self._stopped.is_set():
            pause = POLL_S
            try:
                if watcher.changed() or self._some_are_lost(watcher):
                    self._stale = True
                    pause = self._pass_on(watcher.store)
                    problem = ""
                elif self._stale and time.monotonic() >= self._due:
                    self._pass_on(watcher.store)
            except StoreError as error:
                if str(error) != problem:
                    problem = str(error)
                    self._post(LogUnreadable(error))
                watcher.close()
                self._newest, self._due = [], 0.0
                pause = RETRY_S
            self._stopped.wait(pause)
        watcher.close()

    def _some_are_lost(self, watcher: Watcher) -> bool:
        """Look now and then whether attempts run whose process has ended, which changes no file by itself."""
        if not self._running or time.monotonic() < self._look_again:
            return False
        self._look_again = time.monotonic() + LOST_S
        return running.abandon_lost(watcher.store) > 0

    def _pass_on(self, store: Store) -> float:
        """Hand over everything, or where that was done a moment ago attempts and counts; return how long to wait."""
        if time.monotonic() >= self._due:
            snapshot = load_snapshot(store, self._interest)
            self._newest, self._stale, self._running = snapshot.attempts, False, snapshot.overall.running
            self._post(SnapshotLoaded(snapshot))
            self._due = time.monotonic() + EVERYTHING_S
        else:
            newest = load_newest(store, self._interest, self._newest)
            self._newest, self._running = newest.attempts, newest.overall.running
            self._post(NewestLoaded(newest))
        return ATTEMPTS_S
