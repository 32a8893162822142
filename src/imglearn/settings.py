"""Settings: what holds, and which of flag, environment, config file and default said so."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import platformdirs

from imglearn.errors import SettingsError

if TYPE_CHECKING:
    from imglearn.rules import Rule

T = TypeVar("T")

APP = "imglearn"
DEFAULT_PASS_THRESHOLD = 75.0
IMAGES = ("auto", "half", "sixel", "kitty", "off")
_SWITCHES = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}  # in the environment
ATTEMPT_VARIABLE = "IMGLEARN_ATTEMPT"  # in the environment of a command that `imglearn run` runs: its attempt's id


class Setting(NamedTuple, Generic[T]):
    """A value and the place that it came from, such as `--db` or `config file`."""

    value: T
    origin: str


class Settings(NamedTuple):
    """Everything that can be set.

    In the state folder wait attempts that a database can't take, there is noted how far a watch has come, and saved
    filters are there. `images` says how the app shows pictures: one of IMAGES. `theme` is the name of the app's
    colours, None where nothing is said, and `bell` whether it rings when something gets worse. `keys` are its keys that
    were changed, as they were written, by what they do: the app knows which there are.
    """

    config_file: Setting[Path]
    database: Setting[Path]
    pass_threshold: Setting[float]
    state_folder: Setting[Path]
    watch_rules: Setting[tuple[Rule, ...]]
    images: Setting[str]
    theme: Setting[str | None]
    bell: Setting[bool]
    keys: Setting[Mapping[str, tuple[str, ...]]]


def resolve(
    db: str | os.PathLike[str] | None = None, env: Mapping[str, str] | None = None, db_origin: str = "--db"
) -> Settings:
    """Work out every setting: flag, then environment, then config file, then the system's own place.

    `db` is the flag's value, if one was given, and `db_origin` its name. Raises SettingsError.
    """
    env = os.environ if env is None else env
    if named := env.get("IMGLEARN_CONFIG"):
        config_file = Setting(_path(named, "IMGLEARN_CONFIG"), "IMGLEARN_CONFIG")
    else:
        config_file = Setting(platformdirs.user_config_path(APP) / "config.toml", "default")
    config = _read_config(config_file)

    if db is not None:
        database = Setting(_path(db, db_origin), db_origin)
    elif named := env.get("IMGLEARN_DB"):
        database = Setting(_path(named, "IMGLEARN_DB"), "IMGLEARN_DB")
    elif "database" in config:
        origin = f"database in {config_file.value}"
        database = Setting(_path(config["database"], origin, config_file.value.parent), "config file")
    else:
        database = Setting(platformdirs.user_data_path(APP) / f"{APP}.db", "default")

    if named := env.get("IMGLEARN_PASS_THRESHOLD"):
        threshold = Setting(_score(named, "IMGLEARN_PASS_THRESHOLD"), "IMGLEARN_PASS_THRESHOLD")
    elif "pass_threshold" in config:
        origin = f"pass_threshold in {config_file.value}"
        threshold = Setting(_score(config["pass_threshold"], origin), "config file")
    else:
        threshold = Setting(DEFAULT_PASS_THRESHOLD, "default")

    if named := env.get("IMGLEARN_STATE"):
        state = Setting(_path(named, "IMGLEARN_STATE"), "IMGLEARN_STATE")
    else:
        state = Setting(platformdirs.user_state_path(APP), "default")

    if named := env.get("IMGLEARN_IMAGES"):
        images = Setting(_images(named, "IMGLEARN_IMAGES"), "IMGLEARN_IMAGES")
    elif "images" in config:
        images = Setting(_images(config["images"], f"images in {config_file.value}"), "config file")
    else:
        images = Setting("auto", "default")

    if named := env.get("IMGLEARN_THEME"):
        theme = Setting[str | None](named, "IMGLEARN_THEME")
    elif "theme" in config:
        theme = Setting[str | None](_theme(config["theme"], f"theme in {config_file.value}"), "config file")
    else:
        theme = Setting[str | None](None, "default")

    if named := env.get("IMGLEARN_BELL"):
        bell = Setting(_switch(_SWITCHES.get(named.lower(), named), "IMGLEARN_BELL"), "IMGLEARN_BELL")
    elif "bell" in config:
        bell = Setting(_switch(config["bell"], f"bell in {config_file.value}"), "config file")
    else:
        bell = Setting(False, "default")

    keys = Setting(_keys(config.get("keys", {}), config_file.value), "config file" if "keys" in config else "default")
    rules = _rules(config, config_file.value)
    return Settings(config_file, database, threshold, state, rules, images, theme, bell, keys)


def _rules(config: Mapping[str, object], config_file: Path) -> Setting[tuple[Rule, ...]]:
    if "watch" not in config:
        return Setting((), "default")
    from imglearn import rules  # only where there are some

    return Setting(rules.from_config(config["watch"], f"config file {config_file}"), "config file")


def _read_config(config_file: Setting[Path]) -> dict[str, object]:
    path, origin = config_file
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if origin != "default":
            raise SettingsError(f"{origin}: there is no file {path}") from None
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"config file {path}: {error}") from None
    import tomllib  # only where there is something to read

    try:
        config = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"config file {path}: {error}") from None
    known = ("database", "pass_threshold", "images", "theme", "bell", "keys", "watch")
    for name in config:
        if name not in known:
            raise SettingsError(f"config file {path}: unknown setting {name!r}; known are {', '.join(known)}")
    return config


def _path(value: object, origin: str, base: Path | None = None) -> Path:
    if not isinstance(value, str | os.PathLike):
        raise SettingsError(f"{origin}: got {value!r}; wants a path")
    text = os.fspath(value)
    if text.startswith(("postgres://", "postgresql://")):
        raise SettingsError(f"{origin}: PostgreSQL is not supported yet; give the path of a SQLite file")
    if text.startswith(("file:", "sqlite:")) or "://" in text:
        raise SettingsError(f"{origin}: got {text!r}; wants a plain path, not a URL")
    if not text.strip() or "\0" in text:
        raise SettingsError(f"{origin}: got {text!r}; wants a path")
    if text == ":memory:":
        raise SettingsError(f"{origin}: imglearn keeps attempts in a file; :memory: would lose them")
    try:
        path = Path(text).expanduser()
        return path if path.is_absolute() else (base or Path.cwd()) / path
    except (OSError, RuntimeError) as error:  # no such user, or the current folder is gone
        raise SettingsError(f"{origin}: {text}: {error}") from None


def _images(value: object, origin: str) -> str:
    if isinstance(value, str) and value in IMAGES:
        return value
    raise SettingsError(f"{origin}: got {value!r}; wants one of {', '.join(IMAGES)}")


def _theme(value: object, origin: str) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise SettingsError(f"{origin}: got {value!r}; wants the name of a theme")


def _switch(value: object, origin: str) -> bool:
    if isinstance(value, bool):
        return value
    raise SettingsError(f"{origin}: got {value!r}; wants true or false")


def _keys(value: object, config_file: Path) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise SettingsError(f"keys in {config_file}: got {value!r}; wants a table [keys]")
    found = {}
    for id, said in _lines(value):
        keys = [said] if isinstance(said, str) else said
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and key for key in keys):
            raise SettingsError(f"keys in {config_file}: {id}: got {said!r}; wants a key or a list of keys")
        found[id] = tuple(keys)
    return found


def _lines(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """Yield the lines of a table: of app.help, written without quotes, TOML makes a table within the table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _score(value: object, origin: str) -> float:
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        score = float(value)
    except (ValueError, OverflowError):
        score = math.nan
    if not 0 <= score <= 100:
        raise SettingsError(f"{origin}: got {value!r}; wants a score from 0 to 100")
    return score
