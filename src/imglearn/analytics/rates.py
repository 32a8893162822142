"""How sure is a figure? Rates, means and their differences, each with what chance alone could make of it."""

from __future__ import annotations

import math

Interval = tuple[float, float]

Z_95 = 1.959963984540054  # the normal distribution's 97.5 % point: two-sided 95 %
Z_90 = 1.6448536269514722  # its 95 % point: two-sided 90 %


def percentage(part: int, whole: int) -> float | None:
    """Return the share of `part` in percent (0-100), None where `whole` is 0."""
    return 100 * part / whole if whole else None


def mean(total: float, n: int) -> float | None:
    """Return total / n, None where n is 0."""
    return total / n if n else None


def wilson_interval(successes: int, failures: int) -> Interval | None:
    """Return the 95 % interval of a rate in percent, None without a case.

    The cases are taken as independent. Source: E. B. Wilson, "Probable inference, the law of succession, and
    statistical inference", JASA 22 (1927); recommended for small n by Brown, Cai and DasGupta (2001).
    """
    n = successes + failures
    if n == 0:
        return None
    share = successes / n
    spread = Z_95**2 / n
    centre = (share + spread / 2) / (1 + spread)
    half = math.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if failures == 0 else centre + half
    return 100 * low, 100 * high


def rate_difference_interval(one: tuple[int, int], other: tuple[int, int]) -> Interval | None:
    """Return the 95 % interval of one rate less another, in percentage points; each is (successes, failures).

    None where either is empty. The cases are taken as independent. Source: method 10 of R. G. Newcombe, "Interval
    estimation for the difference between independent proportions", Statistics in Medicine 17 (1998).
    """
    interval, other_interval = wilson_interval(*one), wilson_interval(*other)
    if interval is None or other_interval is None:
        return None
    share, other_share = 100 * one[0] / sum(one), 100 * other[0] / sum(other)
    (low, high), (other_low, other_high) = interval, other_interval
    return (
        share - other_share - math.hypot(share - low, other_high - other_share),
        share - other_share + math.hypot(high - share, other_share - other_low),
    )


def mean_interval(n: int, average: float, variance: float) -> Interval | None:
    """Return Student's 95 % interval of a mean; `variance` is that of the sample. None below two cases."""
    if n < 2:
        return None
    half = t_975(n - 1) * math.sqrt(variance / n)
    return average - half, average + half


def mean_difference_interval(
    one: tuple[int, float, float], other: tuple[int, float, float]
) -> tuple[float, float] | None:
    """Return the 95 % interval of one mean less another; each is (n, mean, variance of the sample).

    None where either has fewer than two cases, or neither varies. Source: B. L. Welch, "The generalization of
    Student's problem when several different population variances are involved", Biometrika 34 (1947).
    """
    (n, average, variance), (other_n, other_average, other_variance) = one, other
    if n < 2 or other_n < 2 or not variance + other_variance:
        return None
    error, other_error = variance / n, other_variance / other_n
    freedom = (error + other_error) ** 2 / (error**2 / (n - 1) + other_error**2 / (other_n - 1))
    half = t_975(freedom) * math.sqrt(error + other_error)
    return average - other_average - half, average - other_average + half


def sample_variance(n: int, total: float, squares: float) -> float:
    """Return the variance of a sample from its n (two or more), its sum and the sum of its squares."""
    return max(0.0, squares - total * total / n) / (n - 1)


def t_below(value: float, freedom: float) -> float:
    """Return the chance that Student's t is below a value, right to 1e-7.

    The density is integrated from 0 by Simpson's rule, in the angle whose tangent is t / sqrt(freedom), where it is a
    power of the cosine. Source: M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 26.7.
    """
    end = math.atan2(abs(value), math.sqrt(freedom))
    steps = 2_000
    heights = [math.cos(end * step / steps) ** (freedom - 1) for step in range(steps + 1)]
    area = end / steps / 3 * (heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2]))
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)
    return 0.5 + math.copysign(min(0.5, scale * area), value)


def t_975(freedom: float) -> float:
    """Return the 97.5 % point of Student's t for 1 degree of freedom or more.

    It is right to 1e-6 of itself from 2 degrees of freedom on; between 1 and 2, where Hill's series is too wide, it
    is interpolated. Source: G. W. Hill, "Algorithm 396: Student's t-quantiles", Communications of the ACM 13 (1970).
    """
    if freedom <= 1:
        return math.tan(0.475 * math.pi)
    if freedom <= 2:
        at_two = 0.95 * math.sqrt(2 / (4 * 0.975 * 0.025))
        growth: float = (t_975(1) / at_two) ** (2 / freedom - 1)
        return at_two * growth
    two_tails = 0.05
    a = 1 / (freedom - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * freedom
    y = (d * two_tails) ** (2 / freedom)
    if y > 0.05 + a:
        x = -Z_95
        y = x * x
        if freedom < 5:
            c += 0.3 * (freedom - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y * y)
    else:
        y = ((1 / (((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3) + 0.5 / (freedom + 4)) * y
             - 1) * (freedom + 1) / (freedom + 2) + 1 / y  # fmt: skip
    return math.sqrt(freedom * y)
