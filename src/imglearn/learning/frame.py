"""The cases as columns: arrays of numbers, and names as codes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from imglearn.learning.history import History, remembered
from imglearn.learning.hygiene import Case
from imglearn.store.rows import from_json

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

Name = TypeVar("Name", bound=Hashable)


class Coded(NamedTuple):
    """A column of names: `codes` are places in `names`, most used first."""

    codes: Ints
    names: tuple[str | None, ...]

    def code(self, name: str | None) -> int | None:
        """Return the code of a name, None where no case has it."""
        return self.names.index(name) if name in self.names else None


class Frame(NamedTuple):
    """The cases that have a score, oldest first, column by column.

    `score` in points; `passed` is 1, 0 or NaN; `day` in days; `step` how many attempts it retries in a row; `issues`
    how many physics issues were named. `feedback` is the kind that was applied, with the code -1 where none was.
    `score_before` is that of the attempt that it retries, NaN where there is none; `issues_before` how many issues that
    one named, `switched` whether it was another model's.
    """

    cases: tuple[Case, ...]
    score: Floats
    passed: Floats
    day: Floats
    category: Coded
    material: Coded
    model: Coded
    chain: Ints
    step: Ints
    issues: Floats
    feedback: Coded
    score_before: Floats
    issues_before: Floats
    switched: Flags

    @property
    def n(self) -> int:
        """How many cases there are."""
        return len(self.cases)

    @property
    def first(self) -> Flags:
        """Which cases retry nothing."""
        return np.asarray(self.step == 0)

    def of(self, chosen: Flags) -> Frame:
        """Return the chosen cases. Codes stay what they are."""
        kept: dict[str, Any] = {
            name: column._replace(codes=column.codes[chosen]) if isinstance(column, Coded) else column[chosen]
            for name, column in self._asdict().items()
            if name != "cases"
        }
        cases = tuple(case for case, keep in zip(self.cases, chosen.tolist(), strict=True) if keep)
        return Frame(cases=cases, **kept)


@remembered
def frame(past: History) -> Frame:
    """Return the cases of a history that have a score as columns; or, where it is learned by verdicts, those that have
    one, with 100 points for a pass and 0 for a fail.
    """
    measure = _score if past.hygiene.learned_by == "score" else _verdict
    cases = tuple(case for case in past.cases if measure(case) is not None)

    def column(value: Callable[[Case], float | bool | None]) -> Floats:
        return np.array([_number(value(case)) for case in cases], dtype=float)

    before = [case.before for case in cases]
    return Frame(
        cases=cases,
        score=column(measure),
        passed=column(lambda case: case.passed),
        day=column(lambda case: case.attempt.day),
        category=coded([case.attempt.category for case in cases]),
        material=coded([f"{case.attempt.category}\0{case.attempt.material}" for case in cases]),
        model=coded([case.attempt.model for case in cases]),
        chain=renumbered(np.array([case.chain for case in cases], dtype=int)),
        step=np.array([case.step for case in cases], dtype=int),
        issues=np.array([_items(case.attempt.issues) for case in cases], dtype=float),
        feedback=_feedback(cases),
        score_before=np.array([_number(measure(one) if one else None) for one in before], dtype=float),
        issues_before=np.array([_items(one.attempt.issues) if one else 0 for one in before], dtype=float),
        switched=np.array(
            [
                one is not None and one.attempt.model != case.attempt.model
                for case, one in zip(cases, before, strict=True)
            ],
            dtype=bool,
        ),
    )


def coded(values: Sequence[Name]) -> Coded:
    """Return a column of names as codes, the most used first, in order of their names where used as much."""
    counted: dict[Name, int] = {}
    for value in values:
        counted[value] = counted.get(value, 0) + 1
    names = sorted(counted, key=lambda name: (-counted[name], str(name)))
    place_of = {name: place for place, name in enumerate(names)}
    return Coded(np.array([place_of[value] for value in values], dtype=int), tuple(names))  # type: ignore[arg-type]


def renumbered(codes: Ints) -> Ints:
    """Return codes as 0, 1, 2 ... in their order, without gaps."""
    return np.unique(codes, return_inverse=True)[1].reshape(-1)


def _feedback(cases: Sequence[Case]) -> Coded:
    kinds = coded([case.attempt.feedback for case in cases if case.attempt.feedback is not None])
    codes = np.full(len(cases), -1)
    codes[[case.attempt.feedback is not None for case in cases]] = kinds.codes
    return kinds._replace(codes=codes)


def _score(case: Case) -> float | None:
    return case.score


def _verdict(case: Case) -> float | None:
    return None if case.passed is None else 100.0 * case.passed


def _number(value: float | bool | None) -> float:
    return float("nan") if value is None else float(value)


def _items(text: str | None) -> int:
    """Return how many items a JSON list has."""
    found = from_json(text) if text else None
    return len(found) if isinstance(found, list) else 0
