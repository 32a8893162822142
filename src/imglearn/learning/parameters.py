"""What was varied: the parameters of the cases, and what kind of values each one has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from imglearn.learning.hygiene import Case
from imglearn.plain import leaves
from imglearn.store.observations import Observation
from imglearn.store.rows import from_json

Kind = Literal["number", "choice", "set"]
Value = float | str | bool | frozenset[str]

# Fields of the record that are chosen before an image is made.
_FIELDS = ("guidance_scale", "contamination_uniformity", "view_mode", "gen_prompt_length")
FIELDS = frozenset({*_FIELDS, "seed", "patterns_used"})
"""The parameters that are fields; all others are knobs in `params`."""

# What nobody would set to get a better image: it is told whether they matter, and never advised.
PER_MODEL = frozenset({"guidance_scale"})  # mean something else with each model
NOT_ADVISED = frozenset({"seed", "gen_prompt_length"})
_NAMES_NO_AMOUNT = frozenset({"seed"})  # a number, and yet one is no more than another
MOST_VARIED = 40  # parameters, the most used ones: no log can tell more of them apart
_LONGEST_CHOICE = 80  # characters; a longer text is a prompt or the like
_LEAST_SHARE = 0.2  # of the cases that must have a parameter
_LARGEST = 1e300
_LEAST_REPEATED = 0.5  # of the cases with a choice must share it with another one


class Parameter(NamedTuple):
    """A parameter: of each case its value, None where it has none, and how many different ones there are.

    `logged` has for each value, and for each item of a set, what people logged: here true is a word, and numbers that
    are written as text are numbers. `note` says why nothing can be learned of it: it never varied, nearly every attempt
    has another value, or it is used less than 40 others.
    """

    name: str
    kind: Kind
    values: tuple[Value | None, ...]
    different: int
    logged: Mapping[Value, Any]
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
    columns: dict[str, list[object]] = {}
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


def _values(attempt: Observation) -> Iterator[tuple[str, object]]:
    for name in _FIELDS:
        value = getattr(attempt, name)
        if value is not None:
            yield name, value
    if attempt.seed is not None:
        yield "seed", attempt.seed
    if attempt.patterns is not None:
        yield "patterns_used", from_json(attempt.patterns)
    knobs = from_json(attempt.params) if attempt.params else None
    if isinstance(knobs, dict):
        yield from leaves(knobs)


def _held(value: object) -> Value | None:
    """Return a value that was logged as it is held; None for one that tells nothing."""
    if isinstance(value, list):
        plain = all(isinstance(item, str | int | float) for item in value)
        return frozenset(map(_in_words, value)) if plain else None
    if isinstance(value, bool | str):
        return value
    return float(value) if isinstance(value, int | float) and abs(value) < _LARGEST else None


def _parameter(name: str, logged: Sequence[object]) -> Parameter:
    column = [_held(value) for value in logged]
    given = [value for value in column if value is not None]
    kinds = {type(value) for value in given}
    if kinds == {str} and name not in _NAMES_NO_AMOUNT and all(map(_reads_as_number, given)):
        column = [None if value is None else float(str(value)) for value in column]
        kinds = {float}
    if kinds not in ({float}, {frozenset}) or name in _NAMES_NO_AMOUNT:
        column = [None if value is None else _in_words(value) for value in column]
        kinds = {str}
    kind: Kind = "number" if kinds == {float} else "set" if kinds == {frozenset} else "choice"
    counts = Counter(value for value in column if value is not None)
    return Parameter(name, kind, tuple(column), len(counts), _as_logged(column, logged), _note(kind, counts))


def _as_logged(column: Sequence[Value | None], logged: Sequence[object]) -> dict[Value, Any]:
    found: dict[Value, Any] = {}
    for value, before in zip(column, logged, strict=True):
        if value is None:
            continue
        if isinstance(value, frozenset) and isinstance(before, list):
            found |= {_in_words(item): item for item in before}
        else:
            found[value] = before
    return found


def _note(kind: Kind, counts: Counter[Value]) -> str | None:
    if len(counts) == 1:
        return "never varied"
    repeated = sum(n for n in counts.values() if n > 1)
    if kind == "choice" and (
        repeated < _LEAST_REPEATED * counts.total() or any(len(str(value)) > _LONGEST_CHOICE for value in counts)
    ):
        return "nearly every attempt has another value"
    return None


def _in_words(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _reads_as_number(value: object) -> bool:
    try:
        return abs(float(str(value))) < _LARGEST
    except ValueError:
        return False
