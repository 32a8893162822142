from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console
from rich.style import Style
from textual.pilot import Pilot
from textual.widgets import Footer

from imglearn.logger import ImageGenerationLogger
from imglearn.tui.app import ImglearnApp
from imglearn.tui.detail import DetailPane
from imglearn.tui.detail_text import DetailText
from imglearn.tui.feed import Need
from imglearn.tui.main_screen import MainScreen
from imglearn.tui.table import RecordTable
from imglearn.tui.views.learned import LearnedView

WAIT_S = 60  # where something is wrong; else nothing waits so long on any machine
SETTLED_LOOKS = 4


async def until(condition: Callable[[], object], pilot: Pilot[Any]) -> None:
    """Wait for what a thread brings about."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.02)
        await pilot.pause()
    await pilot.pause()


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until all that was asked is answered and painted.

    The screen has to look the same a few times running, however slow the machine: a fixed pause ends now and then
    before what was answered is laid out, or while the footer is composed anew.
    """
    app = cast(ImglearnApp, pilot.app)
    before, same = "", 0
    deadline = time.monotonic() + WAIT_S
    while same < SETTLED_LOOKS:
        assert time.monotonic() < deadline, "the screen never came to rest"
        await app.workers.wait_for_complete()
        await pilot.pause(0.03)
        now = _text_of(app)
        same = same + 1 if now == before and _is_at_rest(app) else 0
        before = now


def _is_at_rest(app: ImglearnApp) -> bool:
    """Whether nothing is being read or learned."""
    main, footers = app.screen_stack[0], app.screen.query(Footer)
    if isinstance(main, MainScreen):
        feed, view = main._feed, main.view
        if feed._need is not Need.NOTHING or feed._interrupt is not None or feed._stale:
            return False
        if isinstance(view, LearnedView) and view._is_learning:
            return False
    return all(footer.children for footer in footers)


def _text_of(app: ImglearnApp) -> str:
    return "\n".join("".join(segment.text for segment in line) for line in app.screen._compositor.render_strips())


class Driver:
    """Drives the app as a person does, and reads its screen."""

    def __init__(self, app: ImglearnApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot
        self.told = [notice.message for notice in app._notifications]  # every notice, also those that are gone
        notify = app.notify

        def noted(message: str, **how: Any) -> None:
            self.told.append(message)
            notify(message, **how)

        app.notify = noted  # type: ignore[method-assign, assignment]

    async def until(self, condition: Callable[[], object]) -> None:
        await until(condition, self.pilot)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()

    def table(self, id: str = "attempts") -> RecordTable[Any]:
        return self.app.screen.query_one(f"#{id}", RecordTable)

    def ids(self) -> list[str]:
        return [row.id for row in self.table().rows]

    def line(self, widget: RecordTable[Any], y: int) -> str:
        return widget.render_line(y).text

    def highlighted_line(self) -> int:
        """Return on which line of the screen the highlight of the attempts is."""
        table = self.table()
        return table.cursor - table.scroll_offset.y

    def shown(self) -> str:
        """Return the text of the detail view."""
        console = Console(width=60, color_system=None, legacy_windows=False)
        text, detail = DetailText(lambda _: Style.null()), self.app.screen.query_one(DetailPane).detail
        with console.capture() as capture:
            console.print(text.head(detail), text.body(detail))
        return capture.get()

    async def is_told(self, words: str) -> None:
        """Wait for a notice with these words."""
        await self.until(lambda: any(words in message for message in self.told))

    def screen_text(self) -> str:
        """Return everything on the screen, as text."""
        return _text_of(self.app)


OpenApp = Callable[..., AbstractAsyncContextManager[Driver]]


@pytest.fixture
def open_app(db: Path) -> OpenApp:
    @asynccontextmanager
    async def opened(size: tuple[int, int] = (140, 40), path: Path = db) -> AsyncIterator[Driver]:
        app = ImglearnApp(path, state_folder=path.parent / "state")
        async with app.run_test(size=size, notifications=True) as pilot:
            driver = Driver(app, pilot)
            await driver.until(
                lambda: "Reading the log" not in driver.table().empty or app.screen.has_class("-problem")
            )
            await app.workers.wait_for_complete()
            await pilot.pause()
            yield driver

    return opened


def log(logger: ImageGenerationLogger, *ids: str, **fields: object) -> None:
    for id in ids:
        logger.log_record({"material": "Birch", "category": "wood", "realism_score": 80, **fields, "id": id})
