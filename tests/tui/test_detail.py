"""The detail view: picture, changes, the chain of retries, and what can be done with an attempt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from driver import Driver, OpenApp, log
from pictures import drawn
from support import HOSTILE
from textual.widgets import OptionList

from imglearn.logger import ImageGenerationLogger
from imglearn.records import Feedback
from imglearn.store import feedback
from imglearn.tui.app import ImglearnApp
from imglearn.tui.copying import CopyScreen, write_new
from imglearn.tui.detail import DetailPane
from imglearn.tui.picture import Picture
from imglearn.tui.picture_screen import PictureScreen
from imglearn.tui.terminal_images import Images


def pane(driver: Driver) -> DetailPane:
    return driver.app.screen_stack[0].query_one(DetailPane)


def shown_id(driver: Driver) -> str:
    return pane(driver).detail.attempt.id  # type: ignore[union-attr]


async def open_first(driver: Driver) -> None:
    await driver.press("enter")


def half_block_lines(driver: Driver) -> list[str]:
    return [line for line in driver.screen_text().splitlines() if "▀▀" in line]


@pytest.fixture
def chain(logger: ImageGenerationLogger) -> ImageGenerationLogger:
    """Log a chain with a fork: a, retried by b, which c and d retried."""
    for place, (id, parent, score) in enumerate([("a", None, 50), ("b", "a", 60), ("c", "b", 82), ("d", "b", 40)]):
        log(
            logger,
            id,
            parent_id=parent,
            realism_score=score,
            timestamp=f"2025-11-25T10:0{place}:00Z",
            prompt=f"dust number {id} over the table",
            params={"steps": 10 * place},
        )
    return logger


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    path.write_bytes(drawn(200, 200))
    return path


# The picture


async def test_the_picture_stands_under_the_verdict_in_at_most_half_of_the_pane(
    logger: ImageGenerationLogger, open_app: OpenApp, picture: Path
) -> None:
    log(logger, "a", image_path=str(picture))
    async with open_app(size=(80, 24)) as driver:
        await open_first(driver)
        await driver.until(lambda: half_block_lines(driver))
        lines = driver.screen_text().splitlines()
        verdict = next(place for place, line in enumerate(lines) if "80/100 pass" in line)
        assert "▀▀" in lines[verdict + 1]
        assert len(half_block_lines(driver)) == pane(driver).scrollable_content_region.height // 2
        assert lines[verdict + 1].count("▀") == 2 * len(half_block_lines(driver)), "a cell is twice as high as wide"


@pytest.mark.parametrize("size", [(31, 24), (80, 20), (20, 5)])
async def test_without_room_there_is_no_picture(
    logger: ImageGenerationLogger, open_app: OpenApp, picture: Path, size: tuple[int, int]
) -> None:
    log(logger, "a", image_path=str(picture))
    async with open_app(size=size) as driver:
        await open_first(driver)
        await driver.pilot.pause(0.3)
        assert not half_block_lines(driver)


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "is not there"), (b"text", "is no image"), (drawn(640, 640)[:1_500], "is damaged")],
    ids=["missing", "text", "cut off"],
)
async def test_a_picture_that_cant_be_shown_says_so_with_its_path(
    logger: ImageGenerationLogger, open_app: OpenApp, tmp_path: Path, content: bytes | None, why: str
) -> None:
    path = tmp_path / "[red]p.png"
    if content is not None:
        path.write_bytes(content)
    log(logger, "a", image_path=str(path))
    async with open_app(size=(240, 40)) as driver:
        await driver.press("z", "enter")
        await driver.until(lambda: why in driver.screen_text())
        assert f"No picture: {path} {why}" in driver.screen_text()


async def test_a_hostile_path_reaches_no_terminal(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    for place, text in enumerate(HOSTILE):
        log(
            logger, f"id-{place}", image_path=text, prompt=text, params={text or "x": text}, parent_id=f"id-{place - 1}"
        )
    async with open_app(size=(80, 24)) as driver:
        await driver.press("enter")
        for place in range(len(HOSTILE)):
            await driver.press(*["left_square_bracket"][: place > 0], "y")
            assert not set("\x1b\x07\x9b\u202e") & set(driver.screen_text())
            await driver.press("escape")
            assert not set("\x1b\x07\x9b\u202e") & set(driver.screen_text())
        await driver.press("v", "o")
        for _ in HOSTILE:
            await driver.press("right_square_bracket")
            assert not set("\x1b\x07\x9b\u202e") & set(driver.screen_text())


async def test_without_colours_the_picture_is_in_shades(
    logger: ImageGenerationLogger, open_app: OpenApp, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    log(logger, "a", image_path=str(picture))
    async with open_app(size=(80, 24)) as driver:
        await open_first(driver)
        await driver.until(lambda: "▓" in driver.screen_text())
        assert not half_block_lines(driver)


async def test_the_picture_of_another_attempt_takes_its_place(
    logger: ImageGenerationLogger, open_app: OpenApp, picture: Path, tmp_path: Path
) -> None:
    (tmp_path / "flat.png").write_bytes(drawn(400, 40))
    log(logger, "flat", image_path=str(tmp_path / "flat.png"))
    log(logger, "none")
    log(logger, "square", image_path=str(picture))
    async with open_app(size=(80, 24)) as driver:
        heights = []
        for _ in range(3):
            await driver.press("enter")
            await driver.pilot.pause(0.2)
            await driver.app.workers.wait_for_complete()
            await driver.pilot.pause()
            heights.append(len(half_block_lines(driver)))
            await driver.press("escape", "j")
        assert heights == [9, 0, 4]


async def test_a_picture_that_is_drawn_anew_is_read_anew(
    logger: ImageGenerationLogger, open_app: OpenApp, picture: Path
) -> None:
    log(logger, "a", image_path=str(picture), status="running")
    async with open_app(size=(80, 24)) as driver:
        await open_first(driver)
        await driver.until(lambda: len(half_block_lines(driver)) == 9)
        picture.write_bytes(drawn(400, 40))
        logger.store.execute("UPDATE generation_attempts SET status = 'done'")
        await driver.until(lambda: len(half_block_lines(driver)) == 4)


async def test_v_or_a_click_shows_the_picture_over_the_whole_screen(
    logger: ImageGenerationLogger, open_app: OpenApp, picture: Path
) -> None:
    log(logger, "a", image_path=str(picture))
    async with open_app(size=(80, 24)) as driver:
        await driver.press("v")
        await driver.until(lambda: len(half_block_lines(driver)) == 23)
        assert "Birch  80 pass  200 × 200" in driver.screen_text()
        await driver.press("escape", "enter")
        await driver.until(lambda: half_block_lines(driver))
        await driver.pilot.click(Picture)
        await driver.until(lambda: isinstance(driver.app.screen, PictureScreen))
        await driver.press("q")
        assert len(driver.app.screen_stack) == 1


async def test_pictures_are_leafed_through_along_the_list(
    logger: ImageGenerationLogger, open_app: OpenApp, picture: Path
) -> None:
    for id, material in (("a", "Oak"), ("b", "Ash"), ("c", "Elm")):
        log(logger, id, material=material, image_path=str(picture))
    async with open_app(size=(80, 24)) as driver:
        await driver.press("v")
        for key, material in (("j", "Ash"), ("down", "Oak"), ("j", "Oak"), ("k", "Ash"), ("up", "Elm")):
            await driver.press(key)
            await driver.until(lambda material=material: f"{material}  80 pass  200 × 200" in driver.screen_text())  # type: ignore[misc]
        await driver.press("down", "escape")
        row = driver.table().row
        assert row is not None
        assert row.id == "b"


async def test_a_picture_over_the_whole_screen_walks_along_the_chain(
    chain: ImageGenerationLogger, open_app: OpenApp, picture: Path
) -> None:
    chain.store.execute("UPDATE generation_attempts SET image_path = ? WHERE id <> 'a'", (str(picture),))
    async with open_app(size=(80, 24)) as driver:
        await driver.press("v")
        await driver.until(lambda: "4 of 4" in driver.screen_text())
        await driver.press("left_square_bracket")
        await driver.until(lambda: "82 pass  3 of 4  200 × 200" in driver.screen_text())
        await driver.press("h", "h")
        await driver.until(lambda: "1 of 4" in driver.screen_text())
        await driver.until(lambda: not half_block_lines(driver))
        assert "1 of 4  no image in the log" in driver.screen_text()


async def test_pictures_can_be_off(logger: ImageGenerationLogger, db: Path, picture: Path) -> None:
    log(logger, "a", image_path=str(picture))
    app = ImglearnApp(db, images=Images(shown=False, note="a [note] about pictures"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: driver.table().rows)
        await driver.press("enter", "v")
        await driver.pilot.pause(0.3)
        assert not half_block_lines(driver)
        await driver.is_told("Pictures are off")
        await driver.is_told("a [note] about pictures")


async def test_a_widget_of_textual_image_gets_the_picture_and_its_size(
    logger: ImageGenerationLogger, db: Path, picture: Path
) -> None:
    from textual.widget import Widget

    class Sixels(Widget):
        image: Any = None

    log(logger, "gone", image_path="/nowhere.png")
    log(logger, "a", image_path=str(picture))
    app = ImglearnApp(db, images=Images(widget=Sixels))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: driver.table().rows)
        await driver.press("enter")
        shown = app.screen.query_one(Sixels)
        await driver.until(lambda: shown.image is not None)
        assert (shown.image.size, tuple(shown.size)) == ((200, 200), (17, 9))
        assert app.screen.query_one(Picture).size.height == 9
        await driver.press("escape", "j", "enter")
        await driver.until(lambda: "No picture: /nowhere.png is not there." in driver.screen_text())
        assert not shown.display


# Changes and the chain


async def test_a_retry_says_what_it_changed_and_what_came_of_it(
    chain: ImageGenerationLogger, open_app: OpenApp
) -> None:
    async with open_app() as driver:
        await driver.press("j")
        shown = driver.shown()
        assert "Changed since b" in shown
        assert "60 fail → 82 pass, +22" in shown
        assert "dust number [-b-] {+c+} over the table" in shown
        assert "10 → 20" in shown


async def test_a_retry_of_what_is_not_here_says_so(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", parent_id="elsewhere")
    async with open_app() as driver:
        assert "What it retries is not in this log." in driver.shown()


@pytest.mark.parametrize(
    ("back", "forth"), [("left_square_bracket", "right_square_bracket"), ("h", "l"), ("left", "right")]
)
async def test_keys_walk_along_the_chain_through_its_branches(
    chain: ImageGenerationLogger, open_app: OpenApp, back: str, forth: str
) -> None:
    async with open_app() as driver:
        await driver.press("G", "enter")  # the first
        assert "Attempt a · 1 of 4" in driver.screen_text()
        walked = []
        for key in [forth] * 4 + [back] * 2:
            await driver.press(key)
            walked.append(shown_id(driver))
        assert walked == ["b", "c", "d", "d", "c", "b"]
        await driver.is_told("This is the last attempt of its chain.")
        assert "attempt 2 of 4 of this chain" in driver.shown()
        rows = [line.split() for line in driver.shown().splitlines() if "branch" in line]
        assert rows == [["└", "c", "82", "pass", "branch", "1"], ["└", "d", "40", "fail", "branch", "2"]]


async def test_walking_works_from_the_table_and_stays_while_others_arrive(
    chain: ImageGenerationLogger, open_app: OpenApp
) -> None:
    async with open_app() as driver:
        await driver.press("left_square_bracket", "left_square_bracket")
        assert shown_id(driver) == "b"
        log(chain, "new")
        await driver.until(lambda: len(driver.table().rows) == 5)
        assert shown_id(driver) == "b"
        await driver.press("right_square_bracket")
        assert shown_id(driver) == "c"


async def test_without_a_chain_it_says_so(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app() as driver:
        await driver.press("right_square_bracket")
        await driver.is_told("There is no chain of retries")


# Categories and remarks


async def test_a_category_shows_its_issues_and_how_it_went_lately(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a", timestamp="2025-11-24", realism_score=50, physics_issues=["Dust floats", "Edge"])
    log(logger, "b", timestamp="2025-11-25", physics_issues=["Edge"])
    async with open_app() as driver:
        await driver.press("2")
        await driver.until(lambda: "Issues named most often" in driver.shown())
        shown = driver.shown()
        assert [line.split() for line in shown.splitlines() if "×" in line] == [
            ["2", "×", "Edge"],
            ["1", "×", "Dust", "floats"],
        ]
        assert "▁█" in shown
        assert "50.0 % of 2 judged; nothing earlier" in shown
        log(logger, "c", timestamp="2025-11-26", physics_issues=["Edge"])
        await driver.until(lambda: "▁██" in driver.shown())


async def test_remarks_have_their_author_and_time(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    remark = {"timestamp": "2025-11-25T10:00:00.000000Z", "attempt_id": "a"}
    feedback.add_many(
        logger.store,
        [Feedback(id="r", text="Nice", author="Kim", **remark), Feedback(id="s", text="Too dark", **remark)],
    )
    async with open_app() as driver:
        assert "Remark (Kim, 2025-11-25 10:00)" in driver.shown()
        assert "Remark (user, 2025-11-25 10:00)" in driver.shown()


# What can be done


async def copy(driver: Driver, name: str, key: str = "enter") -> None:
    await driver.press("y")
    menu = driver.app.screen
    assert isinstance(menu, CopyScreen)
    options = menu.query_one(OptionList)
    while name not in str(options.get_option_at_index(options.highlighted or 0).prompt):
        await driver.press("j")
    await driver.press(key)


async def test_y_copies_by_a_menu(logger: ImageGenerationLogger, open_app: OpenApp, tmp_path: Path) -> None:
    log(logger, "an id", prompt="dust \x1b[31m", seed=2**63, model="flux", params={"steps": 30})
    async with open_app() as driver:
        copied = {}
        for name in ("id", "prompt", "parameters as JSON", "imglearn log command"):
            await copy(driver, name)
            copied[name] = driver.app.clipboard
            await driver.is_told(f"Sent to the terminal's clipboard: {name}")
        assert copied["id"] == "an id"
        assert copied["prompt"] == "dust ␛[31m"
        assert json.loads(copied["parameters as JSON"]) == {"model": "flux", "seed": str(2**63), "steps": 30}
        program = f'imglearn() {{ "{sys.executable}" -m imglearn "$@"; }}\n{copied["imglearn log command"]}'
        env = {**os.environ, "IMGLEARN_DB": str(tmp_path / "other.db")}
        subprocess.run(["sh", "-c", program], env=env, check=True, capture_output=True)


async def test_w_writes_what_would_be_copied_to_a_new_file(
    logger: ImageGenerationLogger, open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(logger, "../a b", prompt="dust")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with open_app() as driver:
        await copy(driver, "prompt", "w")
        await copy(driver, "prompt", "w")
        await driver.is_told("Written: ")
    assert sorted(path.name for path in folder.iterdir()) == [
        "imglearn-.._a_b-prompt-2.txt",
        "imglearn-.._a_b-prompt.txt",
    ]
    assert {path.read_text() for path in folder.iterdir()} == {"dust\n"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_file_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "elsewhere")
    assert write_new(tmp_path, "a.txt", "x") == tmp_path / "a-2.txt"
    assert not (tmp_path / "elsewhere").exists()


async def test_a_folder_that_takes_no_file_is_told(
    logger: ImageGenerationLogger, open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(logger, "a")
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with open_app() as driver:
        shutil.rmtree(folder)
        await copy(driver, "id", "w")
        await driver.is_told("The file can't be written")
        await driver.press("escape")


async def test_a_very_long_text_is_said_to_be_too_much_for_some_terminals(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a", prompt="x" * 100_000)
    async with open_app() as driver:
        await copy(driver, "prompt")
        await driver.is_told("w writes a file")


async def test_what_cant_be_done_is_told(
    logger: ImageGenerationLogger, open_app: OpenApp, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "PAGER"):
        monkeypatch.delenv(name, raising=False)
    log(logger, "with", image_path=str(picture), prompt="dust")
    log(logger, "without")
    async with open_app(size=(200, 40)) as driver:
        for key, said in (("o", "no image in the log"), ("v", "no image in the log"), ("p", "was not logged")):
            await driver.press(key)
            assert said in driver.screen_text()
        await driver.press("j", "o")
        await driver.is_told("There is no display")
        await driver.is_told(str(picture))
        await driver.press("p")  # without a terminal of its own, the app can't lend it
        await driver.is_told("can't be lent to a pager")
        monkeypatch.setenv("PAGER", "'unclosed")
        await driver.press("p")
        await driver.is_told("can't be read as a command")
        await driver.press("2", "y", "o")
        await driver.is_told("There is nothing to copy")
        await driver.is_told("No attempt is shown.")


async def test_an_empty_log_leaves_nothing_to_do_and_says_so(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    async with open_app() as driver:
        await driver.press("v", "o", "p", "y", "left_square_bracket")
        await driver.is_told("No attempt is shown.")
        await driver.is_told("There is nothing to copy")
        assert len(driver.app.screen_stack) == 1


async def test_keys_that_are_text_in_the_search_stay_text(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    from textual.widgets import Input

    log(logger, "a")
    async with open_app() as driver:
        await driver.press("slash", *"vopy", "left_square_bracket")
        assert driver.app.screen.query_one(Input).value == "vopy["


async def test_a_time_that_is_none_reaches_no_terminal(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "odd")
    logger.store.execute("UPDATE generation_attempts SET timestamp = ? WHERE id = 'odd'", ("\x1b[31mRED\u202e",))
    async with open_app() as driver:
        await driver.until(lambda: "RED" in driver.screen_text())
        assert not set("\x1b\u202e") & set(driver.screen_text())
        await driver.press("enter")
        assert not set("\x1b\u202e") & set(driver.screen_text())
