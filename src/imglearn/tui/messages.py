"""What threads tell the app. Threads never touch a widget: they post one of these."""

from __future__ import annotations

from textual.message import Message

from imglearn.errors import StoreError
from imglearn.store.attempts import AttemptSummary
from imglearn.tui.queries import Detail, Interest, Newest, Snapshot
from imglearn.tui.window import Window


class SnapshotLoaded(Message):
    """The log has changed; this is how it stands."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Only the newest of several that wait counts."""
        return isinstance(message, SnapshotLoaded)


class NewestLoaded(Message):
    """Attempts have come: these and the counts; feedback and details are looked at a moment later."""

    def __init__(self, newest: Newest) -> None:
        self.newest = newest
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Only the newest of several that wait counts."""
        return isinstance(message, NewestLoaded)


class WindowLoaded(Message):
    """The attempts at the place in the list that the reader has come to."""

    def __init__(self, interest: Interest, attempts: Window[AttemptSummary]) -> None:
        self.interest = interest
        self.attempts = attempts
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Only the newest of several that wait counts."""
        return isinstance(message, WindowLoaded)


class LogUnreadable(Message):
    """The log can't be read for now; the app goes on trying."""

    def __init__(self, error: StoreError) -> None:
        self.error = error
        super().__init__()


class DetailLoaded(Message):
    """What there is to say about the record `id`; None where it is gone."""

    def __init__(self, id: str, detail: Detail | None) -> None:
        self.id = id
        self.detail = detail
        super().__init__()
