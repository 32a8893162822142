"""Which model is better? Pairs of models, within categories, so that easy ones don't decide."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from imglearn.analytics.rates import t_975, t_below
from imglearn.learning.change_points import first_attempts, model_changes, since_changes
from imglearn.learning.evidence import Evidence, evidence, more_to_settle
from imglearn.learning.frame import Floats, Frame, Ints, renumbered
from imglearn.learning.history import History, remembered
from imglearn.learning.regression import whitened
from imglearn.learning.surface import surface

_LEAST_EACH = 2  # first attempts of either model; a category with fewer is not compared
_TINY = 1e-9  # points squared


class CategoryDifference(Struct, frozen=True):
    """Model a less model b within a category, in score points with its 95 % interval.

    It is shrunken towards the difference over all categories, the more so the less is known of it; `raw` is not.
    `n_a` and `n_b` are the attempts of either.
    """

    category: str
    estimate: float
    low: float
    high: float
    raw: float
    n_a: int
    n_b: int


class Difference(Struct, frozen=True, kw_only=True):
    """Model a less model b in score points, with its 95 % interval, within a stretch of time.

    `p_better` is how sure it is that a is the better one. All are None where no category has enough of both. `n_a` and
    `n_b` are the attempts in the `categories` that were compared, `since` the first one of the stretch and before
    `until` (None: from the beginning, up to now).
    """

    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    p_better: float | None = None
    categories: int = 0
    n_a: int = 0
    n_b: int = 0
    since: str | None = None
    until: str | None = None


class ModelPair(Difference, frozen=True, kw_only=True):
    """How two models differ over the longest stretch of time in which neither changed, and `now`: since the last change
    (None: that is the same). `not_compared` categories have too few attempts of one of them. `more` chains of
    each like these would tell such a difference from none.
    """

    a: str | None
    b: str | None
    not_compared: int
    evidence: Evidence
    verdict: str
    more: int | None
    now: Difference | None
    by_category: tuple[CategoryDifference, ...]


class _Told(NamedTuple):
    """What pairs are told from: cases, scores freed of what their settings brought, how alike those of a chain are
    (a correlation), and columns of what else moves scores.
    """

    cases: Frame
    scores: Floats
    likeness: float
    columns: Floats


class _Cells(NamedTuple):
    """The categories that both models have attempts in: differences and their covariance; how many attempts, chains."""

    categories: Ints
    differences: Floats
    covariance: Floats
    n_a: Ints
    n_b: Ints
    chains: tuple[int, int]


class _Pooled(NamedTuple):
    mean: float
    error: float
    freedom: float
    between: float  # the variance of the differences between categories

    @property
    def half(self) -> float:
        """Half the width of the mean's 95 % interval."""
        return t_975(self.freedom) * self.error


@remembered
def model_pairs(past: History, changed: tuple[tuple[str | None, str], ...] | None = None) -> tuple[ModelPair, ...]:
    """Return all pairs of models, those with most attempts first; `changed` are the models that did, and when, where
    all attempts tell more of that than these.

    They are compared within a category, where both are asked the same, freed of what their settings brought (see
    `Surface`), with feedback, retries and common changes held equal. The cases of a chain are as alike as the surface
    tells (a random effect), so that retries count for what they say beyond the first attempt. The differences of the
    categories are put together by a random-effects mean, in which each category has nearly the same weight however
    often it was tried, with the interval of Hartung, Knapp, Sidik and Jonkman. Sources: R. DerSimonian and N. Laird,
    "Meta-analysis in clinical trials", Controlled Clinical Trials 7 (1986); J. IntHout et al., BMC Medical Research
    Methodology 14 (2014). Where a model changed (see `change_points`), the time before and after is not put together:
    that would be the difference of no day. Changes of everything or of a category touch both models and are held equal.
    """
    told = _told(past)
    known = model_changes(past) if changed is None else changed
    times = [case.attempt.timestamp for case in told.cases.cases]
    breaks = {
        code: [bisect_left(times, moment) for model, moment in known if model == name]
        for code, name in enumerate(told.cases.model.names)
    }
    return tuple(
        _pair(told, one, other, sorted({*breaks[one], *breaks[other]}))
        for one, other in combinations(range(len(told.cases.model.names)), 2)
    )


def _told(past: History) -> _Told:
    """Return what pairs are told from: the cases that the surface knows, or without one the first of each chain."""
    fitted = surface(past)
    cases = first_attempts(past) if fitted is None else fitted.cases
    brought = np.zeros(cases.n) if fitted is None else fitted.brought()
    kinds = [cases.feedback.codes == code for code in range(len(cases.feedback.names))]
    common = [one.after for one in since_changes(past, cases) if one.scope != "model"]
    columns = np.array([cases.step > 0, cases.switched, *kinds, *common], dtype=float).T
    return _Told(
        cases,
        cases.score - brought,
        0.0 if fitted is None else fitted.likeness,
        columns,
    )


def _pair(told: _Told, a: int, b: int, breaks: list[int]) -> ModelPair:
    cases = told.cases
    edges = [0, *(place for place in breaks if 0 < place < cases.n), cases.n]
    stretches = [(start, end, _cells(told, a, b, start, end)) for start, end in pairwise(edges)]
    start, end, cells = max(stretches, key=lambda one: (one[2].n_a + one[2].n_b).sum())
    best = _difference(cases, cells, start, end)
    last_start, last_end, last = stretches[-1]
    now = _difference(cases, last, last_start, last_end) if last_start != start else None
    tried = np.unique(cases.category.codes[np.isin(cases.model.codes, (a, b))])
    chains = min(cells.chains)
    return ModelPair(
        **msgspec.structs.asdict(best),
        a=cases.model.names[a],
        b=cases.model.names[b],
        not_compared=len(tried) - best.categories,
        evidence=evidence(chains),
        verdict=_verdict(cases.model.names[a], cases.model.names[b], best, now),
        more=_more(chains, best),
        now=now,
        by_category=tuple(_by_category(cases, cells)),
    )


def _more(n: int, found: Difference) -> int | None:
    if found.estimate is None or found.low is None or found.high is None:
        return None
    return more_to_settle(n, (found.high - found.low) / 2, found.estimate)


def _cells(told: _Told, a: int, b: int, start: int, end: int) -> _Cells:
    """Return how two models differ in each category over a stretch of cases: by least squares, a mean for each model in
    each category, and what else moves scores held equal.
    """
    cases = told.cases
    places = np.arange(cases.n)
    chosen = np.flatnonzero((places >= start) & (places < end) & np.isin(cases.model.codes, (a, b)))
    cell = 2 * cases.category.codes[chosen] + (cases.model.codes[chosen] == b)
    categories = len(cases.category.names)
    firsts = np.bincount(cell[cases.step[chosen] == 0], minlength=2 * categories).reshape(categories, 2)
    compared = np.flatnonzero((firsts >= _LEAST_EACH).all(axis=1))
    counts = np.bincount(cell, minlength=2 * categories).reshape(categories, 2)[compared]
    if not len(compared):
        return _Cells(compared, np.zeros(0), np.zeros((0, 0)), counts[:, 0], counts[:, 1], (0, 0))
    is_compared = np.isin(cell // 2, compared)
    in_a, in_b = (len(np.unique(cases.chain[chosen[is_compared & (cell % 2 == side)]])) for side in (0, 1))
    used = np.unique(cell)
    means = (cell[:, None] == used).astype(float)
    chain = renumbered(cases.chain[chosen])
    design = whitened(np.column_stack([means, told.columns[chosen]]), chain, told.likeness)
    outcome = whitened(told.scores[chosen], chain, told.likeness)
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ (design.T @ outcome)
    freedom = len(chosen) - np.linalg.matrix_rank(design)
    variance = float(((outcome - design @ coefficients) ** 2).sum()) / max(1, freedom)
    contrasts = np.zeros((len(compared), design.shape[1]))
    for row, category in enumerate(compared.tolist()):
        first = int(np.searchsorted(used, 2 * category))  # its two cells are beside each other
        contrasts[row, first], contrasts[row, first + 1] = 1, -1
    return _Cells(
        compared,
        contrasts @ coefficients,
        variance * contrasts @ inverse @ contrasts.T,
        counts[:, 0],
        counts[:, 1],
        (in_a, in_b),
    )


def _pooled(cells: _Cells) -> _Pooled | None:
    """Return the random-effects mean of the differences, None without one or where nothing varies."""
    k = len(cells.categories)
    variances = np.diag(cells.covariance)
    if not k or (variances <= _TINY).any():
        return None
    if k == 1:
        freedom = max(1.0, float(sum(cells.chains) - 2))
        return _Pooled(float(cells.differences[0]), math.sqrt(float(variances[0])), freedom, 0.0)
    weights = 1 / variances
    fixed = (weights * cells.differences).sum() / weights.sum()
    spread = (weights * (cells.differences - fixed) ** 2).sum()
    between = max(0.0, float((spread - (k - 1)) / (weights.sum() - (weights**2).sum() / weights.sum())))
    weighted = np.linalg.inv(cells.covariance + between * np.eye(k))
    mean = float((weighted @ cells.differences).sum() / weighted.sum())
    beyond = cells.differences - mean
    factor = max(1.0, float(beyond @ weighted @ beyond) / (k - 1))
    return _Pooled(mean, math.sqrt(factor / float(weighted.sum())), k - 1, between)


def _difference(cases: Frame, cells: _Cells, start: int, end: int) -> Difference:
    since = cases.cases[start].attempt.timestamp if start else None
    until = cases.cases[end].attempt.timestamp if end < cases.n else None
    pooled = _pooled(cells)
    if pooled is None:
        return Difference(since=since, until=until)
    return Difference(
        estimate=pooled.mean,
        low=pooled.mean - pooled.half,
        high=pooled.mean + pooled.half,
        p_better=t_below(pooled.mean / pooled.error, pooled.freedom),
        categories=len(cells.categories),
        n_a=int(cells.n_a.sum()),
        n_b=int(cells.n_b.sum()),
        since=since,
        until=until,
    )


def _by_category(cases: Frame, cells: _Cells) -> Iterator[CategoryDifference]:
    pooled = _pooled(cells)
    if pooled is None:
        return
    for place, code in enumerate(cells.categories.tolist()):
        raw, variance = float(cells.differences[place]), float(cells.covariance[place, place])
        share = pooled.between / (pooled.between + variance)  # of what it says by itself
        estimate = share * raw + (1 - share) * pooled.mean
        # What the category says itself, and what all do: as unsure as the mean is where it is all that counts.
        own = t_975(max(1.0, float(cells.n_a[place] + cells.n_b[place] - 2))) * math.sqrt(share * variance)
        half = math.hypot(own, (1 - share) * pooled.half)
        yield CategoryDifference(
            category=str(cases.category.names[code]),
            estimate=estimate,
            low=estimate - half,
            high=estimate + half,
            raw=raw,
            n_a=int(cells.n_a[place]),
            n_b=int(cells.n_b[place]),
        )


def _verdict(a: str | None, b: str | None, best: Difference, now: Difference | None) -> str:
    said = _winner(a, b, best)
    if now is not None and best.until is not None:
        later = _winner(a, b, now)
        if later == said:
            return f"{said}, until {best.until[:10]} and since"
        return f"until {best.until[:10]} {said}; since then {later}"
    return said if best.since is None else f"since {best.since[:10]} {said}"


def _winner(a: str | None, b: str | None, found: Difference) -> str:
    if found.estimate is None or found.low is None or found.high is None:
        return f"not compared (no category has {_LEAST_EACH} first attempts of both)"
    if found.low <= 0 <= found.high:
        return "no winner"
    better, other = (a, b) if found.estimate > 0 else (b, a)
    return f"{better or 'no model given'} is better than {other or 'no model given'}"
