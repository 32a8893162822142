from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.style import Style
from textual.pilot import Pilot

from imglearn.logger import ImageGenerationLogger
from imglearn.tui.app import ImglearnApp
from imglearn.tui.detail import DetailPane
from imglearn.tui.detail_text import DetailText
from imglearn.tui.table import RecordTable

WAIT_S = 15


async def until(condition: Callable[[], object], pilot: Pilot[Any]) -> None:
    """Wait for what a thread brings about."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.02)
        await pilot.pause()
    await pilot.pause()


class Driver:
    """Drives the app as a person does, and reads its screen."""

    def __init__(self, app: ImglearnApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

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
        await self.until(lambda: any(words in notice.message for notice in self.app._notifications))

    def screen_text(self) -> str:
        """Return everything on the screen, as text."""
        return "\n".join(
            "".join(segment.text for segment in line) for line in self.app.screen._compositor.render_strips()
        )


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
