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

Verdict = Literal["passed", "failed", "unknown"]
Operator = Literal["contains", "=", "begins", "<", "<=", ">", ">=", "between", "known"]

_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*(min|m|h|d|w)")
_UNITS = {"min": "minutes", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAYS_AGO = {"today": 0, "yesterday": 1}
_WHEN = "a time such as 2025-11-25 or 2025-11-25T22:52:51Z, today, yesterday, or how long ago: 30m, 12h, 2d, 4w"


class Term(Struct, frozen=True):
    """A condition on a field of the record, or on a knob, named `param.NAME`.

    Any of the `values` may fit it; `between` takes two, both inclusive, and `known` none. Texts are compared without
    regard to capitals, but for `=`; a number only with numbers. `negated`: attempts of which that isn't true, or isn't
    known.
    """

    field: str
    operator: Operator
    values: tuple[str | float, ...] = ()
    negated: bool = False


class AttemptFilter(Struct, kw_only=True, frozen=True):
    """The attempts that have all of this; None asks nothing.

    Names are matched exactly. `since` is the first moment that counts and `until` the first that doesn't (UTC,
    ISO 8601). `min_score` and `max_score` are inclusive. `text` is a full-text search over prompt, feedback,
    issues, flags, notes, material and category. `terms` are what `imglearn.filter_language` adds.
    Make one with `attempt_filter`, which checks it.
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
    terms: tuple[Term, ...] | None = None

    @property
    def is_open(self) -> bool:
        """Whether every attempt is meant."""
        return self == ANY_ATTEMPT

    def given(self) -> dict[str, object]:
        """Return what is asked for, by field."""
        found = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in found.items() if value is not None}


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
    terms: tuple[Term, ...] | None


class FilterFields(FieldsButCategory, total=False):
    """The fields of `AttemptFilter` as keyword arguments."""

    category: str | None


FilterLike = AttemptFilter | Mapping[str, object] | None

ANY_ATTEMPT = AttemptFilter()
_TEXTS = ("category", "material", "model", "feedback_category", "text")
_TIMES = ("since", "until")
_SCORES = ("min_score", "max_score")


def attempt_filter(
    given: AttemptFilter | Mapping[str, object] | None = None, fields: Mapping[str, object] | None = None
) -> AttemptFilter:
    """Make a filter from one that is there already, from a mapping, from single fields, or from both.

    `passed` is true, false, or one of the words passed, failed, unknown. Times may be datetimes, ISO 8601 (UTC
    where they name no zone), or how long ago, such as 2d.

    Raises InvalidRecordError, also where both say something different of the same field.
    """
    asked: dict[str, object] = {}
    for source in (given, fields):
        if source is not None and not isinstance(source, AttemptFilter | Mapping):
            raise InvalidRecordError("filter", source, 'an AttemptFilter, or an object such as {"category": "wood"}')
        for name, value in (source.given() if isinstance(source, AttemptFilter) else source or {}).items():
            if value is None:
                continue
            checked = _checked(name, value)
            if name == "text" and not str(checked).strip():
                continue  # no word is asked for
            if asked.setdefault(name, checked) != checked:
                raise InvalidRecordError(name, value, f"the same as before, which was {asked[name]!r}")
    since, until = asked.get("since"), asked.get("until")
    if since is not None and until is not None and str(until) <= str(since):
        raise InvalidRecordError("until", until, f"a time after since, which is {since}")
    return AttemptFilter(**asked)  # type: ignore[arg-type]


def _checked(name: str, value: object) -> object:
    if name in _TEXTS:
        if not isinstance(value, str):
            raise InvalidRecordError(name, value, "a text")
        return value
    if name in _TIMES:
        return _moment(name, value)
    if name in _SCORES:
        return _score(name, value)
    if name == "passed":
        return _verdict(value)
    if name == "terms" and isinstance(value, tuple) and all(isinstance(term, Term) for term in value):
        return value
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
    if math.isnan(number):
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
