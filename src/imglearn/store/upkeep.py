"""Keeping the database whole: backups, checks, and deleting for real."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from msgspec import Struct

from imglearn.errors import DatabaseLockedError, DatabaseUnwritableError, StoreError
from imglearn.filters import AttemptFilter
from imglearn.store import derived, full_text, resolutions, schema
from imglearn.store.database import Store
from imglearn.store.files import replacing, side_files
from imglearn.store.filtering import where, where_remark

_IS_PENDING = (
    "SELECT 1 FROM feedback f JOIN pending_feedback p ON (p.timestamp, p.row_id) = (f.timestamp, f.row_id) "
    "WHERE f.id = ?"
)
_SORT_ON_DISK = "PRAGMA temp_store = FILE"  # what a recount sorts is as large as the log


class Finding(Struct, frozen=True):
    """What a check looked at, and what is wrong with it (None: nothing)."""

    what: str
    problem: str | None = None


def back_up(store: Store, target: Path | None = None) -> Path:
    """Copy the database as of one moment, while others write, and return the copy's path.

    By default it lies beside the database and says in its name when it was made (UTC). It appears whole or not at
    all, and only its owner may read it. Raises StoreError, also where something is there already.
    """
    with store.errors_explained():
        target = _reserved(target) if target is not None else _reserved_beside(store.path)
    try:
        with replacing(target) as path, store.errors_explained():
            schema.back_up(store.path, path)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def _reserved_beside(database: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in count(1):
        with suppress(FileExistsError):
            suffix = "" if number == 1 else f"-{number}"
            path = database.with_name(f"{database.name}.{stamp}{suffix}.bak")
            path.touch(mode=0o600, exist_ok=False)
            return path
    raise AssertionError("unreachable")


def _reserved(target: Path) -> Path:
    """Make an empty file, so that the name is nobody else's. Raises StoreError."""
    if not target.parent.is_dir():
        raise StoreError(target, f"there is no folder {target.parent} to put the copy into")
    for left in side_files(target):
        if left.exists():  # SQLite would take it for the copy's own, and put what is in it into the copy
            raise StoreError(target, f"{left} lies there, of another database of that name; choose another name")
    try:
        target.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise StoreError(target, f"{target} is there already; choose another name") from None
    except OSError as error:
        raise StoreError(target, f"{target} can't be made ({error.strerror or error})") from None
    return target


def check(store: Store) -> list[Finding]:
    """Look at the file, the totals and the full-text indexes; change nothing.

    Totals and issues are recomputed and compared, so it takes as long as reading everything some times over.
    """
    store.execute(_SORT_ON_DISK)
    findings = [_file_integrity(store), _definitions(store)]
    with store.read():
        for table, sql in derived.comparisons().items():
            findings.append(_comparison(store, table, sql))
    findings += [_index_integrity(store, name, sql) for name, sql in derived.integrity_checks().items()]
    return findings


def rebuild(store: Store) -> None:
    """Make everything anew that can be recomputed from the attempts and remarks, in one transaction."""
    store.execute(_SORT_ON_DISK)
    for index in full_text.TABLES:
        try:
            store.execute(f"SELECT count(*) FROM {index} WHERE {index} MATCH 'a'").fetchone()
        except (DatabaseLockedError, DatabaseUnwritableError):
            raise
        except StoreError:
            _drop_broken_index(store, index)
    with store.write():
        for statement in (*derived.removal(), *derived.script(), *derived.filling()):
            store.execute(statement)


def _drop_broken_index(store: Store, index: str) -> None:
    """Remove a full-text index that FTS5 can't open any more, and so can't drop either."""
    store.execute("PRAGMA writable_schema = ON")
    try:
        store.execute("DELETE FROM sqlite_master WHERE name = ?", (index,))
    finally:
        store.execute("PRAGMA writable_schema = RESET")
    for part in ("data", "idx", "docsize", "config", "content"):
        store.execute(f"DROP TABLE IF EXISTS {index}_{part}")


def ids_of(store: Store, asked: AttemptFilter) -> tuple[list[int], list[int]]:
    """Return the row numbers of the attempts that are meant, and of the remarks about one of them.

    Where only times are asked for, every remark of that time is meant too.
    """
    of_a_time = asked.given().keys() <= {"since", "until"}
    with store.read():
        condition, values = where(store, asked)
        attempts = f"SELECT row_id FROM generation_attempts a WHERE {condition}"
        remark_condition, remark_values = where_remark(asked) if of_a_time else ("0", [])
        remarks = (
            f"SELECT row_id FROM feedback f WHERE ({remark_condition}) OR attempt_id IN "
            f"(SELECT id FROM generation_attempts a WHERE {condition})"
        )
        return (
            [row_id for (row_id,) in store.execute(attempts, values)],
            [row_id for (row_id,) in store.execute(remarks, [*remark_values, *values])],
        )


def row_of_attempt(store: Store, id: str) -> tuple[int, list[int]]:
    """Return the row number of an attempt that is here, and those of the remarks about it."""
    with store.read():
        (row_id,) = store.execute("SELECT row_id FROM generation_attempts WHERE id = ?", (id,)).fetchone()
        about = [row for (row,) in store.execute("SELECT row_id FROM feedback WHERE attempt_id = ?", (id,))]
    return row_id, about


def row_of_remark(store: Store, id: str) -> int:
    """Return the row number of a remark that is here."""
    with store.read():
        (row_id,) = store.execute("SELECT row_id FROM feedback WHERE id = ?", (id,)).fetchone()
    return int(row_id)


def with_superseded(store: Store, remarks: Sequence[int]) -> list[int]:
    """Return the remarks with those that they superseded: without them these would stand again."""
    found = list(dict.fromkeys(remarks))
    sql = "SELECT row_id FROM feedback WHERE id = (SELECT supersedes FROM feedback WHERE row_id = ?)"
    with store.read():
        for row_id in found:  # it grows while it is gone through
            for (before,) in store.execute(sql, (row_id,)).fetchall():
                if before not in found:
                    found.append(before)
    return found


@contextmanager
def deleting(store: Store) -> Generator[None]:
    """Hold other writers off while something is deleted, and then leave nothing of it in the file or the log.

    So what is backed up first is just what is deleted. The whole file is written anew at the end, which takes as long
    as copying it.
    """
    store.execute("PRAGMA secure_delete = ON")
    with store.write():
        yield
    scrub(store)


def delete(store: Store, attempts: Sequence[int], remarks: Sequence[int]) -> None:
    """Delete rows. To be used within `deleting`.

    A remark that only deleted attempts had applied needs no other for that.
    """
    applied = _applied_to(store, attempts)
    for row_id in remarks:
        store.execute(
            "DELETE FROM feedback_resolutions WHERE feedback_id = (SELECT id FROM feedback WHERE row_id = ?)", (row_id,)
        )
    for table, row_ids in (("generation_attempts", attempts), ("feedback", remarks)):
        for row_id in row_ids:
            store.execute(f"DELETE FROM {table} WHERE row_id = ?", (row_id,))
    for remark in applied:
        if store.execute(_IS_PENDING, (remark,)).fetchone():
            resolutions.add(store, remark, True, notes="it was applied to attempts that are forgotten")
    for statement in full_text.rebuilding():  # they keep deleted words till they are merged
        store.execute(statement)


def _applied_to(store: Store, attempts: Sequence[int]) -> list[str]:
    """Return the ids of the remarks that were applied to some attempts, given by their row numbers."""
    sql = (
        "SELECT feedback_id FROM generation_attempts "
        "WHERE row_id = ? AND feedback_id IS NOT NULL AND feedback_applied IS NOT 0"
    )
    return list(dict.fromkeys(str(id) for row_id in attempts for (id,) in store.execute(sql, (row_id,))))


def delete_all(store: Store) -> None:
    """Delete every attempt and every remark. To be used within `deleting`."""
    for statement in derived.removal():
        store.execute(statement)
    store.execute("DELETE FROM generation_attempts")
    store.execute("DELETE FROM feedback")
    store.execute("DELETE FROM feedback_resolutions")
    for statement in (*derived.script(), *derived.filling()):
        store.execute(statement)


def scrub(store: Store) -> None:
    """Write the file anew without what was deleted, and empty the log."""
    store.execute("VACUUM")
    row = store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if row[0]:
        raise StoreError(
            store.path,
            f"{store.path}: deleted, but another program is reading an earlier state, so that the bytes stay in the "
            "file or its -wal for now; end that program and run: imglearn doctor --fix",
        )


def _file_integrity(store: Store) -> Finding:
    with store.read():
        found = [str(row[0]) for row in store.execute("PRAGMA integrity_check(20)")]
    return Finding("file", None if found == ["ok"] else "; ".join(found))


def _comparison(store: Store, table: str, sql: str) -> Finding:
    try:
        (different,) = store.execute(sql).fetchone()
    except (DatabaseLockedError, DatabaseUnwritableError):
        raise
    except StoreError as error:
        return Finding(table, f"it can't be compared ({error})")
    return Finding(table, f"{different:,} rows differ from a recount" if different else None)


def _definitions(store: Store) -> Finding:
    """Compare how the derived tables and their triggers are made with how they should be."""
    with store.read():
        made = dict(store.execute("SELECT name, sql FROM sqlite_master").fetchall())
    wrong = [name for name, sql in derived.definitions().items() if made.get(name) != sql]
    problem = f"missing or changed: {', '.join(wrong)}" if wrong else None
    return Finding("tables and triggers", problem)


def _index_integrity(store: Store, name: str, sql: str) -> Finding:
    try:
        with store.write():
            store.execute(sql)
    except (DatabaseLockedError, DatabaseUnwritableError):
        raise
    except StoreError as error:
        return Finding(name, f"the index does not match the texts ({error})")
    return Finding(name)
