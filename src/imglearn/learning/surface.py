"""The score as a function of the settings: additive, shared by the categories and their own, with what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from imglearn.learning.change_points import Since, since_changes
from imglearn.learning.features import Features
from imglearn.learning.frame import Floats, Frame, Ints, frame, renumbered
from imglearn.learning.history import History, remembered
from imglearn.learning.parameters import PER_MODEL, Parameter, Value, parameters
from imglearn.learning.regression import whitened
from imglearn.learning.shrinkage import shrunken

LEAST_CHAINS = 30  # fewer tell nothing of how strongly anything acts
MOST_CASES = 6_000  # the newest; half of them of the category that is asked about, where there are so many
_MOST_COLUMNS = 800
_LEAST_OWN = 12  # attempts of a category that has effects of its own
_MOST_NAMES, _LEAST_NAMED = 40, 2  # of materials and the like; others count as the average one
_MOST_STEPS = 4  # retries in a row; more count as these
_PERIOD = 150  # attempts, about
_MOST_PERIODS = 12
_SURROUNDINGS, _OWN, _SHARED = range(3)  # families of groups whose variances are alike


class _Group(NamedTuple):
    """Columns whose coefficients have one variance."""

    family: int
    columns: slice


class Prediction(NamedTuple):
    """Expected scores in points, and the standard deviations of what is not known of them."""

    mean: Floats
    sd: Floats


class Surface:
    """The fitted surface. `cases` are the attempts that it was learned from; `parameters` are those that it knows, of
    `every_parameter` that these have. `changes` are moments since which scores were others: what is predicted is what
    holds since the last one.

    `noise` is the standard deviation in points of an attempt beyond all that, `likeness` the correlation of the
    attempts of a chain in it.
    """

    def __init__(
        self, cases: Frame, every_parameter: tuple[Parameter, ...], own: Ints, changes: Sequence[Since] = ()
    ) -> None:
        self.cases = cases
        self._changes = changes
        self.every_parameter = every_parameter
        self.parameters = tuple(one for one in every_parameter if one.note is None)
        self.features = {one.name: Features(one) for one in self.parameters}
        self._own = {int(code): place for place, code in enumerate(own)}  # categories with effects of their own
        self._groups: dict[str, _Group] = {}
        self._places: dict[str, dict[int, int]] = {}  # of the names used often, by code, in their group
        periods = max(1, min(_MOST_PERIODS, cases.n // _PERIOD))
        self._edges = np.quantile(cases.day, np.linspace(0, 1, periods + 1)[1:-1])
        self._columns = self._layout()
        groups = self._groups.values()
        self._chain = renumbered(cases.chain)
        group_of = np.repeat(np.arange(len(groups)), [one.columns.stop - one.columns.start for one in groups])
        family = np.array([one.family for one in groups])
        self._learned = shrunken(self._columns, cases.score, self._chain, group_of, family)
        self._precision = dict(zip(self._groups, self._learned.precision.tolist(), strict=True))
        self.noise, self.likeness = self._learned.noise, self._learned.likeness

    # ---------------------------------------------------------------- the columns

    def _layout(self) -> Floats:
        """Return the columns of all cases, and remember which group is where."""
        cases, blocks = self.cases, list[Floats]()

        def add(name: str, family: int, block: Floats) -> None:
            start = sum(one.shape[1] for one in blocks)
            self._groups[name] = _Group(family, slice(start, start + block.shape[1]))
            blocks.append(block)

        def named(name: str, codes: Ints) -> None:
            self._places[name] = _often(codes)
            places = np.array([self._places[name].get(code, -1) for code in codes.tolist()], dtype=int)
            add(name, _SURROUNDINGS, _flags(places, len(self._places[name])))

        late = np.searchsorted(self._edges, cases.day, side="right")
        walk = (late[:, None] > np.arange(len(self._edges))).astype(float)
        models = len(cases.model.names)
        named("category", cases.category.codes)
        named("model", cases.model.codes)
        named("category and model", cases.category.codes * models + cases.model.codes)
        named("material", cases.material.codes)
        named("step", np.minimum(cases.step, _MOST_STEPS))
        named("feedback", cases.feedback.codes)
        add("period", _SURROUNDINGS, walk)  # of steps from one to the next, so that time drifts
        own_walk = np.array([self._places["model"].get(code, -1) for code in cases.model.codes.tolist()], dtype=int)
        add("period and model", _SURROUNDINGS, _within(walk, own_walk, len(self._places["model"])))
        after = [one.after for one in self._changes]
        add("changes", _SURROUNDINGS, np.array(after, dtype=float).reshape(len(after), cases.n).T)
        own = np.array([self._own.get(code, -1) for code in cases.category.codes.tolist()], dtype=int)
        for one in self.parameters:
            block = self.features[one.name].of(one.values)
            add(_shared(one.name), _SHARED, block)
            if one.name in PER_MODEL:
                add(_by_model(one.name), _OWN, _within(block, own_walk, len(self._places["model"])))
            add(_own(one.name), _OWN, _within(block, own, len(self._own)))
        return np.hstack(blocks)

    def rows(
        self,
        category: int | None,
        model: int | None,
        settings: Sequence[Mapping[str, Value]],
        material: int | None = None,
    ) -> Floats:
        """Return the columns of first attempts of today with some settings, a row each, the constant first.

        Codes are those of `cases`. What a setting does not say is as on average.
        """
        rows = np.zeros((len(settings), 1 + self._columns.shape[1]))
        rows[:, 0] = 1

        def put(name: str, block: Floats | float, place: int | None = 0, of: int = 1) -> None:
            if place is not None:
                columns = self._groups[name].columns
                width = (columns.stop - columns.start) // max(1, of)
                rows[:, 1 + columns.start + place * width : 1 + columns.start + (place + 1) * width] = block

        codes = {"category": category, "model": model, "material": material, "step": 0}
        if model is not None:
            if category is not None:
                codes["category and model"] = category * len(self.cases.model.names) + model
            put("period and model", 1, self._places["model"].get(model), len(self._places["model"]))
        for name, code in codes.items():
            put(name, 1, None if code is None else self._places[name].get(code), len(self._places[name]))
        put("period", 1)
        now = {"all": 0, "model": model, "category": category}
        put(
            "changes",
            np.array([one.code is not None and now[one.scope] == one.code for one in self._changes], dtype=float),
        )
        for one in self.parameters:
            block = self.features[one.name].of([setting.get(one.name) for setting in settings])
            put(_shared(one.name), block)
            if one.name in PER_MODEL and model is not None:
                put(_by_model(one.name), block, self._places["model"].get(model), len(self._places["model"]))
            put(_own(one.name), block, None if category is None else self._own.get(category), len(self._own))
        return rows

    def unknown(
        self, named: Mapping[str, int | None], category: int | None, settings: Sequence[Mapping[str, Value]]
    ) -> Floats:
        """Return the variance of what `rows` leaves out of names that the log doesn't know, or not well: of each such
        name an effect as large as those of its group usually are. `named` are the codes of category, model and
        material, as far as they were named; None where the log doesn't know it.
        """
        variance = self.unknown_of_changes(category, settings, {})
        for group, code in named.items():
            variance += 0.0 if code in self._places[group] else 1 / self._precision[group]
        return variance

    def unknown_of_changes(
        self, category: int | None, settings: Sequence[Mapping[str, Value]], over: Mapping[str, Value]
    ) -> Floats:
        """Return the same of what settings bring more than another one (`over`; empty: of all that they bring), of a
        category's own effects.
        """
        variance = np.zeros(len(settings))
        if category is not None and category in self._own:
            return variance
        for one in self.parameters:
            block = self.features[one.name].of([setting.get(one.name) for setting in settings])
            more = block - self.features[one.name].of([over.get(one.name)])
            variance += (more**2).sum(axis=1) / self._precision[_own(one.name)]
        return variance

    def predict(self, rows: Floats, unknown: Floats | float = 0.0) -> Prediction:
        """Return the expected scores for rows, or what differences of rows make of it; `unknown` is a variance that is
        to be added.
        """
        used = np.flatnonzero(rows.any(axis=0))
        there = rows[:, used]
        variance = ((there @ self._learned.covariance[np.ix_(used, used)]) * there).sum(axis=1)
        return Prediction(rows @ self._learned.coefficients, np.sqrt(np.maximum(variance, 0) + unknown))

    @property
    def own(self) -> tuple[int, ...]:
        """The codes of the categories that have effects of their own."""
        return tuple(self._own)

    def effect(self, name: str, category: int) -> tuple[Floats, Floats]:
        """Return the coefficients of a parameter's features in a category, shape (d,), and their covariance (d, d)."""
        shared, own = self._groups[_shared(name)].columns, self._groups[_own(name)].columns
        width = shared.stop - shared.start
        places = np.arange(1 + shared.start, 1 + shared.stop)[None, :]
        if category in self._own:
            start = 1 + own.start + self._own[category] * width
            places = np.vstack([places, np.arange(start, start + width)])
        covariance = sum(self._learned.covariance[np.ix_(one, other)] for one in places for other in places)
        return np.asarray(self._learned.coefficients[places].sum(axis=0)), np.asarray(covariance)

    def without(self, name: str) -> Floats:
        """Return what is left of the scores when all but one parameter has had its part, freed of what the attempts of
        a chain have in common.
        """
        return whitened(self._learned.left + self._brought_by(name), self._chain, self.likeness)

    def brought(self) -> Floats:
        """Return what the settings of each case brought, in points more than average ones."""
        parts = [self._brought_by(one.name) for one in self.parameters]
        return np.asarray(np.sum(parts, axis=0) if parts else np.zeros(self.cases.n))

    def _brought_by(self, name: str) -> Floats:
        groups = [
            self._groups[one].columns for one in (_shared(name), _own(name), _by_model(name)) if one in self._groups
        ]
        parts = [self._columns[:, one] @ self._learned.coefficients[1 + one.start : 1 + one.stop] for one in groups]
        return np.asarray(np.sum(parts, axis=0))

    def columns(self, name: str) -> Floats:
        """Return a parameter's features of all cases, shape (n, d)."""
        return np.asarray(self._columns[:, self._groups[_shared(name)].columns])

    def told_by(self, name: str, category: int) -> float:
        """Return how much of a parameter's own effects in a category its attempts tell: 0 nothing, 1 all."""
        place = self._own.get(category)
        group = self._groups[_own(name)].columns
        width = (group.stop - group.start) // max(1, len(self._own))
        if place is None or not width:
            return 0.0
        start = 1 + group.start + place * width
        left = np.diag(self._learned.covariance)[start : start + width].mean() * self._precision[_own(name)]
        return float(1 - left)


def _shared(name: str) -> str:
    """Return the name of a parameter's group: no other group has such a one, whatever the parameter is called."""
    return f"{name}\0shared"


def _own(name: str) -> str:
    return f"{name}\0own"


def _by_model(name: str) -> str:
    return f"{name}\0by model"


def _often(codes: Ints) -> dict[int, int]:
    """Return the codes that are used often, each with its place."""
    counts = np.bincount(codes[codes >= 0]) if (codes >= 0).any() else np.zeros(0, dtype=int)
    often = [code for code in np.argsort(-counts, kind="stable").tolist()[:_MOST_NAMES] if counts[code] >= _LEAST_NAMED]
    return {code: place for place, code in enumerate(often)}


def _flags(codes: Ints, names: int) -> Floats:
    flags = np.zeros((len(codes), names))
    known = np.flatnonzero(codes >= 0)
    flags[known, codes[known]] = 1
    return flags


def _within(block: Floats, codes: Ints, names: int) -> Floats:
    """Return the columns once for each name, 0 where the name is another one."""
    return np.hstack([block * (codes == code)[:, None] for code in range(names)]) if names else block[:, :0]


@remembered
def surface(past: History, category: str | None = None) -> Surface | None:
    """Return the surface fitted to the newest attempts; None where there are too few chains to tell anything.

    With a `category`, that one has effects of its own wherever it has any attempt. The columns of a large log are too
    many: then the categories with most attempts have effects of their own, and the others only the shared ones.
    """
    cases = frame(past)
    if len(np.unique(cases.chain)) < LEAST_CHAINS:
        return None
    code = None if category is None else cases.category.code(category)
    if category is not None:
        general = surface(past)
        if code is None or (cases.n <= MOST_CASES and general is not None and code in general.own):
            return general
    cases = _newest(cases, code)
    known = parameters(cases.cases)
    width = sum(Features(one).columns for one in known if one.note is None)
    counts = np.bincount(cases.category.codes, minlength=len(cases.category.names))
    own = [one for one in np.argsort(-counts, kind="stable").tolist() if counts[one] >= _LEAST_OWN]
    own = own[: max(1, (_MOST_COLUMNS - width) // max(1, width))]
    if code is not None and code not in own and counts[code]:
        own = [code, *own[:-1]] if own else [code]
    return Surface(cases, known, np.array(own, dtype=int), tuple(since_changes(past, cases)))


def _newest(cases: Frame, code: int | None) -> Frame:
    if cases.n <= MOST_CASES:
        return cases
    ours = np.flatnonzero(cases.category.codes == code)[-MOST_CASES // 2 :]
    others = np.flatnonzero(cases.category.codes != code)[-(MOST_CASES - len(ours)) :]
    chosen = np.zeros(cases.n, dtype=bool)
    chosen[ours] = chosen[others] = True
    return cases.of(chosen)
