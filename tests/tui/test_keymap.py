from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from driver import Driver, OpenApp, log, until
from hypothesis import given
from hypothesis import strategies as st
from textual.binding import Binding
from textual.widgets import Static

from imglearn.errors import SettingsError
from imglearn.logger import ImageGenerationLogger
from imglearn.tui.app import ImglearnApp
from imglearn.tui.key_groups import key_groups, listening_together
from imglearn.tui.key_names import key_name, key_sign
from imglearn.tui.keymap import Keymap
from imglearn.tui.menu_screen import MenuScreen
from imglearn.tui.table import RecordTable


@pytest.mark.parametrize(
    ("written", "name", "sign"),
    [
        ("/", "slash", "/"),
        ("?", "question_mark", "?"),
        ("esc", "escape", "Esc"),
        ("Page Up", "pageup", "Page Up"),
        ("Ctrl+F", "ctrl+f", "Ctrl+F"),
        ("shift+s", "S", "S"),
        ("s", "s", "s"),
        ("+", "plus", "+"),
        ("ctrl++", "ctrl+plus", "Ctrl++"),
        (",", "comma", ","),
        (" ", "space", "Space"),
        ("F1", "f1", "F1"),
        ("less_than_sign", "less_than_sign", "<"),
        ("ß", "ß", "ß"),
        ("shift+Tab", "shift+tab", "Shift+Tab"),
    ],
)
def test_a_key_is_known_as_people_write_it(written: str, name: str, sign: str) -> None:
    assert key_name(written) == name
    assert key_sign(name) == sign


@pytest.mark.parametrize("written", ["foo", "ctrl+foo", "win+x", "ab", "a,b", "\t"])
def test_what_is_no_key_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=re.escape(written)):
        key_name(written)


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_none(written: str) -> None:
    try:
        name = key_name(written)
    except ValueError:
        return
    assert name
    assert key_name(name) == name or "," in name


def test_every_sign_that_is_shown_can_be_written() -> None:
    for bindings in key_groups().values():
        for binding in bindings:
            for key in binding.key.split(","):
                assert key_name(key_sign(key)) == key_name(key), binding.id


def test_every_binding_of_the_app_is_known_by_its_id() -> None:
    known = {binding.id for bindings in key_groups().values() for binding in bindings}
    assert {binding.id for bindings in listening_together().values() for binding in bindings} == known
    assert all(binding.tooltip for bindings in key_groups().values() for binding in bindings)


def test_no_two_keys_clash_as_they_are() -> None:
    meant = {("table.open", "summary.open")}
    for place, bindings in listening_together().items():
        users: dict[str, list[str]] = {}
        for binding in bindings:
            for key in binding.key.split(","):
                users.setdefault(key, []).append(str(binding.id))
        doubles = {tuple(ids) for ids in users.values() if len(ids) > 1} - meant
        assert not doubles, place


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"app.fliter": ("x",)}, "there is no 'app.fliter'; did you mean app.filter"),
        ({"app.filter": ("nokey",)}, "app.filter: 'nokey' is no key"),
        (
            {"app.filter": ("q",)},
            "q would be the key of app.quit (Close the view; in the panes end the app, the log stays) and app.filter",
        ),
        ({"attempts.pause": ("x",), "attempts.fold": ("x",)}, "attempts.pause"),
        ({"trends.unit": ("enter",)}, "in the trends"),
    ],
)
def test_keys_that_can_not_hold_are_explained(keys: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Keymap(keys)
    assert said in str(caught.value)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Keymap({"no.such": ("x",), "app.quit": ("nokey",)}, "keys in here")
    assert [line.startswith("keys in here: ") for line in str(caught.value).splitlines()] == [True, True]


def test_keys_may_be_swapped() -> None:
    keymap = Keymap({"app.quit": ("?",), "app.help": ("q", "F1", "f1")})
    assert keymap.textual == {"app.quit": "question_mark", "app.help": "q,f1"}
    assert keymap.signs(Binding("x", "", id="app.help")) == ["q", "F1"]


async def test_a_changed_key_works_and_is_shown_everywhere(logger: ImageGenerationLogger, db: Path) -> None:
    log(logger, *(f"a{number}" for number in range(3)))
    keymap = Keymap(
        {"attempts.pause": ("f2",), "app.filter": ("ctrl+f", "#"), "table.down": ("ctrl+n",), "app.back": ("`",)}
    )
    app = ImglearnApp(db, keymap=keymap)
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        driver = Driver(app, pilot)
        await until(lambda: driver.table().rows, pilot)
        await driver.press("f2")
        assert "paused, F2 to go on" in driver.screen_text()
        await driver.press("space")
        assert "paused, F2 to go on" in driver.screen_text()
        await driver.press("f2", "ctrl+n")
        assert driver.table().cursor == 1
        await driver.press("j")
        assert driver.table().cursor == 1
        await driver.press("number_sign", *"nothing", "enter")
        await until(lambda: not driver.table().rows, pilot)
        assert "` clears the filter." in driver.screen_text()
        await driver.press("grave_accent")
        await until(lambda: len(driver.table().rows) == 3, pilot)
        await driver.press("question_mark")
        assert "Ctrl+F  #" in driver.screen_text()
        await driver.press("slash", *"hold the list")
        assert " F2  Hold the list still" in driver.screen_text()
        commands = {command.title: command.help for command in app.get_system_commands(app.screen_stack[0])}
        assert commands["Pause · Hold the list still, or let it go on"] == "key: F2"


async def test_the_help_finds_a_key_by_what_it_does(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    async with open_app(size=(80, 24)) as driver:
        await driver.press("question_mark")
        assert "Anywhere" in driver.screen_text()
        assert "Scroll up" not in driver.screen_text()
        await driver.press("slash", *"scroll up")
        assert "In the details" in driver.screen_text()
        assert "Anywhere" not in driver.screen_text()
        await driver.press(*" xyz")
        assert "No key does that." in driver.screen_text()
        await driver.press("escape")
        assert "Anywhere" in driver.screen_text()
        await driver.press("G")
        assert "In the help" in driver.screen_text()
        await driver.press("q")
        assert len(driver.app.screen_stack) == 1


# The command


def tui(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "imglearn.tui", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(home)},
    )


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = home / "config.toml"
    monkeypatch.setenv("IMGLEARN_CONFIG", str(path))
    path.write_text("")
    return path


def test_the_printed_config_says_the_same_when_it_is_read(home: Path, config: Path) -> None:
    config.write_text(
        'database = "runs \\"x\\".db"\ntheme = "nord"\n[keys]\napp.filter = ["ctrl+f", "\\\\"]\n'
        '"attempts.pause" = ","\n[[watch.rule]]\npath = "(?P<category>[a-z]+)\\\\d"\nmaterial = "Oak"\n'
    )
    first = tui(home, "--print-config")
    assert first.returncode == 0, first.stderr
    said = tomllib.loads(first.stdout)
    assert said["keys"] == {"app.filter": ["ctrl+f", "\\"], "attempts.pause": ","}
    assert said["theme"] == "nord"
    assert said["watch"]["rule"] == [{"path": "(?P<category>[a-z]+)\\d", "material": "Oak"}]
    config.write_text(first.stdout)
    assert tui(home, "--print-config").stdout == first.stdout


def test_the_printed_defaults_hold_when_they_are_uncommented(home: Path, config: Path) -> None:
    printed = tui(home, "--print-config").stdout
    lines = [line.removeprefix("# ") if " = " in line else line for line in printed.splitlines()]
    config.write_text("\n".join(lines))
    done = tui(home, "--print-config")
    assert done.returncode == 0, done.stderr
    keys = tomllib.loads(done.stdout)["keys"]
    assert keys["app.filter"] == "/"
    assert keys["table.page-up"] == "page up"
    assert len(keys) == len({binding.id for bindings in key_groups().values() for binding in bindings})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[keys]\n"app.filter" = "q"', "q would be the key of"),
        ('[keys]\n"app.filter" = []', "app.filter: got []; wants a key or a list of keys"),
        ('[keys]\n"app.filter" = 3', "app.filter: got 3; wants a key or a list of keys"),
        ('keys = "q"', "wants a table [keys]"),
        ('[keys]\nno.such = "x"', "there is no 'no.such'"),
        ('theme = "nrod"', "got 'nrod'; wants one of"),
        ("theme = 3", "wants the name of a theme"),
    ],
)
def test_a_bad_config_ends_the_app_before_it_starts(home: Path, config: Path, text: str, said: str) -> None:
    config.write_text(text)
    done = tui(home, "--db", "x.db")
    assert done.returncode == 2
    assert said in done.stderr
    assert str(config) in done.stderr


async def test_the_theme_of_the_settings_holds_but_while_another_is_chosen(
    logger: ImageGenerationLogger, db: Path, tmp_path: Path
) -> None:
    for chosen, expected in ((None, "nord"), ("dracula", "dracula"), (None, "nord")):
        app = ImglearnApp(db, state_folder=tmp_path / "kept", usual_theme="nord")
        async with app.run_test() as pilot:
            if chosen:
                app.theme = chosen
                await pilot.pause()
            assert app.theme == expected


async def test_a_pane_is_made_wider_and_stays_so(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    log(logger, "a")
    async with open_app() as driver:
        attempts = driver.app.screen.query_one("#attempts", RecordTable)
        wide, high = attempts.size
        await driver.press("less_than_sign", "plus")
        assert attempts.size.width < wide
        assert attempts.size.height > high
        smaller = attempts.size
        await driver.press("5", "less_than_sign")
        assert smaller.width < attempts.size.width
        for _ in range(30):
            await driver.press("greater_than_sign", "plus")
        assert all(
            pane.size.width > 10 and pane.size.height > 1 for pane in driver.app.screen.query(".pane") if pane.display
        )
        kept = attempts.size
    async with open_app() as driver:
        attempts = driver.app.screen.query_one("#attempts", RecordTable)
        assert attempts.size == kept
        await driver.press("equals_sign")
        assert attempts.size == (wide, high)


async def test_a_menu_and_the_jump_give_no_entry_a_key_that_is_taken(logger: ImageGenerationLogger, db: Path) -> None:
    log(logger, "a")
    keymap = Keymap({"menu.close": ("t",), "menu.down": ("m",), "jump.stay": ("a",)})
    app = ImglearnApp(db, keymap=keymap)
    async with app.run_test(size=(140, 40)) as pilot:
        driver = Driver(app, pilot)
        await until(lambda: driver.table().rows, pilot)
        await driver.press("s", "m", "t")
        assert not isinstance(app.screen, MenuScreen)
        assert driver.table().sorted_by is None
        await driver.press("apostrophe")
        letters = [label.content for label in app.screen.query(".jump--letter").results(Static)]
        assert " a " not in [str(letter) for letter in letters]
        assert len(letters) == 5


@pytest.mark.parametrize(
    ("id", "key", "said"),
    [
        ("app.filter", "ctrl+q", "Ctrl+Q ends the app"),
        ("help.leave", "x", "x could no longer be typed in the help"),
    ],
)
def test_a_key_that_something_else_needs_is_refused(id: str, key: str, said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        Keymap({id: (key,)})
