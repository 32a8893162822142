"""The spool: attempts that a database could not take, kept in files until it can.

Each process writes a file of its own, a JSON object a line, synced to disk before the attempt counts as kept:

    {"database": "/home/me/.local/share/imglearn/imglearn.db"}      the first line
    {"attempt": {...}, "derived": ["id", "timestamp"]}              an attempt as it was logged
    {"id": "...", "change": {...}}                                  what became of it later

Whoever opens the database next takes the lines in and removes the file. To do so twice changes nothing. What can't be
taken in is set aside in a file beside it, and never dropped.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from imglearn.capture.opening import spool_folder
from imglearn.errors import ConflictError, InvalidRecordError, StoreError
from imglearn.process import this_process
from imglearn.records import Attempt, NewAttempt, check
from imglearn.store import attempts
from imglearn.store.database import Store

_WAITING, _SET_ASIDE = ".jsonl", ".rejected.jsonl"


class Change(NamedTuple):
    """What became of an attempt: some of its fields, anew."""

    id: str
    fields: dict[str, object]


Entry = NewAttempt | Change


class _Line(Struct, omit_defaults=True):
    """A line as it is written; see above which fields stand together."""

    database: str | None = None
    attempt: dict[str, Any] | None = None
    derived: tuple[str, ...] = ()
    id: str | None = None
    change: dict[str, Any] | None = None


class Taken(NamedTuple):
    """How many lines were taken in, and how many set aside."""

    kept: int = 0
    set_aside: int = 0

    def __add__(self, other: object) -> Taken:
        assert isinstance(other, Taken)  # noqa: S101
        return Taken(self.kept + other.kept, self.set_aside + other.set_aside)


class Waiting(NamedTuple):
    """A file of the spool: of which database it is, and how many lines wait in it or were set aside."""

    path: Path
    database: str | None
    lines: int
    is_set_aside: bool


class Spool:
    """The files of one database."""

    def __init__(self, folder: Path, database: Path) -> None:
        """Name the folder that holds the spools of all databases, and the database."""
        self.database = str(database.absolute())
        self.folder = spool_folder(folder, database)

    def files(self) -> list[Path]:
        """Return the files whose lines wait, oldest first."""
        with suppress(OSError):
            found = [
                (entry.stat().st_mtime_ns, entry.path)
                for entry in os.scandir(self.folder)
                if entry.name.endswith(_WAITING) and not entry.name.endswith(_SET_ASIDE)
            ]
            return [Path(path) for _, path in sorted(found)]
        return []

    def add(self, entries: Iterable[Entry]) -> None:
        """Keep entries, all or none of them. They are on disk when it returns. Raises OSError."""
        path = self._own_file()
        text = b"".join(_encode(_to_line(entry)) for entry in entries)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(path) as file:
            size = os.fstat(file).st_size
            if size == 0:
                text = _encode(_Line(database=self.database)) + text
            elif os.pread(file, 1, size - 1) != b"\n":  # cut off, when an earlier process of that number ended
                text = b"\n" + text
            _append(file, text)
        _sync_folder(self.folder)

    def take_in(self, store: Store) -> Taken:
        """Put what waits into the database. Raises StoreError, and then what was not taken in still waits."""
        return sum((self._take_in(store, path) for path in self.files()), Taken())

    def _take_in(self, store: Store, path: Path) -> Taken:
        try:
            with _locked(path, os.O_RDWR) as file:
                lines = _lines(file)
                named = _decoded(lines[0]).database if lines else None
                if named is not None:  # else the first line was cut off
                    del lines[0]
                    if named != self.database:
                        return Taken()
                with store.write():
                    rejected = [line for line in lines if (entry := _entry(line)) is None or not take_in(store, entry)]
                if rejected:
                    self._set_aside(path, rejected)
                path.unlink()
                return Taken(len(lines) - len(rejected), len(rejected))
        except OSError:  # another process has taken it, or it isn't ours to read
            return Taken()

    def applied_feedback(self) -> set[str]:
        """Return the ids of the remarks that attempts which wait were made with."""
        found: set[str] = set()
        for path in self.files():
            with suppress(OSError), _locked(path, os.O_RDONLY, fcntl.LOCK_SH) as file:
                found |= applied_in(entry for line in _lines(file) if (entry := _entry(line)) is not None)
        return found

    def set_aside(self, entries: Sequence[Entry]) -> None:
        """Keep entries that the database will never take, for somebody to look at. Raises OSError."""
        if entries:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._set_aside(self._own_file(), [_encode(_to_line(entry)) for entry in entries])

    def _own_file(self) -> Path:
        process = this_process()
        return self.folder / f"{process.host}-{process.pid}{_WAITING}"

    def _set_aside(self, path: Path, lines: list[bytes]) -> None:
        with _locked(path.with_name(path.name.removesuffix(_WAITING) + _SET_ASIDE)) as file:
            _append(file, b"".join(line.rstrip(b"\n") + b"\n" for line in lines))


def waiting(folder: Path) -> list[Waiting]:
    """Return every file of the spools of all databases."""
    found = []
    for path in sorted(folder.glob(f"*/*{_WAITING}")):
        set_aside = path.name.endswith(_SET_ASIDE)
        with suppress(OSError), _locked(path, os.O_RDONLY, fcntl.LOCK_SH) as file:
            lines = _lines(file)
            database = None if set_aside or not lines else _decoded(lines[0]).database
            found.append(Waiting(path, database, len(lines) - (not set_aside), set_aside))
    return found


def applied_in(entries: Iterable[Entry]) -> set[str]:
    """Return the ids of the remarks that are applied by attempts, or by what became of them."""
    found = (entry.fields if isinstance(entry, Change) else msgspec.structs.asdict(entry.attempt) for entry in entries)
    return {str(fields["feedback_id"]) for fields in found if fields.get("feedback_id") is not None}


def _to_line(entry: Entry) -> _Line:
    if isinstance(entry, Change):
        return _Line(id=entry.id, change=entry.fields)
    known = {name: value for name, value in msgspec.structs.asdict(entry.attempt).items() if value is not None}
    return _Line(attempt=known, derived=tuple(sorted(entry.derived)))


_encoder = msgspec.json.Encoder()


def _encode(line: _Line) -> bytes:
    return _encoder.encode(line) + b"\n"


def _decoded(line: bytes) -> _Line:
    try:
        return msgspec.json.decode(line, type=_Line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Line()


def _entry(text: bytes) -> Entry | None:
    line = _decoded(text)
    try:
        if line.attempt is not None:
            return NewAttempt(check(Attempt, line.attempt), frozenset(line.derived))
    except InvalidRecordError:
        return None
    return Change(line.id, line.change) if line.id is not None and line.change is not None else None


def take_in(store: Store, entry: Entry) -> bool:
    """Put one entry into the database, and return whether it takes it. Raises StoreError where it can't just now."""
    try:
        if isinstance(entry, Change):
            return attempts.change(store, entry.id, entry.fields)
        attempts.log(store, entry)
    except InvalidRecordError:
        return False
    except ConflictError:
        # With an id that was made for it, it is the same attempt, taken in before, and changed since.
        return isinstance(entry, NewAttempt) and "id" in entry.derived
    except StoreError as error:
        if type(error) is not StoreError:
            raise
        return False  # it never will
    return True


@contextmanager
def _locked(path: Path, mode: int = os.O_RDWR | os.O_CREAT, lock: int = fcntl.LOCK_EX) -> Generator[int]:
    """Open a file for this process alone. One that is removed while we wait for it is made, or looked for, anew."""
    while True:
        file = os.open(path, mode | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, lock)
            if _is_still_there(path, file):
                yield file
                return
        finally:
            os.close(file)


def _is_still_there(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _lines(file: int) -> list[bytes]:
    """Return the lines with their ends: one that has none was cut off."""
    with open(os.dup(file), "rb") as whole:  # noqa: PTH123 - it is a descriptor
        whole.seek(0)
        return whole.readlines()


def _append(file: int, text: bytes) -> None:
    """Add text, all or nothing, and wait until it is on disk."""
    size = os.fstat(file).st_size
    try:
        while text:
            text = text[os.write(file, text) :]
        os.fsync(file)
    except OSError:
        os.ftruncate(file, size)
        raise


def _sync_folder(folder: Path) -> None:
    """Make sure that a new file's name is on disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
