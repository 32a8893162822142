from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver import Driver, OpenApp, log
from support import HOSTILE
from textual.widgets import Input

from imglearn.logger import ImageGenerationLogger
from imglearn.tui.remark_screen import RemarkScreen
from imglearn.tui.table import RecordTable

DAYS = [f"2025-11-{day:02d}T10:00:00Z" for day in range(1, 6)]
VIEWS = {
    "a": "advice",
    "t": "trends",
    "c": "categories",
    "m": "models",
    "i": "violations",
    "n": "matters",
    "b": "library",
}


def fill(logger: ImageGenerationLogger) -> None:
    """Log five days of two categories and models; wood gets better, metal does not."""
    for number, day in enumerate(DAYS):
        for category, model, score in (("wood", "flux-2", 60 + 10 * number), ("metal", "imagen-4", 50)):
            log(
                logger,
                f"{category}-{number}",
                category=category,
                model=model,
                realism_score=min(score, 100),
                timestamp=day,
                physics_issues=["Dust floats"] if score < 75 else [],
                feedback_applied=number % 2 == 1,
                feedback_text=f"Less dust, please, number {number * 7} of {category}" if number % 2 else None,
                feedback_category="physics" if number % 2 else None,
            )


async def open_view(driver: Driver, key: str) -> None:
    await driver.press(key)
    await driver.until(lambda: driver.app.screen.view is not None)  # type: ignore[attr-defined]
    await driver.until(lambda: "Reading the log" not in driver.screen_text())
    await driver.until(lambda: "Working it out" not in driver.screen_text())


def view_table(driver: Driver, selector: str = "View RecordTable") -> RecordTable[Any]:
    return driver.app.screen.query(selector).first(RecordTable)


def words(driver: Driver, table: RecordTable[Any], row: int) -> list[str]:
    return driver.line(table, 1 + row).split()


async def test_each_view_opens_by_its_key_and_closes_by_it_by_esc_or_by_q(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    fill(logger)
    async with open_app() as driver:
        for key, name in VIEWS.items():
            await open_view(driver, key)
            assert driver.app.screen.view.id == f"view-{name}"  # type: ignore[attr-defined]
            assert not driver.table().region or "Attempts ·" not in driver.screen_text()
            assert "q Back" in driver.screen_text()
            await driver.press({"b": "escape", "i": "q"}.get(key, key))
            assert "Attempts ·" in driver.screen_text()
            assert driver.app.screen.focused is driver.table()
            assert "q Quit" in driver.screen_text()
        await open_view(driver, "t")
        await open_view(driver, "m")
        assert "Within a category" in driver.screen_text()
        assert [view.id for view in driver.app.screen.query("View") if view.display] == ["view-models"]
        await driver.press("2")
        assert driver.app.screen.focused is driver.table("categories")


async def test_the_categories_tell_rate_interval_days_and_issues(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    fill(logger)
    async with open_app() as driver:
        await open_view(driver, "c")
        table = view_table(driver)
        assert words(driver, table, 0)[:4] == ["metal", "5", "0.0", "%"]
        assert words(driver, table, 1)[:5] == ["wood", "5", "60.0", "%", "23-88"]
        assert "·········▁▁███" in driver.line(table, 2)
        await driver.until(lambda: "5 × Dust floats" in driver.screen_text())
        await driver.press("j")
        await driver.until(lambda: "2 × Dust floats" in driver.screen_text())
        await driver.press("enter")
        await driver.until(lambda: driver.table().window and len(driver.table().window) == 5)
        assert driver.app.screen.query_one("#filter-text", Input).value == "category:=wood"
        assert {row.category for row in driver.table().rows} == {"wood"}


async def test_a_view_obeys_the_filter_and_is_live(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        await open_view(driver, "m")
        table = view_table(driver)
        assert [row.model for row in table.rows] == ["flux-2", "imagen-4"]
        await driver.press("slash", *"wood")
        await driver.until(lambda: [row.model for row in table.rows] == ["flux-2"])
        await driver.press("enter")
        assert driver.app.screen.focused is table
        log(logger, "new", category="wood", model="sdxl")
        await driver.until(lambda: [row.model for row in table.rows] == ["flux-2", "sdxl"])


async def test_the_models_are_told_in_all_and_within_each_category(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    fill(logger)
    log(logger, "other", category="metal", model="flux-2", realism_score=90)
    log(logger, "nameless", category="metal")
    async with open_app() as driver:
        await open_view(driver, "m")
        within = driver.app.screen.query_one("#models-within", RecordTable)
        lines = [words(driver, within, row)[:3] for row in range(4)]
        assert lines == [
            ["metal", "imagen-4", "5"],
            ["not", "given", "1"],
            ["flux-2", "1", "1"],
            ["wood", "flux-2", "5"],
        ]
        assert "compare within a category" in driver.screen_text()
        await driver.until(
            lambda: "flux-2" in "".join(words(driver, driver.app.screen.query_one("#pairs", RecordTable), 0))
        )
        await driver.press("tab", "tab")
        assert driver.app.screen.focused is within
        await driver.press("j", "enter")
        await driver.until(lambda: driver.ids() == ["nameless"])
        await driver.press("escape")
        await driver.until(lambda: len(within.rows) == 4)
        assert driver.app.screen.focused is within
        await driver.press("j", "enter")
        await driver.until(lambda: driver.ids() == ["other"])


async def test_an_issue_is_told_where_it_comes_up(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    long = "The rust has no edges, " * 12
    log(logger, "rusty", category="metal", model="flux-2", physics_issues=[long, long])
    log(logger, "prompted", category="metal", prompt="Dust floats")
    async with open_app() as driver:
        await open_view(driver, "i")
        by_category = driver.app.screen.query_one("#issue-category", RecordTable)
        await driver.until(lambda: len(by_category.rows) == 2)
        assert words(driver, by_category, 0)[:6] == ["metal", "5", "of", "7", "71.4", "%"]
        assert words(driver, by_category, 1)[:6] == ["wood", "2", "of", "5", "40.0", "%"]
        await driver.press("j")
        await driver.until(lambda: len(by_category.rows) == 1)
        assert words(driver, by_category, 0)[:4] == ["metal", "1", "of", "7"]
        assert driver.screen_text().count("The rust has no edges,") > 4  # in full
        await driver.press("k")
        await driver.until(lambda: len(by_category.rows) == 2)
        await driver.press("tab", "tab", "j", "enter")
        await driver.until(lambda: driver.ids() == ["wood-1", "wood-0"])
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen.focused is not driver.table())
        await driver.press("tab", "tab", "enter")
        await driver.until(lambda: len(driver.ids()) == 7)  # and none that only has the words


async def test_the_library_tells_kinds_examples_and_what_can_be_concluded(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    fill(logger)
    log(logger, "said", feedback_applied=False, feedback_text="Not done.", feedback_category="physics")
    async with open_app() as driver:
        await open_view(driver, "b")
        kinds = driver.app.screen.query_one("#kinds", RecordTable)
        assert words(driver, kinds, 0)[:4] == ["physics", "4", "25.0", "%"]
        text = " ".join(driver.screen_text().split())
        assert "With feedback: 4 attempts" in text
        assert "Careful: not enough data (n=4, needs 10)" in text
        assert "number 21 of wood" in text
        await driver.press("enter")
        await driver.until(lambda: len(driver.ids()) == 4)  # not the one that it was not applied to
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen.focused is kinds)
        await driver.press("shift+tab", "enter")
        await driver.until(lambda: "Attempt wood-3" in driver.screen_text())
        assert driver.app.screen.view is None  # type: ignore[attr-defined]


async def test_the_trends_are_divided_and_told_in_other_units(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        await open_view(driver, "t")
        lines = view_table(driver)
        assert words(driver, lines, 0)[:3] == ["all", "attempts", "10"]
        screen = driver.screen_text()
        assert "Pass rate by day (UTC)" in screen
        assert "Mean score by day (UTC)" in screen
        assert "11-01" in screen
        assert screen.count("●") >= 10
        await driver.press("d")
        await driver.until(lambda: len(lines.rows) == 2)
        await driver.press("j")
        await driver.until(lambda: "Pass rate by day (UTC) · wood" in driver.screen_text())
        await driver.press("u")
        await driver.until(lambda: "Pass rate by week (UTC) · wood" in driver.screen_text())
        assert "2025-10-27" in driver.screen_text()
        await driver.press("u")
        await driver.until(lambda: "by month" in driver.screen_text())
        await driver.press("u")
        await driver.until(lambda: "by hour" in driver.screen_text())
        assert "11-01 10:00" in driver.screen_text()
        await driver.press("d")
        await driver.until(lambda: [row.title for row in lines.rows] == ["flux-2", "imagen-4"])
        await driver.press("G", "enter")
        await driver.until(lambda: {row.model for row in driver.table().rows} == {"imagen-4"})


async def test_a_small_screen_shows_one_plot_and_the_other_by_a_key(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    fill(logger)
    async with open_app(size=(80, 24)) as driver:
        await open_view(driver, "t")
        assert "Pass rate by day" in driver.screen_text()
        assert "Mean score by day" not in driver.screen_text()
        await driver.press("s")
        assert "Pass rate by day" not in driver.screen_text()
        assert "Mean score by day" in driver.screen_text()
        await driver.pilot.resize_terminal(140, 40)
        await driver.until(lambda: "Pass rate by day" in driver.screen_text())
        assert "Mean score by day" in driver.screen_text()


async def test_a_remark_in_a_view_is_about_the_row(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        await open_view(driver, "c")
        await driver.press("j", "f")
        assert isinstance(driver.app.screen, RemarkScreen)
        assert "category wood" in driver.screen_text()
        await driver.press("escape")
        await open_view(driver, "b")
        await driver.press("shift+tab", "f")
        assert "wood-3"[:8] in driver.screen_text()


async def test_esc_leads_back_by_every_row_that_was_opened(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        bar = driver.app.screen.query_one("#filter-text", Input)
        await open_view(driver, "t")
        await driver.press("d")
        lines = driver.app.screen.query_one("#lines", RecordTable)
        await driver.until(lambda: len(lines.rows) == 2)
        await driver.press("j", "enter")
        await driver.until(lambda: len(driver.ids()) == 5)
        narrowed = bar.value
        await driver.press("j", "enter")
        assert driver.app.screen.focused is driver.app.screen.query_one("#detail")
        await driver.press("escape")
        assert driver.app.screen.focused is driver.table()
        assert bar.value == narrowed
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen.focused is lines)
        assert bar.value == ""
        assert lines.cursor == 1  # as it was left, also what it is divided by
        await driver.press("escape")
        assert driver.app.screen.focused is driver.table()
        await driver.press("escape")
        assert driver.app.screen.view is None  # type: ignore[attr-defined]


async def test_esc_leads_back_only_along_the_way(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        bar = driver.app.screen.query_one("#filter-text", Input)
        await open_view(driver, "c")
        await driver.press("enter")
        await driver.until(lambda: len(driver.ids()) == 5)
        await driver.press("slash", *" score<80", "enter")
        await driver.press("escape")
        assert driver.app.screen.view is None  # type: ignore[attr-defined]
        assert bar.value == ""
        await driver.press("4", "enter")
        await driver.until(lambda: driver.app.screen.focused is driver.app.screen.query_one("#detail"))
        await driver.press("escape")
        assert driver.app.screen.focused is driver.table("feedback")
        await driver.press("escape")
        assert driver.app.screen.focused is driver.table()


async def test_keys_of_the_hidden_panes_do_nothing_in_a_view(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        await open_view(driver, "c")
        for key in ("v", "o", "p", "y", "z", "left_square_bracket", "x", "e", "space", "r"):
            await driver.press(key)
            assert driver.app.screen.view is not None, key  # type: ignore[attr-defined]
        assert not driver.app._notifications
        assert not driver.table("attempts").paused  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", VIEWS)
async def test_a_view_of_nothing_says_so(key: str, logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    empty = {
        "t": "No verdict yet.",
        "c": "No attempt matches.",
        "m": "No attempt matches.",
        "i": "No physics issues",
        "b": "No feedback of any kind",
        "a": "No attempt yet.",
        "n": "No attempt that counts",
    }
    async with open_app() as driver:
        await open_view(driver, key)
        await driver.until(lambda: empty[key] in driver.screen_text())
        await driver.press("enter", "j", "G", "f", "escape")
        applied = {"feedback_applied": True, "feedback_category": "scale"}
        log(logger, "first", physics_issues=["Dust"], realism_score=80, guidance_scale=7.0, **applied)
        await driver.until(lambda: any(table.rows for table in driver.app.screen.query("View RecordTable")))  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [(140, 40), (60, 20), (20, 5), (1, 1)])
async def test_hostile_text_is_harmless_in_every_view(
    size: tuple[int, int], logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    for number, hostile in enumerate(HOSTILE):
        text = hostile if hostile.strip() else f"blank {hostile}"
        names = {"category": text, "material": text, "model": text, "feedback_category": text, "feedback_text": text}
        day = DAYS[number % 5]
        log(logger, f"h{number}", **names, physics_issues=[text], feedback_applied=True, timestamp=day)
    async with open_app(size=size) as driver:
        for key in VIEWS:
            await driver.press(key)
            await driver.until(lambda: driver.app.screen.view is not None)  # type: ignore[attr-defined]
            await driver.pilot.pause(0.3)
            await driver.press("j", "tab", "j", "G", *("d" if key == "t" else ""))
            assert not any(sign in driver.screen_text() for sign in ("\x1b", "\x07", "\u202e", "\x9b"))


async def test_a_view_waits_for_a_database_that_goes_away(
    logger: ImageGenerationLogger, db: Path, open_app: OpenApp
) -> None:
    fill(logger)
    logger.close()
    async with open_app() as driver:
        await open_view(driver, "c")
        moved = db.rename(db.with_suffix(".moved"))
        await driver.until(lambda: driver.app.screen.has_class("-problem"))
        assert "No database yet" in driver.screen_text()
        moved.rename(db)
        await driver.until(lambda: not driver.app.screen.has_class("-problem"))
        await driver.until(lambda: "Categories · 2" in driver.screen_text())
        assert driver.app.screen.focused is view_table(driver)
        await driver.press("j", "enter")
        await driver.until(lambda: len(driver.ids()) == 5)


async def test_every_view_is_in_the_palette(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        names: Callable[[], list[str]] = lambda: [  # noqa: E731
            command.title for command in driver.app.get_system_commands(driver.app.screen)
        ]
        for said in (
            "Trends: pass rate",
            "Every category",
            "The models side by side",
            "The physics issues",
            "The kinds",
        ):
            assert any(said in name for name in names()), said
        assert not any("By minute, hour" in name for name in names())
        await open_view(driver, "t")
        assert any("By minute, hour" in name for name in names())


async def test_on_a_small_screen_violations_are_divided_one_way_after_the_other(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a", model="flux-2", physics_issues=["Dust"])
    async with open_app(size=(80, 24)) as driver:
        await open_view(driver, "i")
        assert "Named by category" in driver.screen_text()
        assert "Named by model" not in driver.screen_text()
        await driver.press("tab", "tab", "d")
        assert "Named by model" in driver.screen_text()
        assert driver.app.screen.focused is driver.app.screen.query_one("#issue-model")
        await driver.press("enter")
        await driver.until(lambda: "model:=flux-2 issue:=Dust" in driver.screen_text())
    async with open_app(size=(140, 40)) as driver:
        await open_view(driver, "i")
        assert "d Divide" not in driver.screen_text()


async def test_an_hour_is_told_by_minute(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    for minute in (1, 1, 2, 30):
        log(logger, f"{minute}{len(logger.get_recent_attempts())}", timestamp=f"2025-11-25T10:{minute:02}:20Z")
    async with open_app() as driver:
        await open_view(driver, "t")
        assert "Pass rate by minute (UTC)" in driver.screen_text()
        assert " 10:01 " in driver.screen_text()
        assert "s Score" not in driver.screen_text()  # both plots are there
        await driver.press("u")
        await driver.until(lambda: "Pass rate by hour (UTC)" in driver.screen_text())
    assert [point["bucket"] for point in logger.get_trend("minute")] == [
        "2025-11-25T10:01", "2025-11-25T10:02", "2025-11-25T10:30",
    ]  # fmt: skip


async def test_applied_feedback_without_a_kind_is_a_row(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", feedback_applied=True, feedback_text="Less dust.")
    log(logger, "b", feedback_applied=True, feedback_category="physics")
    log(logger, "c", feedback_applied=False, feedback_text="Not applied.")
    async with open_app() as driver:
        await open_view(driver, "b")
        assert sorted(row.pattern.category or "" for row in view_table(driver, "#kinds").rows) == ["", "physics"]
        assert "not given" in driver.screen_text()
        rows = view_table(driver, "#kinds").rows
        await driver.press(*["j"] * [row.pattern.category for row in rows].index(None), "enter")
        await driver.until(lambda: driver.ids() == ["a"])


async def test_the_unit_of_time_can_be_asked_for_where_nothing_matches(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a")
    async with open_app() as driver:
        await open_view(driver, "t")
        await driver.press("u", "slash", *"nowhere", "enter")
        await driver.until(lambda: not view_table(driver, "#lines").rows)
        await driver.press("u", "d")
        assert driver.app.is_running
        await driver.press("escape", "escape")


async def test_days_that_are_far_from_each_other_are_not_told_by_minute(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    for year in (2023, 2025):
        log(logger, str(year), timestamp=f"{year}-06-01T10:05:00Z")
    async with open_app() as driver:
        await open_view(driver, "t")
        assert "Pass rate by month" in driver.screen_text()
