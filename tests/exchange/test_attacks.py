"""Files and targets that mean harm, or are merely odd."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support import Cli

from imglearn import create_logger
from imglearn.errors import ImglearnError
from imglearn.exchange.exporting import export
from imglearn.exchange.importing import import_file
from imglearn.filters import AttemptFilter
from imglearn.logger import ImageGenerationLogger

REMARK = {"kind": "remark", "timestamp": "2025-01-01", "text": "t", "source": "user"}
HEADER = "id,timestamp,material,category,notes,prompt\n"


def lines(path: Path, *records: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_the_inside_of_a_broken_row_never_becomes_an_attempt(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    source = tmp_path / "half.csv"
    source.write_text(
        HEADER + "first,2025-01-01,m,c,,\n"
        'bad,2025-01-01,m,c,"x"y,"one prompt\nevil,2025-01-01,FAKE,FAKE,from inside,a cell\nend"\ngood,2025-01-01,m,c,n,p\n'
    )
    told: list[str] = []
    done = import_file(logger.store, source, tell=told.append)
    assert (done.attempts, done.skipped) == (1, 1)
    assert "line 3: row: got" in told[0]
    assert "nothing was read from here on" in told[0]
    assert [found["id"] for found in logger.get_recent_attempts()] == ["first"]


def test_text_in_another_encoding_is_refused_not_damaged(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    source = tmp_path / "latin.csv"
    source.write_bytes(HEADER.encode() + b"1,2025-01-01,b\xe9ton,c,,\n2,2025-01-01,beton,c,,\n")
    told: list[str] = []
    assert import_file(logger.store, source, tell=told.append).attempts == 1
    assert "line 2: material: got 'b\\udce9ton'; wants text in UTF-8" in told[0]


def test_a_header_without_end_is_told_in_little_memory(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"a," * 5_000_000)
    with pytest.raises(ImglearnError, match="no CSV of attempts") as told:
        import_file(logger.store, tmp_path / "long")
    assert len(str(told.value)) < 1000


def test_a_remark_finds_its_place_or_none(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    source = lines(
        tmp_path / "remarks",
        {**REMARK, "id": "r1"},
        {**REMARK, "id": "r2", "supersedes": "r1"},
        {**REMARK, "id": "r3", "supersedes": "r1"},
        {**REMARK, "id": "self", "supersedes": "self"},
        {**REMARK, "id": "a", "supersedes": "b"},
        {**REMARK, "id": "b", "supersedes": "a"},
    )
    told: list[str] = []
    done = import_file(logger.store, source, tell=told.append)
    assert (done.remarks, done.skipped) == (6, 0)
    assert len(told) == 3
    assert all("supersedes one that has a successor here: it stands by itself" in line for line in told)
    standing = {found["id"]: found for found in logger.get_feedback()}
    assert standing.keys() == {"r2", "r3", "self", "a"}
    assert standing["r3"]["extra"] == {"imported": {"supersedes": "r1"}}
    assert import_file(logger.store, source).already_there == 6


def test_a_kind_that_is_none_is_kept(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    attempt = {"id": "a", "timestamp": "2025-01-01", "material": "Oak", "category": "wood", "kind": "other"}
    assert import_file(logger.store, lines(tmp_path / "lines", attempt)).attempts == 1
    assert logger.get_attempt("a")["extra"] == {"imported": {"kind": "other"}}  # type: ignore[index]


def test_an_export_does_not_slip_under_the_log_of_another_database(
    logger: ImageGenerationLogger, tmp_path: Path
) -> None:
    logger.log_attempt("Oak", "wood", {}, {})
    target = tmp_path / "other.db"
    other = sqlite3.connect(target)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE songs (name)")
    other.commit()
    with pytest.raises(ImglearnError, match=r"other.db-wal lies there, so .* is a database in use"):
        export(logger.store, target, "sqlite")
    other.close()
    export(logger.store, target, "sqlite")


def test_a_pipe_is_written_to_and_a_link_is_followed(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    logger.log_attempt("Oak", "wood", {}, {}, id="a")
    pipe, link = tmp_path / "pipe", tmp_path / "link.jsonl"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    export(logger.store, pipe, "jsonl")
    reader.join()
    assert json.loads(read[0])["id"] == "a"
    link.symlink_to(tmp_path / "real.jsonl")
    (tmp_path / "real.jsonl").write_text("before")
    export(logger.store, link, "jsonl")
    assert link.is_symlink()
    assert (tmp_path / "real.jsonl").read_bytes() == read[0]


def test_memory_does_not_grow_with_long_texts(cli: Cli, db: Path, tmp_path: Path) -> None:
    with create_logger(db) as logger:
        for number in range(60):
            logger.log_attempt("Oak", "wood", {}, {}, notes="n" * 1_000_000, id=f"a{number}")
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (700 * 2**20,) * 2); "
    code = limit + "from imglearn.cli import main; main()"
    for arguments in (
        ["export", "-o", str(tmp_path / "all.jsonl")],
        ["--db", str(tmp_path / "new.db"), "import", str(tmp_path / "all.jsonl")],
    ):
        before = [] if arguments[0] == "--db" else ["--db", str(db)]
        done = subprocess.run(
            [sys.executable, "-c", code, *before, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-500:]
    with create_logger(tmp_path / "new.db") as logger:
        assert len(logger.get_recent_attempts(None)) == 60


@pytest.mark.parametrize("typed", ["(a " * 900, "a NOT " * 400, "((((((" * 200, '"' * 999])
def test_a_search_of_many_brackets_is_a_search(logger: ImageGenerationLogger, typed: str) -> None:
    logger.log_attempt("Oak", "wood", {"feedback_text": "a"}, {})
    assert isinstance(logger.search_feedback(typed), list)
    assert isinstance(logger.get_recent_attempts(text=typed), list)


def test_a_damaged_first_line_does_not_hide_the_others(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    good = {"id": "a", "timestamp": "2025-01-01", "material": "Oak", "category": "wood"}
    source = lines(tmp_path / "lines", good)
    source.write_text('tainless steel", "category": "metal"}\n' + source.read_text())
    done = import_file(logger.store, source)
    assert (done.attempts, done.skipped) == (1, 1)
    (tmp_path / "blank.csv").write_text("\n\n" + HEADER + "b,2025-01-01,m,c,,\n")
    assert import_file(logger.store, tmp_path / "blank.csv").attempts == 1


def test_remarks_go_with_the_attempts_that_are_exported(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    for score in (40, 90):
        id = logger.log_attempt("Oak", "wood", {}, {"realism_score": score})
        logger.add_feedback(f"About {score}", id)
    logger.add_feedback("About nothing")
    assert export(logger.store, tmp_path / "passed.jsonl", "jsonl", AttemptFilter(passed=True)) == (1, 1)
    assert "About 90" in (tmp_path / "passed.jsonl").read_text()


def test_what_theirs_does_not_say_erases_nothing(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    logger.log_attempt("Oak", "wood", {"steps": 30}, {}, prompt="a plank", notes="mine", id="a")
    for kind in ("csv", "jsonl"):
        export(logger.store, tmp_path / kind, kind, redact=["prompt"])  # type: ignore[arg-type]
        done = import_file(logger.store, tmp_path / kind, "theirs")
        assert (done.already_there, done.replaced, done.skipped) == (1, 0, 0)
    theirs = {"id": "a", "timestamp": logger.get_attempt("a")["timestamp"], "material": "Oak", "category": "wood"}  # type: ignore[index]
    assert import_file(logger.store, lines(tmp_path / "lines", {**theirs, "notes": "theirs"}), "theirs").replaced == 1
    found = logger.get_attempt("a")
    assert found is not None
    assert (found["notes"], found["prompt"], found["params"]) == ("theirs", "a plank", {"steps": 30})


def test_redaction_reaches_into_params_and_extra(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    knobs = {"steps": 30, "style": {"prompt": "secret", "seed_image": "kept"}, "background": "secret"}
    logger.log_record(
        {"material": "Oak", "category": "wood", "params": knobs, "extra": {"imported": [{"prompt": "secret"}]}}
    )
    export(logger.store, tmp_path / "log", "jsonl", redact=["prompt", "params.background"])
    text = (tmp_path / "log").read_text()
    assert "secret" not in text
    assert json.loads(text)["params"] == {"steps": 30, "style": {"seed_image": "kept"}}


def test_the_finished_attempt_is_the_newer_one(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    base = {"id": "a", "timestamp": "2025-01-01", "material": "Oak", "category": "wood"}
    logger.log_record({**base, "status": "running"})
    assert (
        import_file(
            logger.store, lines(tmp_path / "done", {**base, "status": "done", "realism_score": 90}), "newer"
        ).replaced
        == 1
    )
    assert import_file(logger.store, lines(tmp_path / "run", {**base, "status": "running"}), "newer").skipped == 1


def test_one_bad_file_does_not_keep_the_others_out(cli: Cli, db: Path, tmp_path: Path) -> None:
    good = lines(tmp_path / "good", {"id": "a", "timestamp": "2025-01-01", "material": "Oak", "category": "wood"})
    done = cli("import", str(tmp_path / "nowhere"), str(good))
    assert (done.returncode, done.stdout) == (1, f"{good}: 1 attempts, 0 remarks, 0 skipped\n")
    assert "nowhere is not there" in done.stderr
