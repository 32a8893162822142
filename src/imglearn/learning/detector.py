"""Has a stream of outcomes got worse? Told as soon as possible, with a stated rate of false alarms."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from statistics import NormalDist
from typing import NamedTuple

LEAST_KNOWN = 30  # outcomes before any can be unusual
_SHIFTS = (0.5, 1.0, 1.5)  # standard deviations by which it may have got worse
_normal_quantile = NormalDist().inv_cdf


class Alarm(NamedTuple):
    """How strongly the outcomes speak for a change (`statistic`), how many outcomes ago it began by all appearances,
    and the means before and since.
    """

    statistic: float
    began: int
    before: float
    since: float


class Detector:
    """Watches a stream for a change to the worse: Shiryaev and Roberts' statistic on conformal p values.

    Each outcome is ranked among all before it: without a change every rank is as likely as another, whatever the
    outcomes' distribution is. Ranks that are low beyond luck are bet on, at odds for a shift by half a standard
    deviation, one, or one and a half. An alarm is raised where the statistic, summed over all moments at which the
    change may have begun, exceeds `run_length`: without a change that takes that many outcomes on average at least.
    That is a theorem for exchangeable outcomes and ranks whose ties are broken by lot; ranks in the middle of ties, as
    here, bet less, and outcomes that have been freed of what they depend on come close to exchangeable.
    Sources: V. Vovk et al., "Retrain or not retrain: conformal test martingales for change-point detection", COPA
    (2021); J. Shin, A. Ramdas and A. Rinaldo, "E-detectors: a nonparametric framework for sequential change
    detection", New England Journal of Statistics in Data Science 2 (2024).

    After an alarm the next outcomes are learned as what is usual from then on: one change is one alarm.
    """

    def __init__(self, run_length: float) -> None:
        self._run_length = run_length
        self._usual = _Usual()
        self._learning: _Usual | None = None
        self._sums = [0.0] * len(_SHIFTS)
        self._recent: list[float] = []  # since the last moment at which nothing spoke for a change
        self._drift = 0.0

    @property
    def level(self) -> float | None:
        """The mean of what is usual, None where nothing is known."""
        return self._usual.mean

    @property
    def known(self) -> int:
        """How many outcomes are known as usual."""
        return len(self._usual.sorted)

    @property
    def statistic(self) -> float:
        """How strongly the last outcomes speak for a change; an alarm is raised beyond the run length."""
        return sum(self._sums) / len(self._sums)

    @property
    def is_learning(self) -> bool:
        """Whether what is usual is not known enough yet, or is learned anew after an alarm."""
        return self._learning is not None or self.known < LEAST_KNOWN

    def observe(self, outcome: float) -> Alarm | None:
        """Take in an outcome, the higher the better; return an alarm where it raises one."""
        usual = self._usual
        if self._learning is not None:
            self._learning.add(outcome)
            if len(self._learning.sorted) >= LEAST_KNOWN:
                self._usual, self._learning = self._learning, None
            return None
        if len(usual.sorted) < LEAST_KNOWN:
            usual.add(outcome)
            return None
        z = usual.standing(outcome)
        bets = [math.exp(-shift * z - shift * shift / 2) for shift in _SHIFTS]
        self._sums = [(1 + total) * bet for total, bet in zip(self._sums, bets, strict=True)]
        self._drift += math.log(sum(bets) / len(bets))
        self._recent.append(outcome)
        if self._drift <= 0:
            self._drift = 0.0
            self._recent.clear()
        if self.statistic <= self._run_length:
            usual.add(outcome)
            return None
        recent = self._recent or [outcome]
        alarm = Alarm(self.statistic, len(recent), usual.mean or 0.0, sum(recent) / len(recent))
        self._forget()
        self._learning = _Usual()
        return alarm

    def _forget(self) -> None:
        self._sums = [0.0] * len(_SHIFTS)
        self._recent.clear()
        self._drift = 0.0


class _Usual:
    """The outcomes that are usual."""

    def __init__(self) -> None:
        self.sorted: list[float] = []
        self._sum = 0.0

    @property
    def mean(self) -> float | None:
        return self._sum / len(self.sorted) if self.sorted else None

    def add(self, outcome: float) -> None:
        insort(self.sorted, outcome)
        self._sum += outcome

    def standing(self, outcome: float) -> float:
        """Return where an outcome stands among these, as a standard normal number; of equal ones in their middle."""
        low, high = bisect_left(self.sorted, outcome), bisect_right(self.sorted, outcome)
        return _normal_quantile((low + (high - low + 1) / 2) / (len(self.sorted) + 1))
