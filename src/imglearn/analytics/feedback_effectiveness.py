"""Are attempts better with feedback than without?"""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from imglearn.analytics.outcomes import GroupOutcomes, not_enough
from imglearn.analytics.rates import Interval, mean, mean_interval, percentage, sample_variance
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import retries, totals
from imglearn.store.database import Store
from imglearn.store.retries import RetryTotals
from imglearn.store.totals import Group, Totals

_BY_ITSELF = "what a retry gains without any feedback is in it too"

# Differences below which the two groups pass for comparable, in percentage points.
_SAME_SHARE_OF_RETRIES = 10
_SAME_RATE = 2


class Improvement(Struct, frozen=True):
    """With feedback less without: percentage points and score points, None where either side has none."""

    success_rate_delta: float | None
    avg_score_delta: float | None


class Paired(Struct, frozen=True):
    """Retries with feedback beside the attempts that they retry.

    The rates are percentages of the `judged` pairs, where both verdicts are known. The mean change is over the
    `scored` pairs, in score points, and `interval` is Student's 95 % interval of it, which takes the pairs as
    independent. `note` says what speaks against taking it for the feedback's doing.
    """

    pairs: int
    judged: int
    success_rate_before: float | None
    success_rate_after: float | None
    scored: int
    mean_score_change: float | None
    interval: Interval | None
    note: str | None


class FeedbackEffectiveness(Struct, frozen=True):
    """Attempts without and with feedback applied to them, and `note`: why the difference may not be its doing.

    An attempt that doesn't say whether feedback was applied (`unstated` of them) counts as one without.
    """

    before_feedback: GroupOutcomes
    after_feedback: GroupOutcomes
    unstated: int
    improvement: Improvement
    paired: Paired
    note: str | None


def feedback_effectiveness(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> FeedbackEffectiveness:
    """Compare the attempts with applied feedback with those without, plainly and pair by pair."""
    with store.read():
        groups = totals.grouped(store, "feedback_applied", asked)
        pairs = retries.with_feedback(store, asked)
    without = [group for group in groups if group.key != 1]
    given = [group for group in groups if group.key == 1]
    before_totals, after_totals = _sum(without), _sum(given)
    before = GroupOutcomes.of(before_totals, before_totals.attempts)
    after = GroupOutcomes.of(after_totals, after_totals.attempts)
    return FeedbackEffectiveness(
        before_feedback=before,
        after_feedback=after,
        unstated=_sum([group for group in without if group.key is None]).attempts,
        improvement=Improvement(
            _less(after.success_rate, before.success_rate), _less(after.avg_score, before.avg_score)
        ),
        paired=_paired(pairs),
        note=_note(without, given),
    )


def _paired(found: RetryTotals) -> Paired:
    change = mean(found.change_sum / 1e3, found.scored)
    interval = None
    if change is not None and found.scored > 1:
        variance = sample_variance(found.scored, found.change_sum / 1e3, found.change_squares / 1e6)
        interval = mean_interval(found.scored, change, variance)
    return Paired(
        pairs=found.pairs,
        judged=found.judged,
        success_rate_before=percentage(found.passed_before, found.judged),
        success_rate_after=percentage(found.passed_after, found.judged),
        scored=found.scored,
        mean_score_change=change,
        interval=interval,
        note="; ".join(filter(None, (not_enough(found.scored), _BY_ITSELF))) if found.pairs else None,
    )


def _note(without: list[Group], given: list[Group]) -> str | None:
    """Say what else differs between the two groups, as far as the log tells."""
    before, after = _sum(without), _sum(given)
    if not before.attempts and not after.attempts:
        return None
    if not before.attempts or not after.attempts:
        return "nothing to compare: " + ("no attempt had" if before.attempts else "every attempt had") + " feedback"
    reasons = []
    if few := not_enough(before.passed + before.failed, after.passed + after.failed):
        reasons.append(few)
    retried, retried_before = (100 * found.retries / found.attempts for found in (after, before))
    if abs(retried - retried_before) >= _SAME_SHARE_OF_RETRIES:
        reasons.append(
            f"{retried:.0f} % of those with feedback are retries and {retried_before:.0f} % of the others, so what "
            "a retry gains by itself is in the difference"
        )
    plain = _rate_difference(before, after)
    adjusted = _same_mix_difference(without, given)
    if plain is not None and adjusted is not None and abs(plain - adjusted) >= _SAME_RATE:
        reasons.append(
            f"the categories are not the same: within categories the difference is {adjusted:+.1f} points, "
            f"not {plain:+.1f}"
        )
    return "; ".join(reasons) or None


def _same_mix_difference(without: list[Group], given: list[Group]) -> float | None:
    """Return the difference of the pass rates within categories, weighted by the attempts with feedback.

    Only categories with verdicts on both sides count. That is direct standardisation; see K. J. Rothman, "Modern
    Epidemiology", on standardised rate differences.
    """
    sides: dict[str | None, tuple[Totals, Totals]] = defaultdict(lambda: (Totals(), Totals()))
    for place, groups in enumerate((without, given)):
        for group in groups:
            before, after = sides[group.within]
            sides[group.within] = (before, after + group.totals) if place else (before + group.totals, after)
    weighted = weights = 0.0
    for before, after in sides.values():
        difference = _rate_difference(before, after)
        if difference is not None:
            weighted += (after.passed + after.failed) * difference
            weights += after.passed + after.failed
    return weighted / weights if weights else None


def _rate_difference(before: Totals, after: Totals) -> float | None:
    return _less(
        percentage(after.passed, after.passed + after.failed),
        percentage(before.passed, before.passed + before.failed),
    )


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _sum(groups: list[Group]) -> Totals:
    return sum((group.totals for group in groups), Totals())
