"""Linear regression whose errors know that the attempts of a chain are not independent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from imglearn.analytics.rates import t_975
from imglearn.learning.frame import Floats, Ints

_MOST_NAMES = 60
_TOLERANCE = 1e-7  # what is left of a column that the others explain


class Estimate(NamedTuple):
    """A coefficient with its 95 % interval, in the units of the outcome, and the chains that it rests on."""

    value: float
    low: float
    high: float
    chains: int


def dummies(codes: Ints, least: int = 1) -> Floats:
    """Return a column for each code but the most used one; those used less than `least` times, and all but the sixty
    most used ones, share one.
    """
    counts = np.bincount(codes[codes >= 0]) if (codes >= 0).any() else np.zeros(0, dtype=int)
    often = [code for code in np.argsort(-counts, kind="stable").tolist()[:_MOST_NAMES] if counts[code] >= least]
    columns = [codes == code for code in often[1:]]
    rare = ~np.isin(codes, often)
    if often and rare.any():
        columns.append(rare)
    return np.array(columns, dtype=float).T if columns else np.zeros((len(codes), 0))


def hinges(values: Floats, shares: Sequence[float]) -> Floats:
    """Return a number and its excess over some of its quantiles: a line that may bend there."""
    knots = np.unique(np.quantile(values, shares)) if len(values) else np.zeros(0)
    return np.column_stack([values, *(np.maximum(0.0, values - knot) for knot in knots)])


def clustered(
    outcome: Floats, wanted: Floats, others: Floats, clusters: Ints, supports: Sequence[int] | None = None
) -> list[Estimate | None]:
    """Return the coefficients of the `wanted` columns, adjusted for the `others` and a constant, by least squares.

    None where the other columns leave nothing of one. The errors are clustered: White's sandwich summed by cluster,
    with the factor G/(G-1) * (n-1)/(n-k). Source: A. C. Cameron and D. L. Miller, "A practitioner's guide to
    cluster-robust inference", Journal of Human Resources 50 (2015), section II. They take Student's t with G-1
    degrees of freedom, which is too many where few clusters make a column what it is (their section VI): here it is
    the clusters in which the column is not 0, or as many as `supports` says, less one.
    """
    n = len(outcome)
    others = np.column_stack([np.ones(n), others])
    spanned = basis(others)
    left = wanted - spanned @ (spanned.T @ wanted)  # Frisch, Waugh and Lovell: what the others don't explain
    outcome_left = outcome - spanned @ (spanned.T @ outcome)
    scale = np.sqrt((wanted**2).sum(axis=0))
    known = np.flatnonzero(np.sqrt((left**2).sum(axis=0)) > _TOLERANCE * np.maximum(scale, _TOLERANCE))
    found: list[Estimate | None] = [None] * wanted.shape[1]
    if not len(known):
        return found
    columns = left[:, known]
    inverse = np.linalg.pinv(columns.T @ columns)
    coefficients = inverse @ (columns.T @ outcome_left)
    residuals = outcome_left - columns @ coefficients
    groups, group_of = np.unique(clusters, return_inverse=True)
    scores = np.zeros((len(groups), len(known)))
    np.add.at(scores, group_of.reshape(-1), columns * residuals[:, None])
    count, used = len(groups), spanned.shape[1] + len(known)
    if count < 2 or n <= used:
        return found
    factor = count / (count - 1) * (n - 1) / (n - used)
    errors = np.sqrt(np.maximum(0.0, np.diag(inverse @ (scores.T @ scores) @ inverse) * factor))
    for place, column in enumerate(known.tolist()):
        chains = len(np.unique(clusters[wanted[:, column] != 0])) if supports is None else supports[column]
        if chains < 2 or not errors[place]:
            continue
        half = t_975(chains - 1) * float(errors[place])
        value = float(coefficients[place])
        found[column] = Estimate(value, value - half, value + half, chains)
    return found


def basis(columns: Floats) -> Floats:
    """Return an orthonormal basis of what columns span."""
    left, sizes, _ = np.linalg.svd(columns / np.maximum(1e-12, np.sqrt((columns**2).sum(axis=0))), full_matrices=False)
    return left[:, sizes > _TOLERANCE * max(1.0, float(sizes.max(initial=0)))]


def whitened(values: Floats, chain: Ints, likeness: float) -> Floats:
    """Return values less what the cases of a chain have in common by their likeness (a correlation), over the noise
    that is left: least squares of such values take chains for what they are. Source: W. A. Fuller and G. E. Battese,
    "Transformations for estimation of linear models with nested-error structure", JASA 68 (1973).
    """
    lengths = np.bincount(chain)
    share = 1 - np.sqrt((1 - likeness) / (1 - likeness + lengths * likeness))
    sums = np.zeros((len(lengths), *values.shape[1:]))
    np.add.at(sums, chain, values)
    shape = (-1, *(1,) * (values.ndim - 1))
    return np.asarray((values - ((share / lengths).reshape(shape) * sums)[chain]) / np.sqrt(1 - likeness))
