"""The live feed: notices commits of other processes and passes on how the log stands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from textual.message import Message

from imglearn.errors import StoreError
from imglearn.store.changes import Watcher
from imglearn.tui.messages import LogUnreadable, SnapshotLoaded
from imglearn.tui.queries import Interest, load_snapshot

POLL_S = 0.1  # a poll costs microseconds
REPAINT_S = 0.4  # at least this long between two snapshots, so that a flood of attempts becomes a few repaints
RETRY_S = 1.0  # after an error


class Feed(threading.Thread):
    """Polls in a thread of its own; the next poll comes after the last answer was handed over.

    No change: no query, no message. It ends with `stop`, or with the program.
    """

    def __init__(self, path: Path, post: Callable[[Message], object]) -> None:
        super().__init__(name="imglearn-feed", daemon=True)
        self._path = path
        self._post = post
        self._interest = Interest()
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
                if watcher.changed():
                    self._post(SnapshotLoaded(load_snapshot(watcher.store, self._interest)))
                    problem = ""
                    pause = REPAINT_S
            except StoreError as error:
                if str(error) != problem:
                    problem = str(error)
                    self._post(LogUnreadable(error))
                watcher.close()
                pause = RETRY_S
            self._stopped.wait(pause)
        watcher.close()
