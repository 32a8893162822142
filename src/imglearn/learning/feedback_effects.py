"""What does feedback do? Its effect on the attempts that got it, kind by kind, against retries without any."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct

from imglearn.analytics.rates import Interval
from imglearn.learning.evidence import Evidence, evidence, more_to_settle
from imglearn.learning.frame import Flags, Floats, Frame, frame
from imglearn.learning.history import History, remembered
from imglearn.learning.regression import Estimate, clustered, dummies, hinges
from imglearn.learning.strata import odds_ratio

ALL = "ALL"

Verdict = Literal["helps", "harms", "can't be told from none", "not known"]

_LEAST_NOISE = 25.0  # points squared, of a retry; scores that vary less are few
_LEAST_GROUP = 5  # retries of a category or a model; those with fewer share an indicator
_PERIOD = 100  # retries, about
_MOST_PERIODS = 8
_SAME_SHARE, _SAME_SCORE = 10.0, 2.0  # percentage points and points below which two groups pass for alike
_BENDS = (0.1, 0.35, 0.65)  # shares of the previous scores, where the line of what a retry gains may bend


class FeedbackEffect(Struct, frozen=True):
    """What a kind of feedback (or ALL) does to the attempts that got it, in score points, with its 95 % interval.

    `category` is the kind, None where it was not given. `pass_effect` is the same in percentage points of passes.
    `n` attempts got it, `retries` of these retried another one, in `chains` chains: the effect is that on them.
    `verdict` says in a word what the interval tells, `more` how many further chains with it would tell such an effect
    from none, `settle` what would tell more. `naive` is the mean score of the attempts with it less that of all without
    any, in points, and `naive_note` says why that is not its effect. `odds_ratio` is a second opinion on passing: the
    Mantel-Haenszel odds ratio of retries with it over those without, within category and third of the score before,
    with its 95 % interval, which takes retries as independent; `disagreement` says where the two differ.
    """

    category: str | None
    estimate: float | None
    low: float | None
    high: float | None
    pass_effect: float | None
    pass_effect_interval: Interval | None
    n: int
    retries: int
    chains: int
    evidence: Evidence
    verdict: Verdict
    more: int | None
    settle: str | None
    naive: float | None
    naive_note: str | None
    odds_ratio: float | None
    odds_ratio_interval: Interval | None
    disagreement: str | None


@remembered
def feedback_effects(past: History) -> tuple[FeedbackEffect, ...]:
    """Return the effect of all feedback, then of each kind, most used first.

    Feedback goes to attempts that failed, and what failed does better the next time by itself (regression to the
    mean), on hard categories, and more of it as time goes by: with and without can't be compared. So retries with
    feedback are compared with retries without, by least squares that hold equal what both depend on: the score and
    the number of issues of the attempt that is retried, category, model, its period of time, how many retries it is,
    and whether the model was switched; with errors clustered by chain. The effect is that on those who got it. What it
    can't hold equal is what the log does not say: who gives feedback may also change the prompt with more care.
    """
    found = frame(past)
    retries = _retries(past)
    any_feedback = (retries.feedback.codes >= 0).astype(float)[:, None]
    given = found.feedback.codes >= 0
    columns = (any_feedback, _kinds(retries))
    on_score = [estimate for wanted in columns for estimate in _effects(retries, retries.score, wanted)]
    on_pass = [estimate for wanted in columns for estimate in _effects(retries, 100 * retries.passed, wanted)]
    groups = [given, *(found.feedback.codes == code for code in range(len(found.feedback.names)))]
    names = [ALL, *(name or None for name in found.feedback.names)]
    return tuple(
        _effect(found, name, group, ~given, one, other)
        for name, group, one, other in zip(names, groups, on_score, on_pass, strict=True)
    )


class Gains(NamedTuple):
    """The retries, what each scored beyond what is expected of it without feedback (points), and the variance of that
    beyond the kind of its feedback (points squared).
    """

    retries: Frame
    points: Floats
    noise: float


@remembered
def gains(past: History) -> Gains:
    """Return what retries gained, held against the retries without feedback (see `feedback_effects`)."""
    retries = _retries(past)
    usual = float(retries.score.var()) if retries.n else 0.0
    if not retries.n:
        return Gains(retries, np.zeros(0), _LEAST_NOISE)
    fixed = np.column_stack([np.ones(retries.n), _held_equal(retries)])
    both = np.hstack([fixed, _kinds(retries)])
    coefficients = np.linalg.lstsq(both, retries.score, rcond=None)[0]
    left = retries.score - both @ coefficients
    freedom = retries.n - np.linalg.matrix_rank(both)
    noise = float((left**2).sum()) / freedom if freedom >= _LEAST_GROUP else usual
    points = np.asarray(retries.score - fixed @ coefficients[: fixed.shape[1]])
    return Gains(retries, points, max(noise, _LEAST_NOISE))


def _kinds(retries: Frame) -> Floats:
    """Return a column for each kind of feedback: 1 for the retries that got it."""
    names = len(retries.feedback.names)
    flags = [retries.feedback.codes == code for code in range(names)]
    return np.array(flags, dtype=float).reshape(names, retries.n).T


def _retries(past: History) -> Frame:
    found = frame(past)
    return found.of(_are_retries(found))


def _are_retries(found: Frame) -> Flags:
    """Return which attempts retry one whose score is known."""
    return np.asarray((found.step > 0) & ~np.isnan(found.score_before))


def _effects(retries: Frame, outcome: Floats, wanted: Floats) -> list[Estimate | None]:
    known = ~np.isnan(outcome)
    if not known.any():
        return [None] * wanted.shape[1]
    chosen = retries.of(known)
    return clustered(outcome[known], wanted[known], _held_equal(chosen), chosen.chain)


def _held_equal(retries: Frame) -> Floats:
    """Return what the outcome of a retry depends on besides feedback, a column each."""
    periods = max(1, min(_MOST_PERIODS, retries.n // _PERIOD))
    edges = np.quantile(retries.day, np.linspace(0, 1, periods + 1)[1:-1])
    period = np.searchsorted(edges, retries.day, side="right")
    model_and_period = retries.model.codes * periods + period
    return np.column_stack(
        [
            dummies(retries.category.codes, _LEAST_GROUP),
            dummies(model_and_period, _LEAST_GROUP),
            dummies(np.minimum(retries.step, 5), _LEAST_GROUP),
            hinges(retries.score_before, _BENDS),
            retries.issues_before,
            retries.switched.astype(float),
        ]
    )


def _effect(
    found: Frame, name: str | None, group: Flags, without: Flags, score: Estimate | None, passing: Estimate | None
) -> FeedbackEffect:
    n = int(group.sum())
    is_retry = group & _are_retries(found)
    chains = len(np.unique(found.chain[is_retry]))
    naive = float(found.score[group].mean() - found.score[without].mean()) if n and without.any() else None
    second = _second_opinion(found, group, without)
    more = None if score is None else more_to_settle(chains, (score.high - score.low) / 2, score.value)
    return FeedbackEffect(
        category=name,
        estimate=None if score is None else score.value,
        low=None if score is None else score.low,
        high=None if score is None else score.high,
        pass_effect=None if passing is None else passing.value,
        pass_effect_interval=None if passing is None else (passing.low, passing.high),
        n=n,
        retries=int(is_retry.sum()),
        chains=chains,
        evidence=evidence(0 if score is None else chains),
        verdict=_verdict(score),
        more=more,
        settle=_settle(score, int(is_retry.sum()), more),
        naive=naive,
        naive_note=None if naive is None else _naive_note(found, group, without),
        odds_ratio=second and second[0],
        odds_ratio_interval=second and second[1],
        disagreement=_disagreement(passing, second),
    )


def _second_opinion(found: Frame, group: Flags, without: Flags) -> tuple[float, Interval] | None:
    chosen = (group | without) & _are_retries(found) & ~np.isnan(found.passed)
    if not chosen.any():
        return None
    before = found.score_before[chosen]
    third = np.searchsorted(np.quantile(before, (1 / 3, 2 / 3)), before, side="right")
    return odds_ratio(group[chosen].astype(float), found.passed[chosen], found.category.codes[chosen] * 3 + third)


def _disagreement(passing: Estimate | None, second: tuple[float, Interval] | None) -> str | None:
    if passing is None or second is None:
        return None
    low, high = second[1]
    if (passing.low > 0 and high < 1) or (passing.high < 0 and low > 1):
        return "the two ways to hold equal what differs contradict each other: take neither"
    return None


def _verdict(score: Estimate | None) -> Verdict:
    if score is None:
        return "not known"
    return "helps" if score.low > 0 else "harms" if score.high < 0 else "can't be told from none"


def _settle(score: Estimate | None, retries: int, more: int | None) -> str | None:
    """Return in words what would tell more."""
    if score is None:
        if not retries:
            return "it takes retries with it to tell"
        return "it takes more retries to tell, with it and without any feedback"
    if more is not None:
        return f"about {more:,} more chains with it would tell such an effect from none"
    if score.low <= 0 <= score.high:
        return f"next to none: more than {max(-score.low, score.high):.0f} points either way is unlikely"
    return None


def _naive_note(found: Frame, group: Flags, without: Flags) -> str:
    """Return why the plain difference is not the effect, as far as the log tells."""
    reasons = []
    mine, others = (100 * float((found.step[those] > 0).mean()) for those in (group, without))
    if abs(mine - others) >= _SAME_SHARE:
        reasons.append(f"{mine:.0f} % of those with it are retries of what failed, of those without {others:.0f} %")
    before = [found.score_before[those & ~np.isnan(found.score_before)] for those in (group, without)]
    if all(len(scores) for scores in before) and abs(before[0].mean() - before[1].mean()) >= _SAME_SCORE:
        reasons.append(
            f"the attempts that they retry had scores of {before[0].mean():.0f} and {before[1].mean():.0f} on average"
        )
    mean = np.bincount(found.category.codes, found.score) / np.maximum(np.bincount(found.category.codes), 1)
    harder = float(mean[found.category.codes[group]].mean() - mean[found.category.codes[without]].mean())
    if abs(harder) >= _SAME_SCORE:
        reasons.append(f"their categories are {'easier' if harder > 0 else 'harder'} by {abs(harder):.0f} points")
    return "; ".join(reasons) or "it does not hold equal what retries gain by themselves, nor category, model and time"
