from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from imglearn.errors import ImglearnError
from imglearn.exchange.importing import import_file
from imglearn.logger import ImageGenerationLogger
from imglearn.store import feedback

COLUMNS = (
    "id TEXT PRIMARY KEY, timestamp TEXT NOT NULL, material TEXT NOT NULL, category TEXT NOT NULL,"
    " gen_prompt_length INTEGER, guidance_scale REAL, patterns_used TEXT, feedback_applied BOOLEAN,"
    " feedback_text TEXT, feedback_category TEXT, feedback_source TEXT, val_truncated BOOLEAN,"
    " realism_score INTEGER, passed BOOLEAN, physics_issues TEXT, red_flags TEXT, notes TEXT,"
    " severity TEXT, aging_weight REAL"
)
ATTEMPT = {
    "id": "run-1",
    "timestamp": "2025-11-25T22:52:51.348768",
    "material": "Birch",
    "category": "wood",
    "gen_prompt_length": 3854,
    "guidance_scale": 13.0,
    "patterns_used": '["dust"]',
    "feedback_applied": 0,
    "realism_score": 85,
    "passed": None,
    "physics_issues": None,
    "severity": "heavy",
    "aging_weight": 0.5,
}
REMARK = {
    "id": "manual_1",
    "timestamp": "2025-11-30T02:06:28",
    "material": "Steel",
    "category": "manual_feedback",
    "feedback_applied": 1,
    "feedback_text": "Rotation too small",
    "feedback_category": "rotation",
    "feedback_source": "user_manual",
    "realism_score": 0,
    "passed": 0,
    "notes": "by hand",
}


def make(path: Path, *rows: dict[str, object], table: str = "generation_attempts") -> Path:
    with sqlite3.connect(path) as older:
        older.execute(f"CREATE TABLE {table} ({COLUMNS})")
        older.execute("CREATE TABLE learned_defaults (category TEXT)")
        for row in rows:
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            older.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))
    older.close()
    return path


def test_attempts_come_in_whole_and_remarks_as_feedback(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    source = make(tmp_path / "old [x]?#%.db", ATTEMPT, REMARK)
    told: list[str] = []
    done = import_file(logger.store, source, tell=told.append)
    assert (done.attempts, done.remarks, done.already_there, done.skipped) == (1, 1, 0, 0)
    assert told == ["not read: table learned_defaults (0 rows), it holds no attempts"]
    found = logger.get_attempt("run-1")
    assert found is not None
    assert found["timestamp"] == "2025-11-25T22:52:51.348768Z"
    assert found["patterns_used"] == ["dust"]
    assert found["params"] == {"severity": "heavy", "aging_weight": 0.5}
    assert found["passed"] is None  # NULL stays unknown, though there is a score
    assert found["physics_issues"] is None
    assert found["feedback_applied"] is False
    remark = feedback.get(logger.store, "manual_1")
    assert remark is not None
    assert (remark.text, remark.material, remark.source) == ("Rotation too small", "Steel", "user_manual")
    assert remark.extra == {
        "imported": {"category": "manual_feedback", "feedback_applied": 1, "realism_score": 0, "passed": 0}
    }
    assert logger.get_category_stats("manual_feedback")["total_attempts"] == 0
    assert [match["id"] for match in logger.search_feedback("rotation")] == ["manual_1"]


def test_importing_twice_adds_nothing(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    source = make(tmp_path / "old.db", ATTEMPT, REMARK)
    import_file(logger.store, source)
    done = import_file(logger.store, source)
    assert (done.attempts, done.remarks, done.already_there, done.skipped) == (0, 0, 2, 0)


def test_a_row_that_does_not_fit_is_told_and_the_others_come_in(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    source = make(
        tmp_path / "old.db",
        {**ATTEMPT, "id": "bad-score", "realism_score": 500},
        {**ATTEMPT, "id": "bad-time", "timestamp": "last week"},
        ATTEMPT,
    )
    told: list[str] = []
    done = import_file(logger.store, source, tell=told.append)
    assert (done.attempts, done.skipped) == (1, 2)
    assert told[1].startswith("skipped: row 'bad-score': realism_score: got 500; wants a number from 0 to 100")
    assert told[2].startswith("skipped: row 'bad-time': timestamp: got 'last week'")


def test_an_attempt_changed_meanwhile_is_kept_as_ours(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    logger.log_attempt("Birch", "wood", {}, {}, id="run-1")
    told: list[str] = []
    done = import_file(logger.store, make(tmp_path / "old.db", ATTEMPT), tell=told.append)
    assert (done.attempts, done.skipped) == (0, 1)
    assert "id 'run-1' is here with other content (differs in timestamp, " in told[1]
    assert told[1].endswith("ours is kept (--theirs and --newer choose otherwise)")
    assert logger.get_attempt("run-1")["realism_score"] is None  # type: ignore[index]


def test_the_source_is_not_touched(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    source = make(folder / "old.db", ATTEMPT)
    before = hashlib.sha256(source.read_bytes()).digest()
    import_file(logger.store, source)
    assert hashlib.sha256(source.read_bytes()).digest() == before
    assert [file.name for file in folder.iterdir()] == ["old.db"]


def test_what_another_program_has_just_written_to_the_source_is_seen(
    logger: ImageGenerationLogger, tmp_path: Path
) -> None:
    source = make(tmp_path / "old.db")
    other = sqlite3.connect(source)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("INSERT INTO generation_attempts (id, timestamp, material, category) VALUES ('w', '2025', 'a', 'b')")
    other.execute("UPDATE generation_attempts SET timestamp = '2025-01-01'")
    other.commit()
    assert import_file(logger.store, source).attempts == 1
    other.close()


def test_what_another_program_has_not_committed_is_not_seen(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    source = make(tmp_path / "old.db", *({**ATTEMPT, "id": f"run-{n}", "notes": "committed"} for n in range(500)))
    other = sqlite3.connect(source, check_same_thread=False)
    other.execute("PRAGMA cache_size = 5")
    other.execute("BEGIN")
    other.execute("UPDATE generation_attempts SET material = 'not yet'")
    reader = sqlite3.connect(source, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):  # its pages are in the file already
        reader.execute("SELECT count(*) FROM generation_attempts")
    reader.close()
    threading.Timer(0.3, other.rollback).start()
    assert import_file(logger.store, source).attempts == 500
    assert {found["material"] for found in logger.get_recent_attempts(1000)} == {"Birch"}


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_source_whose_program_was_killed_is_recovered_in_a_copy(
    logger: ImageGenerationLogger, tmp_path: Path, mode: str
) -> None:
    source = make(tmp_path / "old.db", *({**ATTEMPT, "id": f"run-{n}"} for n in range(500)))
    code = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        f"c.execute('PRAGMA journal_mode = {mode}'); c.execute('PRAGMA cache_size = 5')\n"
        "c.execute(\"UPDATE generation_attempts SET severity = 'light' WHERE id = 'run-1'\")\n"
        "c.execute('BEGIN'); c.execute(\"UPDATE generation_attempts SET material = 'not yet'\"); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code, str(source)], check=False)
    source.with_name("old.db-shm").unlink(missing_ok=True)
    before = {file.name: file.read_bytes() for file in tmp_path.glob("old.db*")}
    assert len(before) == 2
    assert import_file(logger.store, source).attempts == 500
    assert {file.name: file.read_bytes() for file in tmp_path.glob("old.db*")} == before
    found = {found["id"]: found for found in logger.get_recent_attempts(1000)}
    assert {attempt["material"] for attempt in found.values()} == {"Birch"}
    assert found["run-1"]["params"]["severity"] == "light"


def test_odd_tables_of_other_programs_are_read(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    source = tmp_path / "odd.db"
    with sqlite3.connect(source) as other:
        other.execute(
            "CREATE TABLE Generation_Attempts (ID TEXT PRIMARY KEY, Timestamp, MATERIAL, category, params, foo,"
            " parent_id, physics_issues, picture, row_id) WITHOUT ROWID"
        )
        other.execute(
            "INSERT INTO generation_attempts VALUES"
            " ('a', '2025-01-01', 'Oak', 'wood', '{\"steps\": 30}', 'bar', '', '', X'00ff', 5)"
        )
    assert import_file(logger.store, source).attempts == 1
    found = logger.get_attempt("a")
    assert found is not None
    assert found["params"] == {"steps": 30, "foo": "bar", "picture": "base64:AP8=", "row_id": 5}
    assert (found["parent_id"], found["physics_issues"]) == (None, None)


@pytest.mark.parametrize(
    "known",
    [{"notes": "x", "severity": "heavy"}, {"guidance_scale": 7.0}, {"realism_score": 50}, {"val_truncated": 0}],
)
def test_only_a_row_without_generation_and_validation_is_a_remark(
    logger: ImageGenerationLogger, tmp_path: Path, known: dict[str, object]
) -> None:
    remark = {**REMARK, **known}
    done = import_file(logger.store, make(tmp_path / "old.db", remark))
    assert (done.remarks == 1) == ("severity" in known)


def test_a_remark_with_a_known_id_and_other_text_is_told(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    import_file(logger.store, make(tmp_path / "one.db", REMARK))
    told: list[str] = []
    other = make(tmp_path / "two.db", {**REMARK, "feedback_text": "Another"})
    assert import_file(logger.store, other, tell=told.append).remarks == 0
    assert "is here with other content (differs in text)" in told[1]


def test_what_is_no_such_database_is_told(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("hello " * 200)
    for source, message in (
        (tmp_path / "nowhere.db", "is not there"),
        (tmp_path, "is not a file"),
        (text, "neither JSON lines, nor a CSV with a header, nor a SQLite database"),
        (make(tmp_path / "songs.db", table="songs"), "no table generation_attempts; its tables: "),
    ):
        with pytest.raises(ImglearnError, match=message):
            import_file(logger.store, source)


def test_the_six_real_attempts(logger: ImageGenerationLogger, real_data: Path) -> None:
    done = import_file(logger.store, real_data / "first-6-attempts.db")
    assert (done.attempts, done.remarks, done.skipped) == (6, 0, 0)
    figures = {
        stats["category"]: (stats["total_attempts"], stats["success_rate"], stats["avg_realism_score"])
        for stats in logger.get_category_stats()
    }
    assert figures == {"wood_hardwood": (5, 20.0, 76.0), "metal_ferrous": (1, 100.0, 78.0)}


def test_the_146_real_rows_are_attempts_and_remarks(logger: ImageGenerationLogger, real_data: Path) -> None:
    source = real_data / "full-146-rows.db"
    done = import_file(logger.store, source)
    assert (done.attempts, done.remarks, done.skipped) == (117, 29, 0)
    stats = logger.get_category_stats()
    assert (sum(s["passed"] for s in stats), sum(s["failed"] for s in stats)) == (43, 74)
    with sqlite3.connect(f"file:{source}?mode=ro&immutable=1", uri=True) as raw:
        raw.row_factory = sqlite3.Row
        rows = {row["id"]: row for row in raw.execute("SELECT * FROM generation_attempts")}
    ours = {found["id"]: found for found in logger.get_recent_attempts(1000)}
    for id, row in rows.items():
        if id not in ours:
            assert feedback.get(logger.store, id).text == row["feedback_text"]  # type: ignore[union-attr]
            continue
        for name in row.keys():  # noqa: SIM118 - a row iterates over its values
            kept = ours[id].get(name, (ours[id]["params"] or {}).get(name))
            assert (kept is None) == (row[name] is None), name
