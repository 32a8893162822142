"""What is exported comes back the same, and is exported the same again."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import HOSTILE

from imglearn.errors import ImglearnError, InvalidRecordError
from imglearn.exchange.exporting import export, format_of
from imglearn.exchange.importing import import_file
from imglearn.filters import AttemptFilter
from imglearn.logger import ImageGenerationLogger
from imglearn.records import ATTEMPT_FIELDS
from imglearn.store import upkeep
from imglearn.store.database import Store

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "'",
    "''",
    "'=x",
    "",
    "0x10",
    "true",
    "1e5",
    "[1]",
    "{",
]
TEXTS = st.one_of(st.sampled_from([*HOSTILE, *FORMULAS]), st.text(max_size=30))
NAMES = TEXTS.filter(lambda text: text.strip(" \t\n\r\0\f\v") != "" and not text.isspace())
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=3)
ATTEMPTS = st.fixed_dictionaries(
    {"material": NAMES, "category": NAMES},
    optional={
        "model": TEXTS,
        "prompt": TEXTS,
        "seed": st.one_of(TEXTS, st.integers(0, 2**64)),
        "guidance_scale": st.floats(-1e300, 1e300),
        "patterns_used": st.lists(TEXTS, max_size=3),
        "params": OBJECTS,
        "feedback_text": TEXTS,
        "feedback_applied": st.booleans(),
        "feedback_id": NAMES,
        "realism_score": st.floats(0, 100),
        "passed": st.booleans(),
        "physics_issues": st.lists(TEXTS, max_size=3),
        "retry_count": st.integers(0, 10**12),
        "image_size_kb": st.floats(0, 1e9),
        "notes": TEXTS,
        "extra": OBJECTS,
        "status": st.sampled_from(["running", "done", "error"]),
        "timestamp": st.sampled_from(["2025-01-01", "2025-06-01T12:00:00.000001Z"]),
    },
)


def fill(folder: str, attempts: list[dict[str, Any]], remarks: list[str]) -> ImageGenerationLogger:
    logger = ImageGenerationLogger(Store.open(Path(folder) / "ours.db"))
    for attempt in attempts:
        logger.log_record(attempt)
    before = None
    for text in remarks:
        before = logger.add_feedback(text, category=text, author=text, supersedes=before)
        logger.resolve_feedback(before, author=text, note=text)
    if before is not None:
        logger.resolve_feedback(before, undo=True)
    return logger


@given(st.lists(ATTEMPTS, max_size=5), st.lists(NAMES, max_size=3))
def test_export_import_export_is_the_same_to_the_byte(attempts: list[dict[str, Any]], remarks: list[str]) -> None:
    with TemporaryDirectory() as folder:
        ours = fill(folder, attempts, remarks)
        for number, kind in enumerate(("jsonl", "csv", "sqlite"), 1):
            first, second = (Path(folder) / f"{number}-{name}" for name in ("first", "second"))
            export(ours.store, first, kind)  # type: ignore[arg-type]
            theirs = ImageGenerationLogger(Store.open(Path(folder) / f"{number}.db"))
            if attempts or remarks or kind == "sqlite":
                done = import_file(theirs.store, first, tell=pytest.fail if kind != "csv" else lambda _: None)
                assert (done.attempts, done.skipped) == (len(attempts), 0)
                assert done.remarks == (0 if kind == "csv" else len(remarks))
                assert done.resolutions == (0 if kind == "csv" or not remarks else len(remarks) + 1)
            assert theirs.get_recent_attempts(None) == ours.get_recent_attempts(None)
            if kind == "sqlite":
                assert theirs.get_feedback(superseded=True) == ours.get_feedback(superseded=True)
                assert theirs.pending_feedback() == ours.pending_feedback()
            else:
                export(theirs.store, second, kind)  # type: ignore[arg-type]
                assert first.read_bytes() == second.read_bytes()
            if first.stat().st_size:
                again = import_file(ours.store, first)
                assert (again.attempts, again.remarks, again.replaced, again.skipped) == (0, 0, 0, 0)
            theirs.close()
        assert [found for found in upkeep.check(ours.store) if found.problem] == []
        ours.close()


def test_no_cell_of_a_csv_is_a_formula(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    for text in FORMULAS:
        logger.log_attempt(f"x{text}", "wood", {"feedback_text": text}, {}, notes=text, model=text)
    export(logger.store, tmp_path / "log.csv", "csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "log.csv").read_bytes().decode(), newline="")))
    assert len(rows) == len(FORMULAS)
    for row in rows:
        assert set(row) == set(ATTEMPT_FIELDS)
        for name in ("feedback_text", "notes", "model"):
            assert not row[name].startswith(("=", "+", "-", "@", "\t", "\r", "\n")), row[name]


def test_an_export_is_what_the_filter_leaves(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    logger.log_attempt("Oak", "wood", {}, {"realism_score": 90}, id="a")
    logger.log_attempt("Steel", "metal", {}, {"realism_score": 40}, id="b")
    logger.add_feedback("Less rust", "b")
    logger.add_feedback("More light")
    target = tmp_path / "log.jsonl"
    assert export(logger.store, target, "jsonl", AttemptFilter(category="metal")) == (1, 1)
    attempt, remark = map(json.loads, target.read_text().splitlines())
    assert (attempt["id"], remark["text"], remark["kind"]) == ("b", "Less rust", "remark")
    assert export(logger.store, target, "jsonl", AttemptFilter(passed=True)) == (1, 0)


def test_redacted_fields_are_nowhere_in_the_file(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    logger.log_attempt(
        "Oak", "wood", {}, {}, prompt="secret prompt", notes="secret note", image_metadata={"path": "/home/me/secret"}
    )
    logger.add_feedback("Less rust", author="secret Ann")
    for kind in ("jsonl", "csv", "sqlite"):
        target = tmp_path / kind
        export(logger.store, target, kind, redact=["prompt", "notes", "image_path", "author"])  # type: ignore[arg-type]
        assert b"secret" not in target.read_bytes()
        assert b"Oak" in target.read_bytes()
    with pytest.raises(
        InvalidRecordError, match=r"redact: got 'id'; wants params\.NAME, or a field that may be missing: "
    ):
        export(logger.store, tmp_path / "x", "jsonl", redact=["id"])


def test_the_format_is_that_of_the_ending() -> None:
    assert format_of(Path("a.JSONL"), None) == "jsonl"
    assert format_of(Path("a.csv"), None) == "csv"
    assert format_of(Path("a.sqlite3"), None) == "sqlite"
    assert format_of(Path("a.csv"), "jsonl") == "jsonl"
    with pytest.raises(InvalidRecordError, match="an ending that tells the format"):
        format_of(Path("a.xlsx"), None)


def test_a_failed_export_leaves_no_file(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    logger.log_attempt("Oak", "wood", {}, {})
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "log.jsonl").write_text("before")

    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        export(logger.store, folder / "log.jsonl", "jsonl", progress=broken)
    assert [file.name for file in folder.iterdir()] == ["log.jsonl"]
    assert (folder / "log.jsonl").read_text() == "before"
    with pytest.raises(ImglearnError, match="no folder"):
        export(logger.store, tmp_path / "nowhere" / "log.jsonl", "jsonl")


def test_an_exported_database_is_one_to_work_with(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    logger.log_attempt("Oak", "wood", {}, {"realism_score": 90, "physics_issues": ["Dust"]})
    export(logger.store, tmp_path / "copy.db", "sqlite")
    assert sorted(file.name for file in tmp_path.glob("*copy.db*")) == ["copy.db"]
    with ImageGenerationLogger(Store.open(tmp_path / "copy.db")) as copy:
        assert copy.get_report() == logger.get_report()
    with sqlite3.connect(tmp_path / "copy.db") as raw:
        assert raw.execute("SELECT material FROM generation_attempts").fetchall() == [("Oak",)]


@pytest.mark.parametrize(
    ("prefer", "kept", "counts"),
    [
        ("ours", {"same": 50, "older": 50, "newer": 50}, (0, 2)),
        ("theirs", {"same": 50, "older": 90, "newer": 90}, (2, 0)),
        ("newer", {"same": 50, "older": 50, "newer": 90}, (1, 1)),
    ],
)
def test_a_conflict_is_decided_as_asked(
    logger: ImageGenerationLogger, tmp_path: Path, prefer: str, kept: dict[str, int], counts: tuple[int, int]
) -> None:
    for id in kept:
        logger.log_attempt("Oak", "wood", {}, {"realism_score": 50}, id=id, timestamp="2025-06-01")
    lines = [
        {"id": "same", "timestamp": "2025-06-01", "realism_score": 50, "passed": False},
        {"id": "older", "timestamp": "2025-05-01", "realism_score": 90, "passed": True},
        {"id": "newer", "timestamp": "2025-07-01", "realism_score": 90, "passed": True},
        {"id": "extra", "timestamp": "2025-07-01"},
    ]
    source = tmp_path / "theirs.jsonl"
    source.write_text("".join(json.dumps({"material": "Oak", "category": "wood", **line}) + "\n" for line in lines))
    told: list[str] = []
    done = import_file(logger.store, source, prefer, told.append)  # type: ignore[arg-type]
    assert (done.attempts, done.already_there) == (1, 1)
    assert (done.replaced, done.skipped) == counts
    assert len(told) == 2
    assert all("is here with other content (differs in timestamp, realism_score, passed)" in line for line in told)
    scores = {found["id"]: found["realism_score"] for found in logger.get_recent_attempts() if found["id"] != "extra"}
    assert scores == kept
    stats = logger.get_category_stats("wood")
    assert stats["avg_realism_score"] == pytest.approx(sum(kept.values()) / 3)
    assert [found for found in upkeep.check(logger.store) if found.problem] == []
