"""Pass rates: the share, the number it rests on, and how far chance alone could move it."""

from __future__ import annotations

import math

from msgspec import Struct

Z_95 = 1.959963984540054  # the normal distribution's 97.5 % point: two-sided 95 %


class Rate(Struct, frozen=True):
    """A share in percent (0-100) of `n` known cases, with its 95 % interval; None where n is 0."""

    n: int
    percent: float | None
    low: float | None
    high: float | None


def pass_rate(passed: int, failed: int) -> Rate:
    """Return the pass rate of the attempts whose verdict is known, with its Wilson score interval.

    The attempts are taken as independent. Source: E. B. Wilson, "Probable inference, the law of succession, and
    statistical inference", JASA 22 (1927); recommended for small n by Brown, Cai and DasGupta (2001).
    """
    n = passed + failed
    if n == 0:
        return Rate(0, None, None, None)
    share = passed / n
    spread = Z_95**2 / n
    centre = (share + spread / 2) / (1 + spread)
    half = math.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    low = 0.0 if passed == 0 else centre - half
    high = 1.0 if failed == 0 else centre + half
    return Rate(n, 100 * passed / n, 100 * low, 100 * high)


def mean(total: float, n: int) -> float | None:
    """Return total / n, None where n is 0."""
    return total / n if n else None
