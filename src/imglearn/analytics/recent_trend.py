"""How has it gone lately, beside how it went before?"""

from __future__ import annotations

from msgspec import Struct

from imglearn.analytics.rates import Interval, percentage, rate_difference_interval
from imglearn.analytics.trend import TrendPoint, trend
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store.database import Store

DAYS = 7  # with attempts, on each side


class RecentTrend(Struct, frozen=True):
    """The last days with attempts, oldest first, and the verdicts of the later and of the earlier half of them.

    Rates are in percent (0-100) of the judged attempts. `difference_interval` is the 95 % interval of the later rate
    less the earlier one, in percentage points; None where either half has no verdict.
    """

    days: tuple[TrendPoint, ...]
    passed: int
    judged: int
    success_rate: float | None
    passed_before: int
    judged_before: int
    success_rate_before: float | None
    difference_interval: Interval | None


def recent_trend(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> RecentTrend:
    """Return how the last 7 days with attempts went, beside the 7 before them."""
    days = tuple(trend(store, "day", asked)[-2 * DAYS :])
    (passed, judged), (passed_before, judged_before) = _verdicts(days[-DAYS:]), _verdicts(days[:-DAYS])
    return RecentTrend(
        days=days,
        passed=passed,
        judged=judged,
        success_rate=percentage(passed, judged),
        passed_before=passed_before,
        judged_before=judged_before,
        success_rate_before=percentage(passed_before, judged_before),
        difference_interval=rate_difference_interval(
            (passed, judged - passed), (passed_before, judged_before - passed_before)
        ),
    )


def _verdicts(days: tuple[TrendPoint, ...]) -> tuple[int, int]:
    return sum(day.passed for day in days), sum(day.judged for day in days)
