"""What matters? How much of the score each parameter moves within a category, and what could be luck."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from imglearn.analytics.rates import Z_90
from imglearn.learning.association import centred, closeness
from imglearn.learning.chance import Flips, false_discovery_rates
from imglearn.learning.evidence import Evidence, evidence
from imglearn.learning.frame import Floats, Frame, Ints, frame, renumbered
from imglearn.learning.history import History, remembered
from imglearn.learning.parameters import Parameter, Value, parameters
from imglearn.learning.regression import basis, dummies
from imglearn.learning.surface import LEAST_CHAINS, Surface, surface

_COLLINEAR = 0.8  # closeness to another parameter from which on the two can't be told apart
_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # shares of a number's values, or of a set's points, that count as levels
_LEAST_USED = 2  # attempts of a category with a choice


class Importance(Struct, frozen=True):
    """How much a parameter matters.

    `importance` is the variance in points squared that its effect makes within a category (as expected, given the log),
    `share` that of all parameters together (0 to 1). `effect` is what lies between its best and its worst level in
    points, the mean over the categories, with its 90 % interval. `q`: of the parameters found at this q or below, that
    share is luck. All are None of a parameter that can't be told; `note` says why. `n` attempts have it, in `chains`
    chains.
    """

    param: str
    n: int
    chains: int
    evidence: Evidence
    importance: float | None = None
    share: float | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    q: float | None = None
    note: str | None = None


class _Told(NamedTuple):
    variance: float
    effect: float
    half: float
    chance: float


@remembered
def importance(past: History, category: str | None = None) -> tuple[Importance, ...]:
    """Return the parameters, what matters most first: within the categories, or within one.

    From category to category and with time everything moves together, so only what lies within a category counts, with
    model, time, feedback and the other parameters held equal: by the fitted `Surface`, which sees an optimum in the
    middle as well as a slope. The variance of an effect is the functional analysis of variance of that surface, as
    expected under what is not known of it. Whether it may be luck is told without it, by a score test that takes the
    attempts of a chain together (see `chance`), corrected for as many parameters as were looked at (see
    `false_discovery_rates`).
    """
    fitted = surface(past, category)
    cases = frame(past) if fitted is None else fitted.cases
    known = parameters(cases.cases) if fitted is None else fitted.every_parameter
    code = None if category is None else cases.category.code(category)
    everywhere = np.ones(cases.n, dtype=bool)
    ours = np.flatnonzero(everywhere if category is None else cases.category.codes == (-1 if code is None else code))
    told = _told(fitted, code, ours) if fitted is not None and len(ours) else {}
    total = sum(one.variance for one in told.values())
    rates = false_discovery_rates(np.array([one.chance for one in told.values()]))
    q_of = dict(zip(told, rates.tolist(), strict=True))
    twins = _collinear(fitted, ours) if told and fitted is not None else {}
    found = []
    for one in known:
        has = np.array([place for place in ours.tolist() if one.values[place] is not None], dtype=int)
        chains = len(np.unique(cases.chain[has]))
        row = Importance(param=one.name, n=len(has), chains=chains, evidence=evidence(chains), note=_note(one, fitted))
        if one.name in told:
            variance, effect, half, _ = told[one.name]
            row = msgspec.structs.replace(
                row,
                importance=variance,
                share=variance / total if total else None,
                effect=effect,
                low=effect - half,
                high=effect + half,
                q=q_of[one.name],
                note=f"collinear with {twins[one.name]}" if one.name in twins else None,
            )
        found.append(row)
    return tuple(sorted(found, key=lambda row: (1 if row.importance is None else -row.importance, row.param)))


def _told(fitted: Surface, code: int | None, ours: Ints) -> dict[str, _Told]:
    """Return what the surface tells of each of its parameters, in all categories or in one."""
    cases = fitted.cases
    chain = renumbered(cases.chain[ours])
    flips = Flips(int(chain.max()) + 1)
    around = basis(np.column_stack([np.ones(len(ours)), _surroundings(cases.of(_flagged(cases.n, ours)))]))
    categories = [code] if code is not None else list(fitted.own)
    found = {}
    for one in fitted.parameters:
        columns = fitted.columns(one.name)[ours]
        variances, row = [], np.zeros((1, 1))
        for category in categories:
            mine = columns[cases.category.codes[ours] == category]
            coefficients, covariance = fitted.effect(one.name, category)
            mine = mine - mine.mean(axis=0)
            unknown = float(((mine @ covariance) * mine).sum()) / max(1, len(mine))
            variances.append(float(((mine @ coefficients) ** 2).mean()) + unknown)
            row = row + _best_less_worst(fitted, one, category) / len(categories)
        effect = fitted.predict(np.atleast_2d(row)) if row.any() else None
        left = columns - around @ (around.T @ columns)
        own = [basis(np.where((cases.category.codes[ours] == category)[:, None], left, 0)) for category in categories]
        found[one.name] = _Told(
            variance=float(np.mean(variances)) if variances else 0.0,
            effect=0.0 if effect is None else float(effect.mean[0]),
            half=0.0 if effect is None else Z_90 * float(effect.sd[0]),
            chance=flips.chance(
                np.hstack([basis(left), *own]), fitted.without(one.name)[ours], chain, len(fitted.parameters)
            ),
        )
    return found


def _surroundings(cases: Frame) -> Floats:
    """Return what a parameter may go along with by the way: category, model, time, retries and feedback."""
    periods = np.searchsorted(np.quantile(cases.day, np.linspace(0, 1, 9)[1:-1]), cases.day, side="right")
    return np.column_stack(
        [
            dummies(cases.category.codes, 5),
            dummies(cases.model.codes, 5),
            dummies(periods),
            dummies(np.minimum(cases.step, 4)),
            dummies(cases.feedback.codes, 5),
        ]
    )


def _best_less_worst(fitted: Surface, one: Parameter, category: int) -> Floats:
    """Return the row of the best level of a parameter in a category less that of the worst."""
    places = np.flatnonzero(fitted.cases.category.codes == category).tolist()
    values = [value for place in places if (value := one.values[place]) is not None]
    levels: list[Value]
    if one.kind == "number":
        numbers = np.array(values, dtype=float)
        levels = [*np.unique(np.quantile(numbers, _LEVELS, method="nearest")).tolist()] if values else []
    elif one.kind == "choice":
        levels = [value for value, n in Counter(values).items() if n >= _LEAST_USED]
    else:
        levels = list(dict.fromkeys(values))
    if len(levels) < 2:
        return np.zeros((1, 1))
    rows = fitted.rows(category, None, [{one.name: level} for level in levels])
    points = fitted.predict(rows - rows[0]).mean
    best, worst = int(points.argmax()), int(points.argmin())
    if one.kind == "set":  # the very best of hundreds is luck
        worst, best = (int(np.abs(points - np.quantile(points, share)).argmin()) for share in (_LEVELS[0], _LEVELS[-1]))
    return np.asarray((rows[best] - rows[worst])[None, :])


def _collinear(fitted: Surface, ours: Ints) -> dict[str, str]:
    """Return the parameters that go with another one too closely to be told apart from it, and that one."""
    strata = fitted.cases.category.codes[ours]
    blocks = {one.name: basis(centred(fitted.columns(one.name)[ours], strata)) for one in fitted.parameters}
    found: dict[str, str] = {}
    for name, block in blocks.items():
        close = {other: closeness(block, theirs) for other, theirs in blocks.items() if other != name}
        twin = max(close, key=lambda other: close[other], default=None)
        if twin is not None and close[twin] >= _COLLINEAR:
            found[name] = twin
    return found


def _note(one: Parameter, fitted: Surface | None) -> str | None:
    if one.note is not None or fitted is not None:
        return one.note
    return f"too few attempts to tell: needs {LEAST_CHAINS} chains"


def _flagged(n: int, places: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    flags = np.zeros(n, dtype=bool)
    flags[places] = True
    return flags
