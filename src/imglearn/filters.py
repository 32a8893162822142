"""Which attempts are meant: the filter that every question takes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypedDict, get_args

from msgspec import Struct

from imglearn.errors import InvalidRecordError
from imglearn.records import utc_timestamp
from imglearn.terms import Term

Verdict = Literal["passed", "failed", "unknown"]

_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*(min|m|h|d|w)")
_OUTCOMES = frozenset({
    "passed", "min_score", "max_score", "text", "realism_score", "physics_issues", "red_flags", "failure_category",
    "final_success", "status", "error", "validator_error", "remark",
})  # fmt: skip
_UNITS = {"min": "minutes", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAYS_AGO = {"today": 0, "yesterday": 1}
_WHEN = "a time such as 2025-11-25 or 2025-11-25T22:52:51Z, today, yesterday, or how long ago: 30m, 12h, 2d, 4w"


class AttemptFilter(Struct, kw_only=True, frozen=True):
    """The attempts that have all of this; None asks nothing.

    Names are matched exactly. `since` is the first moment that counts and `until` the first that doesn't (UTC,
    ISO 8601). `min_score` and `max_score` are inclusive. `text` is a full-text search over prompt, feedback,
    issues, flags, notes, material and category. `terms` ask what these have no words for. Make one with
    `attempt_filter`, which checks it, or write it in the language of `filter_language`.
    """

    category: str | None = None
    material: str | None = None
    model: str | None = None
    passed: bool | Literal["unknown"] | None = None
    since: str | None = None
    until: str | None = None
    feedback_category: str | None = None
    min_score: float | None = None
    max_score: float | None = None
    text: str | None = None
    terms: tuple[Term, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether every attempt is meant."""
        return self == ANY_ATTEMPT

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What it asks of how attempts ended: statistics of what is chosen so say little of what leads to it."""
        names = [*self.given(), *(term.name for term in self.terms)]
        return tuple(dict.fromkeys(name for name in names if name in _OUTCOMES))

    def given(self) -> dict[str, object]:
        """Return what is asked for, by field."""
        found = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in found.items() if value is not None and value != ()}


class FieldsButCategory(TypedDict, total=False):
    """The fields of `AttemptFilter` but the category as keyword arguments, as loosely as people write them."""

    material: str | None
    model: str | None
    passed: bool | Verdict | None
    since: str | date | None
    until: str | date | None
    feedback_category: str | None
    min_score: float | None
    max_score: float | None
    text: str | None


class FilterFields(FieldsButCategory, total=False):
    """The fields of `AttemptFilter` as keyword arguments."""

    category: str | None


FilterLike = AttemptFilter | Mapping[str, object] | str | None  # a text is one of the filter language

ANY_ATTEMPT = AttemptFilter()
_NAMES = ("category", "material", "model", "feedback_category")
_TIMES = ("since", "until")
_SCORES = ("min_score", "max_score")


def attempt_filter(
    given: AttemptFilter | Mapping[str, object] | None = None, fields: Mapping[str, object] | None = None
) -> AttemptFilter:
    """Make a filter from one that is there already, from a mapping, from single fields, or from both.

    `passed` is true, false, or one of the words passed, failed, unknown. Times may be datetimes, ISO 8601 (UTC
    where they name no zone), or how long ago, such as 2d. Terms add up.

    Raises InvalidRecordError, also where both say something different of the same field.
    """
    asked: dict[str, object] = {}
    terms: list[Term] = []
    for source in (given, fields):
        if source is not None and not isinstance(source, AttemptFilter | Mapping):
            raise InvalidRecordError("filter", source, 'an AttemptFilter, or an object such as {"category": "wood"}')
        for name, value in (source.given() if isinstance(source, AttemptFilter) else source or {}).items():
            if value is None:
                continue
            checked = _checked(name, value)
            if name == "text" and not str(checked).strip():
                continue  # no word is asked for
            if name == "terms":
                terms += checked  # type: ignore[arg-type]
                continue
            if asked.setdefault(name, checked) != checked:
                raise InvalidRecordError(name, value, f"the same as before, which was {asked[name]!r}")
    asked["terms"] = tuple(dict.fromkeys(term for term in terms if not _is_field(term, asked)))
    since, until = asked.get("since"), asked.get("until")
    if since is not None and until is not None and str(until) <= str(since):
        raise InvalidRecordError("until", until, f"a time after since, which is {since}")
    return AttemptFilter(**asked)  # type: ignore[arg-type]


def _is_field(term: Term, asked: dict[str, object]) -> bool:
    """Return whether a term asks what a field does, which is then set: one question has one form, and totals for it."""
    if term.negated or len(term.any_of) != 1:
        return False
    sign, value = term.any_of[0].sign, term.any_of[0].value
    found: dict[str, object] = {}
    if term.name == "passed" and sign == "=" and (value is None or isinstance(value, bool)):
        found = {"passed": "unknown" if value is None else value}
    elif term.name in _NAMES and sign == "=" and isinstance(value, str):
        found = {term.name: value}
    elif term.name == "realism_score" and isinstance(value, tuple):
        found = dict(zip(_SCORES, map(float, value), strict=True))
    elif term.name == "realism_score" and isinstance(value, int | float) and sign in (">=", "<="):
        found = {_SCORES[sign == "<="]: float(value)}
    if not found or any(asked.get(name, one) != one for name, one in found.items()):
        return False
    asked.update(found)
    return True


def _checked(name: str, value: object) -> object:
    if name in _NAMES or name == "text":
        if not isinstance(value, str):
            raise InvalidRecordError(name, value, "a text")
        return value
    if name in _TIMES:
        return _moment(name, value)
    if name in _SCORES:
        return _score(name, value)
    if name == "passed":
        return _verdict(value)
    if name == "terms":
        if isinstance(value, tuple) and all(isinstance(term, Term) and term.makes_sense for term in value):
            return value
        raise InvalidRecordError(name, value, "terms about fields of the record, params.NAME or remark")
    raise InvalidRecordError(name, value, f"a field to filter by: {', '.join(AttemptFilter.__struct_fields__)}")


def _verdict(value: object) -> object:
    words: dict[object, object] = dict(zip(get_args(Verdict), (True, False, "unknown"), strict=True))
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in words:
        return words[value]
    raise InvalidRecordError("passed", value, "true, false, or one of the words passed, failed, unknown")


def _score(name: str, value: object) -> float:
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
    except OverflowError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidRecordError(name, value, "a number from 0 to 100")
    return number


def _moment(name: str, value: object) -> str:
    if isinstance(value, str) and (ago := _AGO.fullmatch(value.strip().removesuffix(" ago"))):
        try:
            return utc_timestamp(datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: float(ago[1])}))
        except OverflowError:
            raise InvalidRecordError(name, value, _WHEN) from None
    if isinstance(value, str) and value in _DAYS_AGO:
        value = datetime.now(UTC).date() - timedelta(days=_DAYS_AGO[value])
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    try:
        return utc_timestamp(str(value) if is_day else value)
    except InvalidRecordError:
        raise InvalidRecordError(name, value, _WHEN) from None
