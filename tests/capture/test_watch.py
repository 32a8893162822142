from __future__ import annotations

import hashlib
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Watching, until
from pictures import png
from support import Cli

from imglearn import create_logger
from imglearn.capture import taking_in
from imglearn.capture.image_record import ImageRecord
from imglearn.capture.taking_in import Candidate, Wording
from imglearn.logger import ImageGenerationLogger

Logged = Callable[[], list[dict[str, Any]]]
Start = Callable[..., Watching]


def names(logged: Logged) -> list[str]:
    return [Path(attempt["image_path"]).name for attempt in logged()]


def test_an_image_is_logged_with_all_that_it_says(watching: Start, folder: Path, logged: Logged) -> None:
    watch = watching()
    content = png(2**64 - 1)
    (folder / "a.png").write_bytes(content)
    id, score, path = watch.next_line().split("  ")
    (attempt,) = logged()
    assert (attempt["id"], score, path) == (id, "-", str(folder / "a.png"))
    assert attempt["image_sha256"] == hashlib.sha256(content).hexdigest()
    assert attempt["image_size_kb"] == len(content) / 1024
    assert {name: attempt[name] for name in ("prompt", "negative_prompt", "seed", "guidance_scale", "model")} == {
        "prompt": "an oak plank", "negative_prompt": "blurry", "seed": "18446744073709551615", "guidance_scale": 7.0,
        "model": "v1-5",
    }  # fmt: skip
    assert attempt["gen_prompt_length"] == 12
    assert attempt["params"]["steps"] == 28
    assert (attempt["params"]["width"], attempt["extra"]["image"]["pixel_width"]) == (512, 2)
    assert (attempt["material"], attempt["category"]) == ("unsorted", "outputs")
    assert watch.end(signal.SIGINT) == 0


def test_whatever_is_in_the_folder_each_whole_image_is_logged_once(
    watching: Start, folder: Path, tmp_path: Path, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watching()
    os.mkfifo(folder / "pipe.png")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.png")
    (folder / "loop").symlink_to("loop")
    (folder / "up").symlink_to("..")
    (folder / "dangling.png").symlink_to("nowhere.png")
    (folder / "text.png").write_text("no image")
    (folder / "empty.png").touch()
    (folder / "no").mkdir(mode=0)
    (folder / "folder.png").mkdir()
    (tmp_path / "beside.png").write_bytes(png(100))

    content = png(1, extra=3000)
    with (folder / "slow.png").open("wb", buffering=0) as slow:
        for place in range(0, len(content), 400):
            slow.write(content[place : place + 400])
            time.sleep(0.02)
    (folder / "renamed.png.part").write_bytes(png(2))
    (folder / "renamed.png.part").rename(folder / "renamed.png")
    (folder / "x/y/z").mkdir(parents=True)
    (folder / "x/y/z/deep.png").write_bytes(png(3))
    (tmp_path / "came").mkdir()
    (tmp_path / "came/along.png").write_bytes(png(4))
    (tmp_path / "came").rename(folder / "came")
    (folder / "folder.png/inner.webp.png").write_bytes(png(5))
    (folder / "new\nline\x1b[2J.png").write_bytes(png(6))
    until(lambda: len(logged()) == 6)
    (folder / "x/y/z/later.png").write_bytes(png(7))
    until(lambda: len(logged()) == 7)
    assert watch.end() == 0
    assert sorted(names(logged)) == sorted(
        ["along.png", "deep.png", "inner.webp.png", "later.png", "new\nline\x1b[2J.png", "renamed.png", "slow.png"]
    )
    lines = [watch.next_line() for _ in range(7)]
    assert watch.lines.empty()
    assert "\x1b" not in "".join(lines + watch.said)
    (folder / "no").chmod(0o700)


def test_other_content_is_another_attempt_and_the_same_is_not(watching: Start, folder: Path, logged: Logged) -> None:
    watch = watching()
    for seed in (1, 2):
        (folder / "a.png").write_bytes(png(seed))
        watch.next_line()
    (folder / "copy.png").write_bytes(png(2))
    (folder / "b.png").write_bytes(png(3))
    watch.next_line()
    assert [attempt["seed"] for attempt in logged()] == ["1", "2", "3"] or len(logged()) == 3
    (folder / "b.png").rename(folder / "c.png")
    assert watch.next_line().endswith("/c.png")
    assert sorted(names(logged)) == ["a.png", "a.png", "c.png"]


def test_an_image_that_stays_cut_off_is_logged_as_an_error(watching: Start, folder: Path, logged: Logged) -> None:
    watch = watching("--patience", "0.6")
    (folder / "cut.png").write_bytes(png(1)[:-20])
    (folder / "text.png").write_text("no image")
    watch.next_line()
    (attempt,) = logged()
    assert attempt["status"] == "error"
    assert "incomplete" in attempt["extra"]["image"]["error"]
    until(lambda: watch.has_said("text.png: is not an image") or watch.has_said("it is not logged"))
    (folder / "good.png").write_bytes(png(2))
    assert watch.next_line().endswith("good.png")


def test_a_folder_may_go_and_come_back(watching: Start, folder: Path, logged: Logged) -> None:
    watch = watching()
    (folder / "a.png").write_bytes(png(1))
    watch.next_line()
    shutil.rmtree(folder)
    until(lambda: watch.has_said("is gone; waiting"))
    folder.mkdir()
    (folder / "b.png").write_bytes(png(2))
    assert watch.next_line().endswith("/b.png")
    for seed in (3, 4):
        (folder / "sub").mkdir()
        (folder / f"sub/{seed}.png").write_bytes(png(seed))
        assert watch.next_line().endswith(f"/{seed}.png")
        (folder / f"sub/{seed}-later.png").write_bytes(png(10 + seed))
        assert watch.next_line().endswith(f"/{seed}-later.png")
        shutil.rmtree(folder / "sub")
    shutil.rmtree(folder)  # and be another one at once, perhaps with the same inode
    folder.mkdir()
    for seed in (5, 6):
        (folder / f"{seed}.png").write_bytes(png(seed))
        assert watch.next_line().endswith(f"/{seed}.png")
    assert watch.end() == 0


def test_two_watches_of_one_folder_log_each_image_once(watching: Start, folder: Path, logged: Logged) -> None:
    watches = [watching(), watching()]
    for seed in range(40):
        (folder / f"{seed:02}.png").write_bytes(png(seed))
    until(lambda: len(logged()) == 40)
    assert [watch.end() for watch in watches] == [0, 0]
    assert len(logged()) == 40
    assert sum(watch.lines.qsize() for watch in watches) == 40


def test_killed_in_the_middle_it_takes_up_where_it_left(watching: Start, folder: Path, logged: Logged) -> None:
    (folder / "before.png").write_bytes(png(1000))
    hour_ago = time.time() - 3600
    os.utime(folder / "before.png", (hour_ago, hour_ago))
    os.utime(folder, (hour_ago, hour_ago))
    watch = watching()
    until(lambda: watch.has_said("1 image was here before the first watch; --existing"))
    for seed in range(30):
        (folder / f"{seed:02}.png").write_bytes(png(seed))
    watch.next_line()
    watch.end(signal.SIGKILL)
    for seed in range(30, 40):
        (folder / f"{seed:02}.png").write_bytes(png(seed))
    watch = watching("--once")
    assert watch.process.wait(20) == 0
    assert names(logged) == [f"{seed:02}.png" for seed in range(40)]


def test_existing_images_are_logged_when_asked_for(cli: Cli, folder: Path, logged: Logged) -> None:
    for seed in range(250):
        (folder / f"{seed:03}.png").write_bytes(png(seed))
    arguments = ("watch", str(folder), "--existing", "--once", "--settle", "0.1", "--json", "--material", "Oak")
    done = cli(*arguments)
    assert (done.returncode, done.stdout.count("\n")) == (0, 250)
    assert json.loads(done.stdout.splitlines()[0])["event"] == "logged"
    assert {attempt["material"] for attempt in logged()} == {"Oak"}
    done = cli(*arguments)
    assert (done.returncode, done.stdout) == (0, "")


def test_without_native_events_it_looks_by_itself(watching: Start, folder: Path) -> None:
    watch = watching("--poll")
    (folder / "sub").mkdir()
    (folder / "sub/a.png").write_bytes(png(1))
    assert watch.next_line().endswith("a.png")


def test_a_database_that_is_away_for_a_while_loses_nothing(
    watching: Start, folder: Path, db: Path, tmp_path: Path, logged: Logged
) -> None:
    watch = watching()
    (folder / "a.png").write_bytes(png(1))
    watch.next_line()
    (tmp_path / "away").mkdir()
    for file in tmp_path.glob("log.db*"):
        file.rename(tmp_path / "away" / file.name)
    (folder / "b.png").write_bytes(png(2))
    until(lambda: watch.has_said("images wait until it can be written again"))
    for file in (tmp_path / "away").iterdir():
        file.rename(tmp_path / file.name)
    assert watch.next_line().endswith("b.png")
    assert names(logged) == ["a.png", "b.png"]
    assert sum("images wait" in line for line in watch.said) == 1


def test_a_sidecar_reaches_its_attempt_before_and_after(watching: Start, folder: Path, logged: Logged) -> None:
    watch = watching()
    (folder / "a.txt").write_text("score: 60\nissue: Dust floats")
    (folder / "a.png").write_bytes(png(1))
    assert "  60  " in watch.next_line()
    (folder / "b.png").write_bytes(png(2))
    watch.next_line()
    (folder / "b.png.json").write_text('{"realism_score": 8')
    until(lambda: watch.has_said("b.png.json: no JSON"))
    (folder / "b.png.json").write_text(
        '{"realism_score": 82, "material": "Oak", "model": "another", "params": {"steps": 1}}'
    )
    assert "  82  " in watch.next_line()
    a, b = logged()
    assert (a["passed"], a["physics_issues"]) == (False, ["Dust floats"])
    assert (b["passed"], b["material"], b["category"]) == (True, "Oak", "outputs")
    assert (b["model"], b["params"]["steps"]) == ("v1-5", 28)  # what is known is never overwritten
    (folder / "b.png.json").write_text('{"realism_score": 10, "material": "Birch", "notes": "later"}')
    watch.next_line()
    b = logged()[1]
    assert (b["realism_score"], b["material"], b["notes"]) == (82.0, "Oak", "later")


def test_what_the_generator_logged_itself_is_completed(watching: Start, folder: Path, db: Path, logged: Logged) -> None:
    with create_logger(db) as logger:
        id = logger.log_attempt(
            "Oak", "wood", {"steps": 30}, {"realism_score": 82}, image_metadata={"path": folder / "a.png"}
        )
    watch = watching()
    (folder / "a.png").write_bytes(png(1))
    assert watch.next_line().startswith(id)
    (attempt,) = logged()
    assert (attempt["material"], attempt["seed"], attempt["params"]["steps"]) == ("Oak", "1", 30)
    assert attempt["image_sha256"]


def test_logging_a_watched_image_completes_its_attempt(watching: Start, folder: Path, cli: Cli, logged: Logged) -> None:
    watch = watching()
    (folder / "a.png").write_bytes(png(1))
    id = watch.next_line().split()[0]
    given = ("log", "--image", str(folder / "a.png"), "--material", "Oak", "--category", "wood", "--score", "82")
    assert [cli(*given).stdout.strip() for _ in range(2)] == [id, id]
    (attempt,) = logged()
    assert (attempt["material"], attempt["category"], attempt["passed"]) == ("Oak", "wood", True)
    assert "watch" not in attempt["extra"]
    assert cli(*given[:-1], "60").stdout.strip() != id  # another judgement is an attempt of its own
    assert len(logged()) == 2


def test_flags_win_over_sidecar_over_pattern_over_rules(folder: Path, cli: Cli, logged: Logged, home: Path) -> None:
    config = home / "rules.toml"
    config.write_text("[[watch.rule]]\nprompt = 'oak'\nmaterial = 'ruled'\ncategory = 'ruled'\nmodel = 'ruled'")
    (folder / "patterned").mkdir()
    for seed, name in enumerate(("a.png", "patterned/b.png", "patterned/c.png")):
        (folder / name).write_bytes(png(seed))
    (folder / "patterned/c.png.json").write_text('{"material": "beside", "model": "beside"}')
    arguments = ("watch", str(folder), "--existing", "--once", "--pattern", "{material}/*.png", "--category", "flag")
    done = cli(*arguments, "--settle", "0", IMGLEARN_CONFIG=str(config))
    assert done.returncode == 0
    assert [(one["material"], one["category"], one["model"]) for one in logged()] == [
        ("ruled", "flag", "v1-5"),
        ("patterned", "flag", "v1-5"),
        ("beside", "flag", "beside"),
    ]


def test_it_goes_on_when_nobody_reads_what_it_prints(folder: Path, db: Path, logged: Logged) -> None:
    for seed in range(5):
        (folder / f"{seed}.png").write_bytes(png(seed))
    command = [sys.executable, "-m", "imglearn", "--db", str(db), "watch", str(folder), "--existing", "--once"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writing)
    assert len(logged()) == 5
    assert done.stderr.count("nobody reads") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "does not exist"),
        ([".", "--pattern", "*.png"], "it says nothing"),
        ([".", "--material", " "], "wants a text that is not empty"),
        ([".", "--settle", "-1"], "--settle"),
    ],
)
def test_wrong_usage_is_told(cli: Cli, arguments: list[str], message: str) -> None:
    done = cli("watch", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_one_bad_file_never_stops_it(
    folder: Path, logger: ImageGenerationLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_image(path: str) -> object:
        raise RecursionError("too deep")

    for seed in (1, 2):
        (folder / f"{seed}.png").write_bytes(png(seed))
    whole = taking_in.read_image
    monkeypatch.setattr(taking_in, "read_image", lambda path: (read_image if "1.png" in path else whole)(path))
    candidates = [Candidate(str(folder / name), str(folder)) for name in ("1.png", "2.png", "gone.png", "..")]
    results = {
        Path(result.candidate.path).name: result
        for result in taking_in.take_in(logger.store, candidates, Wording({}), 75, pytest.fail)
    }
    assert "RecursionError" in str(results["1.png"].problem)
    assert results["2.png"].done is not None
    assert (results["gone.png"].done, results["gone.png"].problem) == (None, None)
    assert "not a regular file" in str(results[".."].problem)


def test_a_whole_image_with_a_part_that_is_refused_is_logged_at_once(
    folder: Path, logger: ImageGenerationLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.png").write_bytes(png(1))
    record = ImageRecord(file="a.png", seed="5", pixel_width=2, pixel_height=2, error="has texts of more than 16 MB")
    monkeypatch.setattr(taking_in, "read_image", lambda _: record)
    candidate = Candidate(str(folder / "a.png"), str(folder), may_grow=True)
    (result,) = taking_in.take_in(logger.store, [candidate], Wording({}), 75, pytest.fail)
    assert result.done is not None
    attempt = result.done.attempt
    assert (attempt.status, attempt.seed) == ("done", "5")
    assert attempt.extra is not None
    assert "16 MB" in attempt.extra["image"]["error"]


def test_on_a_terminal_it_shows_how_far_it_is(folder: Path, db: Path) -> None:
    for seed in range(3):
        (folder / f"{seed}.png").write_bytes(png(seed))
    command = [sys.executable, "-m", "imglearn", "--db", str(db), "watch", str(folder), "--existing", "--once"]
    reading, writing = pty.openpty()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=writing, text=True, timeout=60, check=True)
    assert done.stdout.count("\n") == 3
    assert "existing images" in os.read(reading, 100_000).decode()
    os.close(reading)
    os.close(writing)
