from __future__ import annotations

import pytest
from driver import Driver, OpenApp, log
from support import HOSTILE
from textual.widgets import Input

from imglearn.logger import ImageGenerationLogger
from imglearn.tui.completion_list import CompletionList


def offered(driver: Driver) -> CompletionList:
    return driver.app.screen.query_one(CompletionList)


def box(driver: Driver) -> Input:
    return driver.app.screen.query_one("#filter-text", Input)


async def begin(driver: Driver, text: str) -> None:
    await driver.press("slash")
    await driver.until(lambda: offered(driver).values)
    await driver.press(*({" ": "space", ":": "colon", "<": "less_than_sign"}.get(sign, sign) for sign in text))


async def test_names_and_then_their_values_are_taken_by_tab(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", category="wood oak", model="flux-2")
    log(logger, "b", category="metal", params={"steps": 30})
    async with open_app() as driver:
        await begin(driver, "cat")
        assert " category: " in driver.screen_text()
        await driver.press("tab")
        assert box(driver).value == "category:"
        assert " metal " in driver.screen_text()
        await driver.press("tab", "tab")
        assert box(driver).value == 'category:"wood oak"'
        await driver.until(lambda: driver.ids() == ["a"])
        await driver.press("tab")
        assert box(driver).value == "category:metal"
        await driver.press("shift+tab", "enter")
        assert not offered(driver).display
        await driver.until(lambda: driver.ids() == ["a"])
        assert driver.app.screen.query_one("FilterBar").kept == 'category:"wood oak"'  # type: ignore[attr-defined]


async def test_parameters_of_the_log_are_offered(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "b", params={"steps": 30})
    async with open_app() as driver:
        await begin(driver, "score:<75 ste")
        await driver.press("tab")
        assert box(driver).value == "score:<75 param.steps:"
        await driver.press(*"30", "enter")
        await driver.until(lambda: driver.app.screen.query_one("FilterBar").kept == "score:<75 param.steps:30")  # type: ignore[attr-defined]


async def test_what_is_typed_on_is_not_changed(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", category="wood")
    async with open_app() as driver:
        await begin(driver, "cat")
        await driver.press("enter")
        assert box(driver).value == "cat"
        await driver.press("slash", "backspace", "escape")
        assert box(driver).value == "cat"
        assert not offered(driver).display


async def test_tab_stays_in_the_filter_where_nothing_is_offered(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a", category="wood")
    async with open_app() as driver:
        await begin(driver, "zzz")
        assert not offered(driver).display
        await driver.press("tab")
        assert box(driver).has_focus
        assert box(driver).value == "zzz"


async def test_arrows_go_through_the_offers_else_through_the_history(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a", category="wood")
    async with open_app() as driver:
        await begin(driver, "wood")
        await driver.press("enter")
        await driver.press("slash", "ctrl+u", *"passed:")
        assert offered(driver).display
        for key, text in (("down", "passed:yes"), ("down", "passed:no"), ("up", "passed:yes")):
            await driver.press(key)
            assert box(driver).value == text
        await driver.press("space", *"zzz", "up")
        assert box(driver).value == "wood"
        assert not offered(driver).display
        await driver.press("down")
        assert box(driver).value == "passed:yes zzz"


async def test_what_is_there_in_full_is_not_taken_for_something_else(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a", category="wood")
    log(logger, "b", category="wood oak")
    log(logger, "c", category="driftwood")
    async with open_app() as driver:
        await begin(driver, "passed:no")
        await driver.press("tab")
        assert box(driver).value == "passed:no"
        await driver.press("ctrl+u", *"category:wood", "tab")
        assert box(driver).value == 'category:"wood oak"'


async def test_nothing_is_told_to_be_wrong_while_it_can_be_completed(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a")
    async with open_app(size=(80, 24)) as driver:
        await begin(driver, "passed:")
        await driver.pilot.pause(0.2)
        assert " unknown " in driver.screen_text()
        assert "passed wants" not in driver.screen_text()
        await driver.press("enter")
        assert "passed wants yes, no or unknown" in driver.screen_text()


@pytest.mark.parametrize("size", [(140, 40), (60, 20), (20, 5)])
async def test_hostile_names_are_shown_harmless_and_taken_as_they_are(
    size: tuple[int, int], logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    for number, text in enumerate(HOSTILE):
        if text.strip():
            log(logger, f"h{number}", category=text[:300])
    async with open_app(size=size) as driver:
        await begin(driver, "category:")
        for _ in range(12):
            await driver.press("tab")
            assert not any(sign in driver.screen_text() for sign in ("\x1b", "\x07", "\u202e", "\x9b"))
            await driver.until(lambda: 0 < len(driver.table().window) <= len(HOSTILE))


async def test_a_word_that_is_in_a_name_only_is_told_to_be_so(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", model="imagen-4")
    async with open_app() as driver:
        await begin(driver, "imagen")
        await driver.until(lambda: "imagen is looked for in texts; perhaps model:imagen" in driver.screen_text())
        await driver.press("space", *"model:imagen ", "backspace", "escape")
        assert "perhaps" not in driver.screen_text()
