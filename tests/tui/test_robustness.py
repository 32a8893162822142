"""What must not bring the app down, nor lose what was written in it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from driver import Driver, OpenApp, log, until
from textual.widgets import Input

from imglearn import create_logger
from imglearn.filter_language import parse
from imglearn.logger import ImageGenerationLogger
from imglearn.tui import feed, queries
from imglearn.tui.app import ImglearnApp
from imglearn.tui.remark_screen import RemarkScreen
from imglearn.tui.remembered import FILE

# Texts that are no markup, though they begin like some.
BRACKETS = ["[/", "[/]", "[a=", "\\[red]", "[", "]", "[@click=", "[$", "[/[/", "[red]\\"]


@pytest.mark.parametrize("size", [(140, 40), (80, 24)])
async def test_brackets_are_brackets_in_every_title(
    size: tuple[int, int], logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    for number, text in enumerate(BRACKETS):
        log(logger, f"{text}{number}", material=text, category=text, model=text, physics_issues=[text])
    async with open_app(size=size) as driver:
        for _ in BRACKETS:
            await driver.press("f", "escape", "j")
        await driver.press("enter")
        assert f"Attempt {BRACKETS[0]}0" in driver.screen_text()
        for view in "tdmic":
            await driver.press(view)
        await driver.press("j", "f")
        assert isinstance(driver.app.screen, RemarkScreen)


def held(db: Path, seconds: float) -> None:
    """Let another program hold the database for a while."""
    held = threading.Event()

    def hold() -> None:
        other = sqlite3.connect(db, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        held.set()
        time.sleep(seconds)
        other.execute("ROLLBACK")
        other.close()

    threading.Thread(target=hold).start()
    held.wait()


async def test_remarks_are_kept_though_the_database_is_locked_and_the_dialog_closed(
    logger: ImageGenerationLogger, db: Path, open_app: OpenApp
) -> None:
    log(logger, "a")
    async with open_app() as driver:
        await driver.press("f")
        held(db, 4)
        for text in ("first", "second"):
            await driver.pilot.press(*text, "enter")
        await driver.until(lambda: "Waits to be kept" in driver.screen_text())
        await driver.pilot.press(*"third", "enter", "escape")
        await driver.is_told("Kept: ")
        await driver.until(lambda: not driver.app.unkept)
        assert [remark["text"] for remark in logger.get_feedback()][::-1] == ["first", "second", "third"]


async def test_remarks_that_were_not_kept_by_the_end_are_handed_out(
    logger: ImageGenerationLogger, db: Path, open_app: OpenApp
) -> None:
    log(logger, "a")
    async with open_app() as driver:
        held(db, 5)
        await driver.pilot.press("f", *"lost", "enter", "escape")
        app = driver.app
    assert app.unkept == ["lost"]


async def test_a_log_that_is_out_of_reach_is_told_and_read_again(
    logger: ImageGenerationLogger, db: Path, open_app: OpenApp
) -> None:
    log(logger, "a")
    logger.close()
    async with open_app() as driver:
        moved = db.rename(db.with_suffix(".moved"))
        db.symlink_to(db)
        await driver.until(lambda: driver.app.screen.has_class("-problem"))
        assert "out of reach" in " ".join(driver.screen_text().split())
        db.unlink()
        moved.rename(db)
        await driver.until(lambda: not driver.app.screen.has_class("-problem"))
        with create_logger(db) as again:
            log(again, "b")
            await driver.until(lambda: driver.ids() == ["b", "a"])


@pytest.mark.parametrize(
    "key", ["s", "w", "at", "y", "f", "question_mark", "colon", "apostrophe", "t", "c", "m", "i", "b"]
)
async def test_no_size_is_too_small_for_any_dialog(key: str, logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", physics_issues=["Dust"], feedback_text="x", feedback_applied=True, feedback_category="physics")
    async with open_app() as driver:
        await driver.pilot.press(key)
        for size in ((20, 5), (5, 20), (4, 10), (1, 1)):
            await driver.pilot.resize_terminal(*size)
            await driver.pilot.pause(0.1)
            await driver.pilot.press("escape", key)
            assert driver.app.is_running


@pytest.mark.parametrize("content", [b'{"filters":["\xff"]}', b'{"x":' + b"[" * 100_000, b"", b"[]", b'{"theme": 3}'])
async def test_a_damaged_memory_counts_as_none(content: bytes, logger: ImageGenerationLogger, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    app = ImglearnApp(logger.path, state_folder=tmp_path)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.theme == "imglearn"


async def test_a_text_that_is_no_unicode_is_kept_and_written_all_the_same(
    logger: ImageGenerationLogger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    log(logger, "a")
    app = ImglearnApp(logger.path, state_folder=tmp_path, filter_text="x\udcffy")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.press("slash", "enter", "w", "s")
        await until(lambda: app._notifications, pilot)
        assert app.is_running


async def test_a_name_whose_small_letters_are_longer_is_in_the_menu(
    logger: ImageGenerationLogger, tmp_path: Path
) -> None:
    (tmp_path / "filters.json").write_text('{"i":"category:wood","\u0130a":"category:metal"}')
    app = ImglearnApp(logger.path, state_folder=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        driver = Driver(app, pilot)
        await driver.press("at")
        assert "category:metal" in driver.screen_text()
        await driver.press("a")
        assert app.screen.query_one("#filter-text", Input).value == "category:metal"


@pytest.mark.parametrize(("name", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, None)])
def test_a_signal_ends_the_app_and_gives_the_terminal_back(
    name: signal.Signals, code: int | None, logger: ImageGenerationLogger, home: Path
) -> None:
    log(logger, "a")
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "imglearn.tui", "--db", str(logger.path)]
    environment = {**os.environ, "TERM": "xterm-256color", "HOME": str(home)}
    app = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True)
    os.close(theirs)
    written = bytearray()

    def read() -> None:
        while True:
            try:
                if not (piece := os.read(ours, 65536)):
                    return
            except OSError:
                return
            written.extend(piece)

    reader = threading.Thread(target=read)
    reader.start()
    deadline = time.monotonic() + 20
    while b"Attempts" not in written and time.monotonic() < deadline:
        time.sleep(0.05)
    app.send_signal(name)
    returned = app.wait(timeout=20)
    reader.join(timeout=5)
    os.close(ours)
    assert b"\x1b[?1049l" in written  # the screen as it was before
    assert b"\x1b[?1000l" in written  # the mouse
    assert b"\x1b[?25h" in written  # the cursor
    if code is not None:
        assert returned == code


def test_many_words_are_told_to_be_too_many() -> None:
    found = parse("a " * 5000)
    assert found.problems
    assert "at most 200 words" in found.problems[0].message


async def test_the_feed_goes_on_after_anything(
    logger: ImageGenerationLogger, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(logger, "a")
    async with open_app() as driver:
        original, failures = feed.load_newest, [RuntimeError("odd")]

        def failing(*arguments: object) -> object:
            if failures:
                raise failures.pop()
            return original(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(feed, "load_newest", failing)
        monkeypatch.setattr(
            feed, "load_snapshot", lambda *arguments: failing() if failures else queries.load_snapshot(*arguments)
        )
        log(logger, "b")
        await driver.until(lambda: driver.app.screen.has_class("-problem"))
        assert "RuntimeError: odd" in driver.screen_text()
        await driver.until(lambda: driver.ids() == ["b", "a"])
