"""`--where` with the other flags, what it says of a filter that makes no sense, and filters by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import HOSTILE, Cli

from imglearn.logger import ImageGenerationLogger


@pytest.fixture
def three(logger: ImageGenerationLogger) -> ImageGenerationLogger:
    fed = {"steps": 40, "feedback_text": "less dust"}
    first = logger.log_attempt("Oak", "wood_hard", {"steps": 20}, {"realism_score": 60}, model="flux-2")
    logger.log_attempt("Elm", "wood_soft", fed, {"realism_score": 90}, model="imagen-4", parent_id=first)
    logger.log_attempt("Steel", "metal", {}, {}, timestamp="2024-01-01")
    return logger


@pytest.mark.parametrize(
    ("flags", "materials"),
    [
        (("--where", "category:wood"), ["Elm", "Oak"]),
        (("--where", "category:wood param.steps:>30"), ["Elm"]),
        (("--where", "category:wood", "--passed"), ["Elm"]),
        (("--where", "category:wood", "--category", "wood_hard"), ["Oak"]),
        (("--where", "dust"), ["Elm"]),
        (("--where", "-dust", "--until", "2025-01-01"), ["Steel"]),
        (("--where", "retry:yes"), ["Elm"]),
        (("--where", ""), ["Elm", "Oak", "Steel"]),
    ],
)
def test_a_filter_goes_with_the_other_flags(
    three: ImageGenerationLogger, cli: Cli, flags: tuple[str, ...], materials: list[str]
) -> None:
    done = cli("recent", "--json", *flags)
    assert [json.loads(line)["material"] for line in done.stdout.splitlines()] == materials
    assert json.loads(cli("report", "--json", *flags).stdout)["overall"]["total_attempts"] == len(materials)
    exported = [json.loads(line) for line in cli("export", *flags).stdout.splitlines()]
    assert sorted(line["material"] for line in exported) == sorted(materials)


def test_forget_takes_a_filter(three: ImageGenerationLogger, cli: Cli) -> None:
    assert "forgot 2 attempts" in cli("forget", "--where", "category:wood", "--yes").stdout
    assert [one["material"] for one in three.get_recent_attempts()] == ["Steel"]
    assert cli("forget", "--where", "", "--yes").returncode == 2
    assert len(three.get_recent_attempts()) == 1


def test_what_makes_no_sense_is_pointed_at(three: ImageGenerationLogger, cli: Cli) -> None:
    done = cli("stats", "--where", "漢 dust score:<abc since:soon")
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    place = lines.index("  漢 dust score:<abc since:soon")
    assert lines[place + 1].startswith("          ^^^^^^^^^^ score wants a number: score:>80")  # 漢 is two columns wide
    assert lines[place + 3].startswith("                     ^^^^^^^^^^ since wants a time: since:2025-11-25")


def test_what_contradicts_or_finds_nothing_is_said(three: ImageGenerationLogger, cli: Cli) -> None:
    done = cli("stats", "--where", "passed:no", "--passed")
    assert done.returncode == 2
    assert "passed: got 'passed'; wants the same as before, which was False" in done.stderr
    done = cli("stats", "--where", "category:stone", "--model", "flux-2")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no attempt with model flux-2, what 'category:stone' asks for" in done.stderr


@pytest.mark.parametrize("text", HOSTILE[:-1])
def test_a_hostile_filter_harms_no_terminal(three: ImageGenerationLogger, cli: Cli, text: str) -> None:
    text = text.replace("\0", "")[:9_000]
    for where in (text, f"score:{text}"):
        done = cli("stats", "--where", where)
        assert done.returncode in (0, 2)
        assert "Traceback" not in done.stderr
        assert not [char for char in done.stderr if not char.isprintable() and char not in "\n\u200d\ufeff"]


def test_filters_have_names(three: ImageGenerationLogger, cli: Cli, home: Path) -> None:
    empty = cli("filters")
    assert (empty.returncode, empty.stdout) == (0, "")
    assert "save one with: imglearn filters save" in empty.stderr
    assert "use it as: --where @steps" in cli("filters", "save", "steps", "category:wood", "param.steps:>30").stdout
    assert cli("filters").stdout == cli("filters", "list").stdout == "steps  category:wood param.steps:>30\n"
    assert json.loads(cli("filters", "list", "--json").stdout) == {"steps": "category:wood param.steps:>30"}
    assert cli("filters", "list", "--csv").stdout.splitlines() == ["name,filter", "steps,category:wood param.steps:>30"]
    found = cli("recent", "--json", "--where", "@steps").stdout
    assert json.loads(found)["material"] == "Elm"
    wrong = cli("filters", "save", "bad", "score:<abc")
    assert wrong.returncode == 2
    assert "^^^^^^^^^^ score wants a number" in wrong.stderr
    assert cli("filters", "forget", "@steps").stdout == "forgot steps\n"
    gone = cli("recent", "--where", "@steps")
    assert gone.returncode == 2
    assert "no filter is saved as 'steps'" in gone.stderr
