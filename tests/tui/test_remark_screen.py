"""Remarks, written and minded where one looks."""

from __future__ import annotations

import re

from driver import Driver, OpenApp, log
from textual.events import Key
from textual.widgets import Input

from imglearn.logger import ImageGenerationLogger
from imglearn.tui.remark_screen import RemarkScreen


def said(driver: Driver) -> str:
    return driver.screen_text()


async def type_text(driver: Driver, text: str) -> None:
    driver.app.screen.query_one("#remark-text", Input).value = text
    await driver.press("end")


async def test_several_remarks_are_written_in_a_row(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "first")
    log(logger, "second", material="Oak")
    async with open_app() as driver:
        await driver.press("j", "f")
        assert re.search("Remark · Birch · wood · 80/100 · [-0-9: ]+ · first ", said(driver))
        await type_text(driver, "Less dust.")
        await driver.press("enter")
        await driver.until(lambda: "Kept (1): Less dust." in said(driver))
        await type_text(driver, "Softer light.")
        await driver.press("tab", *"scale", "enter")
        await driver.until(lambda: "Kept (2, scale): Softer light." in said(driver))
        await driver.press("enter")
        assert "There is nothing to keep yet." in said(driver)
        await driver.press("x", "backspace")
        assert "There is nothing to keep yet." not in said(driver)
        await driver.press("escape", "6")
        await driver.until(lambda: "Inbox · 2 wait" in said(driver))
    first, second = logger.pending_feedback()
    assert (first["text"], first["attempt_id"], first["source"]) == ("Less dust.", "first", "user")
    assert (second["text"], second["feedback_category"]) == ("Softer light.", "scale")


async def test_a_kind_is_offered_by_what_similar_texts_are(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    logger.add_feedback("Dust must settle in the crevices", category="gravity")
    async with open_app() as driver:
        await driver.press("f")
        await type_text(driver, "dust in the crevices again")
        await driver.until(lambda: "gravity?  (Tab; by 1 similar text)" in said(driver))
        await driver.press("enter")  # which takes nothing that was not given
        await driver.until(lambda: "Kept (1): dust" in said(driver))
        await type_text(driver, "dust in the crevices still")
        await driver.until(lambda: "gravity?" in said(driver))
        await driver.press("tab", "enter")
        await driver.until(lambda: "Kept (2, gravity)" in said(driver))
        await type_text(driver, "dust in the crevices, and light")
        await driver.until(lambda: "gravity?" in said(driver))
        await driver.press("tab", *"light", "enter")
        await driver.until(lambda: "Kept (3, light)" in said(driver))
    kinds = [found["feedback_category"] for found in logger.pending_feedback()]
    assert kinds == ["gravity", None, "gravity", "light"]


async def test_a_draft_is_taken_up_again_where_it_was_left(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", "b", material="Oak")
    async with open_app() as driver:
        await driver.press("f", *"less dust", "tab", *"my kind", "escape")
        await driver.is_told("Not kept yet; f at the same place goes on with it: less dust")
        await driver.press("j", "f")
        assert driver.app.screen.query_one("#remark-text", Input).value == ""
        await driver.press("escape", "k", "f", *", please")
        assert driver.app.screen.query_one("#remark-text", Input).value == "less dust, please"
        await driver.press("enter")
        await driver.until(lambda: "Kept (1, my kind)" in said(driver))
        await driver.press("escape", "f")
        assert driver.app.screen.query_one("#remark-text", Input).value == ""
    assert [found["text"] for found in logger.get_feedback()] == ["less dust, please"]


async def test_a_remark_from_the_details_is_about_what_they_show(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "first")
    log(logger, "again", parent_id="first")
    async with open_app() as driver:
        await driver.press("5", "h")
        await driver.until(lambda: "1 of 2" in driver.screen_text())
        await driver.press("f")
        assert re.search("Remark · Birch · wood · 80/100 · [-0-9: ]+ · first ", said(driver))


async def test_remarks_that_a_loop_is_not_handed_are_told_apart(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    logger.add_feedback("by a program", source="automated")
    async with open_app() as driver:
        await driver.press("6")
        await driver.until(lambda: "1 other: feedback next --source any" in said(driver))
        logger.add_feedback("by a person")
        await driver.until(lambda: [row.text for row in driver.table("inbox").rows] == ["by a person", "by a program"])
        assert "Inbox · 1 waits" in said(driver)


async def test_an_edit_takes_the_place_of_what_was_said(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    before = logger.add_feedback("Less dsut.", "a", "physics")
    async with open_app() as driver:
        await driver.press("e")
        await driver.until(lambda: "A remark can be edited" in said(driver))
        await driver.press("6", "e")
        box = driver.app.screen.query_one("#remark-text", Input)
        assert box.value == "Less dsut."
        await type_text(driver, "Less dust.")
        await driver.press("enter")
        await driver.until(lambda: not isinstance(driver.app.screen, RemarkScreen))
        await driver.until(lambda: [row.text for row in driver.table("inbox").rows] == ["Less dust."])
    (found,) = logger.get_feedback()
    assert (found["supersedes"], found["attempt_id"], found["feedback_category"]) == (before, "a", "physics")


async def test_after_an_edit_the_highlight_is_on_what_was_edited(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    for text in ("one", "two", "three"):
        logger.add_feedback(text)
    async with open_app() as driver:
        inbox = driver.table("inbox")
        await driver.press("6", "j", "e")
        await type_text(driver, "zwei")
        await driver.press("enter")
        await driver.until(lambda: inbox.row is not None and inbox.row.text == "zwei")
        assert [row.text for row in inbox.rows] == ["one", "three", "zwei"]
        await driver.press("x")
        await driver.until(lambda: [row.text for row in inbox.rows] == ["one", "three"])


async def test_the_filter_holds_for_the_inbox_too(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a", category="metal", realism_score=50)
    log(logger, "b", category="wood", realism_score=90)
    logger.add_feedback("Less rust.", "a")
    logger.add_feedback("Softer light.", "b")
    logger.add_feedback("Dust everywhere.")
    async with open_app() as driver:
        inbox = driver.table("inbox")
        for text, left in (
            ("category:metal", ["Less rust."]),
            ("score:>80", ["Softer light."]),
            ("passed:no", ["Less rust."]),
            ("dust", ["Dust everywhere."]),
            ("-dust", ["Less rust.", "Softer light."]),
            ("", ["Less rust.", "Softer light.", "Dust everywhere."]),
        ):
            await driver.press("6", "slash", "ctrl+u", *text, "enter")
            await driver.until(lambda left=left: [row.text for row in inbox.rows] == left)  # type: ignore[misc]
            assert (f"Inbox · {len(left)} of 3" if text else "Inbox · 3 wait") in said(driver)


async def test_what_needs_no_attempt_leaves_the_inbox(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    for text in ("one", "two"):
        logger.add_feedback(text)
    async with open_app() as driver:
        await driver.press("6", "x")
        await driver.until(lambda: [row.text for row in driver.table("inbox").rows] == ["two"])
    assert [found["text"] for found in logger.pending_feedback()] == ["two"]


async def test_a_remark_that_is_applied_leaves_the_inbox_by_itself(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    id = logger.add_feedback("Less dust.", material="Oak")
    async with open_app(size=(80, 24)) as driver:
        await driver.press("6")
        assert "Inbox · 1 waits" in said(driver)
        log(logger, "a", material="Oak", feedback_id=id)
        await driver.until(lambda: not driver.table("inbox").rows)
        assert "Nothing waits." in said(driver)


async def test_a_remark_about_a_category_and_about_everything(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app() as driver:
        await driver.press("2", "f")
        assert "Remark · category wood" in said(driver)
        await type_text(driver, "Warmer.")
        await driver.press("enter")
        await driver.until(lambda: "Kept (1)" in said(driver))
        await driver.press("escape", "3", "f")
        assert "Remark · everything" in said(driver)
    (found,) = logger.pending_feedback()
    assert (found["category"], found["material"], found["attempt_id"]) == ("wood", None, None)


async def test_what_can_not_be_kept_is_told_and_given_back(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "gone")
    async with open_app() as driver:
        await driver.press("f")
        logger.store.execute("DELETE FROM generation_attempts")
        await type_text(driver, "Less dust.")
        await driver.press("enter")
        await driver.until(lambda: "Not kept" in said(driver))
        assert driver.app.screen.query_one("#remark-text", Input).value == "Less dust."


async def test_of_keys_that_come_all_at_once_none_is_lost(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app() as driver:
        await driver.press("f")
        for text in ("first", "second"):
            for letter in text:
                driver.app.post_message(Key(letter, letter))
            driver.app.post_message(Key("enter", None))
        await driver.until(lambda: "Kept (2): second" in driver.screen_text())
        assert [remark["text"] for remark in logger.get_feedback()] == ["second", "first"]


async def test_a_kind_that_is_begun_is_kept_as_the_line_shows_it(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    log(logger, "a")
    async with open_app() as driver:
        await driver.press("f", *"dust", "tab", *"phys", "enter")
        await driver.until(lambda: "Kept (1, physics)" in driver.screen_text())
        await driver.press(*"rust", "tab", *"my own", "enter")
        await driver.until(lambda: "Kept (2, my own)" in driver.screen_text())
        assert [remark["feedback_category"] for remark in logger.get_feedback()] == ["my own", "physics"]


async def test_what_is_done_is_told_with_the_way_back(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    id = logger.add_feedback("less dust", "a")
    async with open_app() as driver:
        await driver.press("6", "x")
        await driver.is_told("X in the inbox brings it back.")
        await driver.until(lambda: not driver.table("inbox").rows)
        await driver.press("X")
        await driver.until(lambda: [row.id for row in driver.table("inbox").rows] == [id])
        await driver.press("X")
        await driver.is_told("Nothing was done here that could be brought back.")
