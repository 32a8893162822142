"""Does it get better with time?"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Literal, get_args

from imglearn.analytics.outcomes import Outcomes
from imglearn.errors import InvalidRecordError
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import totals
from imglearn.store.database import Store
from imglearn.store.totals import Totals

Bucket = Literal["hour", "day", "week", "month"]


class TrendPoint(Outcomes, frozen=True):
    """The attempts of one hour, day, week (from Monday) or month, by its start in UTC."""

    bucket: str
    attempts: int


def trend(store: Store, bucket: str = "day", asked: AttemptFilter = ANY_ATTEMPT) -> list[TrendPoint]:
    """Return the figures of each bucket that has attempts, oldest first. Raises InvalidRecordError."""
    if bucket not in get_args(Bucket):
        raise InvalidRecordError("bucket", bucket, f"one of {', '.join(get_args(Bucket))}")
    found: dict[str, Totals] = defaultdict(Totals)
    for group in totals.grouped(store, "hour" if bucket == "hour" else "day", asked):
        found[_start(str(group.key), bucket)] += group.totals
    return [TrendPoint.of(found[start], start, found[start].attempts) for start in sorted(found)]


def _start(moment: str, bucket: str) -> str:
    """Return the start of the bucket that a day (or, for hours, a day and hour) belongs to."""
    if bucket == "month":
        return f"{moment[:7]}-01"
    if bucket == "week":
        try:
            day = date.fromisoformat(moment)
            return (day - timedelta(days=day.weekday())).isoformat()
        except (ValueError, OverflowError):  # not a time of ours; another program wrote it
            return moment
    return f"{moment}:00" if bucket == "hour" else moment
