"""Does it get better with time? The slope of passes and scores, as far as it is beyond luck."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct

from imglearn.learning.evidence import Evidence, evidence
from imglearn.learning.frame import Floats, Frame, frame
from imglearn.learning.history import History, remembered
from imglearn.learning.regression import clustered, dummies

_LEAST_DAYS = 1.0  # between the first and the last attempt
_LEAST_CHAINS = 10
_MOST = 100.0  # points that a rate or a score can move by

Direction = Literal["rose", "fell", "no direction beyond luck", "not known"]


class Slope(Struct, frozen=True):
    """By how much something moved from the first attempt to the last, with its 95 % interval, and what that says."""

    change: float | None
    low: float | None
    high: float | None
    direction: Direction


class Drift(Struct, frozen=True):
    """How results moved over the `days` of the log: the pass rate in percentage points, the score in points.

    The adjusted ones are within category and model: what is left when the mix of these is held equal.
    """

    pass_rate: Slope
    adjusted_pass_rate: Slope
    score: Slope
    adjusted_score: Slope
    days: float
    n: int
    chains: int
    evidence: Evidence


@remembered
def drift(past: History) -> Drift:
    """Return how results moved with time: straight lines by least squares, with errors clustered by chain.

    That results got better says not why: prompts, judges and settings change with time too.
    """
    cases = frame(past)
    chains = len(np.unique(cases.chain))
    passes = 100 * cases.passed
    return Drift(
        pass_rate=_slope(cases, passes, adjusted=False),
        adjusted_pass_rate=_slope(cases, passes, adjusted=True),
        score=_slope(cases, cases.score, adjusted=False),
        adjusted_score=_slope(cases, cases.score, adjusted=True),
        days=float(np.ptp(cases.day)) if cases.n else 0.0,
        n=cases.n,
        chains=chains,
        evidence=evidence(chains),
    )


def _slope(cases: Frame, outcome: Floats, adjusted: bool) -> Slope:
    known = ~np.isnan(outcome)
    days = float(np.ptp(cases.day)) if cases.n else 0.0
    if days < _LEAST_DAYS or len(np.unique(cases.chain[known])) < _LEAST_CHAINS:
        return Slope(None, None, None, "not known")
    chosen = cases.of(known)
    since = ((chosen.day - cases.day[0]) / days)[:, None]
    held = [dummies(chosen.category.codes), dummies(chosen.model.codes)] if adjusted else [np.zeros((chosen.n, 0))]
    (found,) = clustered(outcome[known], since, np.column_stack(held), chosen.chain)
    if found is None:
        return Slope(None, None, None, "not known")
    direction: Direction = "rose" if found.low > 0 else "fell" if found.high < 0 else "no direction beyond luck"
    change, low, high = (min(_MOST, max(-_MOST, value)) for value in (found.value, found.low, found.high))
    return Slope(change, low, high, direction)
