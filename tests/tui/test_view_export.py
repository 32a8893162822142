"""What is shown, written to a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from driver import OpenApp, log

from imglearn.logger import ImageGenerationLogger


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


async def test_the_attempts_of_the_filter_are_written(
    logger: ImageGenerationLogger, open_app: OpenApp, folder: Path
) -> None:
    log(logger, "a", notes="dusty", material="=1+1")
    log(logger, "b")
    async with open_app() as driver:
        await driver.press("slash", *"dusty", "enter")
        await driver.until(lambda: driver.ids() == ["a"])
        await driver.press("w", "c")
        await driver.until(lambda: "1 attempt written to" in " ".join(driver.screen_text().split()))
        await driver.press("w", "s", "w", "v")  # j and k move in a menu
        await driver.until(lambda: len(list(folder.iterdir())) == 3)
    (table,) = folder.glob("*.csv")
    (row,) = csv.DictReader(table.open())
    assert (row["id"], row["material"]) == ("a", "'=1+1")
    (lines,) = folder.glob("*.jsonl")
    assert [json.loads(line)["id"] for line in lines.read_text().splitlines()] == ["a"]
    (picture,) = folder.glob("*.svg")
    content = picture.read_text()
    assert content.startswith("<svg")
    assert "dusty" in content
    assert "spreadsheet" not in content  # the menu is gone by then
    assert "written to" not in content  # and what was told before


async def test_a_table_is_written_as_it_is_listed(
    logger: ImageGenerationLogger, open_app: OpenApp, folder: Path
) -> None:
    for id, score, parent in (("a", 50, None), ("b", 90, "a"), ("c", 70, None)):
        log(logger, id, realism_score=score, parent_id=parent)
    async with open_app() as driver:
        await driver.press("w", "c")
        await driver.until(lambda: "3 attempts written to" in " ".join(driver.screen_text().split()))
        await driver.press("r", "s", "s")
        await driver.until(lambda: driver.ids() == ["b", "c"])
        await driver.press("w", "c")
        await driver.until(lambda: "2 attempts written to" in " ".join(driver.screen_text().split()))
    tables = [[row["id"] for row in csv.DictReader(table.open())] for table in folder.glob("*.csv")]
    assert sorted(tables) == [["b", "c"], ["c", "b", "a"]]


async def test_what_can_not_be_written_is_told(
    logger: ImageGenerationLogger, open_app: OpenApp, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(logger, "a")
    async with open_app() as driver:
        folder.rmdir()
        monkeypatch.setattr(Path, "cwd", lambda: folder)
        monkeypatch.setattr(Path, "home", lambda: folder)
        for key, told in (("c", "Nothing is written"), ("v", "The picture can't be written")):
            await driver.press("w", key)
            await driver.until(lambda told=told: told in driver.screen_text())  # type: ignore[misc]
