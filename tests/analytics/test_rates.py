"""The formulas against figures that were published with them, or stand in tables."""

from __future__ import annotations

import math
import random
import statistics
from itertools import pairwise

import pytest

from imglearn.analytics.rates import (
    mean_difference_interval,
    mean_interval,
    rate_difference_interval,
    sample_variance,
    t_975,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("successes", "n", "interval"),  # R. G. Newcombe, Statistics in Medicine 17 (1998) 857, table I
    [
        (81, 263, (25.53, 36.62)),
        (15, 148, (6.24, 16.05)),
        (0, 20, (0, 16.11)),
        (1, 29, (0.61, 17.18)),
        (29, 29, (88.30, 100)),
    ],
)
def test_wilson(successes: int, n: int, interval: tuple[float, float]) -> None:
    assert wilson_interval(successes, n - successes) == pytest.approx(interval, abs=0.006)


def test_no_case_has_no_interval() -> None:
    assert wilson_interval(0, 0) is None
    assert rate_difference_interval((0, 0), (1, 1)) is None
    assert rate_difference_interval((1, 1), (0, 0)) is None
    assert mean_interval(1, 5.0, 0.0) is None
    assert mean_difference_interval((1, 5.0, 0.0), (9, 5.0, 1.0)) is None
    assert mean_difference_interval((9, 5.0, 0.0), (9, 5.0, 0.0)) is None


@pytest.mark.parametrize(
    ("one", "other", "interval"),  # Newcombe, the same volume, 873, table II, method 10
    [((56, 14), (48, 32), (5.24, 33.39)), ((9, 1), (3, 7), (17.05, 80.90)), ((5, 51), (0, 29), (-3.81, 19.26)),
     ((10, 0), (0, 10), (60.75, 100.0)), ((10, 0), (0, 20), (67.91, 100.0))],
)  # fmt: skip
def test_newcombe(one: tuple[int, int], other: tuple[int, int], interval: tuple[float, float]) -> None:
    assert rate_difference_interval(one, other) == pytest.approx(interval, abs=0.006)


@pytest.mark.parametrize(
    ("freedom", "point"),
    [(1, 12.7062047), (2, 4.30265273), (3, 3.18244631), (4, 2.77644511), (5, 2.57058184), (10, 2.22813885),
     (30, 2.04227246), (100, 1.98397152), (1e6, 1.95996636)],
)  # fmt: skip
def test_student(freedom: float, point: float) -> None:
    assert t_975(freedom) == pytest.approx(point, rel=1e-6)


def test_student_falls_without_a_jump() -> None:
    points = [t_975(1 + step / 100) for step in range(2000)]
    assert all(later < earlier for earlier, later in pairwise(points))
    assert max(earlier / later for earlier, later in pairwise(points)) < 1.03


def test_intervals_of_means_hold_the_truth_as_often_as_they_say() -> None:
    draw = random.Random(5)
    one_mean = difference = 0
    for _ in range(2000):
        samples = [[draw.gauss(70, spread) for _ in range(n)] for n, spread in ((4, 12), (9, 3))]
        (n, mean, variance), other = (
            (len(own), statistics.fmean(own), sample_variance(len(own), sum(own), sum(x * x for x in own)))
            for own in samples
        )
        assert variance == pytest.approx(statistics.variance(samples[0]), rel=1e-6)
        low, high = mean_interval(n, mean, variance) or (math.nan, math.nan)
        one_mean += low <= 70 <= high
        low, high = mean_difference_interval((n, mean, variance), other) or (math.nan, math.nan)
        difference += low <= 0 <= high
    assert one_mean / 2000 == pytest.approx(0.95, abs=0.02)
    assert difference / 2000 == pytest.approx(0.95, abs=0.02)
