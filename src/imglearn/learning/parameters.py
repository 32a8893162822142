"""What was varied: the parameters of the cases, and what kind of values each one has."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from imglearn.learning.hygiene import Case
from imglearn.plain import leaves
from imglearn.store.observations import Observation
from imglearn.store.rows import from_json

Kind = Literal["number", "choice", "set"]
Value = float | str | bool | frozenset[str]

# Fields of the record that are chosen before an image is made.
_FIELDS = ("guidance_scale", "contamination_uniformity", "view_mode", "gen_prompt_length")
# What nobody would set to get a better image: it is told whether they matter, and never advised.
PER_MODEL = frozenset({"guidance_scale"})  # mean something else with each model
NOT_ADVISED = frozenset({"seed", "gen_prompt_length"})
MOST_VARIED = 40  # parameters, the most used ones: no log can tell more of them apart
_LONGEST_CHOICE = 80  # characters; a longer text is a prompt or the like
_LEAST_SHARE = 0.2  # of the cases that must have a parameter
_LEAST_REPEATED = 0.5  # of the cases with a choice must share it with another one


class Parameter(NamedTuple):
    """A parameter: of each case its value, None where it has none, and how many different ones there are.

    `logged` is the type that people log it by where that is not how it is held here: numbers that are written as text,
    and True and False, which are held as the words. `note` says why nothing can be learned of it: it never varied,
    nearly every attempt has another value, or it is used less than 40 others.
    """

    name: str
    kind: Kind
    values: tuple[Value | None, ...]
    different: int
    logged: type[str] | type[bool] | None
    note: str | None

    @property
    def is_whole(self) -> bool:
        """Whether all its values are whole numbers."""
        return all(isinstance(value, float) and value.is_integer() for value in self.values if value is not None)

    @property
    def known(self) -> int:
        """How many cases have it."""
        return sum(value is not None for value in self.values)


def parameters(cases: Sequence[Case]) -> tuple[Parameter, ...]:
    """Return the parameters that at least a fifth of the cases have, most used first.

    They are fields of the record and knobs in `params`, those of nested objects by dotted names. A text that reads as
    a number where all are is one.
    """
    columns: dict[str, list[Value | None]] = {}
    for place, case in enumerate(cases):
        for name, value in _values(case.attempt):
            column = columns.setdefault(name, [])
            column.extend([None] * (place - len(column)))
            if len(column) == place:
                column.append(value)
    found = []
    for name, column in columns.items():
        column.extend([None] * (len(cases) - len(column)))
        if sum(value is not None for value in column) >= max(1, _LEAST_SHARE * len(cases)):
            found.append(_parameter(name, column))
    found.sort(key=lambda one: (-one.known, one.name))
    varied = [one.name for one in found if one.note is None]
    beyond = frozenset(varied[MOST_VARIED:])
    note = f"not looked at: {MOST_VARIED} others are used more"
    return tuple(one._replace(note=note) if one.name in beyond else one for one in found)


def _values(attempt: Observation) -> Iterator[tuple[str, Value]]:
    for name in _FIELDS:
        value = getattr(attempt, name)
        if value is not None:
            number = isinstance(value, int | float)
            if not number or math.isfinite(value):
                yield name, float(value) if number else str(value)
    if attempt.seed is not None:
        yield "seed", attempt.seed
    if attempt.patterns is not None and (patterns := _set(from_json(attempt.patterns))) is not None:
        yield "patterns_used", patterns
    knobs = from_json(attempt.params) if attempt.params else None
    if isinstance(knobs, dict):
        for name, knob in leaves(knobs):
            value = _set(knob) if isinstance(knob, list) else _plain(knob)
            if value is not None:
                yield name, value


def _plain(value: object) -> Value | None:
    if isinstance(value, bool | str):
        return value
    return float(value) if isinstance(value, int | float) and abs(value) < 1e300 else None


def _set(value: object) -> frozenset[str] | None:
    if not isinstance(value, list) or not all(isinstance(item, str | int | float) for item in value):
        return None
    return frozenset(map(str, value))


def _parameter(name: str, column: list[Value | None]) -> Parameter:
    given = [value for value in column if value is not None]
    kinds = {type(value) for value in given}
    logged: type[str] | type[bool] | None = bool if kinds == {bool} else None
    if kinds == {str} and all(map(_reads_as_number, given)):
        column = [None if value is None else float(str(value)) for value in column]
        kinds, logged = {float}, str
    if kinds not in ({float}, {frozenset}):
        column = [None if value is None else _in_words(value) for value in column]
    kind: Kind = "number" if kinds == {float} else "set" if kinds == {frozenset} else "choice"
    counts = Counter(value for value in column if value is not None)
    return Parameter(name, kind, tuple(column), len(counts), logged, _note(kind, counts))


def _note(kind: Kind, counts: Counter[Value]) -> str | None:
    if len(counts) == 1:
        return "never varied"
    repeated = sum(n for n in counts.values() if n > 1)
    if kind == "choice" and (
        repeated < _LEAST_REPEATED * counts.total() or any(len(str(value)) > _LONGEST_CHOICE for value in counts)
    ):
        return "nearly every attempt has another value"
    return None


def _in_words(value: Value) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else value


def _reads_as_number(value: object) -> bool:
    try:
        return abs(float(str(value))) < 1e300
    except ValueError:
        return False
