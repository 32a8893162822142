"""How do attempts do by what was applied, chosen or gone wrong: feedback, patterns, failures, parameters?"""

from __future__ import annotations

from msgspec import Struct

from imglearn.analytics.outcomes import Outcomes, mean_score
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import totals
from imglearn.store.database import Store


class FeedbackPattern(Outcomes, frozen=True):
    """The attempts that feedback of one category was applied to."""

    category: str | None
    usage_count: int


class PatternOutcomes(Outcomes, frozen=True):
    """The attempts that used one contamination pattern."""

    pattern: str
    attempts: int


class FailureShare(Struct, frozen=True):
    """The failed attempts of one failure category (None: not given), their share of all failed ones in percent."""

    failure_category: str | None
    count: int
    percentage: float
    avg_score: float | None


def feedback_patterns(
    store: Store, limit: int | None = 10, asked: AttemptFilter = ANY_ATTEMPT
) -> list[FeedbackPattern]:
    """Return how attempts did by the category of the feedback applied to them (None: not given), most used first."""
    found = [
        FeedbackPattern.of(group.totals, group.name, group.totals.attempts)
        for group in totals.grouped(store, "feedback_category", asked)
    ]
    found.sort(key=lambda pattern: (-pattern.usage_count, -(pattern.avg_score or 0), pattern.category or ""))
    return found[:limit]


def failure_breakdown(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> list[FailureShare]:
    """Return the failed attempts by their failure category, most first."""
    groups = totals.grouped(store, "failure_category", asked)
    failed = sum(group.totals.attempts for group in groups)
    found = [
        FailureShare(
            group.name,
            group.totals.attempts,
            100 * group.totals.attempts / failed,
            mean_score(group.totals),
        )
        for group in groups
    ]
    return sorted(found, key=lambda share: (-share.count, share.failure_category or ""))


def pattern_effectiveness(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> list[PatternOutcomes]:
    """Return how attempts did by each contamination pattern that they used, most used first."""
    found = [
        PatternOutcomes.of(group.totals, str(group.key), group.totals.attempts)
        for group in totals.by_pattern(store, asked)
    ]
    return sorted(found, key=lambda pattern: (-pattern.attempts, pattern.pattern))
