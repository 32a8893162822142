"""Noticing what other processes commit, without asking for the data."""

from __future__ import annotations

from pathlib import Path

from imglearn.errors import DatabaseMissingError, StoreError
from imglearn.store.database import Store


class Watcher:
    """Tells whether the database has changed since it was last asked. To be used by one thread.

    `PRAGMA data_version` moves only when another connection commits and costs microseconds. A file that was
    replaced by another one under the same name counts as changed.
    """

    def __init__(self, path: Path, timeout: float = 2.0) -> None:
        self._path = path
        self._timeout = timeout
        self._store: Store | None = None
        self._seen: tuple[object, ...] | None = None

    def changed(self) -> bool:
        """Return whether there is something new; True at first. Raises StoreError."""
        try:
            now = self._state()
        except BaseException:
            self.close()
            raise
        if now == self._seen:
            return False
        if self._seen is not None and now[:2] != self._seen[:2]:
            self.close()
            now = self._state()
        self._seen = now
        return True

    @property
    def store(self) -> Store:
        """The open database, for reading in the same thread. Raises StoreError."""
        if self._store is None:
            self._store = Store.open(self._path, create=False, timeout=self._timeout)
        return self._store

    def close(self) -> None:
        """Let go of the file. The next question opens it again and is answered with True."""
        if self._store is not None:
            self._store.close()
        self._store = None
        self._seen = None

    def _state(self) -> tuple[object, ...]:
        """Return which file it is, and its data version."""
        try:
            file = self._path.stat()
        except FileNotFoundError:
            raise DatabaseMissingError(self._path) from None
        except OSError as error:  # such as a circle of links, or a network drive that is gone
            raise StoreError(self._path, f"{self._path} is out of reach: {error.strerror or error}") from None
        (version,) = self.store.execute("PRAGMA data_version").fetchone()
        return file.st_dev, file.st_ino, version
