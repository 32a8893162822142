"""How the outcomes of groups of attempts look side by side: a rate, and what chance alone could make of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from imglearn.analytics.categories import CategoryStats, IssueCount
from imglearn.analytics.outcomes import LEAST_SAMPLE, Outcomes
from imglearn.analytics.rates import Interval
from imglearn.tui.cells import UNKNOWN_CELL, mean, number, percent
from imglearn.tui.columns import UNKNOWN, Cell, Column

T = TypeVar("T")

RANGE_CELLS = 21
RANGE_TITLE = f"{'0':<{RANGE_CELLS // 2}}{'50':<{RANGE_CELLS // 2 - 2}}100"


class Told(NamedTuple):
    """How many attempts, how many of them with a verdict, their pass rate with its interval, and their mean score."""

    attempts: int
    judged: int
    rate: float | None
    interval: Interval | None
    score: float | None

    @classmethod
    def of(cls, attempts: int, outcomes: Outcomes) -> Told:
        """Return what there is to tell of some outcomes."""
        return cls(attempts, outcomes.judged, outcomes.success_rate, outcomes.success_rate_interval, outcomes.avg_score)

    @classmethod
    def of_stats(cls, stats: CategoryStats) -> Told:
        """Return what there is to tell of a category, or of all."""
        return cls(
            stats.total_attempts, stats.judged, stats.success_rate, stats.success_rate_interval, stats.avg_realism_score
        )


def range_cell(value: float | None, interval: Interval | None) -> Cell:
    """Return a rate in percent (0-100) on a scale, in the middle of its interval."""
    if value is None or interval is None:
        return Cell(" " * RANGE_CELLS)
    low, here, high = (
        min(RANGE_CELLS - 1, round(one / 100 * (RANGE_CELLS - 1))) for one in (interval[0], value, interval[1])
    )
    signs = ["─" if low <= place <= high else " " for place in range(RANGE_CELLS)]
    signs[here] = "●"
    return Cell("".join(signs).rstrip())


def bounds(interval: Interval | None) -> str:
    """Return an interval in whole numbers."""
    return UNKNOWN if interval is None else f"{interval[0]:.0f}-{interval[1]:.0f}"


def rate_cell(rate: float | None, judged: int) -> Cell:
    """Return a rate; one of too few attempts to go by is muted."""
    if rate is None:
        return UNKNOWN_CELL
    return Cell(percent(rate), "muted" if judged < LEAST_SAMPLE else "")


def points_cell(value: float | None, low: float | None, high: float | None) -> Cell:
    """Return a difference in points: better or worse in its colour, muted while its interval holds 0."""
    if value is None or low is None or high is None:
        return UNKNOWN_CELL
    return Cell(f"{value:+.1f}", "pass" if low > 0 else "fail" if high < 0 else "muted")


def span_cell(low: float | None, high: float | None) -> Cell:
    """Return the interval of a difference in points."""
    return UNKNOWN_CELL if low is None or high is None else Cell(f"{low:+.1f}…{high:+.1f}", "muted")


def outcome_columns(told: Callable[[T], Told]) -> tuple[Column[T], ...]:
    """Return the columns that tell how a group of attempts went."""
    return (
        Column("n", lambda row: Cell(number(told(row).attempts)), 5, fit=11, whole=True, right=True),
        Column("judged", lambda row: Cell(number(told(row).judged), "muted"), 6, fit=11, right=True, priority=3),
        Column("passed", lambda row: rate_cell(told(row).rate, told(row).judged), 7, right=True),
        Column("95 %", lambda row: Cell(bounds(told(row).interval), "muted"), 6, right=True, priority=7),
        Column(RANGE_TITLE, lambda row: range_cell(told(row).rate, told(row).interval), RANGE_CELLS, priority=6),
        Column("mean", lambda row: Cell(mean(told(row).score)), 5, right=True, priority=5),
    )


def issues_column(named: Callable[[T], Sequence[IssueCount]]) -> Column[T]:
    """Return the column of the physics issues that are named most often."""
    return Column(
        "named most often",
        lambda row: Cell(" · ".join(f"{issue.count:,}× {issue.issue}" for issue in named(row)), "muted"),
        16,
        fit=60,
        flex=2,
        priority=2,
    )
