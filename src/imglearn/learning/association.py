"""How closely do two things go together? One measure for numbers, choices and sets."""

from __future__ import annotations

import numpy as np

from imglearn.learning.frame import Floats, Ints, renumbered
from imglearn.learning.regression import basis


def ranks(values: Floats) -> Floats:
    """Return the ranks of numbers from 1, equal ones sharing the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[places.reshape(-1)])


def centred(columns: Floats, strata: Ints) -> Floats:
    """Return columns less their means within each stratum."""
    codes = renumbered(strata)
    sums = np.zeros((int(codes.max(initial=-1)) + 1, columns.shape[1]))
    np.add.at(sums, codes, columns)
    return np.asarray(columns - (sums / np.bincount(codes)[:, None])[codes])


def association(one: Floats, other: Floats) -> float:
    """Return how closely two groups of centred columns, of shape (n, d) and (n, e), go together: from 0 to 1.

    It is the root of Pillai's trace over the lesser of d and e: of two columns the correlation (of ranks: Spearman's)
    without its sign, of a column and a choice's flags the correlation ratio, of two choices Cramér's V. What luck adds
    on average to the square is taken off, as W. Bergsma does, "A bias-correction for Cramér's V", J. Korean
    Statistical Society 42 (2013). Source: K. C. S. Pillai, Annals of Mathematical Statistics 26 (1955).
    """
    return closeness(basis(one), basis(other))


def closeness(left: Floats, right: Floats) -> float:
    """Return the same of two orthonormal bases of such columns."""
    n, d, e = len(left), left.shape[1], right.shape[1]
    if not d or not e:
        return 0.0
    square = float(((left.T @ right) ** 2).sum()) / min(d, e)
    by_luck = max(d, e) / max(1, n - 1)
    return float(np.sqrt(np.clip((square - by_luck) / max(1e-12, 1 - by_luck), 0, 1)))
