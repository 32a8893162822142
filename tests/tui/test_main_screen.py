from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from driver import Driver, OpenApp, log, settled
from support import HOSTILE
from textual.events import AppBlur, AppFocus, Key
from textual.widgets import Input, Tabs
from textual.widgets._footer import FooterKey

from imglearn import create_logger
from imglearn.logger import ImageGenerationLogger
from imglearn.records import Feedback
from imglearn.store import feedback
from imglearn.tui import queries
from imglearn.tui.app import ImglearnApp
from imglearn.tui.remembered import Remembered


async def test_all_panes_show_the_log(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "first", model="flux-2", physics_issues=["Dust floats"])
    log(logger, "second", realism_score=40, feedback_text="Less dust.", feedback_category="physics")
    async with open_app() as driver:
        screen = driver.screen_text()
        assert "2 attempts  50.0 % passed of 2 judged  mean 60.0" in screen
        assert "Attempts · following" in screen
        assert " 1 of 2 " in screen
        assert driver.ids() == ["second", "first"]
        assert driver.line(driver.table("categories"), 1).split()[:4] == ["wood", "2", "50.0", "%"]
        assert driver.line(driver.table("violations"), 1).split()[:5] == ["Dust", "floats", "1", "100.0", "%"]
        assert "Less dust." in driver.line(driver.table("feedback"), 2)
        assert "Attempt second" in screen


async def test_attempts_of_another_process_arrive_by_themselves(db: Path, open_app: OpenApp) -> None:
    async with open_app() as driver:
        assert "No database yet" in driver.screen_text()
        subprocess.run(
            [sys.executable, "-m", "imglearn", "--db", str(db), "log", "--material", "Oak", "--category", "wood"],
            check=True,
            capture_output=True,
        )
        await driver.until(lambda: len(driver.table().rows) == 1)
        assert "No database yet" not in driver.screen_text()
        assert "Oak" in driver.line(driver.table(), 1)


async def test_a_running_attempt_shows_its_time_until_it_ends(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    async with open_app() as driver:
        with logger.attempt("Oak", "wood") as attempt:
            await driver.until(lambda: "running 1 s" in driver.screen_text())
            await driver.until(lambda: "running 2 s" in driver.screen_text())
            assert "1 running" in driver.screen_text()
            attempt.validated(score=82)
            await driver.until(lambda: " 82 " in driver.line(driver.table(), 1))
        await driver.until(lambda: "pass" in driver.line(driver.table(), 1))


async def test_an_attempt_whose_process_is_gone_shows_as_abandoned(db: Path, open_app: OpenApp) -> None:
    script = (
        "import sys, time\nfrom imglearn import create_logger\n"
        "with create_logger(sys.argv[1]).attempt('Oak', 'wood'):\n    print(flush=True)\n    time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(db)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        async with open_app() as driver:
            await driver.until(lambda: "running" in driver.line(driver.table(), 1))
            process.kill()
            process.wait()
            await driver.until(lambda: "abandoned" in driver.line(driver.table(), 1))


async def test_the_highlighted_attempt_stays_while_others_arrive(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, *(f"old-{n}" for n in range(60)))
    async with open_app() as driver:
        await driver.press(*["j"] * 30)
        line, row = driver.highlighted_line(), driver.table().row
        log(logger, *(f"new-{n}" for n in range(5)))
        await driver.until(lambda: len(driver.table().rows) == 65)
        assert driver.table().row.id == row.id
        assert driver.highlighted_line() == line
        assert "Attempts · +5 new, g to follow" in driver.screen_text()
        await driver.press("g")
        assert "Attempts · following" in driver.screen_text()
        log(logger, "newest")
        await driver.until(lambda: driver.table().row.id == "newest")


async def test_the_reader_can_go_to_the_very_first_and_stay_there(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    logger.log_many({"material": "a", "category": "b", "id": f"old-{n}"} for n in range(2000))
    async with open_app() as driver:
        assert "1 of 2,000" in driver.screen_text()
        await driver.press("G")
        await driver.until(lambda: driver.table().row is not None)
        assert driver.table().row.id == "old-0"
        assert len(driver.table().rows) < 1000  # of the list only what is near is at hand
        logger.log_many({"material": "a", "category": "b", "id": f"new-{n}"} for n in range(300))
        await driver.until(lambda: "2,300 of 2,300" in driver.screen_text())
        assert driver.table().row.id == "old-0"
        assert "+300 new, g to follow" in driver.screen_text()
        for _ in range(12):
            await driver.press("pageup")
        await driver.until(lambda: driver.table().row is not None)
        cursor = driver.table().cursor
        assert driver.table().row.id == f"old-{2299 - cursor}"
        await driver.press("g")
        await driver.until(lambda: driver.table().row is not None and driver.table().row.id == "new-299")


async def test_many_that_come_above_are_there_when_the_reader_goes_up(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, *(f"old-{n}" for n in range(50)))
    async with open_app() as driver:
        await driver.press("j", "j")
        logger.log_many({"material": "a", "category": "b", "id": f"new-{n}"} for n in range(700))
        await driver.until(lambda: "703 of 750" in driver.screen_text())
        assert driver.table().row.id == "old-47"
        await driver.press("k", "k", "k")
        await driver.until(lambda: driver.table().row is not None and driver.table().row.id == "new-0")


async def test_the_place_in_the_list_is_true_whatever_comes_and_goes(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    logger.log_many({"material": "a", "category": "b", "id": f"old-{n}"} for n in range(1500))
    async with open_app() as driver:
        await driver.press("G", *["pageup"] * 9)
        await driver.until(lambda: driver.table().row is not None)
        row = driver.table().row
        logger.log_many({"material": "a", "category": "b", "id": f"new-{n}"} for n in range(10))
        logger.log_many(
            {"material": "a", "category": "b", "id": f"late-{n}", "timestamp": "2020-01-01"} for n in range(300)
        )
        logger.store.execute("DELETE FROM generation_attempts WHERE id IN ('old-1490', 'old-1491', 'old-3')")
        place = 1500 - int(row.id.removeprefix("old-")) + 10 - 2
        await driver.until(lambda: f"{place:,} of 1,807" in driver.screen_text())
        assert driver.table().row == row
        await driver.press(*["pagedown"] * 40)
        await driver.until(lambda: driver.table().row is not None and driver.table().row.id == "late-0")
        assert "1,807 of 1,807" in driver.screen_text()


async def test_a_pause_holds_the_list_still_and_counts(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app() as driver:
        await driver.press("space")
        log(logger, "b", "c")
        await driver.until(lambda: "paused, +2 new, Space to go on" in driver.screen_text())
        assert driver.ids() == ["a"]
        assert "3 attempts" in driver.screen_text()
        await driver.press("space")
        await driver.until(lambda: driver.ids() == ["c", "b", "a"])
        assert "Attempts · following" in driver.screen_text()


async def test_any_column_sorts_and_again_inverts(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    for id, score, material in (("a", 50, "oak"), ("b", None, "Birch"), ("c", 90, "steel"), ("d", 90, "Ash")):
        log(logger, id, realism_score=score, material=material)
    async with open_app() as driver:
        await driver.press("s", "s")
        await driver.until(lambda: driver.ids() == ["d", "c", "a", "b"])
        assert "Attempts · by score" in driver.screen_text()
        assert "score↓" in driver.line(driver.table(), 0)
        await driver.press("s", "s")
        await driver.until(lambda: driver.ids() == ["a", "c", "d", "b"])
        assert "score↑" in driver.line(driver.table(), 0)
        await driver.press("s", "m")
        await driver.until(lambda: driver.ids() == ["d", "b", "a", "c"])
        log(logger, "e", material="Balsa")
        await driver.until(lambda: driver.ids() == ["d", "e", "b", "a", "c"])
        await driver.press("s", "escape", "s", "t")
        await driver.until(lambda: driver.ids() == ["e", "d", "c", "b", "a"])
        assert "Attempts · following" in driver.screen_text()
        await driver.pilot.click("#attempts", offset=(3, 1))
        await driver.until(lambda: driver.ids() == ["a", "b", "c", "d", "e"])


async def test_chains_fold_to_their_outcome(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    for id, parent in (("a", None), ("b", "a"), ("c", "b"), ("alone", None)):
        log(logger, id, parent_id=parent)
    async with open_app() as driver:
        assert "↳ Birch" in driver.line(driver.table(), 2)
        assert "↳" not in driver.line(driver.table(), 4)
        await driver.press("r")
        await driver.until(lambda: driver.ids() == ["alone", "c"])
        assert "following · outcomes only" in driver.screen_text()
        assert "1 of 2 (4 in all)" in driver.screen_text()
        log(logger, "d", parent_id="c")
        await driver.until(lambda: driver.ids() == ["d", "alone"])
        await driver.press("r")
        await driver.until(lambda: len(driver.ids()) == 5)


async def test_enter_opens_the_details_and_escape_leads_back(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "parent", realism_score=50, prompt="p" * 300)
    log(logger, "child", parent_id="parent", params={"steps": 30}, seed=7, notes="better", image_path="a.png")
    logger.store.execute("UPDATE generation_attempts SET extra = ?", ('{"validation": {"sure": 0.5}}',))
    feedback.add_many(
        logger.store, [Feedback(id="r", timestamp="2025", text="Nicer light", attempt_id="child", author="Kim")]
    )
    async with open_app(size=(80, 24)) as driver:
        assert driver.app.screen.query_one(Tabs).active == "tab-attempts"
        await driver.press("enter")
        assert driver.app.screen.query_one(Tabs).active == "tab-detail"
        shown = driver.shown()
        for text in ("Birch · wood", "80/100 pass", "retry 1", "steps", "30", "better", "a.png", "Remark (Kim, 2025",
                     "Nicer light", "validation.sure"):  # fmt: skip
            assert text in shown
        chain = [line.split() for line in shown.splitlines() if "parent" in line or "▸" in line]
        assert ["parent", "50", "fail"] in chain
        assert ["▸", "child", "80", "pass"] in chain
        await driver.press("escape", "j", "enter")
        assert "p" * 50 in driver.shown().replace("\n", "")


async def test_a_filter_is_tried_while_it_is_typed(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", feedback_text="Dust should settle in crevices.", physics_issues=["Dust floats"])
    log(logger, "b", feedback_text="Rust starts at edges.", category="metal", realism_score=20)
    async with open_app() as driver:
        assert [match.id for match in driver.table("feedback").rows] == ["b", "a"]
        await driver.press("slash", *"crev")
        await driver.until(lambda: driver.ids() == ["a"])
        screen = driver.screen_text()
        assert "Feedback · 1 found" in screen
        assert "1 of 2 attempts  100.0 % passed of 1 judged" in screen
        assert "1 of 1 (2 in all)" in screen
        assert [stats.category for stats in driver.table("categories").rows] == ["wood"]
        assert [found.issue for found in driver.table("violations").rows] == ["Dust floats"]
        await driver.press("escape")  # takes it back
        await driver.until(lambda: driver.ids() == ["b", "a"])
        assert driver.table().has_focus
        await driver.press("slash", *"rust", "enter")  # keeps it
        await driver.until(lambda: driver.ids() == ["b"])
        assert driver.table().has_focus
        await driver.press("slash", *"zzz")
        await driver.until(lambda: not driver.ids())
        assert "No attempt matches." in driver.screen_text()
        assert "Nothing matches 'rustzzz" in driver.screen_text()
        await driver.press("escape")
        await driver.until(lambda: driver.ids() == ["b"])
        log(logger, "c", feedback_text="More rust.")
        await driver.until(lambda: driver.ids() == ["c", "b"])
        await driver.press("escape")  # clears it
        await driver.until(lambda: driver.ids() == ["c", "b", "a"])
        await driver.press("slash", "up")
        await driver.until(lambda: driver.ids() == ["c", "b"])
        await driver.press("down", "escape")
        await driver.until(lambda: driver.ids() == ["c", "b", "a"])


async def test_filters_are_saved_by_name_and_kept_between_runs(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a", notes="dusty")
    log(logger, "b")
    async with open_app() as driver:
        await driver.press("at")
        await driver.until(lambda: "No filter is saved" in driver.screen_text())
        await driver.press("slash", *"dusty", "enter", "S", *"dust!", "enter")
        await driver.until(lambda: "wants letters, digits" in " ".join(driver.screen_text().split()))
        await driver.press("backspace", "enter")  # it is mended where it stands
        await driver.until(lambda: "Saved as dust" in driver.screen_text())
        await driver.press("escape")
        await driver.until(lambda: driver.ids() == ["b", "a"])
    async with open_app() as driver:
        await driver.press("at", "d")
        await driver.until(lambda: driver.ids() == ["a"])
        await driver.press("escape", "slash", "up")
        await driver.until(lambda: driver.app.screen.query_one("#filter-text", Input).value == "dusty")


async def test_a_bad_term_is_shown_and_left_out(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", "b", notes="dusty")
    log(logger, "c")
    async with open_app(size=(80, 24)) as driver:
        await driver.press("slash", *"dusty score:<much")
        await driver.until(lambda: driver.ids() == ["b", "a"])
        assert "score wants a number: score:>80" in driver.screen_text().splitlines()[-3]
        await driver.press("enter")  # which goes to it, until it is mended or taken back
        box = driver.app.screen.query_one("#filter-text", Input)
        assert box.has_focus
        await driver.press("escape")
        await driver.until(lambda: driver.ids() == ["c", "b", "a"])
        assert not box.has_focus


async def test_a_word_that_looks_like_a_term_is_hinted_at(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", "b")
    async with open_app(size=(60, 20)) as driver:
        await driver.press("slash", *"categry:wood")
        await driver.until(lambda: "perhaps category:wood" in driver.screen_text())
        await driver.press("enter")
        await driver.until(lambda: driver.ids() == [])
        assert "perhaps" not in driver.screen_text()


async def test_categories_and_violations_list_their_attempts(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", physics_issues=["Dust [floats]"])
    log(logger, "b", category="metal (ferrous)")
    async with open_app() as driver:
        await driver.press("2")
        table = driver.table("categories")
        if table.row.category != "metal (ferrous)":
            await driver.press("j")
        await driver.press("enter")
        await driver.until(lambda: driver.ids() == ["b"])
        assert driver.table().has_focus
        await driver.press("escape")
        await driver.until(lambda: driver.ids() == ["b", "a"])
        await driver.press("3", "enter")
        await driver.until(lambda: driver.ids() == ["a"])


async def test_the_app_may_start_with_a_filter(logger: ImageGenerationLogger, db: Path) -> None:
    log(logger, "a", notes="dusty")
    log(logger, "b")
    app = ImglearnApp(db, filter_text="dusty")
    async with app.run_test(size=(100, 30)) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: driver.ids() == ["a"])
        assert "dusty" in driver.screen_text().splitlines()[-2]


async def test_what_was_opened_stays_while_attempts_arrive(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "told", feedback_text="Dust should settle.")
    log(logger, "first")
    async with open_app() as driver:
        await driver.press("enter")  # on the newest, which was followed
        log(logger, "second")
        await driver.until(lambda: len(driver.ids()) == 3)
        assert "Attempt first" in driver.screen_text()
        await driver.press("1", "g", "4", "enter")
        await driver.until(lambda: "Attempt told" in driver.screen_text())
        log(logger, "third")
        await driver.until(lambda: len(driver.ids()) == 4)
        assert "Attempt told" in driver.screen_text()
        await driver.press("1", "g")
        await driver.until(lambda: "Attempt third" in driver.screen_text())
        log(logger, "fourth")
        await driver.until(lambda: "Attempt fourth" in driver.screen_text())


async def test_feedback_is_shown_in_full_as_the_highlight_moves(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a", feedback_text="Dust")
    log(logger, "b", feedback_text="Rust")
    async with open_app() as driver:
        await driver.press("4", "j")
        await driver.until(lambda: "Attempt a" in driver.screen_text())


async def test_categories_and_violations_are_shown_in_full(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    long = "The contamination on the one side is not the same as that on the other side of the object"
    log(logger, "a", physics_issues=[long])
    log(logger, "b", realism_score=50)
    async with open_app(size=(80, 24)) as driver:
        await driver.press("3", "5")
        shown = " ".join(driver.shown().split())
        assert long in shown
        assert "in attempts 1" in shown
        await driver.press("2", "5")
        shown = " ".join(driver.shown().split())
        assert "pass rate 50.0 % of 2 judged" in shown
        assert "9.5 to 90.5 % (95 % interval)" in shown
        log(logger, "c")
        await driver.until(lambda: "66.7 % of 3 judged" in " ".join(driver.shown().split()))
        await driver.press("1", "j")
        await driver.until(lambda: "Birch" in driver.shown())


async def test_a_pane_can_fill_the_screen(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app() as driver:
        panes = driver.app.screen.query(".pane")
        await driver.press("enter", "enter")
        assert [pane.id for pane in panes if pane.display] == ["detail"]
        await driver.press("escape")
        assert len([pane for pane in panes if pane.display]) == 5
        await driver.press("3", "z")
        assert [pane.id for pane in panes if pane.display] == ["violations"]
        await driver.press("z")
        assert len([pane for pane in panes if pane.display]) == 5


async def test_tab_goes_round_the_panes(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", feedback_text="x", physics_issues=["y"])
    async with open_app(size=(80, 24)) as driver:
        tabs = driver.app.screen.query_one(Tabs)
        seen = []
        for _ in range(6):
            await driver.press("tab")
            seen.append(tabs.active)
        assert seen == [
            "tab-categories", "tab-violations", "tab-feedback", "tab-detail", "tab-inbox", "tab-attempts",
        ]  # fmt: skip
        await driver.press("shift+tab")
        assert tabs.active == "tab-inbox"


async def test_a_database_named_by_flag_is_named_in_what_to_run_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    db = Path("my runs.db")
    create_logger(db).close()
    app = ImglearnApp(db, is_default=False)
    async with app.run_test(size=(140, 40)) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: "imglearn --db 'my runs.db' log --material Birch" in driver.screen_text())
        assert 'create_logger("my runs.db")' in driver.screen_text()


async def test_a_remark_can_be_found_and_read(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    feedback.add_many(
        logger.store,
        [Feedback(id="r", timestamp="2025-01-01T00:00:00Z", text="Rotate it", material="Steel", extra={"was": 0})],
    )
    async with open_app() as driver:
        await driver.press("4", "enter")
        await driver.until(lambda: "Rotate it" in driver.shown())
        assert "Steel" in driver.shown()


async def test_wide_terminals_have_panes_and_narrow_ones_tabs(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app(size=(140, 40)) as driver:
        panes = driver.app.screen.query(".pane")
        assert [pane.id for pane in panes if pane.display] == [
            "attempts", "feedback", "detail", "categories", "violations",
        ]  # fmt: skip
        await driver.pilot.resize_terminal(80, 24)
        await driver.pilot.pause(0.2)
        assert [pane.id for pane in panes if pane.display] == ["attempts"]
        names = ("attempts", "categories", "violations", "feedback", "detail", "inbox")
        for key, name in zip("123456", names, strict=True):
            await driver.press(key)
            assert [pane.id for pane in panes if pane.display] == [name]
        await driver.pilot.click("#tab-violations")
        assert [pane.id for pane in panes if pane.display] == ["violations"]
        await driver.pilot.resize_terminal(140, 40)
        await driver.pilot.pause(0.2)
        # The inbox was used last, and has the place that it shares with the feedback.
        assert [pane.id for pane in panes if not pane.display] == ["feedback"]


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (60, 20), (100, 30), (220, 60)])
async def test_no_size_crashes_it(logger: ImageGenerationLogger, open_app: OpenApp, size: tuple[int, int]) -> None:
    log(logger, "a", "b", feedback_text="x", physics_issues=["y"])
    async with open_app(size=size) as driver:
        await driver.press("j", "enter", "escape", "slash", "x", "enter", "question_mark", "question_mark", "1")


async def test_an_empty_log_says_how_to_log_the_first_attempt(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    for size in ((140, 40), (80, 24)):
        async with open_app(size=size) as driver:
            screen = driver.screen_text()
            assert "No attempts yet." in screen
            assert "imglearn log --material Birch --category wood --score 82" in screen
            await driver.press("j", "G", "enter", "escape", "2", "3", "4", "5")


async def problem(open_app: OpenApp, text: str) -> None:
    async with open_app(size=(80, 24)) as driver:
        assert text in " ".join(driver.screen_text().split())
        await driver.press("j", "enter", "slash", "a", "escape", "1")


async def test_a_damaged_database_is_told_on_the_screen(db: Path, open_app: OpenApp) -> None:
    db.write_text("not a database" * 500)
    await problem(open_app, "can't be read as a database")


async def test_a_database_damaged_in_the_middle_is_told_on_the_screen(
    logger: ImageGenerationLogger, db: Path, open_app: OpenApp
) -> None:
    logger.log_many({"material": "a", "category": "b", "notes": "x" * 500} for _ in range(500))
    logger.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    logger.close()
    content = bytearray(db.read_bytes())
    content[4096 * 3 :] = b"\xa5" * (len(content) - 4096 * 3)
    db.write_bytes(content)
    await problem(open_app, "The log can't be read")


async def test_a_newer_database_is_told_on_the_screen(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    logger.store.execute("PRAGMA user_version = 9")
    await problem(open_app, "has schema version 9")


async def test_another_programs_database_is_told_on_the_screen(db: Path, open_app: OpenApp) -> None:
    with sqlite3.connect(db) as other:
        other.execute("CREATE TABLE generation_attempts (id)")
    await problem(open_app, "imglearn import")


async def test_a_locked_database_is_told_and_read_once_it_is_free(
    logger: ImageGenerationLogger, db: Path, open_app: OpenApp
) -> None:
    log(logger, "a")
    logger.close()
    other = sqlite3.connect(db)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("UPDATE generation_attempts SET notes = 'mine'")
    other.commit()
    async with open_app() as driver:
        assert "locked by another program" in " ".join(driver.screen_text().split())
        other.close()
        await driver.until(lambda: driver.ids() == ["a"])
        assert not driver.app.screen.has_class("-problem")


async def test_a_file_replaced_under_the_app_is_read_anew(
    logger: ImageGenerationLogger, db: Path, tmp_path: Path, open_app: OpenApp
) -> None:
    log(logger, "old")
    other = tmp_path / "other.db"
    with create_logger(other) as replacement:
        log(replacement, "new")
    async with open_app() as driver:
        logger.close()
        for suffix in ("-wal", "-shm"):
            db.with_name(db.name + suffix).unlink(missing_ok=True)
        other.rename(db)
        await driver.until(lambda: driver.ids() == ["new"])


async def test_stored_text_does_nothing_but_show(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    for place, text in enumerate(HOSTILE):
        logger.log_record(
            {
                "id": f"{place}{text}", "material": f"m{text}", "category": f"c{text}", "model": text,
                "prompt": text,
                "view_mode": text, "patterns_used": [text], "params": {text: text}, "feedback_text": f"f{text}",
                "feedback_category": text, "feedback_source": text, "physics_issues": [text, f"p{text}"],
                "red_flags": [text], "failure_category": text, "validator_error": text, "notes": text,
                "image_path": text, "realism_score": 10, "passed": False, "extra": {text: [text]},
            }
        )  # fmt: skip
        feedback.add_many(
            logger.store,
            [
                Feedback(
                    id=f"r{place}",
                    timestamp="2025-01-01",
                    text=f"r{text}",
                    attempt_id=f"{place}{text}",
                    author=text,
                )
            ],
        )
    async with open_app(size=(140, 40)) as driver:  # the details follow the highlight
        for _ in HOSTILE:
            await driver.press("j")
            assert_harmless(driver)
        for text in ("[/red]", "[@click=app.quit]x[/]", "[bold red]markup[/bold red]"):
            driver.app.screen.query_one("#filter-text", Input).value = text
            await driver.press("4", "enter")
            assert_harmless(driver)
    async with open_app(size=(80, 24)) as driver:  # each pane fills the screen
        for pane in "123456":
            await driver.press(pane, "G", "enter")
            assert_harmless(driver)


def assert_harmless(driver: Driver) -> None:
    assert driver.app.is_running
    assert not set("\x1b\x07\x9b\x90\u202e\u2066\u2028") & set(driver.screen_text())


async def test_a_flood_of_attempts_leaves_the_keys_alive(
    db: Path, logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, *(f"old-{n}" for n in range(100)))
    code = (
        "import sys, time; from imglearn import create_logger; logger = create_logger(sys.argv[1])\n"
        "while True: logger.log_attempt('a', 'b', {}, {'realism_score': 80}); time.sleep(0.02)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(db)], env=dict(os.environ)) as writer:
        try:
            async with open_app() as driver:
                await driver.until(lambda: len(driver.table().window) > 100)
                await driver.press("j")
                for _ in range(15):
                    length, place, row = len(driver.table().window), driver.table().cursor, driver.table().row.id
                    await driver.until(lambda before=length: len(driver.table().window) > before)
                    assert driver.table().row.id == row
                    assert driver.table().cursor > place  # pushed down by those that came
                    await driver.press("j")
                    assert driver.table().row.id != row
                writer.kill()
                writer.wait()
                logged = sum(1 for _ in logger.store.execute("SELECT 1 FROM generation_attempts"))
                await driver.until(lambda: f"{logged} attempts" in driver.screen_text())
        finally:
            writer.kill()


async def test_the_footer_names_the_keys_that_work(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    def named(driver: Driver) -> list[str]:
        return [key.description for key in driver.app.screen.query(FooterKey)]

    def working(driver: Driver) -> list[str]:
        shown = [one.binding for one in driver.app.screen.active_bindings.values() if one.binding.show]
        return list({binding.action: binding.description for binding in shown}.values())

    log(logger, "a")
    async with open_app() as driver:
        for key in ("tab", "m", "escape", "a", "escape", "slash", "escape"):
            driver.app.post_message(Key(key, None))
            await asyncio.sleep(0)
            driver.app.post_message(AppBlur())  # the window is left at once
            await settled(driver.pilot)
            driver.app.post_message(AppFocus())
            await driver.until(lambda: driver.app.focused is not None)
            await settled(driver.pilot)
            assert named(driver) == working(driver), key


async def test_keys_of_the_help_come_from_the_bindings(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    async with open_app() as driver:
        for opened, closed in (("question_mark", "escape"), ("f1", "question_mark")):
            await driver.press(opened)
            assert "Filter everything by words and names" in driver.screen_text()
            await driver.press(closed)
            assert len(driver.app.screen_stack) == 1


async def test_every_binding_has_an_id_and_a_tooltip(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    from imglearn.tui.copying import CopyScreen
    from imglearn.tui.detail import DetailPane
    from imglearn.tui.detail_actions import DetailActions
    from imglearn.tui.main_screen import MainScreen
    from imglearn.tui.picture_screen import PictureScreen
    from imglearn.tui.table import RecordTable

    for owner in (MainScreen, RecordTable, DetailPane, DetailActions, CopyScreen, PictureScreen):
        for binding in owner.BINDINGS:
            assert binding.id, binding
            assert binding.tooltip, binding


async def test_no_color_is_obeyed(
    logger: ImageGenerationLogger, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    log(logger, "a", passed=False)
    async with open_app() as driver:
        assert driver.app.native_ansi_color
        assert "fail" in driver.screen_text()


async def test_an_idle_app_asks_and_paints_nothing(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", feedback_text="x")
    async with open_app() as driver:
        await driver.pilot.pause(0.6)
        painted: list[object] = []
        original = driver.app._display
        driver.app._display = lambda *arguments: (painted.append(arguments), original(*arguments))[1]  # type: ignore[method-assign,func-returns-value]
        await asyncio.sleep(1.5)
        assert painted == []


async def test_keys_that_come_all_at_once_go_where_each_leads(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "one", feedback_text="1/2 softer light")
    async with open_app() as driver:
        for key, character in [("slash", "/"), *((word, word) for word in "soft"), ("slash", "/"), ("1", "1")]:
            driver.app.post_message(Key(key, character))
        search = driver.app.screen.query_one("#filter-text", Input)
        await driver.until(lambda: search.value == "soft/1")
        for key, character in [("escape", None), ("slash", "/"), ("1", "1"), ("enter", None)]:
            driver.app.post_message(Key(key, character))
        await driver.until(lambda: search.value == "1" and driver.app.focused is not search)


async def test_keys_work_once_a_missing_database_is_there(db: Path, open_app: OpenApp) -> None:
    async with open_app() as driver:
        assert "No database yet" in driver.screen_text()
        with create_logger(db) as logger:
            log(logger, *(f"a{number}" for number in range(5)))
            await driver.until(lambda: len(driver.table().rows) == 5)
            await driver.press("j", "j")
            assert driver.table().row.id == "a2"


async def test_the_details_follow_the_focus(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "one", feedback_text="ebony dust", physics_issues=["Dust"])
    log(logger, "two", category="metal")
    async with open_app() as driver:
        await driver.press("2")
        await driver.until(lambda: "wood" in driver.shown() or "metal" in driver.shown())
        assert "Verdicts" in driver.shown()
        await driver.press("3")
        assert "Dust" in driver.shown()
        await driver.press("1")
        await driver.until(lambda: "two" in driver.shown())
        assert "Attempts · following" in driver.screen_text()
        await driver.press("4")
        await driver.until(lambda: "ebony dust" in driver.shown())


async def test_the_top_line_cuts_no_figure(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    for number in range(3):
        log(logger, f"a{number}", realism_score=75.3, status="running")
    for width in (34, 56, 70, 80):
        async with open_app(size=(width, 24)) as driver:
            line = driver.screen_text().splitlines()[0].rstrip()
            assert "…" not in line
            assert ("mean 75.3" in line) == ("mean" in line)
            assert "3 attempts" in line or width < 40


def test_the_newest_come_with_the_counts_of_the_same_moment(logger: ImageGenerationLogger) -> None:
    log(logger, *(f"a{number}" for number in range(70)), timestamp="2025-01-01T00:00:00Z")
    log(logger, "later", timestamp="2025-01-02T00:00:00Z", category="stone", physics_issues=["Dust"])
    newest = queries.load_newest(logger.store, queries.Interest())
    counts = newest.counts
    assert newest.attempts.rows[0].id == "later"
    assert len(newest.attempts) == counts.overall.total_attempts == 71
    assert sum(stats.total_attempts for stats in counts.categories) == 71
    assert [found.issue for found in counts.violations] == ["Dust"]


async def test_the_top_of_another_order_leads_back_to_the_newest(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a", "b", "c", realism_score=70)
    log(logger, "best", realism_score=90, timestamp="2025-01-01T00:00:00Z")
    async with open_app() as driver:
        await driver.press("s", "s")
        await driver.until(lambda: driver.ids()[0] == "best")
        assert "by score, g to follow" in driver.screen_text()
        await driver.press("j", "g")
        assert driver.table().sorted_by is not None
        await driver.press("g")
        await driver.until(lambda: driver.ids()[-1] == "best")
        assert "Attempts · following" in driver.screen_text()


async def test_a_saved_filter_is_removed_in_the_menu(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app() as driver:
        saved = driver.app.screen.saved_filters  # type: ignore[attr-defined]
        for name in ("first", "second"):
            saved.save(name, f"category:{name}")
        await driver.press("at", "delete")
        await driver.is_told("first is forgotten; it was: category:first")
        assert list(saved.all()) == ["second"]
        await driver.press("enter")
        assert driver.app.screen.query_one("#filter-text", Input).value == "category:second"


async def test_times_that_count_from_now_go_on(
    logger: ImageGenerationLogger, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imglearn.tui.filter_bar.LATER_S", 0.2)
    now = datetime.now(UTC)
    log(logger, "old", timestamp=(now - timedelta(seconds=58)).isoformat())
    log(logger, "new", timestamp=now.isoformat())
    async with open_app() as driver:
        await driver.press("slash", *"since:1m", "enter")
        await driver.until(lambda: driver.ids() == ["new"])
        assert "1 of 2 attempts" in driver.screen_text()


def test_two_apps_keep_each_others_choices(tmp_path: Path) -> None:
    Remembered.add(tmp_path, filters=["wood"])
    Remembered.add(tmp_path, filters=["wood", "metal"], theme="imglearn-light")
    found = Remembered.add(tmp_path, filters=["wood", "stone"])
    assert found == Remembered.load(tmp_path)
    assert (found.filters, found.theme) == (["metal", "wood", "stone"], "imglearn-light")


async def test_where_the_shown_attempt_is_deleted_the_highlighted_one_is_shown(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "first")
    log(logger, "again", parent_id="first")
    async with open_app() as driver:
        await driver.press("left_square_bracket")
        await driver.until(lambda: "Attempt first" in driver.screen_text())
        logger.store.execute("DELETE FROM generation_attempts WHERE id = 'first'")
        await driver.until(lambda: "Attempt again" in driver.screen_text())


async def test_a_summary_is_left_and_come_back_to_at_its_row(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    for category, issue, times in (("metal", "Rust", 3), ("wood", "Dust", 2), ("glass", "Blur", 1)):
        for number in range(times):
            log(logger, f"{category}{number}", category=category, physics_issues=[issue])
    async with open_app() as driver:
        for key, pane, row in (("2", "categories", "wood"), ("3", "violations", "Dust")):
            await driver.press(key, "j", "enter")
            await driver.until(lambda: len(driver.ids()) == 2)
            await driver.press("escape")
            await driver.until(lambda: len(driver.ids()) == 6)
            table = driver.table(pane)
            assert driver.app.screen.focused is table
            assert row in driver.line(table, 1 + table.cursor)
        await driver.press("2", "f")
        assert "Remark · category wood" in driver.screen_text()


async def test_what_is_running_is_told_of_the_filter(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", category="metal")
    with logger.attempt("Oak", "wood"):
        async with open_app() as driver:
            await driver.until(lambda: "1 running" in driver.screen_text())
            await driver.press("slash", *"category:metal", "enter")
            await driver.until(lambda: driver.ids() == ["a"])
            assert "1 running" not in driver.screen_text()


async def test_a_pause_holds_every_pane_until_another_filter(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", category="wood", physics_issues=["Dust"])
    async with open_app() as driver:
        await driver.press("space")
        log(logger, "b", category="metal", physics_issues=["Rust"], feedback_text="Less rust.")
        await driver.until(lambda: "paused, +1 new" in driver.screen_text())
        await driver.pilot.pause(1.2)  # everything comes after what has come
        screen = driver.screen_text()
        assert "2 attempts" in screen  # which goes on counting
        assert "Attempt a" in screen
        assert "metal" not in screen
        assert "ust." not in screen
        await driver.press("slash", *"category:metal", "enter")
        await driver.until(lambda: driver.ids() == ["b"])
        assert "1 of 2 attempts" in driver.screen_text()
        assert "Rust" in driver.line(driver.table("violations"), 1)
        await driver.press("escape", "space")
        await driver.until(lambda: len(driver.table("categories").rows) == 2)


async def test_no_match_is_told_in_every_pane(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", physics_issues=["Dust"])
    async with open_app() as driver:
        await driver.press("slash", *"nowhere", "enter")
        await driver.until(lambda: not driver.ids())
        assert driver.screen_text().count("No attempt matches.") == 3


async def test_the_footer_says_all_again_where_there_is_room(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app(size=(140, 40)) as driver:
        assert "s Sort" in driver.screen_text()
        await driver.pilot.resize_terminal(60, 20)
        await driver.until(lambda: "s Sort" not in driver.screen_text())
        assert "q Quit" in driver.screen_text()
        await driver.press("t")
        await driver.until(lambda: "q Back" in driver.screen_text())
        await driver.pilot.resize_terminal(140, 40)
        await driver.press("q")
        await driver.until(lambda: "s Sort" in driver.screen_text())


async def test_what_a_hint_says_is_done_by_a_click_as_well(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", prompt="Birch, dusty")
    logger.add_feedback("Less dust.")

    async def click(words: str) -> None:
        lines = driver.screen_text().splitlines()
        y = next(y for y, line in enumerate(lines) if words in line)
        await driver.pilot.click(offset=(lines[y].index(words), y))

    async with open_app() as driver:
        await click("m models")
        await driver.until(lambda: "Within a category" in driver.screen_text())
        await click("Esc back")
        await driver.until(lambda: "Within a category" not in driver.screen_text())
        await click("y copy")
        await driver.until(lambda: "Copy · Esc closes" in driver.screen_text())
        await driver.press("escape")
        await click("6: 1 in the inbox")
        await driver.until(lambda: driver.app.screen.focused is driver.table("inbox"))
        await driver.until(lambda: "e edit  y copy" in driver.screen_text())
