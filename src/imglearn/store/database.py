"""Opening the database: one file, its connections, its transactions, and errors in our own words."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from peewee import DatabaseError, SqliteDatabase

from imglearn.errors import (
    DatabaseDamagedError,
    DatabaseLockedError,
    DatabaseMissingError,
    DatabaseUnwritableError,
    StoreError,
)
from imglearn.store import schema

BUSY_TIMEOUT_S = 30.0

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


class _Database(SqliteDatabase):
    """SQLite with a connection for each thread, each reading text that isn't valid UTF-8 without an error."""

    def _initialize_connection(self, conn: sqlite3.Connection) -> None:
        conn.text_factory = partial(str, encoding="utf-8", errors="replace")


class Store:
    """One open database. It may be shared by threads: each gets a connection of its own."""

    def __init__(self, path: Path, file: tuple[int, int], database: SqliteDatabase) -> None:
        self.path = path
        self.database = database
        self._file = file  # device and inode

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

        With `create`, a missing file is made, for its owner's eyes only (file 0600, new folders 0700). `timeout`
        is how long, in seconds, to wait for a lock of another program.

        Raises DatabaseMissingError, DatabaseLockedError, DatabaseDamagedError, DatabaseNewerError,
        ForeignDatabaseError or DatabaseUnwritableError.
        """
        try:
            if not path.exists():
                if not create:
                    raise DatabaseMissingError(path)
                _make_private_file(path)
            file = path.stat()
            if path.is_dir():
                raise StoreError(path, f"{path} is a folder; give the path of a file")
            if file.st_size == 0 and os.access(path, os.W_OK):
                path.chmod(0o600)
        except OSError as error:
            raise DatabaseUnwritableError(path, error.strerror or str(error)) from None
        writable = os.access(path, os.W_OK)
        store = cls(
            path,
            (file.st_dev, file.st_ino),
            _Database(
                f"{path.absolute().as_uri()}?mode={'rw' if writable else 'ro'}",
                uri=True,
                timeout=timeout,
                # Triggers make each insert undoable by itself: with temp_store in a file, every page that they change
                # would be written to that file first, which takes more time than all the rest.
                pragmas={"synchronous": "FULL", "foreign_keys": "ON", "temp_store": "MEMORY"},
            ),
        )
        with store.errors_explained():
            try:
                _retry_while_locked(lambda: schema.prepare(store.database, path, migrations), timeout)
            except BaseException:
                store.close()
                raise
        return store

    @contextmanager
    def write(self) -> Generator[None]:
        """Run one write transaction, taking the lock at its start: read-then-write never loses the race."""
        self._check_still_there()
        with self.errors_explained(), self.database.atomic("IMMEDIATE"):
            self.execute(_LOOK_AT_SCHEMA)
            yield

    @contextmanager
    def read(self) -> Generator[None]:
        """Run queries that all see the same moment."""
        with self.errors_explained(), self.database.atomic("DEFERRED"):
            yield

    def execute(self, sql: str, parameters: object = ()) -> sqlite3.Cursor:
        """Run SQL whose values are bound, for what the models have no words for or build too slowly."""
        with self.errors_explained():
            cursor: sqlite3.Cursor = self.database.execute_sql(sql, parameters)  # type: ignore[no-untyped-call]
            return cursor

    @contextmanager
    def session(self) -> Generator[None]:
        """Give the calling thread a connection that is closed at the end."""
        with self.errors_explained():
            opened = self.database.connect(reuse_if_open=True)
        try:
            yield
        finally:
            if opened:
                self.close()

    @contextmanager
    def errors_explained(self) -> Generator[None]:
        """Turn the database's errors into those of `imglearn.errors`."""
        try:
            yield
        except (DatabaseError, sqlite3.DatabaseError) as error:
            raise _explained(error, self.path) from error

    def _check_still_there(self) -> None:
        """Refuse to write into a file that was moved or removed: nobody would ever read it."""
        try:
            file = self.path.stat()
        except OSError:
            file = None
        if file is None or (file.st_dev, file.st_ino) != self._file:
            raise StoreError(
                self.path, f"{self.path} was moved, removed or replaced while it was in use; open it again"
            )

    def close(self) -> None:
        """Close the calling thread's connection."""
        if not self.database.is_closed():
            self.database.close()


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
        except (DatabaseError, sqlite3.DatabaseError) as error:
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
    """Return SQLite's primary result code, looking through peewee's wrapping.

    The oldest error in the chain is the cause: what follows it is often a rollback that had nothing left to do.
    """
    found = None
    while error is not None:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None:
            found = int(code) & 0xFF
        error = error.__cause__ or error.__context__
    return found
