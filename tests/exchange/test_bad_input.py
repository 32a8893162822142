"""What can't be imported says what is wrong and where, the good records are stored, and never half a one."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
from pathlib import Path

import pytest
from support import Cli

from imglearn import create_logger
from imglearn.store import upkeep
from imglearn.store.database import Store

GOOD = {"id": "good", "timestamp": "2025-01-01T00:00:00.000000Z", "material": "Oak", "category": "wood"}
HEADER = "id,timestamp,material,category,realism_score,passed,params\n"
ROW = "good,2025-01-01,Oak,wood,82,true,\n"


def jsonl(*records: object) -> bytes:
    return b"".join(
        (record if isinstance(record, bytes) else json.dumps(record).encode()) + b"\n" for record in records
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (jsonl(GOOD)[:-1] + b"\n" + jsonl({**GOOD, "id": "cut"})[:40], "line 2: JSON: got"),
        (
            jsonl(GOOD, {**GOOD, "id": "x", "realism_score": "high"}),
            "line 2: realism_score: got 'high'; wants a number",
        ),
        (jsonl(GOOD, {**GOOD, "id": "x", "physics_issues": 3}), "line 2: physics_issues: got 3; wants a list of texts"),
        (jsonl(GOOD, [1]), "line 2: JSON: got [1]; wants one JSON object"),
        (jsonl(GOOD, b"\xff\xfe"), "line 2: JSON: got"),
        (
            jsonl(GOOD, {**GOOD, "id": None}),
            "line 2: id: got None; wants a value; log lines without id with: imglearn log -",
        ),
        (
            jsonl(GOOD, {"kind": "remark", "id": "r", "timestamp": "2025-01-01"}),
            "line 2: text: got None; wants a value",
        ),
        ((HEADER + ROW + "cut,2025-01-01,Oa").encode(), "line 3: row: got '3 cells'; wants 7 cells, as the header has"),
        ((HEADER + ROW + 'cut,2025-01-01,"Oa').encode(), "line 3: row: got 'unexpected end of data'"),
        ((HEADER + "x,2025-01-01,Oak,wood,high,,\n" + ROW).encode(), "line 2: realism_score: got 'high'"),
        (
            (HEADER + "x,2025-01-01,Oak,wood,,maybe,\n" + ROW).encode(),
            "line 2: passed: got 'maybe'; wants true or false",
        ),
        (
            (HEADER + "x,2025-01-01,Oak,wood,,,{steps}\n" + ROW).encode(),
            "line 2: params: got '{steps}'; wants an object",
        ),
    ],
)
def test_good_records_come_in_and_bad_ones_are_told(
    cli: Cli, db: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    source = tmp_path / "source"
    source.write_bytes(content)
    done = cli("import", str(source))
    assert (done.returncode, done.stdout) == (3, f"{source}: 1 attempts, 0 remarks, 1 skipped\n")
    assert f"skipped: {said}" in done.stderr
    with create_logger(db) as logger:
        assert [found["id"] for found in logger.get_recent_attempts()] == ["good"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (gzip.compress(jsonl(GOOD), mtime=0), "the file is compressed; unpack it first"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a binary file; wants JSON lines, CSV or a SQLite database"),
        ("id,timestamp".encode("utf-16"), "the text is UTF-16; save it as UTF-8"),
        (b"[" + json.dumps(GOOD).encode() + b"]", "one JSON array; wants JSON lines"),
        (
            b"name,age\nAnn,7\n",
            "no CSV of attempts: it has no column id, timestamp, material, category; its columns: name",
        ),
        (b"id,timestamp,material,category,id\n", "no CSV of attempts: it has more than one column id"),
        (b"hello\n", "neither JSON lines, nor a CSV with a header, nor a SQLite database"),
        (b"SQLite format 3\0" + b"\0" * 500, "can't be read as a SQLite database"),
    ],
    ids=["empty", "gzip", "binary", "utf-16", "json array", "other columns", "a column twice", "text", "broken sqlite"],
)
def test_a_file_of_another_kind_is_told_in_a_line(cli: Cli, tmp_path: Path, content: bytes, said: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(content)
    done = cli("import", str(source))
    assert (done.returncode, done.stdout) == (1, "")
    assert str(source) in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_file_is_told(cli: Cli, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "gone").symlink_to("nowhere")
    for name, said in ((".", "is not a file"), ("fifo", "is not a file"), ("gone", "is not there")):
        done = cli("import", str(tmp_path / name))
        assert done.returncode == 1
        assert said in done.stderr


def test_a_cut_database_gives_what_can_be_read_or_a_clear_error(cli: Cli, db: Path, tmp_path: Path) -> None:
    with create_logger(tmp_path / "whole.db") as logger:
        logger.log_many({**GOOD, "id": f"a{number}", "notes": "n" * 500} for number in range(500))
    with sqlite3.connect(tmp_path / "whole.db") as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (tmp_path / "cut.db").write_bytes((tmp_path / "whole.db").read_bytes()[:150_000])
    done = cli("import", str(tmp_path / "cut.db"))
    assert done.returncode == 1
    assert "can't be read as a SQLite database" in done.stderr
    with create_logger(db) as logger:
        assert [found for found in upkeep.check(logger.store) if found.problem] == []


def test_a_newer_database_is_refused(cli: Cli, tmp_path: Path) -> None:
    Store.open(tmp_path / "newer.db").close()
    with sqlite3.connect(tmp_path / "newer.db") as raw:
        raw.execute("PRAGMA user_version = 99")
    done = cli("import", str(tmp_path / "newer.db"))
    assert done.returncode == 1
    assert "schema version 99" in done.stderr


def test_columns_and_names_that_are_no_field_are_kept_and_told(cli: Cli, db: Path, tmp_path: Path) -> None:
    table, lines = tmp_path / "table.csv", tmp_path / "lines"
    table.write_text("ID;Timestamp;material;category;tag;realism_score\na;2025-01-01;Oak;wood;mine;82,5\n", "utf-8-sig")
    done = cli("import", str(table))
    assert done.returncode == 3
    assert "columns that are no field go to extra: tag" in done.stderr
    assert "line 2: realism_score: got '82,5'; wants a number from 0 to 100" in done.stderr
    table.write_text(table.read_text("utf-8-sig").replace("82,5", "82.5"))
    assert cli("import", str(table)).returncode == 0
    lines.write_bytes(jsonl({**GOOD, "tag": "theirs", "extra": {"image": {"format": "png"}}}))
    assert cli("import", str(lines)).returncode == 0
    with create_logger(db) as logger:
        assert logger.get_attempt("a")["extra"] == {"imported": {"tag": "mine"}}  # type: ignore[index]
        extra = {"image": {"format": "png"}, "imported": {"tag": "theirs"}}
        assert logger.get_attempt("good")["extra"] == extra  # type: ignore[index]


def test_standard_input_is_imported_too(cli: Cli) -> None:
    assert cli("import", "-", stdin=jsonl(GOOD).decode()).stdout == "-: 1 attempts, 0 remarks, 0 skipped\n"
    assert cli("import", "-", stdin=HEADER + ROW.replace("good", "b")).stdout == "-: 1 attempts, 0 remarks, 0 skipped\n"


def test_a_dry_run_says_the_same_and_changes_nothing(cli: Cli, db: Path, tmp_path: Path) -> None:
    source = tmp_path / "lines"
    source.write_bytes(jsonl(GOOD, GOOD, {**GOOD, "material": "Ash"}))
    dry = cli("import", "--dry-run", str(source))
    assert (dry.returncode, dry.stdout) == (
        3,
        f"{source}: 1 attempts, 0 remarks, 1 skipped, 1 already here (dry run)\n",
    )
    assert not db.exists()
    create_logger(db).log_attempt("Elm", "wood", {}, {})
    files = sorted(file.name for file in tmp_path.iterdir())
    assert cli("import", "--dry-run", str(source)).stdout == dry.stdout
    assert {file.name for file in tmp_path.iterdir()} <= {*files, "log.db-wal", "log.db-shm"}
    assert [found["material"] for found in create_logger(db).get_recent_attempts()] == ["Elm"]
    assert cli("import", str(source)).stdout == dry.stdout.replace(" (dry run)", "")


def test_an_import_copies_the_database_first_unless_told_not_to(cli: Cli, db: Path, tmp_path: Path) -> None:
    source = tmp_path / "lines"
    source.write_bytes(jsonl(GOOD))
    assert "backup" not in cli("import", str(source)).stderr  # there was nothing to lose
    source.write_bytes(jsonl({**GOOD, "id": "more"}))
    assert "backup" not in cli("import", "--no-backup", str(source)).stderr
    source.write_bytes(jsonl({**GOOD, "id": "third"}))
    assert "imglearn: backup: " in cli("import", str(source)).stderr
    (copy,) = db.parent.glob("log.db.*.bak")
    with create_logger(copy) as logger:
        assert {found["id"] for found in logger.get_recent_attempts()} == {"good", "more"}
