"""How did some attempts go? The figures that every group of attempts is told by."""

from __future__ import annotations

import math
from typing import Self

from msgspec import Struct

from imglearn.analytics.rates import Interval, mean, percentage, sample_variance, t_975, wilson_interval
from imglearn.store.totals import Totals

_LEAST_VARIANCE = 1e-6  # scores are summed to a thousandth
LEAST_SAMPLE = 10  # judged attempts; a rate of fewer says nothing to go by


class Outcomes(Struct, frozen=True, kw_only=True):
    """What became of a group of attempts.

    `success_rate` is the share in percent (0-100) of the attempts with a known verdict, which are `passed + failed`;
    `unknown` have none, those still running among them. Its interval is Wilson's (95 %). `avg_score` is the mean
    over the `scored` attempts, in points from 0 to 100, and its interval Student's (95 %), None where nothing tells how
    they vary. Rates and means of nothing are None.
    """

    passed: int
    failed: int
    unknown: int
    success_rate: float | None
    success_rate_interval: Interval | None
    scored: int
    avg_score: float | None
    avg_score_interval: Interval | None

    @property
    def judged(self) -> int:
        """How many verdicts the rate rests on."""
        return self.passed + self.failed

    @classmethod
    def of(cls, found: Totals, *key: object) -> Self:
        """Make the figures from totals; `key` fills the fields that come before them."""
        return cls(
            *key,
            passed=found.passed,
            failed=found.failed,
            unknown=found.attempts - found.passed - found.failed,
            success_rate=percentage(found.passed, found.passed + found.failed),
            success_rate_interval=wilson_interval(found.passed, found.failed),
            scored=found.scored,
            avg_score=mean_score(found),
            avg_score_interval=mean_score_interval(found),
        )


class GroupOutcomes(Outcomes, frozen=True):
    """What became of a group of `total` attempts."""

    total: int


def mean_score(found: Totals) -> float | None:
    """Return the mean score in points."""
    return mean(found.score_sum / 1e6, found.scored)


def mean_score_interval(found: Totals) -> Interval | None:
    """Return the 95 % interval of the mean score in points, cut to what a score can be.

    None where nothing tells how scores vary: below two of them, or where all are the same.
    """
    sample = score_sample(found)
    if sample is None or sample[2] < _LEAST_VARIANCE:
        return None
    n, average, variance = sample
    half = t_975(n - 1) * math.sqrt(variance / n)
    return max(0.0, average - half), min(100.0, average + half)


def score_sample(found: Totals) -> tuple[int, float, float] | None:
    """Return n, mean and variance of the scores in points; None below two."""
    if found.scored < 2:
        return None
    total, squares = found.score_sum / 1e6, found.score_squares / 1e6
    return found.scored, total / found.scored, sample_variance(found.scored, total, squares)


def not_enough(*samples: int) -> str | None:
    """Return in words that the smallest sample is too small to go by, or None where it is not."""
    n = min(samples)
    return f"not enough data (n={n}, needs {LEAST_SAMPLE})" if n < LEAST_SAMPLE else None
