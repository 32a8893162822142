"""A text of the language as a filter, and what in it could not be understood."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from imglearn.errors import InvalidRecordError
from imglearn.filter_language.scanning import NUMBER, Token, Value, like_named, tokens, unquoted, values
from imglearn.filter_language.vocabulary import FLAG_WORDS, SHORT_NAMES, STATUSES, Name, what_it_has
from imglearn.filters import AttemptFilter, attempt_filter
from imglearn.terms import Comparison, Sign, Term

_OPERATORS = {
    "OR": "OR wants words on both sides; several values of a name are written category:wood,metal",
    "NOT": "NOT wants words after it; what a name says is left out by -category:wood",
    "AND": None,  # it says what holds anyway
}
_SIGNS: dict[str, Sign] = {"": "=", "=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MOST_WORDS = 200  # each is looked for by itself
_MOST_VALUES = 200  # of all terms; the database has a limit as well
_OF_VALUES = ("contains", "begins", "=")  # what several terms of one name may ask in turn


class Problem(NamedTuple):
    """What stands from `start` to `end` in the text and is not in the filter, and what is wanted there."""

    start: int
    end: int
    message: str


class Parsed(NamedTuple):
    """The filter that a text asks for, without what could not be understood; and `hints`, at what is in it otherwise
    than may have been meant.
    """

    filter: AttemptFilter
    problems: tuple[Problem, ...]
    hints: tuple[Problem, ...] = ()


class _WrongError(Exception):
    """A term that makes no sense; it says what would."""


def parse(text: str, *, typing: bool = False) -> Parsed:
    """Return the filter that a text asks for, and the terms that it leaves out since they make no sense.

    Any text is valid. What has no known name before a colon is plain text, with the last word of it unfinished where
    a person is still `typing` it. Times such as 2d count from now.
    """
    reading = _Reading()
    found = list(tokens(text))
    for place, token in enumerate(found):
        beside = found[max(place - 1, 0) : place] + found[place + 1 : place + 2]
        try:
            if token.name is not None:
                reading.take(token, token.name)
            elif token.text in _OPERATORS and any(other.name for other in beside):
                if message := _OPERATORS[token.text]:
                    raise _WrongError(message)
            else:
                reading.look_at(token)
                is_unfinished = typing and token.end == len(text) and token.text[-1].isalnum()
                is_unfinished = is_unfinished and '"' not in token.text and token.text not in _OPERATORS
                reading.take_word(token.text + "*" * is_unfinished)
        except _WrongError as wrong:
            reading.problems.append(Problem(token.start, token.end, str(wrong)))
    return reading.result()


def filter_from(text: str) -> AttemptFilter:
    """Return the filter that a text asks for. Raises InvalidRecordError for the first term that makes no sense."""
    found = parse(text)
    for start, end, message in found.problems:
        raise InvalidRecordError("filter", text[start:end], message.partition(" wants ")[2])
    return found.filter


class _Reading:
    """What was read of a text so far."""

    def __init__(self) -> None:
        self.words: list[tuple[str, bool]] = []  # and whether several of them may stand in one
        self.times: dict[str, Token] = {}
        self.terms: list[Term] = []
        self.problems: list[Problem] = []
        self.hints: list[Problem] = []
        self._values = 0
        self._open: dict[str, int] = {}  # where in the terms stands the one that takes further values of a name

    def look_at(self, token: Token) -> None:
        """Say of a word that looks like a term why it is none. Raises _WrongError where it can be meant as no word."""
        named = like_named(token.text)
        if named is None:
            return
        name, value = named
        near = get_close_matches(name.lower(), SHORT_NAMES, 1)
        perhaps = f"perhaps {near[0] if near else f'param.{name}'}:{value}"
        if value[0] in "<>=":
            raise _WrongError(f"{name}: a filter wants a name that it knows, {perhaps}")
        self.hints.append(Problem(token.start, token.end, f"{name} is no name: a word; {perhaps}"))

    def take_word(self, word: str) -> None:
        """Take a word in. Raises _WrongError."""
        if len(self.words) >= _MOST_WORDS:
            raise _WrongError(f"a filter wants at most {_MOST_WORDS} words")
        self.words.append((word, False))

    def take(self, token: Token, name: Name) -> None:
        """Take a term in. Raises _WrongError."""
        self._values += 1 + token.value.count(",")
        if self._values > _MOST_VALUES:
            raise _WrongError(f"a filter wants at most {_MOST_VALUES} values")
        if name.kind == "words":
            words = unquoted(token.value)
            if token.sign == "-" or not words.strip():
                raise _WrongError(name.wants)
            self.words.append((words, True))
        elif name.kind == "moment":
            self._take_moment(token, name)
        elif name.kind == "retry":
            wanted = FLAG_WORDS.get(unquoted(token.value).lower())
            if wanted is None:
                raise _WrongError(name.wants)
            self.terms.append(_known("parent_id", wanted != (token.sign == "-")))
        elif name.kind == "has":
            field = what_it_has(token.value)
            if field is None:
                raise _WrongError(name.wants)
            self.terms.append(_known(field, token.sign != "-"))
        else:
            self._take_values(token, name)

    def _take_moment(self, token: Token, name: Name) -> None:
        if token.sign == "-":
            other = "until" if name.field == "since" else "since"
            raise _WrongError(f"-{name.typed} wants no -; write {other}:2d")
        if name.field in self.times:
            raise _WrongError(f"{name.field} wants to be asked for once")
        try:
            attempt_filter({name.field: unquoted(token.value)})
        except InvalidRecordError:
            raise _WrongError(name.wants) from None
        self.times[name.field] = token

    def _take_values(self, token: Token, name: Name) -> None:
        any_of = tuple(_comparison(name, value) for value in values(token.value))
        term = Term(name.field, any_of, token.sign == "-")
        if not term.makes_sense:
            raise _WrongError(name.wants)
        if token.sign or any(comparison.sign not in _OF_VALUES for comparison in any_of):
            self.terms.append(term)
        elif name.field in self._open:
            place = self._open[name.field]
            self.terms[place] = Term(name.field, tuple(dict.fromkeys((*self.terms[place].any_of, *any_of))))
        else:
            self._open[name.field] = len(self.terms)
            self.terms.append(term)

    def result(self) -> Parsed:
        """Return what was read."""
        asked: dict[str, object] = {"terms": tuple(self.terms), "text": " ".join(self._words())}
        for field in ("since", "until"):
            token = self.times.get(field)
            if token is None:
                continue
            try:
                times = attempt_filter(asked, {field: unquoted(token.value)})
                asked[field] = getattr(times, field)
            except InvalidRecordError as error:
                self.problems.append(Problem(token.start, token.end, f"{field} wants {error.wants}"))
        return Parsed(attempt_filter(asked), tuple(sorted(self.problems)), tuple(self.hints))

    def _words(self) -> Iterator[str]:
        for words, is_several in self.words:
            yield f"({words})" if is_several and len(self.words) > 1 else words


def _known(field: str, is_known: bool) -> Term:
    return Term(field, (Comparison("=", None),), negated=is_known)


def _comparison(name: Name, value: Value) -> Comparison:
    """Return what a value asks. Raises _WrongError."""
    found: Comparison | None = None
    if name.kind == "number":
        found = _number(value)
    elif name.kind == "knob":
        found = _number(value) or _text(value, "contains")
    elif name.kind == "flag" and value.sign in ("", "=") and value.text.lower() in FLAG_WORDS:
        found = Comparison("=", FLAG_WORDS[value.text.lower()])
    elif name.kind == "status" and value.text.lower() in STATUSES:
        found = _text(value._replace(text=value.text.lower()), "=")
    elif name.kind in ("text", "beginning"):
        found = _text(value, "begins" if name.kind == "beginning" else "contains")
    if found is None:
        raise _WrongError(name.wants)
    return found


def _text(value: Value, sign: Sign) -> Comparison | None:
    if not value.text and not (value.sign == "=" and value.quoted):
        return None
    return Comparison(sign if not value.sign else "=", value.text) if value.sign in ("", "=") else None


def _number(value: Value) -> Comparison | None:
    if value.quoted:
        return None
    low, dots, high = value.text.partition("..")
    numbers = [_finite(low), _finite(high)]
    if not dots:
        return None if numbers[0] is None else Comparison(_SIGNS[value.sign], numbers[0])
    if value.sign or (low and numbers[0] is None) or (high and numbers[1] is None):
        return None
    if numbers[0] is None or numbers[1] is None:
        bounds: list[tuple[Sign, float | None]] = [(">=", numbers[0]), ("<=", numbers[1])]
        return next((Comparison(sign, number) for sign, number in bounds if number is not None), None)
    return Comparison("..", (numbers[0], numbers[1])) if numbers[0] <= numbers[1] else None


def _finite(text: str) -> float | None:
    number = float(text) if NUMBER.fullmatch(text) else None
    return number if number is not None and abs(number) != float("inf") else None
