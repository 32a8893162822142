"""Effects in groups, each group as strong as the data show: hierarchical regression by maximum evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from imglearn.learning.frame import Floats, Ints, renumbered
from imglearn.learning.regression import whitened

_ROUNDS, _STEPS = 3, (12, 12, 40)  # of cutting glitches, and of learning the variances in each
_CLOSE = 0.02  # relative change of the variances at which they are learned
_CUT = 3.0  # robust standard deviations: what is beyond is a judge's glitch
_LIKENESSES = (0.0, 0.2, 0.4, 0.6, 0.8)  # correlations within a chain that are tried, and then those between
_NEWEST = 3_000  # cases that tell how alike those of a chain are


class Shrunken(NamedTuple):
    """A constant and p coefficients, shape (1 + p,), with their covariance; of each group the precision that its
    coefficients have around 0. `noise` is the standard deviation of a case beyond all that, `likeness` the correlation
    within a chain in it, `left` what is left of the scores, pulled in where it was a glitch.
    """

    coefficients: Floats
    covariance: Floats
    precision: Floats
    noise: float
    likeness: float
    left: Floats


def shrunken(columns: Floats, scores: Floats, chain: Ints, group_of: Ints, family: Ints) -> Shrunken:
    """Learn the coefficients of columns, shape (n, p), the variances of their groups, the noise and the likeness within
    chains. `group_of` is the group of each column, `family` that of each group; chains are numbered from 0.

    The coefficients of a group are normal around 0 with a variance of the group's own; the variances of a family of
    groups are alike (a scaled inverse chi-squared distribution with one degree of freedom, whose scale is learned
    too), so that few attempts can't make one of them wild. All are found by maximising the evidence, as in D. J.
    C. MacKay, "Bayesian interpolation", Neural Computation 4 (1992). Within a chain the errors are equally
    correlated: that is a random effect of the request, taken out as by W. A. Fuller and G. E. Battese,
    "Transformations for estimation of linear models with nested-error structure", JASA 68 (1973). Given it, that
    only failures are retried biases little, since what decides it is in the data. Scores are pulled in to three
    robust standard deviations from what is expected: a judge's glitch says nothing of the settings.
    """
    given, families = scores, int(family.max()) + 1
    sizes = np.bincount(group_of, minlength=len(family))
    spread = max(float(scores.var()), 1e-6)
    precision, scale = np.full(len(family), 16 / spread), np.full(families, spread / 16)
    noise, likeness = spread / 2, 0.4
    for turn in range(_ROUNDS):
        data = _Data.of(columns, scores, chain, likeness)
        for _ in range(_STEPS[turn]):
            covariance = np.linalg.inv(data.gram / noise + np.diag(np.r_[1e-8, precision[group_of]]))
            coefficients = covariance @ data.moments / noise
            taken = np.bincount(group_of, np.diag(covariance)[1:], minlength=len(family))
            determined = sizes - precision * taken  # of a group's coefficients, how many the data tell
            squares = np.bincount(group_of, coefficients[1:] ** 2, minlength=len(family))
            learned = (determined + 1) / (squares + scale[family])
            for one in range(families):
                ours = learned[family == one]
                scale[one] = np.clip(len(ours) / ours.sum(), 1e-4 * spread, spread) if len(ours) else scale[one]
            noise = max(data.misfit(coefficients) / max(1.0, len(scores) - 1 - determined.sum()), 1e-6 * spread)
            is_close = bool(np.abs(np.log(learned / precision)).max(initial=0) < _CLOSE)
            precision = learned
            if is_close:
                break
        expected = coefficients[0] + columns @ coefficients[1:]
        left = given - expected
        most = _CUT * 1.4826 * float(np.median(np.abs(left)))
        scores = expected + np.clip(left, -most, most)
        if turn < _ROUNDS - 1:
            near = [one for one in (likeness - 0.1, likeness, likeness + 0.1) if one >= 0]
            likeness = _likeliest(
                columns, scores, chain, precision[group_of], noise, _LIKENESSES if turn == 0 else near
            )
    return Shrunken(coefficients, covariance, precision, float(np.sqrt(noise)), likeness, scores - expected)


def _likeliest(
    columns: Floats, scores: Floats, chain: Ints, precision: Floats, noise: float, tried: Sequence[float]
) -> float:
    """Return the correlation within chains that makes the newest scores likeliest."""
    part = slice(max(0, len(scores) - _NEWEST), None)
    found = []
    for likeness in tried:
        data = _Data.of(columns[part], scores[part], chain[part], likeness)
        root = np.linalg.cholesky(data.gram / noise + np.diag(np.r_[1e-8, precision]))
        explained = np.linalg.solve(root, data.moments / noise)
        misfit = data.square / noise - explained @ explained
        found.append((data.log_scale - np.log(np.diag(root)).sum() - misfit / 2, likeness))
    return max(found)[1]


class _Data(NamedTuple):
    """What least squares needs of whitened columns and scores."""

    gram: Floats
    moments: Floats
    square: float
    log_scale: float  # of the whitening's Jacobian

    @classmethod
    def of(cls, columns: Floats, scores: Floats, chain: Ints, likeness: float) -> _Data:
        chain = renumbered(chain)
        lengths = np.bincount(chain)
        rest = 1 - likeness

        design = whitened(np.column_stack([np.ones(len(scores)), columns]), chain, likeness)
        outcome = whitened(scores, chain, likeness)
        log_scale = -0.5 * float((np.log(rest + lengths * likeness) + (lengths - 1) * np.log(rest)).sum())
        return cls(design.T @ design, design.T @ outcome, float(outcome @ outcome), log_scale)

    def misfit(self, coefficients: Floats) -> float:
        return float(self.square - 2 * self.moments @ coefficients + coefficients @ self.gram @ coefficients)
