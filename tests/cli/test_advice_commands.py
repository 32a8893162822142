"""The commands that give advice: as tables, JSON and CSV, and in words where there is too little."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from studio import ISSUE, TEXT, Break, studio
from support import HOSTILE, Cli

from imglearn.exchange.importing import import_file
from imglearn.logger import ImageGenerationLogger

sys.path.insert(0, str(Path(__file__).parents[1] / "learning"))

ADVICE = [
    ("hygiene",), ("suggest", "wood"), ("importance",), ("importance", "wood"), ("correlations",), ("changes",),
    ("advise",), ("advise", "--issue", ISSUE), ("alerts", "--all"), ("feedback", "effects"),
    ("feedback", "effectiveness"), ("models",), ("trend",), ("report",),
]  # fmt: skip


@pytest.fixture
def log(logger: ImageGenerationLogger) -> ImageGenerationLogger:
    logger.log_many(studio(400, breaks=(Break(0.6, "bellows", -25.0),)))
    return logger


def test_each_answers_as_table_json_and_csv(log: ImageGenerationLogger, cli: Cli) -> None:
    for command in ADVICE:
        table = cli(*command)
        assert (table.returncode, table.stderr) == (0, ""), command
        assert table.stdout, command
        assert json.loads(cli(*command, "--json").stdout), command
        if command[0] != "hygiene":  # nothing is left out here
            assert list(csv.DictReader(io.StringIO(cli(*command, "--csv").stdout))), command


def test_each_says_what_it_found(log: ImageGenerationLogger, cli: Cli) -> None:
    words = {
        ("hygiene",): "400 of 400 attempts are learned from",
        ("suggest", "wood"): "expected score",
        ("importance",): "guidance_scale",
        ("correlations",): "rank correlation",
        ("changes",): "model bellows",
        ("advise", "--issue", ISSUE): TEXT["physics"],
        ("alerts", "--all"): "bellows: mean score",
        ("feedback", "effects"): "harms",
        ("feedback", "effectiveness"): "the plain difference with and without is not the effect",
        ("models",): "since then",
        ("trend",): "within category and model",
    }
    for command, said in words.items():
        assert said in " ".join(cli(*command).stdout.split()), command


def test_a_filter_leaves_some(log: ImageGenerationLogger, cli: Cli) -> None:
    found = json.loads(cli("hygiene", "--where", "category:wood", "--json").stdout)
    assert 0 < found["attempts"] < 400
    assert "no attempt with category tin" in cli("correlations", "--category", "tin").stderr


@pytest.mark.parametrize("command", [command for command in ADVICE if command[0] not in ("models", "trend", "report")])
def test_an_empty_log_is_no_error(cli: Cli, logger: ImageGenerationLogger, command: tuple[str, ...]) -> None:
    done = cli(*command)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("imglearn: no")


def test_a_small_log_says_that_it_is_small(cli: Cli, logger: ImageGenerationLogger) -> None:
    logger.log_many(studio(8))
    assert "needs 30" in cli("suggest", "wood").stdout
    assert "too few attempts to tell" in cli("importance").stdout
    assert "nothing can be told" in cli("correlations").stdout
    assert "beyond luck" in cli("changes").stderr


def test_advise_on_an_attempt(log: ImageGenerationLogger, cli: Cli) -> None:
    failed = next(one for one in log.get_recent_attempts(None) if one["physics_issues"])
    assert TEXT["physics"] in cli("advise", failed["id"]).stdout
    unknown = cli("advise", "nobody")
    assert (unknown.returncode, unknown.stdout) == (2, "")


def test_the_exit_code_says_whether_something_is_worse(log: ImageGenerationLogger, cli: Cli) -> None:
    raised = json.loads(cli("alerts", "--all", "--json").stdout)
    broken = next(alert for alert in raised if alert["name"] == "bellows")
    now = cli("alerts", "--quiet")
    assert now.stdout == ""
    assert now.returncode == (4 if log.check_alerts() else 0)
    calm = ImageGenerationLogger(log.store)
    calm.log_many(
        {**record, "id": f"calm{place}", "timestamp": f"2027-01-{1 + place // 24:02}T{place % 24:02}:00Z"}
        for place, record in enumerate(studio(400, seed=3))
    )
    assert cli("alerts").returncode == 0
    assert broken["id"] in {alert["id"] for alert in json.loads(cli("alerts", "--all", "--json").stdout)}


def test_alerts_are_told_as_they_are_raised(logger: ImageGenerationLogger, db: Path) -> None:
    records: list[dict[str, Any]] = studio(200, feedback=False)
    logger.log_many(records)
    code = "import imglearn.cli.alerts as a; a._EVERY_S = 0.1; from imglearn.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--db", str(db), "alerts", "--follow", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stdout is not None
    while "following" not in process.stderr.readline():
        assert process.poll() is None
    for place in range(6):
        logger.log_record(
            {"id": f"x{place}", "material": "wood 1", "category": "wood", "model": "anvil", "validator_error": "quota"}
        )
    alert = json.loads(next(line for line in process.stdout if line.startswith("{")))
    assert alert["kind"] == "errors"
    process.send_signal(signal.SIGINT)
    process.wait(10)


def test_hostile_names_reach_no_terminal_raw(logger: ImageGenerationLogger, cli: Cli) -> None:
    records = studio(120)
    for place, record in enumerate(records):
        bad = HOSTILE[place % 8]
        record |= {"category": bad, "material": bad, "model": bad, "params": {bad: place % 3}, "physics_issues": [bad]}
        if record.get("feedback_text"):
            record |= {"feedback_text": bad, "feedback_category": bad}
    assert all(isinstance(outcome, str) for outcome in logger.log_many(records))
    for command in (*ADVICE, ("suggest", HOSTILE[3])):
        done = cli(*command)
        assert done.returncode == 0, command
        assert "\x1b" not in done.stdout + done.stderr, command
        assert "\x9b" not in done.stdout + done.stderr, command


def test_the_real_log_gets_sensible_words(logger: ImageGenerationLogger, cli: Cli, real_data: Path) -> None:
    import_file(logger.store, real_data / "full-146-rows.db")
    assert "29 remarks of people are kept apart" in cli("hygiene").stdout
    assert (
        "guidance_scale never varied (15): what others would do can't be known; try 12 and 18"
        in cli("suggest", "metal").stdout
    )
    assert "pass rate over the 2 days: rose, +70.1 points" in cli("trend").stdout
    effects = json.loads(cli("feedback", "effects", "--json").stdout)
    assert all(row["verdict"] == "not known" and row["estimate"] is None for row in effects)


def test_a_filter_by_the_outcome_is_warned_of(log: ImageGenerationLogger, cli: Cli) -> None:
    for command in (("importance",), ("correlations",), ("feedback", "effects")):
        assert cli(*command, "--failed").stderr.startswith("imglearn: careful: chosen by passed"), command
        assert cli(*command, "--model", "anvil").stderr == "", command
    assert "the filter chooses by the outcome (realism_score)" in cli("hygiene", "--where", "score:<75").stdout
