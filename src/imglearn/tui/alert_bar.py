"""The line that says what has got worse: looked for in a thread when attempts come, and there until it was seen."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.message import Message
from textual.widgets import Static

from imglearn import settings
from imglearn.errors import ImglearnError
from imglearn.text import safe_line
from imglearn.tui.queries import learnable

if TYPE_CHECKING:
    from imglearn.learning.alerts import Alert

FIRST_S = 1.5  # after the start, so that it costs the first paint nothing
SOON_S = 0.2  # after attempts have come, so that those that come together are looked at together
LEAST_S = 4.0  # between two looks
REST = 50  # times as long as a look took: two percent of a processor


class AlertBar(Static):
    """Shows the newest of the current alerts that were not seen yet; nothing where there is none."""

    def __init__(self, path: Path, seen: Collection[str], keys: str, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self.seen = set(seen)
        self._path = path
        self._keys = keys  # which key lists them
        self._outcomes: tuple[int, ...] | None = None  # how many attempts, and of each kind, at the last look
        self._wanted: tuple[int, ...] | None = None
        self._is_waiting = False
        self._told: set[str] | None = None  # None before the first look: what was there isn't new
        self.current: tuple[Alert, ...] = ()
        self.display = False

    class Opened(Message):
        """The alerts are to be listed."""

    class Seen(Message):
        """All that is listed was seen."""

    class Looked(Message):
        """What is worse now (None where that can't be told for now), and whether a new one is to ring."""

        def __init__(self, current: tuple[Alert, ...] | None, rings: bool, took: float) -> None:
            self.current = current
            self.rings = rings
            self.took = took
            super().__init__()

    def log_changed(self, outcomes: tuple[int, ...]) -> None:
        """Look again soon where other numbers of attempts are in, run, passed or failed."""
        self._wanted = outcomes
        if outcomes != self._outcomes and not self._is_waiting:
            self._is_waiting = True
            self.set_timer(FIRST_S if self._outcomes is None else SOON_S, self._look)

    def mark_seen(self) -> list[str]:
        """Take all for seen; return their ids."""
        new = [alert.id for alert in self.current if alert.id not in self.seen]
        self.seen.update(new)
        self._show()
        return new

    def _look(self) -> None:
        self._outcomes = self._wanted
        self.run_worker(self._find, thread=True, group="alerts", exit_on_error=False)

    def _find(self) -> None:
        from imglearn.learning.alerts import MOST_NOW, alerts  # a start doesn't wait for it

        began, current, rings = time.monotonic(), None, False
        try:
            rings = settings.resolve(self._path).bell.value
            current = alerts(learnable(self._path, most=MOST_NOW)).current
        except ImglearnError:
            pass  # the feed tells
        finally:
            self.post_message(self.Looked(current, rings, time.monotonic() - began))

    @on(Looked)
    def _looked(self, message: Looked) -> None:
        message.stop()
        if message.current is not None:
            self.current = message.current
            self._show()
            unseen = {alert.id for alert in self.current} - self.seen
            if message.rings and self._told is not None and unseen - self._told:
                self.app.bell()
            self._told = unseen | (self._told or set())
        self.set_timer(max(LEAST_S, REST * message.took), self._rested)

    def _rested(self) -> None:
        self._is_waiting = False
        if self._wanted is not None:
            self.log_changed(self._wanted)

    def _show(self) -> None:
        unseen = [alert for alert in self.current if alert.id not in self.seen]
        self.display = bool(unseen)
        if unseen:
            more = f"  and {len(unseen) - 1} more" if len(unseen) > 1 else ""
            text = Text(f" {safe_line(unseen[-1].message, 300)}{more}", no_wrap=True, overflow="ellipsis")
            self.update(text.append(f"  {self._keys}", style="dim"))

    def on_click(self, event: events.Click) -> None:
        """List the alerts."""
        event.stop()
        self.post_message(self.Opened())
