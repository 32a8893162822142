"""Opening the database: one file, its connections, its transactions, and errors in our own words."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from imglearn.errors import (
    DatabaseDamagedError,
    DatabaseLockedError,
    DatabaseMissingError,
    DatabaseMovedError,
    DatabaseUnwritableError,
    StoreError,
)
from imglearn.store import schema
from imglearn.store.forking import in_sqlite

BUSY_TIMEOUT_S = 30.0

_PRAGMAS = (
    "synchronous = FULL",  # an attempt costs seconds of GPU, a sync to disk a millisecond
    "foreign_keys = ON",
    # Triggers make each statement undoable by itself: with temp_store in a file, every page that they change would be
    # written to that file first, which takes more time than all the rest.
    "temp_store = MEMORY",
)

# Where another program has changed the schema since (VACUUM counts as such), SQLite reads it anew for the statement
# that notices. One that reaches a full-text index at that moment fails with "no such table": so a plain one goes first.
_LOOK_AT_SCHEMA = "SELECT 1 FROM generation_attempts LIMIT 0"

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNWRITABLE = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
}


_INHERITED: list[sqlite3.Connection] = []  # by a fork: never used, and never closed, which would undo the parent's


class _Connection(sqlite3.Connection):
    """A connection that is in SQLite as well while it is closed, which may be by whoever collects the garbage."""

    opened_by: int | None = None

    def __del__(self) -> None:
        if self.opened_by != os.getpid():
            _INHERITED.append(self)
            return
        with in_sqlite():
            self.close()


class Store:
    """One database. It may be shared by threads: each gets a connection of its own.

    It may be named while it can't be opened: every use tries again.
    """

    def __init__(
        self,
        path: Path,
        *,
        create: bool = True,
        timeout: float = BUSY_TIMEOUT_S,
        migrations: tuple[schema.Migration, ...] = schema.MIGRATIONS,
    ) -> None:
        """Name a database.

        With `create`, a missing file is made, for its owner's eyes only (file 0600, new folders 0700). `timeout`
        is how long, in seconds, to wait for a lock of another program.
        """
        self.path = path
        self._create = create
        self._timeout = timeout
        self._migrations = migrations
        self._name = os.fspath(path)
        self._uri = ""
        self._file: tuple[int, int] | None = None  # its device and number, once it was opened
        self._thread = threading.local()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = True,
        timeout: float = BUSY_TIMEOUT_S,
        migrations: tuple[schema.Migration, ...] = schema.MIGRATIONS,
    ) -> Store:
        """Open the database at `path` and bring its schema up to date.

        Raises DatabaseMissingError, DatabaseLockedError, DatabaseDamagedError, DatabaseNewerError,
        ForeignDatabaseError or DatabaseUnwritableError.
        """
        store = cls(path, create=create, timeout=timeout, migrations=migrations)
        store.prepare()
        return store

    def prepare(self) -> None:
        """Open the database, if that wasn't done yet, and bring its schema up to date. Raises as `open` does."""
        if self._file is not None:
            return
        path = self.path
        try:
            if not path.exists():
                if not self._create:
                    raise DatabaseMissingError(path)
                _make_private_file(path)
            if path.is_dir():
                raise StoreError(path, f"{path} is a folder; give the path of a file")
            found = path.stat()
            if found.st_size == 0 and os.access(path, os.W_OK):
                path.chmod(0o600)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:  # no time will come at which it can be opened
                raise StoreError(path, f"{path}: {error.strerror}; give another path") from None
            raise DatabaseUnwritableError(path, error.strerror or str(error)) from None
        self._uri = f"{path.absolute().as_uri()}?mode={'rw' if os.access(path, os.W_OK) else 'ro'}"
        with self.errors_explained(), in_sqlite():
            try:
                _retry_while_locked(lambda: schema.prepare(self._connect(), path, self._migrations), self._timeout)
            except BaseException:
                self.close()
                raise
        self._file = (found.st_dev, found.st_ino)

    @property
    def connection(self) -> sqlite3.Connection:
        """The calling thread's connection, opened when it is first asked for."""
        if self._file is None:
            self.prepare()
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        found: _Connection | None = getattr(self._thread, "connection", None)
        if found is not None and found.opened_by != os.getpid():
            # A fork inherits the connection but none of its locks: what went through it could be lost.
            _INHERITED.append(found)
            found = None
        if found is None:
            # Transactions are begun and ended here, in so many words, and never by the driver.
            found = sqlite3.connect(
                self._uri,
                uri=True,
                timeout=self._timeout,
                isolation_level=None,
                check_same_thread=False,  # which thread collects the garbage isn't known
                factory=_Connection,
            )
            found.opened_by = os.getpid()
            found.text_factory = _text
            found.create_function("casefold", 1, _casefold, deterministic=True)
            for pragma in _PRAGMAS:
                found.execute(f"PRAGMA {pragma}")
            self._thread.connection = found
        return found

    @contextmanager
    def write(self) -> Generator[None]:
        """Run one write transaction, taking the lock at its start: read-then-write never loses the race.

        Within a transaction it is part of that one.
        """
        self._check_still_there()
        with self._transaction("BEGIN IMMEDIATE"):
            self.execute(_LOOK_AT_SCHEMA)
            yield

    def write_one(self, sql: str, parameters: Sequence[object]) -> sqlite3.Cursor:
        """Run one statement as a write transaction of its own, which saves what begins and ends another."""
        self._check_still_there()
        try:
            return self.execute(sql, parameters)
        except (DatabaseLockedError, DatabaseUnwritableError, DatabaseDamagedError):
            raise
        except StoreError:
            with self.write():  # which looks at the schema before
                return self.execute(sql, parameters)

    @contextmanager
    def read(self) -> Generator[None]:
        """Run queries that all see the same moment. Within a transaction it is part of that one."""
        with self._transaction("BEGIN DEFERRED"):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Generator[None]:
        with self.errors_explained(), in_sqlite():
            connection = self.connection
            if connection.in_transaction:
                yield
                return
            connection.execute(begin)
            try:
                yield
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    def execute(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> sqlite3.Cursor:
        """Run SQL whose values are bound."""
        try:
            with in_sqlite():
                return self.connection.execute(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise _explained(error, self.path) from error

    @contextmanager
    def session(self) -> Generator[None]:
        """Give the calling thread a connection that is closed at the end, unless it has one."""
        had_one = getattr(self._thread, "connection", None) is not None
        try:
            yield
        finally:
            if not had_one:
                self.close()

    @contextmanager
    def errors_explained(self) -> Generator[None]:
        """Turn the database's errors into those of `imglearn.errors`."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _explained(error, self.path) from error

    def _check_still_there(self) -> None:
        """Refuse to write into a file that was moved or removed: nobody would ever read it."""
        if self._file is None:
            self.prepare()
        try:
            file = os.stat(self._name)  # noqa: PTH116 - for every attempt, and twice as fast
        except OSError:
            file = None
        if file is None or (file.st_dev, file.st_ino) != self._file:
            raise DatabaseMovedError(self.path)

    def interrupter(self) -> Callable[[], None]:
        """Return what another thread may call: what the calling one is asking just then fails with StoreError."""
        return self.connection.interrupt

    def close(self) -> None:
        """Close the calling thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._thread, "connection", None)
        if connection is not None:
            self._thread.connection = None
            with in_sqlite():
                connection.close()


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # some errors have rolled it back already
        connection.execute("ROLLBACK")


def _text(stored: bytes) -> str:
    """Read text that isn't valid UTF-8 without an error: other programs may have written it."""
    return stored.decode("utf-8", "replace")


def _casefold(value: object) -> str | None:
    """Return a text without regard to case: SQLite's own lower() knows only the letters of ASCII."""
    return value.casefold() if isinstance(value, str) else None


def _make_private_file(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    if log.exists():  # SQLite would take a new file's old log for rubbish, and there may be attempts in it
        raise StoreError(path, f"{path} is gone, but its log {log.name} is there; put the file back beside it")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _retry_while_locked(action: Callable[[], None], timeout: float) -> None:
    """Call `action` until no other process is in its way.

    Switching a new file to WAL needs the file alone, and SQLite doesn't wait for that by itself.
    """
    deadline = time.monotonic() + timeout
    pause = 0.005
    while True:
        try:
            action()
            return
        except sqlite3.DatabaseError as error:
            if _primary_code(error) not in _LOCKED or time.monotonic() > deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 2, 0.1)


def _explained(error: Exception, path: Path) -> StoreError:
    code = _primary_code(error)
    if code in _LOCKED:
        return DatabaseLockedError(path)
    if code in _DAMAGED:
        return DatabaseDamagedError(path, str(error))
    if code in _UNWRITABLE:
        return DatabaseUnwritableError(path, str(error))
    return StoreError(path, f"{path}: {error}")


def _primary_code(error: BaseException | None) -> int | None:
    """Return SQLite's primary result code.

    The oldest error in the chain is the cause: what follows it is often a rollback that had nothing left to do.
    """
    found = None
    while error is not None:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None:
            found = int(code) & 0xFF
        error = error.__cause__ or error.__context__
    return found
