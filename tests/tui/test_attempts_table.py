"""The reader's place while another list is asked for: another filter, another order, chains folded."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from driver import Driver, OpenApp, log

from imglearn.logger import ImageGenerationLogger
from imglearn.tui import feed
from imglearn.tui.detail import DetailPane
from imglearn.tui.queries import AttemptDetail


def highlighted(driver: Driver) -> str:
    row = driver.table().row
    assert row is not None
    return str(row.id)


def title(driver: Driver) -> str:
    return str(driver.table().border_title)


def fill(logger: ImageGenerationLogger) -> None:
    """60 attempts, `00` to `59`: every third one of metal, every fourth one retried by the next."""
    for number in range(60):
        parent = f"{number - 1:02}" if number % 4 == 1 else None
        category = "metal" if number % 3 == 0 else "wood"
        log(logger, f"{number:02}", category=category, parent_id=parent, duration_s=float(number), model="flux-2")


async def list_metal(driver: Driver) -> None:
    await driver.press("slash", *"category:metal", "enter")
    await driver.until(lambda: len(driver.ids()) == 20)


async def test_a_filter_leaves_the_reader_where_they_are(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        await driver.press(*["j"] * 11)
        assert highlighted(driver) == "48"
        await list_metal(driver)
        assert highlighted(driver) == "48"
        assert "g to follow" in title(driver)
        await driver.press("escape")
        await driver.until(lambda: len(driver.ids()) == 60)
        assert highlighted(driver) == "48"
        assert "Attempt 48" in driver.screen_text()


async def test_one_that_is_filtered_out_is_come_back_to(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        await driver.press(*["j"] * 12)
        assert highlighted(driver) == "47"
        await list_metal(driver)
        assert highlighted(driver) == "45"  # the next one, as old or older
        await driver.until(lambda: "Attempt 45" in driver.screen_text())
        await driver.press("escape")
        await driver.until(lambda: len(driver.ids()) == 60)
        assert highlighted(driver) == "47"
        await list_metal(driver)
        await driver.press("j", "escape")
        await driver.until(lambda: len(driver.ids()) == 60)
        assert highlighted(driver) == "42"  # gone to since


async def test_who_follows_goes_on_following(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        await driver.press("j", "g", "r")
        await driver.until(lambda: len(driver.ids()) == 45)
        assert title(driver) == "Attempts · following · outcomes only"
        assert highlighted(driver) == "59"


async def test_folding_leaves_the_reader_at_the_chain(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        await driver.press(*["j"] * 15)
        assert highlighted(driver) == "44"  # which 45 retries
        await driver.press("r")
        await driver.until(lambda: len(driver.ids()) == 45)
        assert highlighted(driver) == "43"
        await driver.press("r")
        await driver.until(lambda: len(driver.ids()) == 60)
        assert highlighted(driver) == "44"


async def test_the_column_of_the_order_is_shown(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app(size=(60, 20)) as driver:
        assert "duration" not in driver.line(driver.table(), 0)
        await driver.press("s", "d")
        await driver.until(lambda: title(driver) == "Attempts · by duration, g to follow")
        assert "duration↓" in driver.line(driver.table(), 0)
        assert "59.0 s" in driver.line(driver.table(), 1)
        log(logger, "new")
        await driver.until(lambda: "by duration, +1 new, g to follow" in driver.screen_text())


async def test_a_move_while_a_list_is_on_its_way_is_made_in_it(
    logger: ImageGenerationLogger, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(logger)
    is_free, load = threading.Event(), feed.load_snapshot

    def slow(*args: Any) -> Any:
        is_free.wait(10)
        return load(*args)

    async with open_app() as driver:
        monkeypatch.setattr(feed, "load_snapshot", slow)
        await driver.press("s", "d", "G", "k")
        await driver.until(lambda: title(driver) == "Attempts · reading")
        assert "duration↓" not in driver.line(driver.table(), 0)
        is_free.set()
        await driver.until(lambda: title(driver) == "Attempts · by duration")
        assert highlighted(driver) == "01"


async def test_the_reader_stays_at_the_far_end_too(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    records = [
        {"id": f"{number:04}", "material": "Birch", "category": "wood" if number % 2 else "metal", "realism_score": 80}
        for number in range(1_200)
    ]
    logger.log_many(records)
    async with open_app() as driver:
        await driver.press("G")
        await driver.until(lambda: highlighted(driver) == "0000")
        await driver.press("k")
        assert highlighted(driver) == "0001"
        await driver.press("slash", *"category:metal", "enter")
        await driver.until(lambda: len(driver.table().window) == 600)
        await driver.until(lambda: highlighted(driver) == "0000")
        assert "600 of 600" in driver.screen_text()
        await driver.press("escape")
        await driver.until(lambda: len(driver.table().window) == 1_200)
        assert highlighted(driver) == "0001"
        assert "1,199 of 1,200" in driver.screen_text()


def detail_id(driver: Driver) -> str | None:
    detail = driver.app.screen.query_one(DetailPane).detail
    return detail.attempt.id if isinstance(detail, AttemptDetail) else None


async def test_another_order_begins_at_its_top_and_the_details_are_of_what_is_highlighted(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    fill(logger)
    async with open_app() as driver:
        await driver.press(*["j"] * 5, "s", "d", "s", "d")
        await driver.until(lambda: title(driver) == "Attempts · by duration, g to follow" and driver.ids()[0] == "00")
        await driver.until(lambda: detail_id(driver) == "00")
        assert highlighted(driver) == "00"
        log(logger, "new")
        await driver.until(lambda: "+1 new" in title(driver))
        assert (highlighted(driver), detail_id(driver)) == ("00", "00")


async def test_where_the_chosen_one_is_deleted_the_next_is_stayed_at(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    fill(logger)
    async with open_app() as driver:
        await driver.press(*["j"] * 12)
        assert highlighted(driver) == "47"
        logger.store.execute("DELETE FROM generation_attempts WHERE id = '47'")
        await driver.until(lambda: len(driver.ids()) == 59)
        assert highlighted(driver) == "46"
        await driver.press("r")
        await driver.until(lambda: len(driver.ids()) < 59)
        assert highlighted(driver) == "46"
        await driver.until(lambda: detail_id(driver) == "46")


async def test_one_that_is_deleted_while_the_list_is_held_is_asked_for_no_more(
    logger: ImageGenerationLogger, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(logger)
    asked: list[object] = []
    load = feed.load_snapshot

    def counted(*args: Any) -> Any:
        asked.append(args)
        return load(*args)

    async with open_app() as driver:
        await driver.press("j", "j", "space")
        monkeypatch.setattr(feed, "load_snapshot", counted)
        logger.store.execute("DELETE FROM generation_attempts WHERE id = '57'")
        await driver.until(lambda: asked)
        await driver.pilot.pause(0.5)
        assert len(asked) < 5
        await driver.press("space")
        await driver.until(lambda: highlighted(driver) == "56" and detail_id(driver) == "56")


async def test_where_nothing_matches_no_details_come_back(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    fill(logger)
    async with open_app() as driver:
        await driver.press("j", "j", "slash", *"nowhere", "enter")
        await driver.until(lambda: not driver.ids() and detail_id(driver) is None)
        log(logger, "new")
        await driver.until(lambda: "0 of 61 attempts" in driver.screen_text())
        await driver.pilot.pause(1.2)  # everything comes after what has come
        assert detail_id(driver) is None
