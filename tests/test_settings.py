from __future__ import annotations

from pathlib import Path

import pytest

from imglearn import settings
from imglearn.errors import SettingsError


def write_config(home: Path, text: str) -> Path:
    config = home / ".config" / "imglearn" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(text)
    return config


def test_the_default_is_the_users_data_folder(home: Path) -> None:
    found = settings.resolve(env={})
    assert found.database == (home / ".local/share/imglearn/imglearn.db", "default")
    assert found.pass_threshold == (75.0, "default")


def test_flag_wins_over_environment_over_config_file(home: Path) -> None:
    write_config(home, 'database = "from-config.db"\npass_threshold = 60')
    env = {"IMGLEARN_DB": "/env.db"}
    assert settings.resolve("/flag.db", env).database == (Path("/flag.db"), "--db")
    assert settings.resolve(env=env).database == (Path("/env.db"), "IMGLEARN_DB")
    from_config = settings.resolve(env={})
    assert from_config.database == (home / ".config/imglearn/from-config.db", "config file")
    assert from_config.pass_threshold == (60.0, "config file")
    assert settings.resolve(env={"IMGLEARN_PASS_THRESHOLD": "80"}).pass_threshold.value == 80


def test_a_tilde_is_the_home_folder(home: Path) -> None:
    assert settings.resolve("~/x.db", {}).database.value == home / "x.db"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("databas = 'x'", "unknown setting 'databas'; known are"),
        ("database = 5", "wants a path"),
        ("pass_threshold = 101", "wants a score from 0 to 100"),
        ("pass_threshold = true", "wants a score from 0 to 100"),
        ("pass_threshold", "config.toml"),
        ("images = 'ascii'", "images in .*: got 'ascii'; wants one of auto, half, sixel, kitty, off"),
        ("images = true", "wants one of auto"),
        ("bell = 'loud'", "bell in .*: got 'loud'; wants true or false"),
    ],
)
def test_a_bad_config_file_says_what_is_wrong(home: Path, text: str, message: str) -> None:
    write_config(home, text)
    with pytest.raises(SettingsError, match=message):
        settings.resolve(env={})


@pytest.mark.parametrize("url", ["postgresql://host/db", ":memory:", "", "a\0b"])
def test_what_is_no_file_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        settings.resolve(url, {})


def test_a_named_config_file_must_be_there() -> None:
    with pytest.raises(SettingsError, match="there is no file"):
        settings.resolve(env={"IMGLEARN_CONFIG": "/nowhere/config.toml"})


def test_the_bell_can_be_wanted(home: Path) -> None:
    assert settings.resolve(env={}).bell == (False, "default")
    write_config(home, "bell = true")
    assert settings.resolve(env={}).bell == (True, "config file")
    assert settings.resolve(env={"IMGLEARN_BELL": "0"}).bell == (False, "IMGLEARN_BELL")
    with pytest.raises(SettingsError, match="IMGLEARN_BELL: got 'loud'"):
        settings.resolve(env={"IMGLEARN_BELL": "loud"})


def test_how_pictures_are_shown_can_be_set(home: Path) -> None:
    assert settings.resolve(env={}).images == ("auto", "default")
    write_config(home, 'images = "half"')
    assert settings.resolve(env={}).images == ("half", "config file")
    assert settings.resolve(env={"IMGLEARN_IMAGES": "off"}).images == ("off", "IMGLEARN_IMAGES")
    with pytest.raises(SettingsError, match="IMGLEARN_IMAGES: got 'yes'"):
        settings.resolve(env={"IMGLEARN_IMAGES": "yes"})
