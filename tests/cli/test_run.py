"""`imglearn run`: a command as an attempt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from support import Cli

from imglearn import create_logger

HERE = ("run", "--material", "Birch", "--category", "wood")


def stored(db: Path) -> list[dict[str, Any]]:
    with create_logger(db) as logger:
        return logger.get_recent_attempts(limit=None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def python(script: str) -> tuple[str, ...]:
    return ("--", sys.executable, "-c", script)


def test_a_command_is_an_attempt_with_its_time_and_its_image(cli: Cli, db: Path, folder: Path) -> None:
    (folder / "old.png").write_bytes(b"old")
    os.utime(folder / "old.png", (1, 1))
    script = (
        "import os, pathlib, time; print(os.environ['IMGLEARN_ATTEMPT']); time.sleep(0.2)\n"
        "pathlib.Path('out').mkdir(); pathlib.Path('out/new.png').write_bytes(b'new'); pathlib.Path('x.txt').write_text('')"
    )
    done = cli(*HERE, "--param", "steps=30", *python(script))
    assert (done.returncode, done.stderr) == (0, "")
    (found,) = stored(db)
    assert done.stdout == f"{found['id']}\n"
    assert (found["status"], found["material"], found["params"]) == ("done", "Birch", {"steps": 30})
    assert found["image_path"] == str(folder / "out" / "new.png")
    assert 0.2 <= found["duration_s"] < 5
    assert found["extra"]["command"]["exit_code"] == 0


def test_each_of_several_images_is_an_attempt(cli: Cli, db: Path, folder: Path) -> None:
    script = (
        "import pathlib, time\nfor name in 'abc':\n    pathlib.Path(name + '.png').write_text(name); time.sleep(0.02)"
    )
    assert cli(*HERE, *python(script)).returncode == 0
    found = stored(db)
    assert sorted(Path(attempt["image_path"]).name for attempt in found) == ["a.png", "b.png", "c.png"]
    assert [attempt["duration_s"] is None for attempt in found].count(False) == 1


def test_what_the_command_logs_itself_is_said_of_its_attempt(cli: Cli, db: Path, folder: Path) -> None:
    log = f"{sys.executable} -m imglearn log --material Birch --category wood"
    script = f"echo png > a.png; {log} --image a.png --score 90; {log} --image b.png --score 40"
    done = cli(*HERE, "--", "sh", "-c", script)
    assert done.returncode == 0, done.stderr
    other, found = stored(db)
    assert (found["realism_score"], found["passed"], found["status"]) == (90, True, "done")
    assert found["image_path"] == str(folder / "a.png")
    assert found["duration_s"] is not None
    assert (other["realism_score"], other["image_path"]) == (40, str(folder / "b.png"))
    assert cli("doctor").returncode == 0


@pytest.mark.parametrize(
    ("script", "code", "error"),
    [
        ("raise SystemExit(3)", 3, "exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137, "ended by SIGKILL"),
    ],
)
def test_a_command_that_fails_is_an_error_and_its_code_is_ours(
    cli: Cli, db: Path, folder: Path, script: str, code: int, error: str
) -> None:
    done = cli(*HERE, *python(script))
    assert done.returncode == code
    (found,) = stored(db)
    assert (found["status"], found["error"], found["passed"]) == ("error", error, None)
    assert found["id"] in done.stderr


@pytest.mark.parametrize(("command", "code"), [("no-such-program-\x1b[2J", 127), (".", 126)])
def test_a_command_that_can_not_be_run_is_an_error(cli: Cli, db: Path, folder: Path, command: str, code: int) -> None:
    done = cli(*HERE, command)
    assert done.returncode == code
    assert "\x1b" not in done.stderr
    (found,) = stored(db)
    assert found["status"] == "error"
    assert "can't be run" in found["error"]


def test_it_needs_a_material_a_category_and_a_command(cli: Cli, db: Path, folder: Path) -> None:
    assert cli("run", "--material", "Birch", "--", "true").returncode == 2
    assert cli(*HERE).returncode == 2
    assert not db.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_to_end_it_ends_the_command_and_the_attempt(db: Path, folder: Path, number: int) -> None:
    script = "import time; open('ready', 'w').close(); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-m", "imglearn", "--db", str(db), *HERE, *python(script)], process_group=0
    ) as process:
        for _ in range(200):
            if (folder / "ready").exists():
                break
            time.sleep(0.05)
        assert [attempt["status"] for attempt in stored(db)] == ["running"]
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as Ctrl-C does
        else:
            process.send_signal(number)
        code = process.wait(20)
    (found,) = stored(db)
    assert (found["status"], found["error"]) == ("error", f"ended by {signal.Signals(number).name}")
    assert code == 128 + number
