"""Databases as a source: imglearn's own, and older ones by other code, with fewer or other columns than ours."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import chain
from pathlib import Path

from imglearn.errors import DatabaseNewerError, InvalidRecordError, StoreError
from imglearn.exchange.source import REMARK, RESOLUTION, Item, Source, to_record
from imglearn.records import ATTEMPT_FIELDS, GENERATED_OR_VALIDATED, AnyRecord, Attempt, Feedback, check, json_object
from imglearn.store.schema import APPLICATION_ID, MIGRATIONS

_TIMEOUT_S = 30.0
LATEST_VERSION = MIGRATIONS[-1].version

# An empty text says something in a prompt; elsewhere it is another program's word for unknown.
_MAY_BE_EMPTY = ("prompt", "negative_prompt")


@contextmanager
def reading_database(source: Path) -> Generator[Source]:
    """Read the records of a database, imglearn's own or an older one, as it stood at one moment.

    The file is only read. Of an older one, times without a zone are UTC, columns that the record has no field for go
    to `params`, those of a remark to its `extra`; a row that was a person's remark becomes feedback. Nothing is
    derived: a `passed` that is NULL stays unknown.

    Raises StoreError where the file can't be read as such a database.
    """
    with _reading(source) as connection:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        yield _own(connection, source) if application_id == APPLICATION_ID else _older(connection, source)


def _own(connection: sqlite3.Connection, source: Path) -> Source:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > LATEST_VERSION:
        raise DatabaseNewerError(source, version, LATEST_VERSION)

    # An earlier one may have no table of the last.
    others = [
        (table, kind)
        for table, kind in (("feedback", REMARK), ("feedback_resolutions", RESOLUTION))
        if _row_count(connection, table) is not None
    ]

    def items() -> Iterator[Item]:
        rows = chain(_rows(connection, "generation_attempts"), *(_rows_of_kind(connection, *one) for one in others))
        for number, row in enumerate(rows, 1):
            del row["row_id"]  # ours says nothing in another log
            yield Item(f"row {row.get('id')!r}", _checked(to_record, row), number)

    total = sum(_row_count(connection, table) or 0 for table in ("generation_attempts", *dict(others)))
    return Source(items(), total)


def _rows_of_kind(connection: sqlite3.Connection, table: str, kind: str) -> Iterator[dict[str, object]]:
    return ({**row, "kind": kind} for row in _rows(connection, table))


def _older(connection: sqlite3.Connection, source: Path) -> Source:
    _check_contents(connection, source)

    def items() -> Iterator[Item]:
        for number, row in enumerate(_rows(connection, "generation_attempts"), 1):
            known = {name: value for name, value in row.items() if value != "" or name in _MAY_BE_EMPTY}
            yield Item(f"row {row.get('id')!r}", _checked(_to_record, known), number)

    notes = tuple(
        f"not read: table {name} ({'rows unknown' if count is None else f'{count} rows'}), it holds no attempts"
        for name, count in _other_tables(connection)
    )
    return Source(items(), _row_count(connection, "generation_attempts"), notes)


def _checked(make: Callable[[dict[str, object]], AnyRecord], row: dict[str, object]) -> AnyRecord | InvalidRecordError:
    try:
        return make(row)
    except InvalidRecordError as error:
        return error


def _to_record(row: dict[str, object]) -> Attempt | Feedback:
    if _is_remark(row):
        return _to_remark(row)
    fields = {name: value for name, value in row.items() if name in ATTEMPT_FIELDS}
    unknown = {name: value for name, value in row.items() if name not in ATTEMPT_FIELDS}
    if unknown:
        fields["params"] = {**unknown, **json_object(fields.get("params"), "params")}
    return check(Attempt, fields)


def _is_remark(row: dict[str, object]) -> bool:
    return (
        bool(row.get("feedback_text"))
        and not row.get("realism_score")
        and not any(name in row for name in GENERATED_OR_VALIDATED)
    )


def _to_remark(row: dict[str, object]) -> Feedback:
    taken = {"id", "timestamp", "feedback_text", "feedback_category", "feedback_source", "material", "notes"}
    rest = {name: value for name, value in row.items() if name not in taken}
    return check(
        Feedback,
        {
            "id": row.get("id"),
            "timestamp": row.get("timestamp"),
            "text": row.get("feedback_text"),
            "source": row.get("feedback_source", "user"),
            "feedback_category": row.get("feedback_category"),
            "material": row.get("material"),
            "notes": row.get("notes"),
            "extra": {"imported": rest} if rest else None,
        },
    )


@contextmanager
def _reading(source: Path) -> Generator[sqlite3.Connection]:
    """Open the file for one consistent read, so that nothing in it changes. Raises StoreError."""
    try:
        if not source.is_file():
            reason = "is not a file" if source.exists() else "is not there"
            raise StoreError(source, f"{source} {reason}; give the path of a SQLite database")
        with _a_copy_where_needed(source) as (path, mode):
            uri = f"{path.absolute().as_uri()}?mode={mode}"
            with closing(sqlite3.connect(uri, uri=True, timeout=_TIMEOUT_S, isolation_level=None)) as older:
                older.text_factory = partial(str, encoding="utf-8", errors="replace")
                older.execute("BEGIN")
                older.execute("SELECT count(*) FROM sqlite_master").fetchone()
                yield older
    except OSError as error:
        raise StoreError(source, f"{source} can't be read ({error.strerror or error})") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(source, f"{source} can't be read as a SQLite database ({error})") from error


@contextmanager
def _a_copy_where_needed(source: Path) -> Generator[tuple[Path, str]]:
    """Return what to open, and in which mode: the file itself, or a copy of it with its log or journal.

    A program that ended in the middle of its work leaves a log or journal without the file's shared memory.
    Reading such a file means recovering it first, which would write into it.
    """
    beside = [source.with_name(source.name + suffix) for suffix in ("-wal", "-journal", "-shm")]
    log, journal, shared_memory = (path.exists() for path in beside)
    if (log and not shared_memory) or (journal and _is_hot(source)):
        with tempfile.TemporaryDirectory(prefix="imglearn-import-") as folder:
            for path in (source, *beside[:2]):
                if path.exists():
                    shutil.copy(path, Path(folder) / path.name)
            yield Path(folder) / source.name, "rw"
    else:
        yield source, "ro"


def _is_hot(source: Path) -> bool:
    """Return whether the journal beside the file is left over from a program that is gone."""
    try:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=_TIMEOUT_S)) as found:
            found.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
    return False


def _check_contents(older: sqlite3.Connection, source: Path) -> None:
    names = [name for (name,) in older.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    if "generation_attempts" not in map(str.lower, names):
        found = ", ".join(sorted(names)) or "none"
        raise StoreError(source, f"{source} has no table generation_attempts; its tables: {found}")


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[dict[str, object]]:
    """Yield each row's known values by the lower-case names of their columns."""
    cursor = connection.execute(f"SELECT * FROM {table}")
    names = [column[0].lower() for column in cursor.description]
    for row in cursor:
        yield {name: value for name, value in zip(names, row, strict=True) if value is not None}


def _other_tables(older: sqlite3.Connection) -> tuple[tuple[str, int | None], ...]:
    names = older.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND lower(name) <> 'generation_attempts' "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    ).fetchall()
    return tuple((name, _row_count(older, name)) for (name,) in names)


def _row_count(older: sqlite3.Connection, table: str) -> int | None:
    quoted = '"' + table.replace('"', '""') + '"'
    try:
        (count,) = older.execute(f"SELECT count(*) FROM {quoted}").fetchone()
    except sqlite3.DatabaseError:  # a virtual table of an extension that is not here
        return None
    return int(count)
