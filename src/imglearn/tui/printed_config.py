"""The configuration as a file: every setting as it holds now, and every key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from imglearn.settings import Setting, Settings
from imglearn.text import safe_line
from imglearn.tui.key_groups import key_groups
from imglearn.tui.keymap import Keymap
from imglearn.tui.remembered import Remembered
from imglearn.tui.themes import DARK

_HEAD = """\
# The configuration of imglearn, to be kept as {path}
# Every setting as it holds now, and where it comes from. Lines behind # are the defaults.
"""


def printed_config(found: Settings, keymap: Keymap) -> str:
    """Return a config file that says what holds: where it is read, the same holds by it."""
    lines = [_HEAD.format(path=safe_line(str(found.config_file.value)))]
    lines += [
        _line("database", found.database),
        _line("pass_threshold", found.pass_threshold),
        _line("images", found.images),
        _line("theme", _theme(found)),
        _line("bell", found.bell),
        *_rules(found),
        "\n[keys]",
        *_keys(keymap),
    ]
    return "\n".join(lines) + "\n"


def _theme(found: Settings) -> Setting[str]:
    name, origin = found.theme
    chosen = Remembered.load(found.state_folder.value).theme
    if name is None and chosen is not None:
        return Setting(chosen, "chosen in the app")
    return Setting(name or DARK.name, origin)


def _line(name: str, setting: Setting[Path] | Setting[float] | Setting[str] | Setting[bool]) -> str:
    value, origin = setting
    said = f"{name} = {_toml(str(value) if isinstance(value, Path) else value)}"
    return f"# {said}" if origin == "default" else f"{said}  # {safe_line(origin)}"


def _rules(found: Settings) -> Iterator[str]:
    for rule in found.watch_rules.value:
        yield "\n[[watch.rule]]"
        for name, regex in (("path", rule.path), ("prompt", rule.prompt)):
            if regex is not None:
                yield f"{name} = {_toml(regex.pattern)}"
        for name, value in rule.says.items():
            yield f"{name} = {_toml(value)}"


def _keys(keymap: Keymap) -> Iterator[str]:
    """Yield a line for each binding, those with the keys that they came with behind #."""
    seen: set[str] = set()
    for title, bindings in key_groups().items():
        yield f"# {title}"
        for binding in bindings:
            id = str(binding.id)
            if id in seen:
                continue
            seen.add(id)
            keys = [sign.lower() if len(sign) > 1 else sign for sign in keymap.signs(binding)]
            said = f"{_toml(id)} = {_toml(keys[0] if len(keys) == 1 else keys)}"
            mark = "" if id in keymap.textual else "# "
            yield f"{mark}{said}  # {binding.tooltip}"


def _toml(value: str | float | list[str]) -> str:
    """Return a value as TOML, which takes JSON's texts, numbers and lists, but for the sign DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
