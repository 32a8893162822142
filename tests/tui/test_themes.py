"""Colours: readable in both themes, kept between runs. And the palette, which finds whatever has a key."""

from __future__ import annotations

from pathlib import Path

import pytest
from driver import Driver, OpenApp, log
from textual.color import Color

from imglearn.logger import ImageGenerationLogger
from imglearn.tui.app import ImglearnApp
from imglearn.tui.themes import THEMES


def contrast(one: Color, other: Color) -> float:
    """WCAG 2.1, relative luminance."""

    def luminance(color: Color) -> float:
        parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_every_style_can_be_read(logger: ImageGenerationLogger, open_app: OpenApp, theme: str) -> None:
    log(logger, "a")
    async with open_app() as driver:
        driver.app.theme = theme
        await driver.pilot.pause()
        table = driver.table()
        for name in ("strong", "pass", "fail", "warn", "match", "muted"):
            for behind in (None, "cursor", "cursor-blurred"):
                classes = [f"table--{behind}"] if behind else []
                style = table.get_visual_style(*classes, f"table--{name}")
                needed = 3.0 if name == "muted" or behind else 4.5
                background, foreground = style.background, style.foreground
                assert background is not None
                assert foreground is not None
                seen = background.blend(foreground, foreground.a, alpha=1)
                assert contrast(background, seen) >= needed, (name, behind, background, foreground)


async def test_the_theme_is_kept(logger: ImageGenerationLogger, db: Path, tmp_path: Path) -> None:
    log(logger, "a")
    app = ImglearnApp(db, state_folder=tmp_path / "state", theme_name="imglearn-light")
    async with app.run_test():
        assert app.theme == "imglearn-light"
        assert ImglearnApp(db, state_folder=tmp_path / "state").theme == "imglearn-light"
        app.theme = "nord"
    again = ImglearnApp(db, state_folder=tmp_path / "state")
    async with again.run_test():
        assert again.theme == "nord"
    usual = ImglearnApp(db, state_folder=tmp_path / "state", usual_theme="dracula")
    async with usual.run_test() as pilot:
        assert usual.theme == "dracula"
        usual.theme = "gruvbox"
        await pilot.pause()
        assert any("the settings say dracula" in notice.message for notice in usual._notifications)
    assert ImglearnApp(db, state_folder=tmp_path / "state", usual_theme="dracula").theme == "dracula"
    (tmp_path / "state" / "app.json").write_text("{rubbish")
    assert ImglearnApp(db, state_folder=tmp_path / "state").theme == "imglearn"


async def test_an_unknown_theme_is_told(logger: ImageGenerationLogger, db: Path) -> None:
    log(logger, "a")
    app = ImglearnApp(db, theme_name="nope")
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: "There is no theme 'nope'; there are:" in " ".join(driver.screen_text().split()))
        assert app.theme == "imglearn"


async def test_the_palette_finds_what_has_a_key(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    log(logger, "b", parent_id="a")
    async with open_app() as driver:
        titles = [command.title for command in driver.app.get_system_commands(driver.app.screen)]
        assert len(titles) == len(set(titles))
        assert {"Filter everything by words and names", "Pause · Hold the list still, or let it go on", "Theme"} <= set(
            titles
        )
        await driver.press("colon")
        await driver.press(*"fold retries")
        await driver.until(lambda: "Fold retries to their outcome" in driver.screen_text())
        await driver.press("down", "enter")
        await driver.until(lambda: driver.ids() == ["b"])
