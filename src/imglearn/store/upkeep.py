"""Keeping the database whole: backups, checks, and deleting for real."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from imglearn.errors import StoreError
from imglearn.filters import AttemptFilter
from imglearn.store import derived, schema
from imglearn.store.database import Store
from imglearn.store.filtering import where, where_remark


class Finding(Struct, frozen=True):
    """What a check looked at, what is wrong with it (None: nothing), and whether a rebuild mends that."""

    what: str
    problem: str | None = None
    rebuild_mends: bool = False


def backup_path(database: Path) -> Path:
    """Return a path beside the database that says when it was copied (UTC) and is not taken."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = database.with_name(f"{database.name}.{stamp}.bak")
    number = 1
    while path.exists():
        number += 1
        path = database.with_name(f"{database.name}.{stamp}-{number}.bak")
    return path


def back_up(store: Store, target: Path) -> Path:
    """Copy the database as of one moment, while others write, and return the copy's path.

    The copy appears whole or not at all, and only its owner may read it. Raises StoreError, also where something is
    there already.
    """
    if target.exists():
        raise StoreError(target, f"{target} is there already; choose another name")
    if not target.parent.is_dir():
        raise StoreError(target, f"there is no folder {target.parent} to put the copy into")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    path = Path(name)
    try:
        with store.errors_explained():
            schema.back_up(store.path, path)
        path.replace(target)
    finally:
        for left in (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal"))):
            with suppress(FileNotFoundError):
                left.unlink()
    return target


def check(store: Store) -> list[Finding]:
    """Look at the file, the totals and the full-text indexes; change nothing.

    Totals and issues are recomputed and compared, so it takes as long as reading everything some times over.
    """
    findings = [_file_integrity(store), _definitions(store)]
    with store.read():
        for table, sql in derived.comparisons().items():
            findings.append(_comparison(store, table, sql))
    findings += [_index_integrity(store, name, sql) for name, sql in derived.integrity_checks().items()]
    return findings


def rebuild(store: Store) -> None:
    """Make everything anew that can be recomputed from the attempts and remarks, in one transaction."""
    with store.write():
        for statement in (*derived.removal(), *derived.script(), *derived.filling()):
            store.execute(statement)


def ids_of(store: Store, asked: AttemptFilter) -> tuple[list[int], list[int]]:
    """Return the row numbers of the attempts that are meant, and of the remarks that are or are about one of them."""
    condition, values = where(asked)
    attempts = f"SELECT row_id FROM generation_attempts a WHERE {condition}"
    remark_condition, remark_values = where_remark(asked)
    remarks = (
        f"SELECT row_id FROM feedback f WHERE ({remark_condition}) OR attempt_id IN "
        f"(SELECT id FROM generation_attempts a WHERE {condition})"
    )
    with store.read():
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


def delete(store: Store, attempts: Sequence[int], remarks: Sequence[int]) -> None:
    """Delete rows for real: nothing of what they held stays in the file, the indexes or the log.

    The whole file is written anew, so it takes as long as copying it, and others wait meanwhile.
    """
    store.execute("PRAGMA secure_delete = ON")
    with store.write():
        for table, row_ids in (("generation_attempts", attempts), ("feedback", remarks)):
            for row_id in row_ids:
                store.execute(f"DELETE FROM {table} WHERE row_id = ?", (row_id,))
        for statement in derived.filling():  # the full-text indexes only: they keep deleted words till they are merged
            if "'rebuild'" in statement:
                store.execute(statement)
    scrub(store)


def delete_all(store: Store) -> None:
    """Delete every attempt and every remark for real."""
    store.execute("PRAGMA secure_delete = ON")
    with store.write():
        for statement in derived.removal():
            store.execute(statement)
        store.execute("DELETE FROM generation_attempts")
        store.execute("DELETE FROM feedback")
        for statement in derived.script():
            store.execute(statement)
    scrub(store)


def scrub(store: Store) -> None:
    """Write the file anew without what was deleted, and empty the log."""
    store.execute("VACUUM")
    row = store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if row[0]:
        raise StoreError(
            store.path,
            f"{store.path}: deleted, but another program is reading, so that the log {store.path.name}-wal still "
            "holds it; end that program and run: imglearn doctor --fix",
        )


def _file_integrity(store: Store) -> Finding:
    with store.read():
        found = [str(row[0]) for row in store.execute("PRAGMA integrity_check(20)")]
    return Finding("file", None if found == ["ok"] else "; ".join(found))


def _comparison(store: Store, table: str, sql: str) -> Finding:
    try:
        (different,) = store.execute(sql).fetchone()
    except StoreError as error:
        return Finding(table, f"it can't be compared ({error})", rebuild_mends=True)
    return Finding(table, f"{different:,} rows differ from a recount" if different else None, rebuild_mends=True)


def _definitions(store: Store) -> Finding:
    """Compare how the derived tables and their triggers are made with how they should be."""
    with store.read():
        made = dict(store.execute("SELECT name, sql FROM sqlite_master").fetchall())
    wrong = [name for name, sql in derived.definitions().items() if made.get(name) != sql]
    problem = f"missing or changed: {', '.join(wrong)}" if wrong else None
    return Finding("tables and triggers", problem, rebuild_mends=True)


def _index_integrity(store: Store, name: str, sql: str) -> Finding:
    try:
        with store.write():
            store.execute(sql)
    except StoreError as error:
        return Finding(name, f"the index does not match the texts ({error})", rebuild_mends=True)
    return Finding(name)
