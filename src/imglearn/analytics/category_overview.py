"""How does each category do, what goes wrong in it, and how did it go lately?"""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
from msgspec import Struct

from imglearn.analytics.categories import CategoryStats, all_category_stats
from imglearn.analytics.trend import TrendPoint, split_trend, trend
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store.database import Store

DAYS = 14  # up to the last one with an attempt


class CategoryOverview(Struct, frozen=True):
    """The figures of a category, and its last days: None for a day without an attempt in it."""

    stats: CategoryStats
    days: tuple[TrendPoint | None, ...]


def category_overview(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> list[CategoryOverview]:
    """Return every category with its commonest issues and its last 14 days, most attempts first.

    The days are the same for all: they end with the last one on which there is any attempt.
    """
    with store.read():
        days = _last_days(store, asked)
        points: dict[str | None, dict[str, TrendPoint]] = {}
        if days:
            lately = msgspec.structs.replace(asked, since=max(asked.since or "", f"{days[0]}T00:00:00.000000Z"))
            points = {
                group.name: {point.bucket: point for point in group.points}
                for group in split_trend(store, "category", "day", None, lately)
            }
        return [
            CategoryOverview(stats, tuple(points.get(stats.category, {}).get(day) for day in days))
            for stats in all_category_stats(store, asked, with_issues=True)
        ]


def _last_days(store: Store, asked: AttemptFilter) -> list[str]:
    told = trend(store, "day", asked)
    try:
        last = date.fromisoformat(told[-1].bucket)
        return [(last - timedelta(days=DAYS - 1 - number)).isoformat() for number in range(DAYS)]
    except (IndexError, ValueError, OverflowError):  # no attempt, or not a time of ours
        return []
