"""Make the pictures of the README: the real app on the demo's simulated log.

python assets/export.py
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from imglearn.demo import Simulation
from imglearn.logger import create_logger
from imglearn.tui.app import ImglearnApp
from imglearn.tui.themes import LIGHT

FOLDER = Path(__file__).parent
ATTEMPTS, DAYS = 900, 21

_KEYS = {" ": "space", ":": "colon", "<": "less_than_sign", ".": "full_stop"}

PICTURES = {
    "main": ((140, 40), []),
    "filter": ((140, 40), ["slash", *"dust category:wood score:<75", "enter"]),
    "narrow": ((80, 24), []),
    "details": ((100, 30), ["slash", *"retry:yes", "enter", "enter"]),
    "remark": ((100, 30), ["f", *"The dust should settle in the low points."]),
    "inbox": ((100, 30), ["f", *"The dust should settle in the low points.", "enter", "escape", "6"]),
    "trends": ((140, 40), ["t", "d", "j"]),
    "categories": ((140, 40), ["c"]),
    "models": ((140, 40), ["m"]),
    "violations": ((140, 40), ["i"]),
    "library": ((140, 40), ["b"]),
    "advice": ((140, 40), ["slash", *"has:issue passed:no", "enter", "a"]),
    "matters": ((140, 40), ["n"]),
    "alerts": ((140, 40), ["exclamation_mark"]),
    "help": ((100, 30), ["question_mark"]),
    "palette": ((100, 30), ["colon"]),
    "light": ((140, 40), []),
}


def fill(path: Path) -> None:
    """Log three weeks of attempts, the last of them just now."""
    attempts = Simulation().attempts()
    now, step = datetime.now(UTC), timedelta(days=DAYS) / ATTEMPTS
    with create_logger(path) as logger:
        logger.log_many(
            next(attempts) | {"timestamp": (now - step * (ATTEMPTS - place - 1)).isoformat()}
            for place in range(ATTEMPTS)
        )


async def export(path: Path, name: str, size: tuple[int, int], keys: list[str]) -> None:
    app = ImglearnApp(path, theme_name=LIGHT.name if name == "light" else None)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1)
        for key in keys:
            await pilot.press(_KEYS.get(key, key))
            await app.workers.wait_for_complete()
            await pilot.pause(0.2)
        await pilot.pause(1)
        app.save_screenshot(f"{name}.svg", path=str(FOLDER))
        print(FOLDER / f"{name}.svg")


def main() -> None:
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "studio.db"
        fill(path)
        for name, (size, keys) in PICTURES.items():
            asyncio.run(export(path, name, size, keys))


if __name__ == "__main__":
    main()
