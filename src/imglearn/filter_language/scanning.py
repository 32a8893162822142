"""A text cut into what stands between its spaces: words, phrases, and names with their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from imglearn.filter_language.vocabulary import PARAM, Name, known_name

_QUOTED = r'"(?:[^"]|"")*+"?'  # one that is not closed goes on to the end
_WORD = r"[A-Za-z_]\w*"
_COLON = r"(?::|(?<![<>=])(?=[<>=]))"  # which may be left out before a sign: score<75
_NAMED = re.compile(rf'(?P<sign>[-+]?)(?P<name>{PARAM}|{_WORD}){_COLON}(?P<value>(?:{_QUOTED}|[^\s"])*+)')
_LIKE_NAMED = re.compile(rf"[-+]?(?P<name>{_WORD})(?::(?!//)|(?=[<>]=?\d))(?P<value>\S+)")
_PLAIN = re.compile(r'[-+(]*+"[^"]*+"?[^\s"]*+|\S++')
_SPACES = re.compile(r"\s*+")
_VALUE = re.compile(rf'(?:{_QUOTED}|[^,"])++')
_BARE = re.compile(r"\w[\w/-]*(\.[\w/-]+)*")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_SIGN = re.compile(r"[<>]=?|=")


class Token(NamedTuple):
    """A piece of the text from `start` to `end`: plain, or (with a `name`) a term, whose value begins at `value_at`."""

    start: int
    end: int
    text: str
    name: Name | None = None
    sign: str = ""
    value: str = ""
    value_at: int = 0


class Value(NamedTuple):
    """One of a term's values: the sign before it (such as >), the text without quotes, and where it begins."""

    sign: str
    text: str
    quoted: bool
    start: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the pieces of a text, in order."""
    place = _end(_SPACES, text, 0)
    while place < len(text):
        found = _NAMED.match(text, place)
        name = known_name(found["name"]) if found else None
        if found is not None and name is not None:
            end = found.end()
            yield Token(place, end, found[0], name, found["sign"], found["value"], found.start("value"))
        else:
            end = _end(_PLAIN, text, place)
            yield Token(place, end, text[place:end])
        place = _end(_SPACES, text, end)


def like_named(word: str) -> tuple[str, str] | None:
    """Return the name and value of a word that is written like a term."""
    found = _LIKE_NAMED.fullmatch(word)
    return (found["name"], found["value"]) if found else None


def values(value: str) -> Iterator[Value]:
    """Yield what stands between the commas of a term's value, but for what is empty."""
    for found in _VALUE.finditer(value):
        sign = _SIGN.match(found[0])
        start = sign.end() if sign else 0
        rest = found[0][start:]
        inner = unquoted(rest)
        if inner or rest.startswith('"') or sign:
            yield Value(sign[0] if sign else "", inner, rest.startswith('"'), found.start() + start)


def unquoted(value: str) -> str:
    """Return a value without the quotes around it; two within stand for one."""
    if not value.startswith('"'):
        return value
    found = re.match(r'"((?:[^"]|"")*+)"?', value)
    assert found is not None  # noqa: S101 - it begins so
    return found[1].replace('""', '"') + value[found.end() :]


def quoted(value: str) -> str:
    """Return a text in quotes, or as it is where it reads the same without."""
    is_bare = _BARE.fullmatch(value) and not NUMBER.fullmatch(value)
    return value if is_bare else '"' + value.replace('"', '""') + '"'


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place + 1
