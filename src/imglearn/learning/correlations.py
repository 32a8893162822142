"""What goes with what? All parameters and outcomes against each other, of mixed kinds, with what luck would do."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from imglearn.learning.association import association, centred, ranks
from imglearn.learning.chance import Flips, false_discovery_rates
from imglearn.learning.evidence import Evidence, evidence
from imglearn.learning.features import Features
from imglearn.learning.frame import Flags, Floats, Frame, Ints, frame, renumbered
from imglearn.learning.history import History, remembered
from imglearn.learning.parameters import Parameter, parameters
from imglearn.learning.regression import basis

LEAST_CHAINS = 10  # that have both; of fewer nothing is told
MOST_CASES = 6_000  # the newest
_MOST_PARAMETERS = 30
SCORE, PASSED, ISSUES, TIME = "realism_score", "passed", "issues", "time"

Kind = Literal["parameter", "outcome", "circumstance"]


class Variable(Struct, frozen=True):
    """A parameter, an outcome or a circumstance; `note` says why nothing is told of it."""

    name: str
    kind: Kind
    n: int
    note: str | None


class Pair(Struct, frozen=True):
    """How closely two variables go together, within a category.

    `value` is from -1 to 1 for two numbers (Spearman's rank correlation) and from 0 to 1 where one is a choice or a set
    (see `association`); None where too few attempts have both. `q`: of the pairs at this q or below, so many are luck.
    `n` attempts in `chains` chains have both.
    """

    a: str
    b: str
    value: float | None
    q: float | None
    n: int
    chains: int


class CorrelationMatrix(Struct, frozen=True):
    """All pairs of the variables, parameters first."""

    variables: tuple[Variable, ...]
    pairs: tuple[Pair, ...]
    n: int
    chains: int
    evidence: Evidence
    note: str | None


class _Column(NamedTuple):
    """A variable as columns, of the cases that have it."""

    name: str
    kind: Kind
    columns: Floats
    known: Flags
    note: str | None

    @property
    def is_number(self) -> bool:
        return int(self.columns.shape[1]) == 1


@remembered
def correlation_matrix(past: History) -> CorrelationMatrix:
    """Return how the parameters and the outcomes go together.

    First attempts only: retries come in runs of luck. All is compared within a category (guidance_scale within a model
    in it, too: models differ in its meaning), since categories differ in everything at once. Numbers are ranked, which
    no outlier and no scale can sway. Luck is told by turning the signs of whole chains (see `Flips.chance`), and
    corrected for all pairs. What goes together need not be cause and effect, and a best value in the middle is no
    correlation at all: `importance` sees those.
    """
    cases = frame(past)
    cases = cases.of(cases.first & (np.arange(cases.n) >= cases.n - MOST_CASES))
    columns = _columns(cases)
    chain = renumbered(cases.chain)
    chains = int(chain.max(initial=-1)) + 1
    flips = Flips(chains)
    looks = len(columns) * (len(columns) - 1) // 2
    found = [
        _pair(cases, chain, flips, looks, one, other) for place, other in enumerate(columns) for one in columns[:place]
    ]
    chances = {place: p for place, (_, p) in enumerate(found) if p is not None}
    rates = dict(zip(chances, false_discovery_rates(np.array([*chances.values()])).tolist(), strict=True))
    return CorrelationMatrix(
        variables=tuple(Variable(one.name, one.kind, int(one.known.sum()), one.note) for one in columns),
        pairs=tuple(msgspec.structs.replace(pair, q=rates.get(place)) for place, (pair, _) in enumerate(found)),
        n=cases.n,
        chains=chains,
        evidence=evidence(chains),
        note=f"fewer than {LEAST_CHAINS} chains of attempts: nothing can be told" if chains < LEAST_CHAINS else None,
    )


def _columns(cases: Frame) -> list[_Column]:
    """Return the variables: what was set, then what became of it, then what it comes with."""
    everyone = np.ones(cases.n, dtype=bool)
    outcomes: tuple[tuple[str, Kind, Floats], ...] = (
        (SCORE, "outcome", cases.score),
        (PASSED, "outcome", cases.passed),
        (ISSUES, "outcome", cases.issues),
        (TIME, "circumstance", cases.day),
    )
    return [
        *(_of_parameter(one) for one in parameters(cases.cases)[:_MOST_PARAMETERS]),
        *(
            _Column(name, kind, values[:, None], everyone & ~np.isnan(values), _constant(values))
            for name, kind, values in outcomes
        ),
    ]


def _of_parameter(one: Parameter) -> _Column:
    known = np.array([value is not None for value in one.values], dtype=bool)
    if one.note is not None:
        columns = np.zeros((len(known), 0))
    elif one.kind == "number":
        columns = np.array([_number(value) for value in one.values], dtype=float)[:, None]
    else:
        columns = Features(one).of(one.values)
    return _Column(one.name, "parameter", columns, known, one.note)


def _number(value: object) -> float:
    return float(value) if isinstance(value, float) else 0.0


def _constant(values: Floats) -> str | None:
    known = values[~np.isnan(values)]
    return None if len(np.unique(known)) > 1 else "never varied" if len(known) else "not known"


def _pair(
    cases: Frame, chain: Ints, flips: Flips, looks: int, one: _Column, other: _Column
) -> tuple[Pair, float | None]:
    """Return two variables' pair, without its q, and the chance of it by luck."""
    both = np.flatnonzero(one.known & other.known)
    chains = len(np.unique(chain[both]))
    nothing = Pair(one.name, other.name, None, None, len(both), chains)
    if one.note is not None or other.note is not None or chains < LEAST_CHAINS:
        return nothing, None
    strata = cases.category.codes[both]
    if "guidance_scale" in (one.name, other.name):
        strata = strata * len(cases.model.names) + cases.model.codes[both]
    left, right = (
        centred(_ranked(column.columns[both]) if column.is_number else column.columns[both], strata)
        for column in (one, other)
    )
    if not basis(left).size or not basis(right).size:
        return nothing, None
    if one.is_number and other.is_number:
        value = float((left * right).sum() / np.sqrt((left**2).sum() * (right**2).sum()))
    else:
        value = association(left, right)
    return (
        msgspec.structs.replace(nothing, value=value),
        flips.chance(basis(left), basis(right), chain[both], looks),
    )


def _ranked(columns: Floats) -> Floats:
    return ranks(columns[:, 0])[:, None]
