"""`--where`: the app's filter on the command line, and filters that are kept by name."""

from __future__ import annotations

import json
from pathlib import Path

from support import Cli

from imglearn.logger import ImageGenerationLogger


def log_some(logger: ImageGenerationLogger) -> None:
    for id, category, score, steps in (("a", "wood_hard", 60, 20), ("b", "wood_soft", 90, 40), ("c", "metal", 40, 40)):
        logger.log_record(
            {"id": id, "material": "Oak", "category": category, "realism_score": score, "params": {"steps": steps}}
        )


def ids(output: str) -> list[str]:
    return [json.loads(line)["id"] for line in output.splitlines()]


def test_a_typed_filter_narrows_any_question(cli: Cli, logger: ImageGenerationLogger) -> None:
    log_some(logger)
    assert ids(cli("recent", "--json", "--where", "category:wood param.steps:>30").stdout) == ["b"]
    assert ids(cli("recent", "--json", "--where", "category:wood", "--failed").stdout) == ["a"]
    stats = json.loads(cli("stats", "--json", "--where", "param.steps:40").stdout)
    assert {one["category"]: one["total_attempts"] for one in stats} == {"wood_soft": 1, "metal": 1}
    nothing = cli("recent", "--where", "param.steps:>99")
    assert "no attempt with param.steps:>99" in nothing.stderr


def test_what_is_wrong_is_pointed_at(cli: Cli, logger: ImageGenerationLogger) -> None:
    log_some(logger)
    done = cli("recent", "--where", "dust score:<abc")
    assert done.returncode == 2
    assert "score: got '<abc'; wants a number" in done.stderr
    assert "  dust score:<abc\n       ^^^^^^^^^^" in done.stderr
    done = cli("recent", "--where", "score:>=80", "--min-score", "70")
    assert (done.returncode, "choose one" in done.stderr) == (2, True)


def test_filters_are_kept_by_name(cli: Cli, logger: ImageGenerationLogger, home: Path) -> None:
    log_some(logger)
    assert "no filter is saved" in cli("filters").stderr
    assert cli("filters", "save", "weak-wood", "category:wood", "passed:no").stdout == (
        "saved; use it as: --where @weak-wood\n"
    )
    assert cli("filters").stdout == "weak-wood  category:wood passed:no\n"
    assert json.loads(cli("filters", "list", "--json").stdout) == {"weak-wood": "category:wood passed:no"}
    assert ids(cli("recent", "--json", "--where", "@weak-wood").stdout) == ["a"]
    done = cli("recent", "--where", "@nobody")
    assert done.returncode == 2
    assert "no filter is saved as 'nobody'; there are: weak-wood" in done.stderr
    assert cli("filters", "save", "bad", "score:<x").returncode == 2
    assert cli("filters", "save", "no/name", "dust").returncode != 0
    assert cli("filters", "forget", "weak-wood").stdout == "forgot weak-wood\n"
    (kept,) = home.rglob("filters.json")
    kept.write_text("rubbish")
    done = cli("filters", "save", "again", "dust")
    assert (done.returncode, "mend it, or move it away" in done.stderr) == (2, True)
    assert kept.read_text() == "rubbish"
