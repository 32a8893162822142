"""What was tried: the values that parameters had, which of them are usual, and which never varied."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from imglearn.learning.frame import Floats, Frame, Ints
from imglearn.learning.parameters import NOT_ADVISED, PER_MODEL, Parameter, Value

Plain = float | str | bool | list[float | str | bool] | None
Setting = Mapping[str, Value]

_MOST_TRIED = 25  # numbers of a parameter that are looked at
_LEAST_TRIED = 2  # attempts with a choice or an item


class Unvaried(Struct, frozen=True):
    """A parameter that had only this value: nothing can be known of others. `worth_trying` would tell something."""

    param: str
    value: Plain
    worth_trying: tuple[Plain, ...]


class Tried(NamedTuple):
    """What was tried of a parameter in a category, by the attempts at some `places`: values, or of a set the items and
    the least and most of them.
    """

    parameter: Parameter
    places: Ints
    values: tuple[Value, ...]
    least: int = 0
    most: int = 0

    @property
    def usual(self) -> Value | None:
        """The value that is usual."""
        return usual_value(self.parameter, self.places)

    def others(self, now: Value | None, swapped: bool = False) -> list[Value]:
        """Return what the parameter may be changed to; of a set what has an item less or more, or one `swapped`."""
        if self.parameter.kind != "set":
            return [value for value in self.values if value != now]
        items = now if isinstance(now, frozenset) else frozenset[str]()
        known = [str(value) for value in self.values]
        fewer = [items - {item} for item in items] if len(items) > self.least else []
        more = [items | {item} for item in known if item not in items] if len(items) < self.most else []
        new = [(items - {out}) | {item} for out in items for item in known if item not in items] if swapped else []
        return [*fewer, *more, *new]


def comparable(cases: Frame, name: str, ours: Ints, model: int) -> Ints:
    """Return the places of the attempts whose values of a parameter mean the same. Of one that means something else
    with each model: those with this one, of all categories where ours has none, and ours where it was never used.
    """
    if name not in PER_MODEL:
        return ours
    here: Ints = ours[cases.model.codes[ours] == model]
    anywhere = np.flatnonzero(cases.model.codes == model)
    return here if len(here) else anywhere if len(anywhere) else ours


def tried_of(cases: Frame, known: Sequence[Parameter], ours: Ints, model: int) -> Iterator[Tried]:
    """Yield what was tried of each parameter, as far as it is comparable."""
    for parameter in known:
        if parameter.name in NOT_ADVISED or (parameter.note is not None and parameter.different > 1):
            continue
        places = comparable(cases, parameter.name, ours, model)
        values = [value for place in places.tolist() if (value := parameter.values[place]) is not None]
        if not values:
            continue
        if parameter.kind == "set":
            sets = [value for value in values if isinstance(value, frozenset)]
            counts = Counter(item for items in sets for item in items)
            often = tuple(sorted(item for item, n in counts.items() if n >= _LEAST_TRIED))
            yield Tried(parameter, places, often, max(1, min(map(len, sets))), max(map(len, sets)))
        elif parameter.kind == "number":
            yield Tried(parameter, places, tuple(_spread(np.array(values, dtype=float))))
        else:
            counts = Counter(values)
            yield Tried(parameter, places, tuple(value for value, n in counts.most_common() if n >= _LEAST_TRIED))


def _spread(values: Floats) -> list[float]:
    different = np.unique(values)
    if len(different) <= _MOST_TRIED:
        return [float(value) for value in different]
    return [
        float(value) for value in np.unique(np.quantile(values, np.linspace(0.02, 0.98, _MOST_TRIED), method="nearest"))
    ]


def usual_value(parameter: Parameter, places: Ints) -> Value | None:
    """Return the median number, the choice used most, or the items used most, as many as usual."""
    values = [value for place in places.tolist() if (value := parameter.values[place]) is not None]
    if not values:
        return None
    if parameter.kind == "number":
        return float(np.quantile(np.array(values, dtype=float), 0.5, method="nearest"))
    if parameter.kind == "choice":
        counts: Counter[Value] = Counter(values)
        return max(counts, key=lambda value: counts[value])
    sets = [value for value in values if isinstance(value, frozenset)]
    many = int(np.quantile([len(items) for items in sets], 0.5, method="nearest"))
    items = Counter(item for one in sets for item in sorted(one))
    return frozenset(item for item, _ in items.most_common(many))


def near(one: Tried, value: Value, ours: Ints) -> int:
    """Return how many attempts have a value: a number within a tenth of the range tried, a set that holds all items."""
    places = np.intersect1d(ours, one.places)
    values = [known for place in places.tolist() if (known := one.parameter.values[place]) is not None]
    if isinstance(value, frozenset):
        return sum(isinstance(known, frozenset) and value <= known for known in values)
    if one.parameter.kind == "number":
        numbers = np.array([*one.values], dtype=float)
        return (
            int((np.abs(np.array(values, dtype=float) - float(value)) <= np.ptp(numbers) / 10).sum()) if values else 0
        )
    return values.count(value)


def never_varied(known: Sequence[Parameter], where: Ints) -> Iterator[Unvaried]:
    """Yield the parameters that had one value only, here or anywhere."""
    for one in known:
        if one.name in NOT_ADVISED or (one.note is not None and one.different > 1):
            continue
        values = {value for place in where.tolist() if (value := one.values[place]) is not None}
        if len(values) == 1:
            (value,) = values
            elsewhere = Counter(other for other in one.values if other is not None and other != value)
            worth = [other for other, _ in elsewhere.most_common(2)] or _aside(value, one)
            yield Unvaried(one.name, plain_value(value, one), tuple(plain_value(other, one) for other in worth))


def _aside(value: Value, parameter: Parameter) -> list[Value]:
    """Return numbers a fifth below and above one; whole ones are at least one away. Of true or false the other."""
    if isinstance(parameter.logged.get(value), bool):
        return ["false" if value == "true" else "true"]
    if not isinstance(value, float) or not value:
        return []
    digits = 2 - math.floor(math.log10(abs(value)))
    below, above = (round(value * factor, digits) for factor in (0.8, 1.2))
    if not parameter.is_whole:
        return [below, above]
    return [min(value - 1, float(round(below))), max(value + 1, float(round(above)))]


def plain_setting(setting: Setting, tried: Mapping[str, Tried]) -> dict[str, Plain]:
    """Return a setting as people log it."""
    return {name: plain_value(value, tried[name].parameter) for name, value in setting.items()}


def plain_value(value: Value, parameter: Parameter) -> Plain:
    """Return a value as people logged it; one that was never logged like those that were."""
    logged = parameter.logged
    if isinstance(value, frozenset):
        return sorted((logged.get(item, item) for item in value), key=str)
    if value in logged:
        found: Plain = logged[value]
        return found
    if any(isinstance(one, bool) for one in logged.values()):
        return value == "true"
    number = int(value) if isinstance(value, float) and value.is_integer() and parameter.is_whole else value
    return str(number) if any(isinstance(one, str) for one in logged.values()) else number
