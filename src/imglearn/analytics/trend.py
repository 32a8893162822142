"""Does it get better with time, and where?"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Literal, get_args

import msgspec

from imglearn.analytics.outcomes import Outcomes, mean_score
from imglearn.analytics.rates import Interval, percentage
from imglearn.errors import InvalidRecordError
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import totals
from imglearn.store.database import Store
from imglearn.store.totals import Group, Totals
from imglearn.terms import Comparison, Term

Bucket = Literal["minute", "hour", "day", "week", "month"]
Split = Literal["category", "model"]

_MOST_DAYS: dict[Bucket, int] = {"hour": 3, "day": 120, "week": 730}  # that are told in such buckets


class TrendPoint(Outcomes, frozen=True):
    """The attempts of one minute, hour, day, week (from Monday) or month, by its start in UTC."""

    bucket: str
    attempts: int


class AdjustedPoint(TrendPoint, frozen=True):
    """The same, and what the rate and the mean would be with the usual mix of categories.

    The odds of passing are those over all times the observed odds over those that are expected of these categories,
    which is indirect standardisation; see K. J. Rothman, "Modern Epidemiology", on standardised measures. Of odds
    rather than of rates, so that none comes out beyond 100 percent. Means differ rather than multiply: the mean less
    what is expected of these categories, plus the mean over all. The rate is None where these categories always pass or
    never. The intervals (95 %) are those of what was observed, moved likewise: what is expected is taken as known.
    """

    adjusted_success_rate: float | None = None
    adjusted_success_rate_interval: Interval | None = None
    adjusted_avg_score: float | None = None
    adjusted_avg_score_interval: Interval | None = None


class GroupTrend(Outcomes, frozen=True):
    """The attempts of one category or one model (None: not given), in all and by bucket, oldest first."""

    name: str | None
    attempts: int
    points: tuple[TrendPoint, ...]


def trend(store: Store, bucket: str = "day", asked: AttemptFilter = ANY_ATTEMPT) -> list[AdjustedPoint]:
    """Return the figures of each bucket that has attempts, oldest first, and those adjusted to the usual mix of
    categories. Raises InvalidRecordError.
    """
    groups = totals.grouped(store, f"{_kept_by(bucket)}_and_category", asked)
    overall = sum((group.totals for group in groups), Totals())
    usual = totals.summed(groups, lambda group: group.within)
    within: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        within[_start(str(group.key), bucket)].append(group)
    return [
        _adjusted(AdjustedPoint(**msgspec.structs.asdict(point)), within[point.bucket], usual, overall)
        for point in _points(groups, bucket)
    ]


def _adjusted(
    point: AdjustedPoint, groups: Iterable[Group], usual: Mapping[str | None, Totals], overall: Totals
) -> AdjustedPoint:
    """Return a point with its adjusted figures."""
    passes = scores = 0.0  # that are expected of its categories
    for group in groups:
        those = usual[group.within]
        if judged := group.totals.passed + group.totals.failed:
            passes += judged * those.passed / (those.passed + those.failed)
        if group.totals.scored:
            scores += group.totals.scored * those.score_sum / 1e6 / those.scored
    rate, mean = percentage(overall.passed, overall.passed + overall.failed), mean_score(overall)
    found: dict[str, Any] = {}
    move = None if rate is None or not point.judged else _odds_times(rate / 100, passes / point.judged)
    if point.success_rate is not None and move is not None:
        found |= _moved("success_rate", point.success_rate, point.success_rate_interval, move)
    if point.avg_score is not None and mean is not None:
        shift = mean - scores / point.scored
        found |= _moved("avg_score", point.avg_score, point.avg_score_interval, lambda value: value + shift)
    return msgspec.structs.replace(point, **found)


def _odds_times(overall: float, expected: float) -> Callable[[float], float] | None:
    """Return what multiplies the odds of a percentage by those of one share over those of another; None where that
    can't be told.
    """
    if math.isclose(overall, expected, abs_tol=1e-12):
        return lambda value: value
    if not 0 < expected < 1 - 1e-12:
        return None
    factor = overall / expected * (1 - expected) / (1 - overall)

    def move(value: float) -> float:
        share = value / 100
        return 100 * share * factor / (share * factor + 1 - share)

    return move


def _moved(
    name: str, value: float, interval: Interval | None, move: Callable[[float], float]
) -> dict[str, float | Interval | None]:
    def within(value: float) -> float:
        return min(100.0, max(0.0, move(value)))

    return {
        f"adjusted_{name}": within(value),
        f"adjusted_{name}_interval": None if interval is None else (within(interval[0]), within(interval[1])),
    }


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
