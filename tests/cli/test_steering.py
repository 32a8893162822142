"""Remarks on the command line, and the loop that they steer, with the people and the generator in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from support import HOSTILE, Cli

from imglearn import create_logger


def add(cli: Cli, text: str, *options: str) -> str:
    done = cli("feedback", "add", text, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_next_remark_is_printed_and_none_has_an_exit_code_of_its_own(cli: Cli, db: Path) -> None:
    create_logger(db).close()
    assert (cli("feedback", "next").returncode, cli("feedback", "next").stdout) == (4, "")
    first = add(cli, "Dust should\nsettle.", "--material", "Birch", "--category", "physics")
    second = add(cli, "Softer light.", "--category", "aesthetics")
    assert cli("feedback", "next").stdout == f"{first} Dust should settle.\n"
    done = cli("feedback", "next", "--material", "Oak", "--category", "wood", "--limit", "5", "--json")
    assert done.returncode == 0
    (found,) = map(json.loads, done.stdout.splitlines())
    wanted = {"id": second, "text": "Softer light.", "feedback_category": "aesthetics"}
    assert {**found, **wanted, "attempt_id": None, "material": None, "category": None} == found
    assert cli("feedback", "next", "--source", "automated").returncode == 4
    assert len(cli("feedback", "next", "--source", "any", "-n", "5").stdout.splitlines()) == 2


def test_without_a_database_that_is_told_and_no_end_of_the_queue(cli: Cli) -> None:
    done = cli("feedback", "next")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no database at" in done.stderr


def test_an_attempt_is_logged_with_the_beginning_of_a_remarks_id(cli: Cli, db: Path) -> None:
    remark = add(cli, "Less dust.", "--category", "physics")
    done = cli("log", "--material", "a", "--category", "b", "--score", "80", "--feedback-id", remark[:8])
    assert (done.returncode, done.stderr) == (0, "")
    id = done.stdout.strip()
    found = create_logger(db).get_attempt(id)
    assert found is not None
    assert (found["feedback_id"], found["feedback_text"], found["feedback_applied"]) == (remark, "Less dust.", True)
    listed = cli("feedback", "list", COLUMNS="200").stdout
    assert f"applied: {id[:8]} 80 pass" in listed
    assert f"applied: {id[:8]} 80 pass" in cli("show", remark[:8]).stdout
    (row,) = json.loads(cli("feedback", "list", "--json").stdout)
    assert (row["state"], row["applied_by"][0]["id"]) == ("applied", id)


def test_an_id_that_no_remark_has_is_kept_and_told(cli: Cli, db: Path) -> None:
    done = cli("log", "--material", "a", "--category", "b", "--feedback-id", "nix")
    assert done.returncode == 0
    assert "no remark 'nix' is here yet; the link is kept as given" in done.stderr
    assert create_logger(db).get_attempt(done.stdout.strip())["feedback_id"] == "nix"  # type: ignore[index]


@pytest.mark.parametrize("first", ["watch", "validator"])
def test_the_remark_is_said_of_an_image_that_a_watch_has_logged(cli: Cli, db: Path, tmp_path: Path, first: str) -> None:
    from pictures import png

    (tmp_path / "wood").mkdir()
    (tmp_path / "wood/a.png").write_bytes(png(1))
    remark = add(cli, "Less dust.", "--category", "physics")
    watch = ("watch", str(tmp_path / "wood"), "--once", "--existing", "--settle", "0")
    judged = ("log", "--image", str(tmp_path / "wood/a.png"), "--material", "Oak", "--category", "wood",
              "--score", "80", "--feedback-id", remark)  # fmt: skip
    for command in (watch, judged) if first == "watch" else (judged, watch):
        assert cli(*command).returncode == 0
    (found,) = create_logger(db).get_recent_attempts()
    assert (found["feedback_id"], found["feedback_text"], found["feedback_category"]) == (
        remark,
        "Less dust.",
        "physics",
    )
    assert (found["feedback_applied"], found["passed"]) == (True, True)


def test_a_command_that_is_run_applies_a_remark(cli: Cli, db: Path) -> None:
    remark = add(cli, "Less dust.")
    code = "import subprocess, sys; subprocess.run([sys.executable, '-m', 'imglearn', 'feedback', 'next']); sys.exit(0)"
    done = cli(
        "run", "--material", "a", "--category", "b", "--feedback-id", remark[:8], "--", sys.executable, "-c", code
    )
    assert (done.returncode, done.stdout) == (0, "")  # it was applied as the command began
    assert create_logger(db).get_recent_attempts()[0]["feedback_text"] == "Less dust."


def test_edit_and_done_take_a_remark_from_the_queue_and_bring_it_back(cli: Cli) -> None:
    first = add(cli, "Less dust.", "--material", "Birch", "--category", "physics")
    second = cli("feedback", "edit", first[:8], "Far less dust.", "--author", "Ann").stdout.strip()
    (found,) = json.loads(cli("feedback", "pending", "--json").stdout)
    assert (found["id"], found["text"], found["author"]) == (second, "Far less dust.", "Ann")
    assert (found["material"], found["feedback_category"]) == ("Birch", "physics")
    done = cli("feedback", "edit", first[:8], "Once more")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"this one was superseded by {second}" in done.stderr
    assert cli("feedback", "done", second[:8], "--note", "by hand").stdout == f"{second}\n"
    again = cli("feedback", "done", second[:8])
    assert (again.returncode, again.stderr) == (0, f"imglearn: {second} was done already\n")
    assert cli("feedback", "next").returncode == 4
    assert cli("feedback", "pending").stderr == "imglearn: no remark is pending\n"
    assert " done " in cli("feedback", "list", COLUMNS="200").stdout
    assert cli("feedback", "done", "--undo", second).returncode == 0
    assert cli("feedback", "next").stdout == f"{second} Far less dust.\n"
    assert cli("feedback", "done", "nix").returncode == 2


def test_a_kind_is_offered_in_a_line_and_taken_where_asked(cli: Cli, db: Path) -> None:
    done = cli("feedback", "add", "The shadows are wrong")
    assert done.stderr == (
        "imglearn: kind: not given; perhaps physics, by the words of the guide; no similar text is here yet "
        "(--category auto takes it)\n"
    )
    add(cli, "Weird shimmer", "--category", "glow")
    done = cli("feedback", "add", "A weird shimmer again", "--category", "auto")
    assert done.stderr == "imglearn: kind: glow, as 1 of 1 similar text\n"
    nothing = cli("feedback", "add", "qwerty", "--category", "auto")
    assert "neither similar texts nor the guide's words tell" in nothing.stderr
    assert cli("feedback", "add", "qwerty").stderr == ""
    assert cli("feedback", "edit", done.stdout.strip(), "Strange shadows").stderr == ""  # it stays of its kind
    kinds = [found["feedback_category"] for found in create_logger(db).get_feedback()]
    assert kinds == ["glow", None, None, "glow", None]


def test_hostile_remarks_reach_a_terminal_as_text(cli: Cli, db: Path) -> None:
    logger = create_logger(db)
    remarks = [logger.add_feedback(text, category=text, author=text) for text in HOSTILE if text.strip()]
    for command in (
        ("next", "-n", "99"),
        ("next", "-n", "99", "--json"),
        ("pending", "-n", "99"),
        ("list", "-n", "99"),
    ):
        done = cli("feedback", *command)
        assert done.returncode == 0
        assert not set(done.stdout) & {"\x1b", "\x07", "\x9b", "\u202e", "\r"}
        if command[0] == "next":
            assert len(done.stdout.splitlines()) == len(remarks)
    offered = cli("feedback", "add", "markup and reboot")
    assert (offered.returncode, len(offered.stderr.splitlines())) == (0, 1)


LOOP = """
import sys
from imglearn import create_logger

logger = create_logger()
made = 0
while True:
    waiting = logger.pending_feedback(material="Birch", category="wood", limit=1)
    remark = waiting[0] if waiting else None
    if remark is not None and remark["text"] == "stop":
        break
    prompt = "a birch plank" + (f"; {remark['text']}" if remark else "")
    with logger.attempt("Birch", "wood", prompt=prompt, feedback_id=remark["id"] if remark else None) as attempt:
        made += 1
        attempt.validated(score=60 + made % 30)
logger.resolve_feedback(remark["id"])
print(made)
"""
PEOPLE = """
import sys, time
from imglearn import create_logger

logger = create_logger()
who = sys.argv[1]
for number in range(15):
    remark = logger.add_feedback(f"{who} says {number}", material="Birch", author=who)
    logger.add_feedback(f"{who} says nothing of birch", material="Oak")
    if number % 5 == 4:
        logger.add_feedback(f"{who} says {number} in other words", supersedes=remark)
"""


def test_a_running_loop_applies_each_remark_once_while_people_add_them(db: Path, cli: Cli) -> None:
    create_logger(db).close()
    environment = {**os.environ, "IMGLEARN_DB": str(db)}

    def start(*code: str) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-c", *code], env=environment, stdout=subprocess.PIPE, text=True)

    loop = start(LOOP)
    for person in [start(PEOPLE, who) for who in ("Ann", "Ben")]:
        assert person.wait(60) == 0
    assert cli("feedback", "add", "stop", "--material", "Birch").returncode == 0
    made, _ = loop.communicate(timeout=60)
    assert loop.returncode == 0

    logger = create_logger(db)
    attempts = logger.get_recent_attempts(None)
    assert len(attempts) == int(made)
    applied = Counter(attempt["feedback_id"] for attempt in attempts if attempt["feedback_id"] is not None)
    remarks = {remark["id"]: remark for remark in logger.get_feedback(superseded=True)}
    about_birch = {id for id, remark in remarks.items() if remark["material"] == "Birch" and remark["text"] != "stop"}
    assert set(applied.values()) == {1}
    # Each was applied, but for one whose edit came before its turn.
    assert about_birch >= set(applied)
    assert {remarks[id]["state"] for id in about_birch - set(applied)} <= {"superseded"}
    for attempt in attempts:
        remark = remarks.get(attempt["feedback_id"])
        assert attempt["feedback_text"] == (remark and remark["text"])
        assert attempt["prompt"].endswith(remark["text"] if remark else "plank")
    by_time = [attempt["feedback_text"] for attempt in attempts[::-1] if attempt["feedback_id"]]
    for who in ("Ann", "Ben"):
        said = [int(text.split()[2]) for text in by_time if text.startswith(who)]
        assert said == sorted(said)
    assert logger.pending_feedback(material="Birch") == []
    assert len(logger.pending_feedback()) == 30  # those about oak wait for another loop


def test_a_loop_in_the_shell_ends_when_nothing_waits(db: Path, cli: Cli) -> None:
    for n in range(3):
        add(cli, f"Remark {n}", "--category", "physics")
    loop = (
        'while remark=$("$@" feedback next); do '
        '"$@" log --material Oak --category wood --feedback-id "${remark%% *}" --prompt "${remark#* }"; done'
    )
    done = subprocess.run(
        ["bash", "-c", loop, "bash", sys.executable, "-m", "imglearn"],
        env={**os.environ, "IMGLEARN_DB": str(db)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    prompts = [attempt["prompt"] for attempt in create_logger(db).get_recent_attempts()]
    assert prompts == ["Remark 2", "Remark 1", "Remark 0"]
