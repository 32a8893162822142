"""Do two groups differ in what they pass, stratum by stratum? The Mantel-Haenszel odds ratio."""

from __future__ import annotations

import math

import numpy as np

from imglearn.analytics.rates import Z_95, Interval
from imglearn.learning.frame import Floats, Ints, renumbered


def odds_ratio(given: Floats, passed: Floats, strata: Ints) -> tuple[float, Interval] | None:
    """Return the common odds ratio of passing, given over not given, with its 95 % interval; None where nothing tells.

    `given` and `passed` are 1 or 0. The units are taken as independent. Sources: N. Mantel and W. Haenszel, JNCI 22
    (1959); the variance of its logarithm by J. Robins, N. Breslow and S. Greenland, Biometrics 42 (1986).
    """
    codes = renumbered(strata)
    many = int(codes.max(initial=-1)) + 1

    def count(which: Floats) -> Floats:
        return np.bincount(codes, which, minlength=many).astype(float)

    a, b = count(given * passed), count(given * (1 - passed))
    c, d = count((1 - given) * passed), count((1 - given) * (1 - passed))
    n = a + b + c + d
    r, s = a * d / n, b * c / n
    total_r, total_s = float(r.sum()), float(s.sum())
    if not total_r or not total_s:
        return None
    p, q = (a + d) / n, (b + c) / n
    variance = (
        float((p * r).sum()) / (2 * total_r**2)
        + float((p * s + q * r).sum()) / (2 * total_r * total_s)
        + float((q * s).sum()) / (2 * total_s**2)
    )
    log, half = math.log(total_r / total_s), Z_95 * math.sqrt(variance)
    return math.exp(log), (math.exp(log - half), math.exp(log + half))
