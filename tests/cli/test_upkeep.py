"""Backups, deleting for real, and a doctor that finds what is wrong and mends what can be recomputed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from pathlib import Path

import pytest
from support import Cli

from imglearn import create_logger
from imglearn.errors import DatabaseLockedError, StoreError
from imglearn.exchange.exporting import export
from imglearn.exchange.importing import import_file
from imglearn.filters import AttemptFilter
from imglearn.logger import ImageGenerationLogger
from imglearn.store import upkeep
from imglearn.store.database import Store


def word(number: int) -> str:
    """A word of its own for each number: the index keeps it whole, since no other begins the same."""
    return "".join(chr(ord("b") + byte % 24) for byte in hashlib.sha256(str(number).encode()).digest()[:12])


def fill(logger: ImageGenerationLogger, count: int = 30) -> None:
    for record in (
        {"id": f"a{number}", "material": "Oak" if number % 2 else "Steel", "category": "wood", "realism_score": 60,
         "timestamp": f"2025-01-{number % 28 + 1:02}", "physics_issues": [f"Unseenword{number}"],
         "feedback_text": f"{word(number)} Secretword{number}", "notes": f"Hiddenword{number}", "prompt": f"Darkword{number}"}
        for number in range(count)
    ):  # fmt: skip
        logger.log_record(record)
    logger.add_feedback("Whisperedword", "a3")
    logger.add_feedback("Standing")


def bytes_of(db: Path) -> bytes:
    return b"".join(
        file.read_bytes() for file in db.parent.glob(f"{db.name}*") if not file.name.endswith(".bak")
    ).lower()


def gone(db: Path, number: int) -> bool:
    found = bytes_of(db)
    secrets = [word(number), *(f"{kind}word{number}" for kind in ("secret", "hidden", "dark", "unseen"))]
    return not any(secret.encode() in found for secret in secrets)


def test_a_backup_is_a_whole_database_of_its_own(
    logger: ImageGenerationLogger, cli: Cli, db: Path, tmp_path: Path
) -> None:
    fill(logger)
    path = Path(cli("backup").stdout.strip())
    assert path.parent == db.parent
    assert path.name.startswith("log.db.2")
    assert path.stat().st_mode & 0o777 == 0o600
    with create_logger(path) as copy:
        assert copy.get_report() == logger.get_report()
    assert cli("backup", str(tmp_path / "named.db")).stdout == f"{tmp_path / 'named.db'}\n"
    again = cli("backup", str(tmp_path / "named.db"))
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert cli("backup", str(tmp_path / "no" / "named.db")).returncode == 1


def test_a_backup_is_safe_while_others_write(logger: ImageGenerationLogger, db: Path, tmp_path: Path) -> None:
    fill(logger)
    stop = threading.Event()

    def write() -> None:
        with create_logger(db) as writer:
            while not stop.is_set():
                writer.log_attempt("Oak", "wood", {}, {"realism_score": 80})

    thread = threading.Thread(target=write)
    thread.start()
    for number in range(10):
        upkeep.back_up(logger.store, tmp_path / f"{number}.db")
    stop.set()
    thread.join()
    for number in range(10):
        with create_logger(tmp_path / f"{number}.db") as copy:
            assert [found for found in upkeep.check(copy.store) if found.problem] == []
            assert copy.get_report()["overall"]["total_attempts"] >= 30


def test_forgotten_content_is_in_no_byte(logger: ImageGenerationLogger, cli: Cli, db: Path) -> None:
    fill(logger)
    assert not gone(db, 3)
    done = cli("forget", "a3", "--yes", "--no-backup")
    assert (done.returncode, done.stdout, done.stderr) == (0, "forgot 1 attempts and 1 remarks\n", "")
    assert gone(db, 3)
    assert b"whispered" not in bytes_of(db)
    assert not gone(db, 4)
    assert logger.get_attempt("a3") is None
    assert logger.search_feedback("Secretword3") == []
    assert cli("doctor").returncode == 0


@pytest.mark.parametrize(
    ("flags", "left"),
    [
        (("--until", "2025-01-15"), 14),
        (("--material", "Oak"), 15),
        (("--text", "secretword7"), 29),
        (("--until", "90d"), 0),
        (("--until", "0m"), 0),
    ],
)
def test_a_filter_says_what_is_forgotten(
    logger: ImageGenerationLogger, cli: Cli, db: Path, flags: tuple[str, ...], left: int
) -> None:
    fill(logger)
    done = cli("forget", *flags, "--yes")
    assert done.returncode == 0
    assert "backups still hold what is deleted now; remove them" in done.stderr
    assert len(logger.get_recent_attempts(None)) == left
    (copy,) = db.parent.glob("*.bak")
    with create_logger(copy) as before:
        assert len(before.get_recent_attempts(None)) == 30
    kept = {remark["text"] for remark in logger.get_feedback()}
    assert ("Standing" in kept) == (flags != ("--until", "0m"))
    assert cli("doctor").returncode == 0


def test_nothing_is_forgotten_by_mistake(logger: ImageGenerationLogger, cli: Cli) -> None:
    fill(logger)
    for wrong in (
        (),
        ("a3", "--material", "Oak"),
        ("nix", "--yes"),
        ("a", "--yes"),
        ("--text", " ", "--yes"),
        ("--text", "", "--yes"),
        ("--material", "Oak"),
    ):
        assert cli("forget", *wrong).returncode == 2, wrong
    assert cli("forget", "--material", "Elm", "--yes").returncode == 0
    assert cli("reset").returncode == 2
    assert len(logger.get_recent_attempts(None)) == 30


def test_reset_leaves_an_empty_log_that_others_can_go_on_with(
    logger: ImageGenerationLogger, cli: Cli, db: Path
) -> None:
    fill(logger)
    done = cli("reset", "--yes")
    assert done.stdout == "deleted 30 attempts and 2 remarks\n"
    assert len(list(db.parent.glob("*.bak"))) == 1
    assert all(gone(db, number) for number in range(30))
    assert logger.get_report()["overall"]["total_attempts"] == 0
    logger.log_attempt("Oak", "wood", {}, {})  # by the connection that was open all along
    assert logger.get_category_stats("wood")["total_attempts"] == 1
    assert cli("doctor").returncode == 0


def test_nobody_else_writes_between_the_copy_and_the_deletion(logger: ImageGenerationLogger, db: Path) -> None:
    fill(logger)
    other = Store.open(db, timeout=0.1)
    with upkeep.deleting(logger.store):
        copy = upkeep.back_up(logger.store)
        with pytest.raises(DatabaseLockedError):
            other.execute("UPDATE generation_attempts SET notes = 'lost'")
        upkeep.delete_all(logger.store)
    other.close()
    assert logger.get_recent_attempts() == []
    with ImageGenerationLogger(Store.open(copy)) as kept:
        assert len(kept.get_recent_attempts()) > 0


def test_a_reader_in_the_way_is_told_and_the_doctor_finishes_later(
    logger: ImageGenerationLogger, cli: Cli, db: Path
) -> None:
    fill(logger)
    reader = sqlite3.connect(db, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM generation_attempts").fetchone()
    hasty = Store.open(db, timeout=0.2)
    with pytest.raises(StoreError, match="imglearn doctor --fix"), upkeep.deleting(hasty):
        upkeep.delete(hasty, *upkeep.ids_of(hasty, AttemptFilter(text="secretword3")))
    hasty.close()
    assert logger.get_attempt("a3") is None
    reader.close()
    assert cli("doctor", "--fix").returncode == 0
    assert gone(db, 3)


DAMAGE = {
    "totals": "UPDATE attempt_totals SET passed = passed + 1 WHERE dimension = 'all'",
    "a lost total": "DELETE FROM attempt_totals WHERE dimension = 'truncated'",
    "issues": "UPDATE physics_issue_totals SET count = 7",
    "an issue of nobody": "INSERT INTO physics_issues (issue) VALUES ('nobody')",
    "a lost issue": "DELETE FROM attempt_physics_issues WHERE row_id = 3",
    "the index": "INSERT INTO attempts_fts (attempts_fts) VALUES ('delete-all')",
    "the index of remarks": "INSERT INTO feedback_fts (feedback_fts) VALUES ('delete-all')",
    "replaced rows": "INSERT OR REPLACE INTO generation_attempts (id, timestamp, material, category) VALUES ('a1', 't', 'm', 'c')",
    "no trigger": "DROP TRIGGER settle",
    "no index": "DROP INDEX attempts_by_time",
    "attempts that were not settled": "UPDATE settling SET settled_row = settled_row + 5",
    "attempts that were": "UPDATE settling SET settled_row = 0",
    "nothing known of what is settled": "DELETE FROM settling",
    "a broken index of words": "DELETE FROM attempts_fts_data",
    "no settings of the index": "DELETE FROM attempts_fts_config",
    "no table of totals": "DROP TABLE attempt_totals",
    "no table": "DROP TABLE physics_issue_totals",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_the_doctor_finds_damage_and_mends_it(logger: ImageGenerationLogger, cli: Cli, db: Path, damage: str) -> None:
    fill(logger, 100)
    with sqlite3.connect(db) as other:
        other.execute(damage)
    found = cli("doctor")
    assert found.returncode == 1
    assert "run: imglearn doctor --fix" in found.stderr
    mended = json.loads(cli("doctor", "--fix", "--json").stdout)
    assert any(one["problem"] for one in mended)
    assert all(one["mended"] for one in mended if one["problem"])
    after = cli("doctor")
    assert (after.returncode, after.stderr) == (0, "")
    logger.log_attempt("Oak", "wood", {}, {"realism_score": 80})
    assert cli("doctor").returncode == 0


def test_the_doctor_of_a_broken_file_says_what_to_do(cli: Cli, db: Path) -> None:
    with create_logger(db) as logger:
        fill(logger, 200)
    with sqlite3.connect(db) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'attempts_by_time'").fetchone()
    whole = bytearray(db.read_bytes())
    whole[(page - 1) * 4096 : page * 4096] = b"\x07" * 4096
    db.write_bytes(bytes(whole))
    done = cli("doctor")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "file " in done.stdout or "can't be read" in done.stderr


def test_a_rebuild_is_seen_by_those_who_are_at_work(store: Store) -> None:
    with ImageGenerationLogger(store) as logger:
        fill(logger)
        before = logger.get_report()
        other = Store.open(store.path)
        upkeep.rebuild(other)
        other.close()
        assert logger.get_report() == before


def test_forgetting_a_remark_does_not_bring_back_what_it_superseded(logger: ImageGenerationLogger, cli: Cli) -> None:
    first = logger.add_feedback("old and wrong")
    second = logger.add_feedback("new and right", supersedes=first)
    assert cli("forget", second, "--yes", "--no-backup").stdout == "forgot 0 attempts and 2 remarks\n"
    assert logger.get_feedback(superseded=True) == []


def test_backups_at_the_same_moment_have_names_of_their_own(logger: ImageGenerationLogger) -> None:
    fill(logger)
    assert len({upkeep.back_up(logger.store) for _ in range(4)}) == 4


def test_a_lock_is_no_damage(logger: ImageGenerationLogger, db: Path) -> None:
    fill(logger)
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    hasty = Store.open(db, timeout=0.1)
    with pytest.raises(StoreError, match="locked by another program"):
        upkeep.check(hasty)
    other.close()
    hasty.close()


def test_a_backup_does_not_slip_under_the_log_of_another_database(
    logger: ImageGenerationLogger, tmp_path: Path
) -> None:
    (tmp_path / "old.db-wal").write_bytes(b"x")
    with pytest.raises(StoreError, match=r"old\.db-wal lies there"):
        upkeep.back_up(logger.store, tmp_path / "old.db")


def test_logging_goes_on_while_everything_else_happens(db: Path, tmp_path: Path) -> None:
    with create_logger(db) as logger:
        fill(logger)
        export(logger.store, tmp_path / "log.jsonl", "jsonl")
    failed: list[Exception] = []
    logged: list[str] = []
    done = threading.Event()

    def log() -> None:
        try:
            while not done.is_set():
                with create_logger(db) as writer:  # opened anew each time, as by `imglearn log`
                    logged.append(writer.log_attempt("Kept", "wood", {"feedback_text": "Kept"}, {"realism_score": 80}))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=log) for _ in range(3)]
    for thread in threads:
        thread.start()
    with create_logger(db) as other:
        for number in range(20):
            records = [{"material": "Many", "category": "wood", "notes": f"n{number}"}] * 150
            assert not [outcome for outcome in other.log_many(records) if isinstance(outcome, Exception)]
            with upkeep.deleting(other.store):
                upkeep.delete(other.store, *upkeep.ids_of(other.store, AttemptFilter(material="Many")))
            upkeep.rebuild(other.store)
            import_file(other.store, tmp_path / "log.jsonl")
    done.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(logged) >= 3
    with create_logger(db) as logger:
        kept = {found["id"] for found in logger.get_recent_attempts(None, material="Kept")}
        assert kept == set(logged)
        assert [found for found in upkeep.check(logger.store) if found.problem] == []
