from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from imglearn import create_logger
from imglearn.errors import (
    DatabaseDamagedError,
    DatabaseLockedError,
    DatabaseMissingError,
    DatabaseNewerError,
    DatabaseUnwritableError,
    ForeignDatabaseError,
    StoreError,
)
from imglearn.records import Attempt, Feedback
from imglearn.store import attempts, schema
from imglearn.store.database import Store


def columns(path: Path, table: str) -> list[str]:
    with sqlite3.connect(path) as raw:
        return [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "log.db"
    store = Store.open(path)
    store.execute("INSERT INTO feedback (id, timestamp, text, source) VALUES ('a', 't', 'x', 'user')")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    store.close()


def test_connections_are_durable_and_do_not_block_readers(store: Store) -> None:
    def pragma(name: str) -> object:
        return store.execute(f"PRAGMA {name}").fetchone()[0]

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2  # FULL
    assert pragma("foreign_keys") == 1
    assert pragma("busy_timeout") == 30_000


@pytest.mark.parametrize(("record", "table"), [(Attempt, "generation_attempts"), (Feedback, "feedback")])
def test_the_tables_have_a_column_for_each_field_of_the_record(
    store: Store, db: Path, record: type, table: str
) -> None:
    assert columns(db, table) == ["row_id", *record.__struct_fields__]


def test_reading_does_not_make_a_file(db: Path) -> None:
    with pytest.raises(DatabaseMissingError):
        Store.open(db, create=False)
    assert not db.exists()


def test_a_newer_file_is_refused_and_left_as_it_is(store: Store, db: Path) -> None:
    store.execute("PRAGMA user_version = 99")
    store.close()
    before = db.read_bytes()
    with pytest.raises(DatabaseNewerError, match=r"schema version 99.*knows up to 1"):
        Store.open(db)
    assert db.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all, only text" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_called_damaged(db: Path, content: bytes) -> None:
    db.write_bytes(content)
    with pytest.raises(DatabaseDamagedError):
        Store.open(db)
    assert db.read_bytes() == content


def test_somebody_elses_database_is_refused(db: Path) -> None:
    with sqlite3.connect(db) as other:
        other.execute("CREATE TABLE songs (title)")
    with pytest.raises(ForeignDatabaseError, match="choose another path"):
        Store.open(db)


def test_an_older_programs_database_is_sent_to_import(db: Path) -> None:
    with sqlite3.connect(db) as other:
        other.execute("CREATE TABLE generation_attempts (id TEXT PRIMARY KEY)")
    with pytest.raises(ForeignDatabaseError, match="imglearn import"):
        Store.open(db)


def test_a_folder_or_a_forbidden_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        Store.open(tmp_path)
    with pytest.raises(DatabaseUnwritableError):
        Store.open(tmp_path / "file" / "log.db")


def test_a_lock_held_too_long_is_told(store: Store, db: Path) -> None:
    impatient = Store.open(db, timeout=0.1)
    other = sqlite3.connect(db)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseLockedError, match="locked by another program"), impatient.write():
        pass
    other.close()
    with impatient.write():
        pass


def test_text_that_is_not_utf8_can_be_read(store: Store) -> None:
    store.execute(
        "INSERT INTO generation_attempts (id, timestamp, material, category, notes)"
        " VALUES ('a', 't', CAST(X'ff41' AS TEXT), 'c', X'00fe')"
    )
    found = attempts.get(store, "a")
    assert found is not None
    assert found.material == "\ufffdA"


def test_a_file_moved_away_under_a_writer_is_noticed(db: Path) -> None:
    logger = create_logger(db, strict=True)
    logger.log_attempt("Birch", "wood", {}, {}, id="a")
    db.rename(db.with_name("moved.db"))
    with pytest.raises(StoreError, match="moved, removed or replaced"):
        logger.log_attempt("Birch", "wood", {}, {})
    with pytest.raises(StoreError, match="put the file back"):
        create_logger(db)
    db.with_name("moved.db").rename(db)
    assert logger.log_attempt("Birch", "wood", {}, {}, id="b") == "b"
    assert len(create_logger(db).get_recent_attempts()) == 2


def test_a_fork_waits_for_what_other_threads_are_at(store: Store) -> None:
    began = threading.Event()
    ended_at: list[float] = []

    def write() -> None:
        with store.write():
            began.set()
            time.sleep(0.3)
            ended_at.append(time.monotonic())

    thread = threading.Thread(target=write)
    thread.start()
    began.wait()
    child = os.fork()
    if child == 0:
        store.execute("UPDATE settling SET patience = patience")
        os._exit(0)
    forked = time.monotonic()
    assert os.waitpid(child, 0)[1] == 0
    thread.join()
    assert ended_at[0] <= forked
    with store.write():
        fork_within = os.fork()  # of the thread that is at it itself
        if fork_within == 0:
            os._exit(0)
    assert os.waitpid(fork_within, 0)[1] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_full_disk_is_told_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], check=False, capture_output=True
    ).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        logger = create_logger(small / "log.db", strict=True)
        acknowledged = []

        def log_until_full() -> None:
            while len(acknowledged) < 1000:
                acknowledged.append(logger.log_attempt("Birch", "wood", {"prompt": "x" * 2000}, {}))

        with pytest.raises(DatabaseUnwritableError, match="full"):
            log_until_full()
        stored = {found["id"] for found in logger.get_recent_attempts(2000)}
        assert stored == set(acknowledged)
        logger.close()
    finally:
        subprocess.run(["umount", "-l", small], check=True)


@pytest.mark.parametrize(
    "sql",
    [
        "gen_prompt_length = 'abc'", "gen_prompt_length = 9e999", "val_prompt_length = -1", "retry_count = 'x'",
        "realism_score = 'high'", "realism_score = 101", "passed = 2", "status = 'finished'",
        "physics_issues = '[\"open'", "category = X'41ff'", "timestamp = X'ff'",
    ],
)  # fmt: skip
def test_plain_sql_can_not_store_what_would_make_a_number_lie(store: Store, sql: str) -> None:
    store.execute("INSERT INTO generation_attempts (id, timestamp, material, category) VALUES ('a', 't', 'm', 'c')")
    with pytest.raises(StoreError, match="CHECK constraint failed"):
        store.execute(f"UPDATE generation_attempts SET {sql}")


# Migrations


def add_column(database: sqlite3.Connection) -> None:
    database.execute("ALTER TABLE feedback ADD COLUMN mood TEXT")


NEXT = (*schema.MIGRATIONS, schema.Migration(2, "mood", add_column))


def test_a_migration_keeps_the_data_and_a_backup_from_before(db: Path) -> None:
    create_logger(db).log_attempt("Birch", "wood", {}, {}, id="a")
    store = Store.open(db, migrations=NEXT)
    assert attempts.get(store, "a") is not None
    assert "mood" in columns(db, "feedback")
    assert store.execute("SELECT version, name FROM schema_migrations").fetchall() == [(1, "initial"), (2, "mood")]
    backup = db.with_name("log.db.v1.bak")
    assert "mood" not in columns(backup, "feedback")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with sqlite3.connect(backup) as raw:
        assert raw.execute("SELECT id FROM generation_attempts").fetchall() == [("a",)]


def test_a_migration_that_fails_leaves_the_version_before_it(db: Path) -> None:
    def broken(database: object) -> None:
        add_column(database)
        raise sqlite3.OperationalError("no such luck")

    create_logger(db).close()
    with pytest.raises(StoreError, match="no such luck"):
        Store.open(db, migrations=(*schema.MIGRATIONS, schema.Migration(2, "mood", broken)))
    assert "mood" not in columns(db, "feedback")
    Store.open(db).close()


def test_many_processes_may_make_the_file_at_the_same_moment(db: Path) -> None:
    code = "import sys; from imglearn import create_logger; create_logger(sys.argv[1]).log_attempt('a', 'b', {}, {})"
    makers = [subprocess.Popen([sys.executable, "-c", code, str(db)]) for _ in range(8)]
    assert [maker.wait(60) for maker in makers] == [0] * 8
    store = Store.open(db)
    assert store.execute("SELECT count(*) FROM generation_attempts").fetchone() == (8,)
    assert store.execute("SELECT count(*) FROM schema_migrations").fetchone() == (1,)


def test_many_writers_lose_nothing(db: Path) -> None:
    code = (
        "import sys; from imglearn import create_logger; logger = create_logger(sys.argv[1])\n"
        "for n in range(40): logger.log_attempt('a', 'b', {}, {'realism_score': n}, id=f'{sys.argv[2]}-{n}')"
    )
    create_logger(db).close()
    writers = [subprocess.Popen([sys.executable, "-c", code, str(db), str(n)]) for n in range(6)]
    assert [writer.wait(60) for writer in writers] == [0] * 6
    assert create_logger(db).get_category_stats("b")["total_attempts"] == 240


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_file_can_be_read_and_says_why_not_written(db: Path) -> None:
    create_logger(db).log_attempt("Birch", "wood", {}, {}, id="a")
    db.chmod(0o400)
    logger = create_logger(db)
    assert logger.get_attempt("a") is not None
    with pytest.raises(DatabaseUnwritableError):
        logger.log_attempt("Birch", "wood", {}, {})


@pytest.mark.parametrize("change", ["VACUUM", "CREATE TABLE mine (a)", "DROP INDEX attempts_by_time"])
def test_a_schema_that_changes_under_an_open_connection_costs_no_attempt(db: Path, change: str) -> None:
    with create_logger(db) as first, sqlite3.connect(db, isolation_level=None) as other:
        other.execute(change)
        first.log_attempt("Oak", "wood", {}, {"physics_issues": ["Dust"]}, notes="light dust")
        other.execute("CREATE TABLE more (a)")
        assert len(first.search_feedback("dust")) == 1
        other.execute("DROP TABLE more")
        assert len(first.get_recent_attempts(text="light")) == 1
    other.close()


FORKING = """
import os, sys, time
from imglearn import create_logger
log = create_logger(sys.argv[1])
log.log_attempt("Birch", "wood", {}, {})
child = os.fork()
if child == 0:
    time.sleep(0.3)
    for _ in range(5):
        log.log_attempt("Birch", "wood", {}, {})
    os._exit(0)
log.close()
os.waitpid(child, 0)
"""


def test_what_a_forked_process_logs_is_kept(db: Path) -> None:
    subprocess.run([sys.executable, "-c", FORKING, str(db)], check=True)
    with create_logger(db) as logger:
        assert len(logger.get_recent_attempts(None)) == 6


FORKING_AMID_WRITES = """
import gc, os, sys, threading, time
from imglearn import create_logger
gc.set_threshold(50)  # connections of loggers that are gone are closed while it collects
stop = threading.Event()
def write(log, name):
    count = 0
    while not stop.is_set():
        log.log_record({"id": f"{name}-{count}", "material": "Birch", "category": "wood"})
        count += 1
for turn in range(8):
    log = create_logger(sys.argv[1])
    log.itself = log
    stop.clear()
    threads = [threading.Thread(target=write, args=(log, f"{turn}-{number}")) for number in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    child = os.fork()
    if child == 0:
        log.log_record({"id": f"child-{turn}", "material": "Birch", "category": "wood"})
        os._exit(0)
    os.waitpid(child, 0)
    stop.set()
    for thread in threads:
        thread.join()
"""


def test_a_fork_amid_threads_that_never_pause_leaves_a_child_that_logs(db: Path) -> None:
    # One that inherits a lock of SQLite's own never comes back.
    subprocess.run([sys.executable, "-c", FORKING_AMID_WRITES, str(db)], check=True, timeout=100)
    logged = sqlite3.connect(db).execute("SELECT count(*) FROM generation_attempts WHERE id GLOB 'child-*'")
    assert logged.fetchone() == (8,)
