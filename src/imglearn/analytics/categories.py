"""How does each category do?"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from imglearn.analytics.outcomes import mean_score
from imglearn.analytics.rates import Interval, mean, percentage, wilson_interval
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import issues, totals
from imglearn.store.database import Store
from imglearn.store.issues import IssueTotals
from imglearn.store.totals import Totals

_ISSUES_SHOWN = 5


class IssueCount(Struct, frozen=True):
    """A physics issue and how often it was named."""

    issue: str
    count: int


class CategoryStats(Struct, frozen=True):
    """The figures of one category, or of all (category None).

    Means are over the attempts that have a value, None where none has: scores in points from 0 to 100, prompt
    lengths in characters. `unknown` attempts have no verdict; those still `running` are among them. The rate and its
    95 % interval (Wilson) are percentages of the attempts with a known verdict.
    """

    category: str | None
    total_attempts: int
    passed: int
    failed: int
    unknown: int
    running: int
    success_rate: float | None
    success_rate_interval: Interval | None
    avg_realism_score: float | None
    avg_gen_prompt_length: float | None
    avg_val_prompt_length: float | None
    common_physics_issues: tuple[IssueCount, ...] = ()

    @property
    def judged(self) -> int:
        """How many verdicts the rate rests on."""
        return self.passed + self.failed


def all_category_stats(
    store: Store, asked: AttemptFilter = ANY_ATTEMPT, *, with_issues: bool = False
) -> list[CategoryStats]:
    """Return the figures of every category, most attempts first; `with_issues` with the commonest of each."""
    with store.read():
        found = [_stats(str(group.key), group.totals) for group in totals.grouped(store, "category", asked)]
        found.sort(key=lambda stats: (-stats.total_attempts, stats.category or ""))
        if not with_issues:
            return found
        named = issues.by_axis(store, "category", [stats.category for stats in found], _ISSUES_SHOWN, asked)
    return [_with_issues(stats, named[stats.category]) for stats in found]


def category_stats(store: Store, asked: AttemptFilter = ANY_ATTEMPT, *, with_issues: bool = False) -> CategoryStats:
    """Return the figures of all attempts, or of the filter's category: zeros and unknowns where there are none.

    `with_issues` with the physics issues named most often in them.
    """
    with store.read():
        stats = _stats(asked.category, totals.overall(store, asked))
        return _with_issues(stats, issues.physics_issues(store, _ISSUES_SHOWN, asked)) if with_issues else stats


def _with_issues(stats: CategoryStats, named: list[IssueTotals]) -> CategoryStats:
    counts = tuple(IssueCount(issue.issue, issue.count) for issue in named)
    return msgspec.structs.replace(stats, common_physics_issues=counts)


def _stats(category: str | None, found: Totals) -> CategoryStats:
    return CategoryStats(
        category=category,
        total_attempts=found.attempts,
        passed=found.passed,
        failed=found.failed,
        unknown=found.attempts - found.passed - found.failed,
        running=found.running,
        success_rate=percentage(found.passed, found.passed + found.failed),
        success_rate_interval=wilson_interval(found.passed, found.failed),
        avg_realism_score=mean_score(found),
        avg_gen_prompt_length=mean(found.gen_prompt_chars, found.gen_prompts),
        avg_val_prompt_length=mean(found.val_prompt_chars, found.val_prompts),
    )
