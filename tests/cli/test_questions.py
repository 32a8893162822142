"""The commands that answer questions: as tables, JSON and CSV, filtered, and with a word on what is empty."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import HOSTILE, Cli

from imglearn import create_logger
from imglearn.exchange.importing import import_file
from imglearn.logger import ImageGenerationLogger

QUESTIONS = [
    ("report",), ("stats",), ("violations",), ("feedback", "effectiveness"), ("feedback", "patterns"),
    ("feedback", "search", "dust"), ("feedback", "best"), ("feedback", "list"), ("recent",), ("truncation",),
    ("trend",), ("models",), ("params", "steps"), ("params",), ("failures",), ("patterns",), ("analytics",),
]  # fmt: skip


@pytest.fixture
def six(logger: ImageGenerationLogger, real_data: Path) -> ImageGenerationLogger:
    import_file(logger.store, real_data / "first-6-attempts.db")
    return logger


def test_the_report_of_the_six_real_attempts(six: ImageGenerationLogger, cli: Cli) -> None:
    said = " ".join(cli("report").stdout.split())
    for figures in (
        "6 attempts: 2 passed (33.3 %), 4 failed (66.7 %), mean score 76.3",
        "metal_ferrous 1 1 of 1 100.0 % 21 to 100 % 78.0",
        "wood_hardwood 5 1 of 5 20.0 % 4 to 62 % 76.0",
        "Multiple quality issues 1 33.3 % 1",
        "Edge concentration 60-75% visible (not evenly distributed) 1 33.3 % 1",
        "Accumulation zones: Edge concentration 60-75% not evenly distributed 1 33.3 % 1",
        "before feedback 1 0 of 1 0.0 %",
        "after feedback 5 2 of 5 40.0 %",
        "improvement: pass rate +40.0 points",
        "careful: not enough data (n=1, needs 10)",
        "careful: the categories are not the same: within categories the difference is +25.0 points, not +40.0",
        "physics 1 1 of 1 100.0 % 21 to 100 % 82.0",
        "material_behavior 1 1 of 1 100.0 % 21 to 100 % 78.0",
    ):
        assert figures in said, figures
    assert re.search(r"82 Birch physics Focus on realistic .* 78 Steel material_behavior Rust patterns", said)


def test_the_remarks_of_the_real_log_are_searchable_and_in_no_rate(
    logger: ImageGenerationLogger, cli: Cli, real_data: Path
) -> None:
    import_file(logger.store, real_data / "full-146-rows.db")
    assert "117 attempts: 43 passed (36.8 %), 74 failed (63.2 %), mean score 75.3, 29 remarks" in cli("report").stdout
    remarks = json.loads(cli("feedback", "list", "-n", "100", "--json").stdout)
    assert len(remarks) == 29
    for remark in remarks:
        words = " ".join(re.findall(r"[A-Za-z]{4,}", remark["text"])[:4])
        found = json.loads(cli("feedback", "search", "-n", "200", "--json", "--", words).stdout)
        assert remark["id"] in {match["id"] for match in found}


def fill(logger: ImageGenerationLogger) -> None:
    dust = {"realism_score": 50, "physics_issues": ["Dust"], "truncated": True}
    fed = {"feedback_text": "Less dust.", "feedback_category": "physics", "steps": 30, "patterns_used": ["dust"]}
    first = logger.log_attempt("Oak", "wood", {"steps": 20}, dust, {"failure_category": "physics"}, model="flux-2")
    logger.log_attempt("Oak", "wood", fed, {"realism_score": 90, "truncated": False}, parent_id=first, model="flux-2")
    logger.log_attempt("Steel", "metal", {}, {}, timestamp="2024-01-01")
    logger.add_feedback("Far too much dust.", first, "contamination", author="Ann")


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_an_answer_is_a_table_json_or_csv(logger: ImageGenerationLogger, cli: Cli, question: tuple[str, ...]) -> None:
    fill(logger)
    table, data, rows = (cli(*question, *flags) for flags in ((), ("--json",), ("--csv",)))
    assert (table.returncode, table.stderr) == (0, "")
    assert len(table.stdout.splitlines()) >= 3
    assert (data.returncode, data.stderr) == (0, "")
    found = (
        [json.loads(line) for line in data.stdout.splitlines()] if question == ("recent",) else json.loads(data.stdout)
    )
    assert found
    assert (rows.returncode, rows.stderr) == (0, "")
    header, *lines = csv.reader(io.StringIO(rows.stdout))
    assert lines
    assert all(len(line) == len(header) for line in lines)
    if isinstance(found, list):
        assert len(lines) == len(found)
    assert cli(*question, "--json", "--csv").returncode == 2


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_an_empty_log_and_a_missing_one_say_what_to_do(cli: Cli, db: Path, question: tuple[str, ...]) -> None:
    missing = cli(*question)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "no database at" in missing.stderr
    assert not db.exists()
    create_logger(db).close()
    empty = cli(*question)
    assert empty.returncode == 0
    assert "Traceback" not in empty.stderr
    assert "imglearn: no" in empty.stderr
    assert empty.stdout == ""
    as_json = cli(*question, "--json")
    assert as_json.returncode == 0
    if question != ("recent",):
        json.loads(as_json.stdout)


@pytest.mark.parametrize(
    ("flags", "materials"),
    [
        (("--category", "metal"), ["Steel"]),
        (("--failed",), ["Oak"]),
        (("--unknown",), ["Steel"]),
        (("--since", "2d"), ["Oak", "Oak"]),
        (("--until", "2024-06-01"), ["Steel"]),
        (("--min-score", "60"), ["Oak"]),
        (("--text", "less dust"), ["Oak"]),
        (("--model", "flux-2", "--passed"), ["Oak"]),
        (("--material", "Elm"), []),
    ],
)
def test_filters_are_flags(
    logger: ImageGenerationLogger, cli: Cli, flags: tuple[str, ...], materials: list[str]
) -> None:
    fill(logger)
    done = cli("recent", "--json", *flags)
    assert [json.loads(line)["material"] for line in done.stdout.splitlines()] == materials
    assert json.loads(cli("report", "--json", *flags).stdout)["overall"]["total_attempts"] == len(materials)


def test_a_filter_that_makes_no_sense_is_wrong_usage(logger: ImageGenerationLogger, cli: Cli) -> None:
    done = cli("stats", "--since", "yesterday-ish")
    assert done.returncode == 2
    assert "since: got 'yesterday-ish'; wants a time such as 2025-11-25" in done.stderr
    done = cli("stats", "nowhere")
    assert (done.returncode, done.stdout) == (0, "")
    fill(logger)
    assert "no attempt with category nowhere; categories here: wood, metal" in cli("stats", "nowhere").stderr


def test_one_attempt_is_shown_by_the_beginning_of_its_id(logger: ImageGenerationLogger, cli: Cli) -> None:
    fill(logger)
    retry, first = (found["id"] for found in logger.get_recent_attempts(2))
    done = cli("show", first[:10])
    for said in ("Oak", "failure_category", "Far too much dust.", "Retries, from the first", "steps = 20"):
        assert said in done.stdout
    found = json.loads(cli("show", retry, "--json").stdout)
    assert [one["id"] for one in found["chain"]] == [first, retry]
    (remark,) = logger.get_feedback()
    assert "Far too much dust." in cli("show", remark["id"][:12]).stdout
    done = cli("show", "nix")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no attempt or remark has an id that begins with 'nix'" in done.stderr
    done = cli("show", "")
    assert done.returncode == 2
    assert "several ids" in done.stderr


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_recent_follows_what_is_logged(logger: ImageGenerationLogger, db: Path, flags: tuple[str, ...]) -> None:
    logger.log_attempt("Before", "wood", {}, {})
    with subprocess.Popen(
        [sys.executable, "-m", "imglearn", "--db", str(db), "recent", "--follow", "--category", "wood", *flags],
        stdout=subprocess.PIPE, text=True,
    ) as following:  # fmt: skip
        assert following.stdout is not None
        assert "Before" in following.stdout.readline()
        for material in ("Other", "After"):
            logger.log_attempt(material, "metal" if material == "Other" else "wood", {}, {"realism_score": 82})
        line = following.stdout.readline()
        assert "After" in line
        assert "82" in line
        following.send_signal(signal.SIGINT)
        assert following.wait(10) == 0


def test_remarks_are_added_superseded_and_listed(logger: ImageGenerationLogger, cli: Cli) -> None:
    fill(logger)
    first = logger.get_recent_attempts(2)[1]["id"]
    id = cli("feedback", "add", "Rust!", "--attempt", first[:9], "--category", "physics").stdout.strip()
    newer = cli("feedback", "add", "Rust at edges!", "--supersedes", id).stdout.strip()
    (found, _) = json.loads(cli("feedback", "list", "--json").stdout)
    assert (found["id"], found["attempt_id"], found["material"], found["feedback_category"]) == (
        newer,
        first,
        "Oak",
        "physics",
    )
    assert len(json.loads(cli("feedback", "list", "--superseded", "--json").stdout)) == 3
    assert [match["id"] for match in logger.search_feedback("rust")] == [newer]
    again = cli("feedback", "add", "Once more", "--supersedes", id)
    assert again.returncode == 2
    assert f"this one was superseded by {newer}" in again.stderr
    assert cli("feedback", "add", "x", "--attempt", "nix").returncode == 2
    assert cli("feedback", "add", "  ").returncode == 2
    assert "physics" in cli("feedback", "guide").stdout


def test_analytics_answers_several_questions_at_once(logger: ImageGenerationLogger, cli: Cli) -> None:
    fill(logger)
    flags = ("--physics-violations", "--feedback-effectiveness", "--feedback-patterns", "--search-feedback", "dust",
             "--best-feedback", "--truncation-impact", "--recent", "2", "--report")  # fmt: skip
    found = json.loads(cli("analytics", "--json", *flags).stdout)
    assert list(found) == ["report", "physics_violations", "feedback_effectiveness", "feedback_patterns", "search_feedback",
                           "best_feedback", "truncation_impact", "recent"]  # fmt: skip
    assert found["report"] == logger.get_report()
    assert (
        found["best_feedback"]
        == json.loads(cli("analytics", "--json", "--best-feedback", "wood").stdout)["best_feedback"]
    )
    assert json.loads(cli("analytics", "--json", "--category", "metal").stdout)["category_stats"][0]["unknown"] == 1
    assert "Physics issues" in cli("analytics", *flags).stdout


def on_a_terminal(*command: str, **env: str) -> bytes:
    """Return what a command writes to a terminal of 80 columns."""
    main, side = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "imglearn", *command], stdin=side, stdout=side, stderr=side, env={**os.environ, **env}
    ) as running:
        os.close(side)
        written = b""
        while True:
            try:
                chunk = os.read(main, 65536)
            except OSError:
                break
            if not chunk:
                break
            written += chunk
        running.wait(20)
    os.close(main)
    return written


@pytest.mark.parametrize("flags", [(), ("--json",), ("--csv",)])
def test_hostile_text_reaches_no_terminal(logger: ImageGenerationLogger, db: Path, flags: tuple[str, ...]) -> None:
    for text in HOSTILE:
        name = f"x{text[:200]}"
        logger.log_attempt(name, name, {"feedback_text": text, "feedback_category": name, name: name, "patterns_used": [text]},
                           {"realism_score": 90, "physics_issues": [name]}, model=name, notes=text)  # fmt: skip
        logger.add_feedback(name, author=name, category=name)
    for question in (*QUESTIONS, ("feedback", "search", "aGk"), ("show", logger.get_recent_attempts(1)[0]["id"])):
        written = on_a_terminal("--db", str(db), *question, *flags, COLUMNS="80", TERM="xterm-256color").decode()
        plain = re.sub(r"\x1b\[[0-9;]*m", "", written)  # Rich's own colours
        bad = {char for char in plain if not char.isprintable() and char not in "\r\n\t"} - {
            "\u200d",
            "\ufeff",
        }  # joiner and mark of order: they show nothing and do nothing
        assert not bad, (question, bad)


def test_no_color_is_obeyed_and_a_pipe_gets_plain_text(logger: ImageGenerationLogger, cli: Cli, db: Path) -> None:
    fill(logger)
    assert b"\x1b[" in on_a_terminal("--db", str(db), "recent", TERM="xterm-256color")
    written = on_a_terminal("--db", str(db), "recent", TERM="xterm-256color", NO_COLOR="1")
    assert b"\x1b[3" not in written  # no colour, though bold may stay
    assert "\x1b" not in cli("recent").stdout


def test_a_reader_that_goes_away_is_no_error(logger: ImageGenerationLogger, db: Path) -> None:
    for _ in range(300):
        logger.log_attempt("Oak", "wood", {}, {}, notes="n" * 500)
    for command in ("recent -n 300 --json", "export", "recent -n 300"):
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m imglearn --db {db} {command} | head -c 10"],
            capture_output=True,
            check=False,
        )
        assert b"Traceback" not in done.stderr
        assert b"rror" not in done.stderr
        assert b"pipe" not in done.stderr
