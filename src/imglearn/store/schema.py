"""The schema's version: numbered migrations, each in one transaction with its record."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from imglearn.errors import DatabaseNewerError, ForeignDatabaseError

APPLICATION_ID = 0x696D676C  # "imgl" in the file's header: `file` and we tell it from other SQLite files by it


class Migration(NamedTuple):
    """One step from the version before it to `version`."""

    version: int
    name: str
    run: Callable[[sqlite3.Connection], None]


def prepare(database: sqlite3.Connection, path: Path, migrations: tuple[Migration, ...]) -> None:
    """Check that the file is ours, and run the migrations that it hasn't seen.

    Any number of processes may do so at once: each migration is run by the one that gets the write lock first.
    """
    latest = migrations[-1].version
    if _version(database, path) == latest:
        return
    if _version(database, path) > latest:
        raise DatabaseNewerError(path, _version(database, path), latest)
    database.execute("PRAGMA journal_mode = WAL")
    if _version(database, path) > 0:
        back_up(path, path.with_name(f"{path.name}.v{_version(database, path)}.bak"))
    for migration in migrations:
        database.execute("BEGIN IMMEDIATE")
        try:
            if _version(database, path) < migration.version:
                migration.run(database)
                database.execute(
                    "INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)",
                    (migration.version, migration.name, datetime.now(UTC).isoformat()),
                )
                database.execute(f"PRAGMA user_version = {migration.version}")
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise


def back_up(source: Path, target: Path) -> None:
    """Copy the database while others use it. An existing target is replaced."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        target.chmod(0o600)
        old.backup(new)


def _version(database: sqlite3.Connection, path: Path) -> int:
    """Return the file's schema version, 0 for an empty one. Raises ForeignDatabaseError."""
    application_id, version, tables, attempts = database.execute(
        "SELECT application_id, user_version, "
        "(SELECT count(*) FROM sqlite_master), "
        "(SELECT count(*) FROM sqlite_master WHERE name = 'generation_attempts') "
        "FROM pragma_application_id, pragma_user_version",
    ).fetchone()
    if application_id != APPLICATION_ID and (tables or version):
        raise ForeignDatabaseError(path, has_attempts=bool(attempts))
    return int(version)


def _initial(database: sqlite3.Connection) -> None:
    from importlib import resources  # only a new file needs them

    from imglearn.store import derived

    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    script = resources.files("imglearn.store").joinpath("migrations/0001_initial.sql").read_text("utf-8")
    for statement in (*derived.statements(script), *derived.script(), *derived.filling()):
        database.execute(statement)


MIGRATIONS = (Migration(1, "initial", _initial),)
