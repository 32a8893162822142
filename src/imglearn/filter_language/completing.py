"""What could stand where a person is typing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from imglearn.filter_language.parsing import Problem
from imglearn.filter_language.scanning import Token, quoted, tokens, unquoted
from imglearn.filter_language.vocabulary import HAS_NAMES, SHORT_NAMES, STATUSES, Name, name_of
from imglearn.terms import PARAMS

_NOT_SEARCHED = ("model", "feedback")  # names that words are not looked for in
_LEAST_LETTERS = 3
_TIMES = ("today", "yesterday", "1h", "12h", "2d", "7d", "4w")


class Completion(NamedTuple):
    """What the text from `start` to `end` may be replaced by."""

    start: int
    end: int
    text: str


def completions(text: str, cursor: int, values: Mapping[str, Iterable[str]] | None = None) -> list[Completion]:
    """Return what could stand at the cursor, likeliest first: names with a colon, or after one its values.

    `values` has by name (category, material, model ...) those that there are, and as "param" the names of parameters.
    """
    values = values or {}
    cursor = min(max(cursor, 0), len(text))
    token = next((one for one in tokens(text[:cursor]) if one.end == cursor), Token(cursor, cursor, ""))
    if token.name is None:
        typed = token.text.lstrip("-+")
        start = cursor - len(typed)
        return [Completion(start, cursor, one) for one in _fitting(typed, _names(values))]
    place = token.value_at
    for found in re.finditer(r'"(?:[^"]|"")*+"?|,', token.value):
        if found[0] == ",":
            place = token.value_at + found.end()
    typed = text[place:cursor]
    place += len(typed) - len(typed.lstrip("="))
    typed = unquoted(typed.lstrip("="))
    known = [quoted(one) if token.name.kind != "has" else one for one in _fitting(typed, _values(token.name, values))]
    return [Completion(place, cursor, one) for one in known]


def meant_as_names(text: str, values: Mapping[str, Iterable[str]]) -> list[Problem]:
    """Return the words that are part of a name that words are not looked for in: perhaps that is what is meant."""
    found = []
    for token in tokens(text):
        word = token.text.casefold()
        if token.name is None and len(word) >= _LEAST_LETTERS and word.isalnum():
            for name in _NOT_SEARCHED:
                if any(word in one.casefold() for one in values.get(name, ())):
                    told = f"{token.text} is looked for in texts; perhaps {name}:{token.text}"
                    found.append(Problem(token.start, token.end, told))
                    break
    return found


def _names(values: Mapping[str, Iterable[str]]) -> Iterator[str]:
    yield from (f"{name}:" for name in SHORT_NAMES)
    yield from (f"{name_of(PARAMS + name)}:" for name in values.get("param", ()))


def _values(name: Name, values: Mapping[str, Iterable[str]]) -> Iterable[str]:
    if name.kind == "has":
        return (*HAS_NAMES, *(name_of(PARAMS + one) for one in values.get("param", ())))
    if name.kind in ("flag", "retry"):
        return ("yes", "no", "unknown")[: 3 if name.kind == "flag" else 2]
    if name.kind == "moment":
        return _TIMES
    return STATUSES if name.kind == "status" else values.get(name_of(name.field), ())


def _fitting(typed: str, known: Iterable[str]) -> list[str]:
    """Return what begins with what was typed, then what has it anywhere; of what is there in full already only what
    goes on.
    """
    wanted, known = typed.casefold(), list(known)
    found = [one for one in known if wanted in one.casefold() and one != typed]
    found.sort(key=lambda one: not one.casefold().startswith(wanted))
    return [one for one in found if one.casefold().startswith(wanted)] if typed in known else found
