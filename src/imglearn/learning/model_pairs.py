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
from imglearn.learning.change_points import changes, first_attempts, model_changes, without_common_changes
from imglearn.learning.evidence import Evidence, evidence, more_to_settle
from imglearn.learning.frame import Floats, Frame, Ints
from imglearn.learning.history import History, remembered
from imglearn.learning.surface import surface

_LEAST_EACH = 2  # first attempts of either model; a category with fewer is not compared


class CategoryDifference(Struct, frozen=True):
    """Model a less model b within a category, in score points with its 95 % interval.

    It is shrunken towards the difference over all categories, the more so the less is known of it; `raw` is not.
    `n_a` and `n_b` are the first attempts of either.
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
    `n_b` are the first attempts in the `categories` that were compared, `since` the first one of the stretch and before
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
    (None: that is the same). `not_compared` categories have too few attempts of one of them. `more` first attempts of
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


class _Cells(NamedTuple):
    """The categories that both models have attempts in: differences of the means and their variances."""

    categories: Ints
    differences: Floats
    variances: Floats
    n_a: Ints
    n_b: Ints


class _Pooled(NamedTuple):
    mean: float
    error: float
    freedom: float
    between: float  # the variance of the differences between categories


@remembered
def model_pairs(past: History, changed: tuple[tuple[str | None, str], ...] | None = None) -> tuple[ModelPair, ...]:
    """Return all pairs of models, those with most attempts first; `changed` are the models
    that did, and when, where all attempts tell more of that than these.

    The first attempts of each chain, compared within a category, where both are asked the same, and freed of what
    their settings brought (see `Surface`); the differences of the categories are put together by a random-effects
    mean, in which each category has nearly the same weight however often it was tried, with the interval of Hartung,
    Knapp, Sidik and Jonkman. Sources: R. DerSimonian and N. Laird, "Meta-analysis in clinical trials", Controlled
    Clinical Trials 7 (1986); J. IntHout et al., BMC Medical Research Methodology 14 (2014). Where a model changed
    (see `change_points`), the time before and after is not put together: that would be the difference of no day.
    Changes of everything or of a category touch both models and are taken out.
    """
    firsts = first_attempts(past)
    found = changes(past)
    scores = without_common_changes(firsts, found) - _brought(past, firsts)
    known = model_changes(past) if changed is None else changed
    times = [case.attempt.timestamp for case in firsts.cases]
    breaks = {
        code: [bisect_left(times, moment) for model, moment in known if model == name]
        for code, name in enumerate(firsts.model.names)
    }
    return tuple(
        _pair(firsts, scores, one, other, sorted({*breaks[one], *breaks[other]}))
        for one, other in combinations(range(len(firsts.model.names)), 2)
    )


def _pair(firsts: Frame, scores: Floats, a: int, b: int, breaks: list[int]) -> ModelPair:
    names = firsts.model.names
    edges = [0, *(place for place in breaks if 0 < place < firsts.n), firsts.n]
    stretches = [(start, end, _cells(firsts, scores, a, b, start, end)) for start, end in pairwise(edges)]
    start, end, cells = max(stretches, key=lambda one: (one[2].n_a + one[2].n_b).sum())
    best = _difference(firsts, cells, start, end)
    last_start, last_end, last = stretches[-1]
    now = _difference(firsts, last, last_start, last_end) if last_start != start else None
    tried = np.unique(firsts.category.codes[np.isin(firsts.model.codes, (a, b))])
    n = min(best.n_a, best.n_b)
    return ModelPair(
        **msgspec.structs.asdict(best),
        a=names[a],
        b=names[b],
        not_compared=len(tried) - best.categories,
        evidence=evidence(n),
        verdict=_verdict(names[a], names[b], best, now),
        more=_more(n, best),
        now=now,
        by_category=tuple(_by_category(firsts, cells)),
    )


def _more(n: int, found: Difference) -> int | None:
    if found.estimate is None or found.low is None or found.high is None:
        return None
    return more_to_settle(n, (found.high - found.low) / 2, found.estimate)


def _cells(firsts: Frame, scores: Floats, a: int, b: int, start: int, end: int) -> _Cells:
    places = np.arange(firsts.n)
    within = (places >= start) & (places < end)
    categories = len(firsts.category.names)
    counts, means, squares = [], [], 0.0
    for model in (a, b):
        chosen = within & (firsts.model.codes == model)
        codes = firsts.category.codes[chosen]
        n = np.bincount(codes, minlength=categories)
        mean = np.bincount(codes, scores[chosen], minlength=categories) / np.maximum(n, 1)
        squares += float(((scores[chosen] - mean[codes]) ** 2).sum())
        counts.append(n)
        means.append(mean)
    compared = np.flatnonzero((counts[0] >= _LEAST_EACH) & (counts[1] >= _LEAST_EACH))
    n_a, n_b = counts[0][compared], counts[1][compared]
    freedom = int((np.maximum(counts[0] - 1, 0) + np.maximum(counts[1] - 1, 0)).sum())
    variance = squares / max(1, freedom)
    return _Cells(compared, (means[0] - means[1])[compared], variance * (1 / n_a + 1 / n_b), n_a, n_b)


def _pooled(cells: _Cells) -> _Pooled | None:
    """Return the random-effects mean of the differences, None without one or where nothing varies."""
    k = len(cells.categories)
    if not k or not cells.variances.all():
        return None
    if k == 1:
        freedom = float(cells.n_a[0] + cells.n_b[0] - 2)
        return _Pooled(float(cells.differences[0]), math.sqrt(float(cells.variances[0])), freedom, 0.0)
    weights = 1 / cells.variances
    fixed = (weights * cells.differences).sum() / weights.sum()
    spread = (weights * (cells.differences - fixed) ** 2).sum()
    between = max(0.0, float((spread - (k - 1)) / (weights.sum() - (weights**2).sum() / weights.sum())))
    weights = 1 / (cells.variances + between)
    mean = float((weights * cells.differences).sum() / weights.sum())
    factor = max(1.0, float((weights * (cells.differences - mean) ** 2).sum()) / (k - 1))
    return _Pooled(mean, math.sqrt(factor / float(weights.sum())), k - 1, between)


def _difference(firsts: Frame, cells: _Cells, start: int, end: int) -> Difference:
    since = firsts.cases[start].attempt.timestamp if start else None
    until = firsts.cases[end].attempt.timestamp if end < firsts.n else None
    pooled = _pooled(cells)
    if pooled is None:
        return Difference(since=since, until=until)
    half = t_975(pooled.freedom) * pooled.error
    return Difference(
        estimate=pooled.mean,
        low=pooled.mean - half,
        high=pooled.mean + half,
        p_better=t_below(pooled.mean / pooled.error, pooled.freedom),
        categories=len(cells.categories),
        n_a=int(cells.n_a.sum()),
        n_b=int(cells.n_b.sum()),
        since=since,
        until=until,
    )


def _by_category(firsts: Frame, cells: _Cells) -> Iterator[CategoryDifference]:
    pooled = _pooled(cells)
    if pooled is None:
        return
    for place, code in enumerate(cells.categories.tolist()):
        raw, variance = float(cells.differences[place]), float(cells.variances[place])
        share = pooled.between / (pooled.between + variance)  # of what it says by itself
        estimate = share * raw + (1 - share) * pooled.mean
        half = t_975(max(1.0, float(cells.n_a[place] + cells.n_b[place] - 2))) * math.sqrt(
            share * variance + (1 - share) ** 2 * pooled.error**2
        )
        yield CategoryDifference(
            category=str(firsts.category.names[code]),
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


def _brought(past: History, firsts: Frame) -> Floats:
    """Return what the settings of first attempts brought, 0 where nothing is known of it."""
    fitted = surface(past)
    if fitted is None:
        return np.zeros(firsts.n)
    points = dict(zip((case.attempt.row_id for case in fitted.cases.cases), fitted.brought().tolist(), strict=True))
    return np.array([points.get(case.attempt.row_id, 0.0) for case in firsts.cases])
