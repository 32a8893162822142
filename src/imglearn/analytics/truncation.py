"""Do attempts whose validation prompt was cut do worse?"""

from __future__ import annotations

from msgspec import Struct

from imglearn.analytics.outcomes import GroupOutcomes, not_enough, score_sample
from imglearn.analytics.rates import Interval, mean_difference_interval, rate_difference_interval
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import totals
from imglearn.store.database import Store
from imglearn.store.totals import Totals


class Difference(Struct, frozen=True):
    """Truncated less not truncated, with 95 % intervals: percentage points (Newcombe) and score points (Welch)."""

    success_rate_delta: float | None
    success_rate_interval: Interval | None
    avg_score_delta: float | None
    avg_score_interval: Interval | None


class TruncationImpact(Struct, frozen=True):
    """Attempts whose prompt was not cut and those whose was; of the `unknown` nobody said."""

    non_truncated: GroupOutcomes
    truncated: GroupOutcomes
    unknown: int
    difference: Difference
    note: str | None


def truncation_impact(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> TruncationImpact:
    """Compare the attempts by whether the validator's prompt was truncated."""
    found = {group.key: group.totals for group in totals.grouped(store, "truncated", asked)}
    whole, cut, unknown = (found.get(key, Totals()) for key in (0, 1, None))
    one, other = GroupOutcomes.of(whole, whole.attempts), GroupOutcomes.of(cut, cut.attempts)
    return TruncationImpact(
        non_truncated=one,
        truncated=other,
        unknown=unknown.attempts,
        difference=_difference(whole, cut, one, other),
        note=not_enough(one.judged, other.judged),
    )


def _difference(whole: Totals, cut: Totals, one: GroupOutcomes, other: GroupOutcomes) -> Difference:
    rate_delta = score_delta = score_interval = None
    if one.success_rate is not None and other.success_rate is not None:
        rate_delta = other.success_rate - one.success_rate
    if one.avg_score is not None and other.avg_score is not None:
        score_delta = other.avg_score - one.avg_score
    sample, whole_sample = score_sample(cut), score_sample(whole)
    if sample is not None and whole_sample is not None:
        score_interval = mean_difference_interval(sample, whole_sample)
    return Difference(
        success_rate_delta=rate_delta,
        success_rate_interval=rate_difference_interval((cut.passed, cut.failed), (whole.passed, whole.failed)),
        avg_score_delta=score_delta,
        avg_score_interval=score_interval,
    )
