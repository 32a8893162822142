"""When did results change? Days on which the scores of all, of a model or of a category moved for good."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct

from imglearn.analytics.rates import Z_95
from imglearn.learning.association import centred
from imglearn.learning.frame import Coded, Flags, Floats, Frame, frame
from imglearn.learning.history import History, remembered
from imglearn.learning.regression import clustered

LEAST_FIRSTS = 40  # first attempts of a scope; fewer show no change below 30 points
_LEAST_SIDE = 10  # first attempts on either side of a change
_SHUFFLES = (99, 900)  # the second ones only where luck isn't plain after the first
_BLOCKS = 1_500  # more first attempts are added up to so many blocks of equal size
_FINENESS = 2  # times as many shuffles as the smallest chance that counts needs
_LEVEL = 0.05  # of a false change in the whole search, where nothing changed
_MOST = 12
_TAILS = 3.0  # robust standard deviations beyond which a residual is cut: a judge's glitch is no change

Scope = Literal["all", "model", "category"]


class ChangePoint(Struct, frozen=True):
    """The first attempt after which scores were others: of all, of a model (`name`) or of a category.

    `shift` is the mean score after it less that before, risk-adjusted: within category and model, of first attempts
    (`before` and `after` of them). Its 95 % interval takes the moment as known. `p` is the chance of a shift as clear
    at any moment of any scope where nothing changed.
    """

    timestamp: str
    attempt_id: str
    scope: Scope
    name: str | None
    shift: float
    low: float
    high: float
    p: float
    before: int
    after: int


class Found(NamedTuple):
    """A change in terms of the first attempts: whose, and from which place on."""

    scope: Scope
    code: int
    start: int
    p: float


@remembered
def change_points(past: History) -> tuple[ChangePoint, ...]:
    """Return the changes of the scores, oldest first.

    Of each chain the first attempt only: the others of a chain are like it, and retries come in runs of luck. Scores
    are centred within category and model, so that another mix is no change, and cut at three robust standard
    deviations. Then the moment is sought that splits a scope into the two means that differ most by their standard
    error, in every scope: everything, each model, each category. How clear it is by luck tells the same search after
    shuffling the order (999 times or more), times the number of scopes (Bonferroni). The clearest is taken out and
    the search begins again, until none is clear: binary segmentation, with scopes. Source: A. J. Scott and M. Knott,
    "A cluster analysis method for grouping means in the analysis of variance", Biometrics 30 (1974); permutation of
    the maximum after L. Horváth and M. Hušková, "Testing for changes using permutations of U-statistics", J. Statist.
    Plann. Inference 128 (2005).
    """
    return tuple(sorted(_points(first_attempts(past), changes(past)), key=lambda one: one.timestamp))


@remembered
def first_attempts(past: History) -> Frame:
    """Return the first case of each chain, where it retries nothing: one for a chain, so that they are independent."""
    found = frame(past)
    opens = np.zeros(found.n, dtype=bool)
    opens[np.unique(found.chain, return_index=True)[1]] = True
    return found.of(opens & found.first)


@remembered
def changes(past: History) -> tuple[Found, ...]:
    """Return the changes among the first attempts, the clearest first."""
    firsts = first_attempts(past)
    random = np.random.default_rng(0)  # the same log, the same answer
    scopes = list(_scopes(firsts))
    found: list[Found] = []
    while len(found) < _MOST:
        residuals = _residuals(firsts, found)
        clear: list[tuple[float, Found]] = []
        for scope, code in scopes:
            members = np.flatnonzero(_members(firsts, scope, code))
            statistic, place, p = _scan(residuals[members], len(scopes), random)
            if p * len(scopes) < _LEVEL:
                clear.append((statistic, Found(scope, code, int(members[place]), p * len(scopes))))
        if not clear:
            break
        found.append(_of_whom(firsts, residuals, max(clear)[1]))
    return tuple(found)


@remembered
def model_changes(past: History) -> tuple[tuple[str | None, str], ...]:
    """Return the changes of single models: which one's, and the time of the first attempt after it."""
    firsts = first_attempts(past)
    return tuple(
        (firsts.model.names[one.code], firsts.cases[one.start].attempt.timestamp)
        for one in changes(past)
        if one.scope == "model"
    )


def _of_whom(firsts: Frame, residuals: Floats, one: Found) -> Found:
    """Return a change as one of everything where all others moved the same way at that time, beyond luck.

    What is common comes first: what its scope moved beyond the others is still there for the next search, while the
    scope that moved most of all did so by luck, too.
    """
    members = _members(firsts, one.scope, one.code)
    since = np.arange(firsts.n) >= one.start
    shifts = []
    for group in (members, ~members):
        after, before = residuals[group & since], residuals[group & ~since]
        if len(after) < _LEAST_SIDE or len(before) < _LEAST_SIDE:
            return one
        error = math.sqrt(after.var(ddof=1) / len(after) + before.var(ddof=1) / len(before))
        shifts.append((float(after.mean() - before.mean()), error))
    (ours, _), (theirs, their_error) = shifts
    moved_too = theirs * ours > 0 and abs(theirs) > Z_95 * their_error
    return one._replace(scope="all", code=0) if moved_too else one


class Since(NamedTuple):
    """A change as it bears on some cases: of whom (a code of theirs; 0 for all), and which of them came after it."""

    scope: Scope
    code: int | None
    after: Flags


def since_changes(past: History, cases: Frame) -> Iterator[Since]:
    """Yield the changes, the clearest first, as they bear on some cases."""
    firsts = first_attempts(past)
    times = np.array([case.attempt.timestamp for case in cases.cases], dtype=object)
    for one in changes(past):
        after = np.asarray(times >= firsts.cases[one.start].attempt.timestamp, dtype=bool)
        if one.scope == "all":
            yield Since("all", 0, after)
        else:
            (theirs, ours) = (firsts.model, cases.model) if one.scope == "model" else (firsts.category, cases.category)
            code = ours.code(theirs.names[one.code])
            yield Since(one.scope, code, after & (ours.codes == code))


def _scopes(firsts: Frame) -> Iterator[tuple[Scope, int]]:
    if firsts.n >= LEAST_FIRSTS:
        yield "all", 0
    named: tuple[tuple[Scope, Coded], ...] = (("model", firsts.model), ("category", firsts.category))
    for scope, column in named:
        counts = np.bincount(column.codes)
        yield from (
            (scope, code) for code in np.flatnonzero(counts >= LEAST_FIRSTS).tolist() if counts[code] < firsts.n
        )


def _members(firsts: Frame, scope: Scope, code: int) -> Flags:
    if scope == "all":
        return np.ones(firsts.n, dtype=bool)
    return np.asarray((firsts.model if scope == "model" else firsts.category).codes == code)


def _sides(firsts: Frame, one: Found) -> tuple[int, int]:
    """Return how many first attempts of its scope there are before a change, and since then."""
    members = np.flatnonzero(_members(firsts, one.scope, one.code))
    return int((members < one.start).sum()), int((members >= one.start).sum())


def _since(firsts: Frame, found: Sequence[Found]) -> Floats:
    """Return a column for each change: 1 for the attempts of its scope since then, centred within the cells."""
    places = np.arange(firsts.n)
    columns = [_members(firsts, one.scope, one.code) & (places >= one.start) for one in found]
    return _centred(firsts, np.array(columns, dtype=float).reshape(len(found), firsts.n).T)


def _residuals(firsts: Frame, found: Sequence[Found]) -> Floats:
    """Return the scores less the means of their cells and less the changes found so far, without glitches."""
    scores = _centred(firsts, firsts.score[:, None])[:, 0]
    if found:
        since = _since(firsts, found)
        scores = scores - since @ np.linalg.lstsq(since, scores, rcond=None)[0]
    if not len(scores):
        return scores
    most = _TAILS * 1.4826 * np.median(np.abs(scores))  # of a normal distribution, the standard deviation
    return np.clip(scores, -most, most) if most else scores


def _centred(firsts: Frame, columns: Floats) -> Floats:
    """Return columns less their means within category and model."""
    return centred(columns, firsts.category.codes * len(firsts.model.names) + firsts.model.codes)


def _scan(values: Floats, scans: int, random: np.random.Generator) -> tuple[float, int, float]:
    """Return how clearly the clearest split parts values into two means, its place, and its chance by luck, which is
    told finely enough to be multiplied with the number of `scans`.
    """
    size = -(-len(values) // _BLOCKS)
    blocks = np.add.reduceat(values, np.arange(0, len(values), size))[: len(values) // size]
    n, least = len(blocks), -(-_LEAST_SIDE // size)
    blocks = blocks - blocks.mean()
    if n < 2 * least or not blocks.any():
        return 0.0, 0, 1.0
    split = np.arange(least, n - least + 1)
    errors = np.sqrt(split * (n - split) / n * blocks.var())

    def clearest(rows: Floats) -> Floats:
        return np.asarray(np.abs(np.cumsum(rows, axis=1)[:, split - 1]) / errors)

    statistics = clearest(blocks[None, :])[0]
    best = int(statistics.argmax())
    reached = tried = 0
    needed = math.ceil(_FINENESS * scans / _LEVEL)
    for many in (*_SHUFFLES, *[_SHUFFLES[-1]] * max(0, math.ceil((needed - 999) / _SHUFFLES[-1]))):
        shuffled = random.permuted(np.tile(blocks, (many, 1)), axis=1)
        reached += int((clearest(shuffled).max(axis=1) >= statistics[best]).sum())
        tried += many
        if (1 + reached) * scans > 2 * _LEVEL * max(tried, needed):  # it won't be clear any more
            break
    return float(statistics[best]), int(split[best]) * size, (1 + reached) / (1 + tried)


def _points(firsts: Frame, found: Sequence[Found]) -> Iterator[ChangePoint]:
    scores = _residuals(firsts, ())
    sides = [min(_sides(firsts, one)) for one in found]
    shifts = clustered(scores, _since(firsts, found), np.zeros((firsts.n, 0)), firsts.chain, sides)
    for one, shift in zip(found, shifts, strict=True):
        before, after = _sides(firsts, one)
        column = {"model": firsts.model, "category": firsts.category}.get(one.scope)
        attempt = firsts.cases[one.start].attempt
        if shift is not None:
            yield ChangePoint(
                timestamp=attempt.timestamp,
                attempt_id=attempt.id,
                scope=one.scope,
                name=None if column is None else column.names[one.code],
                shift=shift.value,
                low=shift.low,
                high=shift.high,
                p=one.p,
                before=before,
                after=after,
            )
