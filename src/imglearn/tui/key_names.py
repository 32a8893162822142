"""Keys as people write them, as Textual names them, and as they are shown."""

from __future__ import annotations

import string
from functools import cache

from textual.binding import Binding
from textual.keys import Keys, format_key

_MODIFIERS = {"ctrl", "shift", "alt", "super", "hyper", "meta"}
_WRITTEN = {
    "esc": "escape",
    "return": "enter",
    "spacebar": "space",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "control": "ctrl",
    ",": "comma",
    " ": "space",
    "↑": "up",
    "↓": "down",
    "←": "left",
    "→": "right",
}
# How terminals' own keys are called on keyboards; others are shown as the signs that they write.
_SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "pageup": "Page Up",
    "pagedown": "Page Down",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "comma": ",",
    "plus": "+",
    "minus": "-",
}


def key_name(written: str) -> str:
    """Return Textual's name of a key that is written as `/`, `?`, `esc`, `Page Up`, `Ctrl+F`. Raises ValueError."""
    text = written if written == " " else written.strip()
    if text.endswith("+"):
        before, key = text[:-1].split("+"), "+"
    else:
        *before, key = text.split("+")
    modifiers = sorted({_known_as(one) for one in before if one})
    if len(key) > 1:
        key = _known_as(key)
    elif modifiers == ["shift"] and key.isalpha():
        return key.upper()  # which is what terminals send
    elif modifiers:
        key = key.lower()
    key = _WRITTEN.get(key, key)
    if len(key) == 1:
        key = _of_character(key)
    if not set(modifiers) <= _MODIFIERS or not (len(key) == 1 or key in _known_names()):
        raise ValueError(written)
    return "+".join([*modifiers, key])


def is_typed(name: str) -> bool:
    """Return whether a key writes something into a line."""
    return len(name) == 1 or name == "space" or (name in _known_names() and name not in _plain_names())


@cache  # titles and hints have it, which are made anew with each move
def key_sign(name: str) -> str:
    """Return a key as it is shown: `?` for question_mark, `Ctrl+F` for ctrl+f."""
    *modifiers, key = name.split("+")
    return "+".join([*(one.capitalize() for one in modifiers), _sign(key, bool(modifiers))])


def _sign(key: str, is_modified: bool) -> str:
    shown = _SHOWN.get(key) or (key.capitalize() if len(key) > 1 and key in _plain_names() else format_key(key))
    return shown.upper() if is_modified and len(shown) == 1 else shown


def _known_as(written: str) -> str:
    name = written.strip().lower().replace(" ", "").replace("-", "_")
    return _WRITTEN.get(name, name)


@cache
def _plain_names() -> frozenset[str]:
    return frozenset(key.value for key in Keys if "+" not in key.value)


@cache
def _known_names() -> frozenset[str]:
    """Return the names of keys that are no letter or digit."""
    return _plain_names() | {_of_character(sign) for sign in string.punctuation if sign != ","} | {"comma"}


def _of_character(character: str) -> str:
    return next(iter(Binding.make_bindings([Binding(character, "")]))).key
