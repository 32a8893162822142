from __future__ import annotations

from driver import OpenApp, log

from imglearn.logger import ImageGenerationLogger
from imglearn.tui.jump import JumpScreen


async def test_a_letter_leads_to_the_pane_that_it_stands_on(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app() as driver:
        await driver.press("apostrophe")
        screen = driver.screen_text()
        lines = [line for line in screen.splitlines() if "Attempts ·" in line or "Categories ─" in line]
        assert " a " in lines[0]
        assert " s " in lines[1]
        await driver.press("s")
        assert driver.app.screen.focused is driver.table("categories")
        await driver.press("apostrophe", "a")
        assert driver.app.screen.focused is driver.table()


async def test_any_other_key_stays(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app() as driver:
        for key in ("escape", "z", "space", "apostrophe"):
            await driver.press("apostrophe")
            assert isinstance(driver.app.screen, JumpScreen)
            await driver.press(key)
            assert not isinstance(driver.app.screen, JumpScreen)
            assert driver.app.screen.focused is driver.table()


async def test_on_a_small_screen_the_tabs_have_the_letters(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app(size=(80, 24)) as driver:
        await driver.press("apostrophe")
        names, letters = driver.screen_text().splitlines()[1:3]
        assert names.split() == ["Attempts", "Categories", "Violations", "Feedback", "Detail", "Inbox"]
        assert letters[names.index("Feedback")] == "f"
        await driver.press("f")
        assert driver.app.screen.focused is driver.table("feedback")
        await driver.press("apostrophe", "g")
        assert driver.app.screen.focused is not None
        assert driver.app.screen.focused.id == "detail"


async def test_in_a_view_its_tables_have_them(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", model="flux-2")
    async with open_app() as driver:
        await driver.press("m")
        await driver.until(lambda: driver.app.screen.view is not None)  # type: ignore[attr-defined]
        await driver.press("apostrophe", "s")
        assert driver.app.screen.focused is driver.app.screen.query_one("#models-within")


async def test_a_screen_that_changes_its_size_meanwhile_is_no_harm(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a")
    async with open_app() as driver:
        await driver.press("apostrophe")
        await driver.pilot.resize_terminal(60, 20)
        await driver.press("s")
        assert driver.app.screen.focused is driver.table("categories")
