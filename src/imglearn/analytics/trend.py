"""Does it get better with time, and where?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal, get_args

import msgspec

from imglearn.analytics.outcomes import Outcomes
from imglearn.errors import InvalidRecordError
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import totals
from imglearn.store.database import Store
from imglearn.store.totals import Group
from imglearn.terms import Comparison, Term

Bucket = Literal["minute", "hour", "day", "week", "month"]
Split = Literal["category", "model"]

_MOST_DAYS: dict[Bucket, int] = {"hour": 3, "day": 120, "week": 730}  # that are told in such buckets


class TrendPoint(Outcomes, frozen=True):
    """The attempts of one minute, hour, day, week (from Monday) or month, by its start in UTC."""

    bucket: str
    attempts: int


class GroupTrend(Outcomes, frozen=True):
    """The attempts of one category or one model (None: not given), in all and by bucket, oldest first."""

    name: str | None
    attempts: int
    points: tuple[TrendPoint, ...]


def trend(store: Store, bucket: str = "day", asked: AttemptFilter = ANY_ATTEMPT) -> list[TrendPoint]:
    """Return the figures of each bucket that has attempts, oldest first. Raises InvalidRecordError."""
    return _points(totals.grouped(store, _kept_by(bucket), asked), bucket)


def split_trend(
    store: Store, split: str, bucket: str = "day", most: int | None = None, asked: AttemptFilter = ANY_ATTEMPT
) -> list[GroupTrend]:
    """Return the trend within each category, or with each model, those with most attempts first: at `most` so many.

    Raises InvalidRecordError.
    """
    if split not in get_args(Split):
        raise InvalidRecordError("split", split, f"one of {', '.join(get_args(Split))}")
    with store.read():
        sums = totals.summed(totals.grouped(store, split, asked), lambda group: group.name)
        names = sorted(sums, key=lambda name: (-sums[name].attempts, name or ""))[:most]
        if len(names) < len(sums):
            asked = _only(asked, split, names)
        groups: dict[str | None, list[Group]] = defaultdict(list)
        for group in totals.grouped(store, f"{_kept_by(bucket)}_and_{split}", asked):
            groups[group.within].append(group)
    return [
        GroupTrend.of(sums[name], name, sums[name].attempts, tuple(_points(groups[name], bucket))) for name in names
    ]


def fitting_bucket(first: str, last: str) -> Bucket:
    """Return the bucket that tells the time between two days (2025-11-25) in a readable number of steps."""
    try:
        days = (date.fromisoformat(last[:10]) - date.fromisoformat(first[:10])).days
    except ValueError:  # not a time of ours; another program wrote it
        return "day"
    return next((bucket for bucket, most in _MOST_DAYS.items() if days < most), "month")


def _kept_by(bucket: str) -> str:
    if bucket not in get_args(Bucket):
        raise InvalidRecordError("bucket", bucket, f"one of {', '.join(get_args(Bucket))}")
    return bucket if bucket in ("minute", "hour") else "day"


def _only(asked: AttemptFilter, split: str, names: Iterable[str | None]) -> AttemptFilter:
    unknown_first = sorted(names, key=lambda name: name is not None)
    term = Term(split, tuple(Comparison("=", name) for name in unknown_first))
    return msgspec.structs.replace(asked, terms=(*asked.terms, term))


def _points(groups: Iterable[Group], bucket: str) -> list[TrendPoint]:
    found = totals.summed(groups, lambda group: _start(str(group.key), bucket))
    return [TrendPoint.of(found[start], start, found[start].attempts) for start in sorted(found)]


def _start(moment: str, bucket: str) -> str:
    """Return the start of the bucket that a day (or, for hours and minutes, a day and time) belongs to."""
    if bucket == "month":
        return f"{moment[:7]}-01"
    if bucket == "week":
        try:
            day = date.fromisoformat(moment)
            return (day - timedelta(days=day.weekday())).isoformat()
        except (ValueError, OverflowError):  # not a time of ours; another program wrote it
            return moment
    return f"{moment}:00" if bucket == "hour" else moment
