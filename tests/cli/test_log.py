from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pictures import png
from support import HOSTILE, Cli

from imglearn import create_logger
from imglearn.cli.log import command
from imglearn.records import ATTEMPT_FIELDS


def stored(db: Path, id: str) -> dict[str, object]:
    found = create_logger(db).get_attempt(id.strip())
    assert found is not None
    return found


def test_it_prints_the_id_and_nothing_else(cli: Cli, db: Path) -> None:
    done = cli("log", "--material", "Birch", "--category", "wood", "--score", "82")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(uuid.UUID(done.stdout.strip())) + "\n" == done.stdout
    assert stored(db, done.stdout)["passed"] is True


def test_every_flag_reaches_its_field(cli: Cli, db: Path, tmp_path: Path) -> None:
    image = tmp_path / "birch.png"
    image.write_bytes(b"x" * 2048)
    done = cli(
        "log", "--material", "Birch", "--category", "wood", "--model", "flux-2", "--prompt", "a plank",
        "--negative-prompt", "", "--seed", "18446744073709551615", "--prompt-length", "7",
        "--guidance-scale", "3.5", "--contamination-uniformity", "3", "--view-mode", "close",
        "--pattern", "dust", "--pattern", "dirt",
        "--param", "steps=30", "--param", "hires=true", "--param", "sampler=euler", "--param", "sizes=[1, 2]",
        "--param", "odd=1=2", "--param", "empty=", "--feedback", "Less dust.", "--feedback-category", "physics",
        "--feedback-source", "user", "--feedback-id", "remark", "--score", "82.5", "--failed", "--issue", "edge", "--red-flag", "text",
        "--val-prompt-length", "9", "--truncated", "--failure-category", "quality", "--retry-count", "2",
        "--final-failure", "--image", str(image), "--image-sha256", "ab", "--duration", "12.5", "--status", "done",
        "--note", "second batch", "--timestamp", "2025-11-25T22:52:51+01:00", "--id", "mine",
        "--validator-error", "none", "--error", "cut off", "--retry-of", "mine-0",
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "mine\n")
    assert stored(db, "mine") == {
        "id": "mine", "timestamp": "2025-11-25T21:52:51.000000Z", "material": "Birch", "category": "wood",
        "model": "flux-2", "status": "done", "prompt": "a plank", "negative_prompt": "",
        "seed": "18446744073709551615", "gen_prompt_length": 7, "guidance_scale": 3.5,
        "contamination_uniformity": 3.0, "view_mode": "close", "patterns_used": ["dust", "dirt"],
        "params": {"steps": 30, "hires": True, "sampler": "euler", "sizes": [1, 2], "odd": "1=2", "empty": ""},
        "feedback_applied": True, "feedback_text": "Less dust.", "feedback_category": "physics",
        "feedback_source": "user", "feedback_id": "remark", "val_prompt_length": 9, "val_truncated": True, "realism_score": 82.5,
        "passed": False, "physics_issues": ["edge"], "red_flags": ["text"], "validator_error": "none",
        "error": "cut off", "failure_category": "quality", "retry_count": 2, "final_success": False, "parent_id": "mine-0",
        "image_path": str(image), "image_size_kb": 2.0, "image_sha256": "ab", "duration_s": 12.5,
        "notes": "second batch", "extra": None,
    }  # fmt: skip


def test_there_is_a_flag_for_every_field_of_the_record() -> None:
    assert {option.name for option in command.params} >= set(ATTEMPT_FIELDS) - {"extra"}


def test_a_retry_is_linked_by_the_beginning_of_an_id(cli: Cli, db: Path) -> None:
    base = ("log", "--material", "Birch", "--category", "wood")
    for id in ("abcdef", "abcxyz"):
        cli(*base, "--id", id)
    done = cli(*base, "--retry-of", "abcd", "--id", "next")
    assert done.returncode == 0
    assert (stored(db, "next")["parent_id"], stored(db, "next")["retry_count"]) == ("abcdef", 1)
    several = cli(*base, "--retry-of", "abc")
    assert several.returncode == 2
    assert "beginning of several ids: abcdef, abcxyz" in several.stderr
    unknown = cli(*base, "--retry-of", "elsewhere", "--id", "kept")
    assert (unknown.returncode, unknown.stdout) == (0, "kept\n")
    assert "no attempt 'elsewhere' is here yet" in unknown.stderr
    assert stored(db, "kept")["parent_id"] == "elsewhere"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--material", "a"], "missing option '--category'"),
        (
            ["--material", "a", "--category", "b", "--score", "182"],
            "realism_score: got 182.0; wants a number from 0",
        ),
        (["--material", "a", "--category", "b", "--score", "high"], "Invalid value for '--score'"),
        (["--material", "a", "--category", "b", "--param", "steps"], "wants KEY=VALUE"),
        (["--material", "", "--category", "b"], "material: got ''; wants a text that is not empty"),
        (["--material", "a", "--category", "b", "--timestamp", "now"], "timestamp: got 'now'; wants an ISO 8601"),
        (["attempts.jsonl"], "only '-' (standard input) may stand here"),
        (["--material", "a", "--category", "b", "--retry-of", ""], "got an empty id"),
        (["--material", "a", "--category", "b", "--feedback-id", " "], "got an empty id; wants that of the remark"),
        (["-", "--material", "a"], "leave the other options out"),
    ],
)
def test_wrong_usage_says_what_is_wanted(cli: Cli, db: Path, arguments: list[str], message: str) -> None:
    done = cli("log", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not db.exists() or create_logger(db).get_recent_attempts() == []


def test_an_id_taken_by_other_content_is_an_error(cli: Cli) -> None:
    base = ("log", "--material", "Birch", "--category", "wood", "--id", "a", "--score")
    assert cli(*base, "80").returncode == 0
    assert cli(*base, "80").returncode == 0
    done = cli(*base, "81")
    assert (done.returncode, done.stdout) == (3, "")
    assert "differs in realism_score" in done.stderr


def test_json_lines_nested_and_flat_are_stored_and_bad_ones_told(cli: Cli, db: Path) -> None:
    lines = [
        {"id": "nested", "material": "a", "category": "b", "generation_params": {"steps": 3},
         "validation_results": {"realism_score": 80}},
        {"id": "flat", "material": "a", "category": "b", "realism_score": 60, "params": {"steps": 3}},
        {"id": "bad", "material": "a", "category": "b", "realism_score": "high"},
        {"id": "flat", "material": "a", "category": "b", "realism_score": 61},
    ]  # fmt: skip
    done = cli("log", "-", stdin="".join(json.dumps(line) + "\n" for line in lines) + "{oops\n")
    assert (done.returncode, done.stdout) == (3, "nested\nflat\n")
    assert "line 3: realism_score: got 'high'; wants a number from 0 to 100" in done.stderr
    assert "line 4: id 'flat' is already stored with other content" in done.stderr
    assert "line 5: JSON: got '{oops'; wants one JSON object" in done.stderr
    assert stored(db, "nested")["params"] == stored(db, "flat")["params"] == {"steps": 3}


def test_nothing_on_standard_input_is_fine(cli: Cli) -> None:
    assert cli("log", "-").returncode == 0


def test_a_line_is_acknowledged_while_the_writer_lives(db: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "imglearn", "--db", str(db), "log", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for id in ("one", "two"):
            process.stdin.write(json.dumps({"id": id, "material": "a", "category": "b"}).encode() + b"\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"{id}\n".encode()
            assert stored(db, id)
        process.stdin.close()


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\0" not in text and len(text) < 1000])
def test_hostile_text_is_stored_as_it_is_and_printed_safely(cli: Cli, db: Path, text: str) -> None:
    done = cli(
        "log",
        "--material",
        f"m{text}",
        "--category",
        "b",
        "--note",
        text,
        "--id",
        f"i{text}",
        "--retry-of",
        "é\x1b",
    )
    assert done.returncode == 0
    assert not set(done.stdout + done.stderr) & set("\x1b\x07\x9b\u202e")
    found = stored(db, f"i{text}".strip() if not text.strip() else f"i{text}") if text.strip() else None
    if found:
        assert (found["material"], found["notes"]) == (f"m{text}", text)


def test_eight_processes_at_once_lose_nothing(cli: Cli, db: Path) -> None:
    def log(number: int) -> int:
        return cli("log", "--material", "a", "--category", "b", "--id", str(number)).returncode

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(log, range(32))) == {0}
    assert create_logger(db).get_category_stats("b")["total_attempts"] == 32


def test_the_examples_in_the_help_work_when_pasted(cli: Cli, db: Path) -> None:
    help_text = cli("log", "--help").stdout
    examples = [line.strip() for line in help_text.splitlines() if "imglearn log" in line and "Usage" not in line]
    assert len(examples) == 3
    for example in examples:
        program = f"{shlex.quote(sys.executable)} -m imglearn"
        done = subprocess.run(
            example.replace("imglearn log", f"{program} log"),
            shell=True,
            capture_output=True,
            env={**os.environ, "IMGLEARN_DB": str(db)},
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b""), example
    assert len(create_logger(db).get_recent_attempts()) == 3


def test_a_damaged_database_is_told_in_a_line(cli: Cli, db: Path) -> None:
    db.write_text("not a database " * 100)
    done = cli("log", "--material", "a", "--category", "b", "--strict")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"imglearn: {db} can't be read as a database")
    assert done.stderr.count("\n") == 1


LINES = "".join(json.dumps({"id": f"{n:040}", "material": "a", "category": "b"}) + "\n" for n in range(3000))


@pytest.mark.parametrize("redirect", [">&-", "2>&-", "<&- >/dev/null", "> /dev/full", "| head -1"])
def test_streams_that_are_closed_or_full_cost_no_attempt(db: Path, tmp_path: Path, redirect: str) -> None:
    (tmp_path / "lines").write_text(LINES)
    program = f"{shlex.quote(sys.executable)} -m imglearn --db {shlex.quote(str(db))} log -"
    source = "" if "<" in redirect else f"< {tmp_path}/lines"
    done = subprocess.run(
        ["bash", "-c", f"{program} {source} {redirect}"], capture_output=True, text=True, check=False, timeout=60
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if source:
        assert create_logger(db).get_category_stats("b")["total_attempts"] == 3000
    if "full" in redirect or "head" in redirect:
        assert "all 3,000 attempts are stored, but their ids can't be printed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--db", "x" * 300, "log", "--material", "a", "--category", "b"], 1),
        (["--db", "~nosuchuser/x", "where"], 2),
        (["--db", "sqlite:///x.db", "where"], 2),
        (["--db", "", "where"], 2),
        (["log", "--material", "a", "--category", "b", "--image", "y" * 300], 0),
        (["log", "--material", "a", "--category", "b", "--retry-of", "\udcff"], 0),
        (["import", "z" * 300], 1),
        (["where", "\x1b]0;x\x07"], 2),
        (["nonsense\x1b[2J"], 2),
    ],
)
def test_strange_arguments_end_in_a_line_and_a_code(cli: Cli, arguments: list[str], code: int) -> None:
    done = cli(*arguments)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert not set("\x1b\x07") & set(done.stderr + done.stdout)
    assert bool(done.stderr) == (code != 0 or "--retry-of" in arguments or "--image" in arguments)


def test_an_image_says_what_no_flag_does(cli: Cli, db: Path, tmp_path: Path) -> None:
    image = tmp_path / "oak.png"
    image.write_bytes(png(7))
    os.utime(image, (1_700_000_000, 1_700_000_000))
    done = subprocess.run(
        [sys.executable, "-m", "imglearn", "log", "--image", "oak.png", "--material", "Oak", "--category", "wood",
         "--guidance-scale", "3", "--param", "steps=50"],
        cwd=tmp_path, env={**os.environ, "IMGLEARN_DB": str(db)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    attempt = stored(db, done.stdout)
    assert (attempt["image_path"], attempt["seed"], attempt["guidance_scale"]) == (str(image), "7", 3.0)
    assert (attempt["params"]["steps"], attempt["params"]["sampler"]) == (50, "DPM++ 2M")  # type: ignore[index]
    assert attempt["image_sha256"] == hashlib.sha256(png(7)).hexdigest()
    assert str(attempt["timestamp"]).startswith("2023-11-14T22:13:20")


def test_rules_in_the_config_say_material_and_category(cli: Cli, db: Path, tmp_path: Path) -> None:
    config = tmp_path / "rules.toml"
    config.write_text("[[watch.rule]]\nprompt = 'oak'\nmaterial = 'Oak'")
    image = tmp_path / "a.png"
    image.write_bytes(png(1))
    done = cli("log", "--image", str(image), IMGLEARN_CONFIG=str(config))
    assert done.returncode == 2
    assert "missing option '--category'" in done.stderr
    assert "a rule in the config file" in done.stderr
    done = cli("log", "--image", str(image), "--category", "wood", IMGLEARN_CONFIG=str(config))
    assert stored(db, done.stdout)["material"] == "Oak"


def test_an_image_that_is_not_there_or_is_none_is_logged_by_its_path(cli: Cli, db: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "text.png").write_text("no image")
    for name, size in (("nowhere.png", None), ("pipe.png", None), ("text.png", 8 / 1024), (".", None)):
        done = cli("log", "--material", "a", "--category", "b", "--image", str(tmp_path / name))
        assert done.returncode == 0
        assert ("can't be read" in done.stderr) is (size is None)
        attempt = stored(db, done.stdout)
        assert (attempt["image_path"], attempt["image_size_kb"]) == (os.path.normpath(tmp_path / name), size)
        assert attempt["params"] is None


def test_what_a_rule_says_gives_way_to_an_option(cli: Cli, db: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a.png").write_bytes(png(1))
    config = tmp_path / "config.toml"
    config.write_text("[[watch.rule]]\npath = 'out/'\nmaterial = \"Miku\"\n")
    environment = {"IMGLEARN_CONFIG": str(config)}
    assert cli("watch", str(folder), "--existing", "--once", "--settle", "0.1", **environment).returncode == 0
    done = cli("log", "--image", str(folder / "a.png"), "--material", "Birch", "--score", "82", **environment)
    assert done.returncode == 0, done.stderr
    with create_logger(db) as logger:
        (found,) = logger.get_recent_attempts()
    assert (found["material"], found["category"], found["passed"]) == ("Birch", "out", True)
