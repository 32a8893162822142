"""A condition on one field of an attempt: what a filter is made of where its own fields have no words for it."""

from __future__ import annotations

import math
from typing import Literal, get_args

from msgspec import Struct

from imglearn.records import ATTEMPT_FIELDS, OBJECT_FIELDS
from imglearn.text import storable_text

Sign = Literal["contains", "begins", "=", "<", "<=", ">", ">=", ".."]
Value = str | bool | int | float | tuple[float, float] | None

PARAMS = "params."  # before the name of a knob in `params`
REMARK = "remark"  # what may be asked of an attempt besides its fields: whether there is a remark about it


class Comparison(Struct, frozen=True):
    """What a value is compared with: "contains" and "begins" a text, ".." lies between two numbers, both included.

    "contains" knows no case. A number is compared with numbers only, a text with texts only. "=" None holds where the
    value is not known.
    """

    sign: Sign
    value: Value

    @property
    def makes_sense(self) -> bool:
        """Whether the value is of a kind that goes with the sign."""
        if self.sign in ("contains", "begins"):
            return isinstance(self.value, str)
        if self.sign == "=":
            return self.value is None or isinstance(self.value, str | bool) or _is_number(self.value)
        if self.sign == "..":
            return isinstance(self.value, tuple) and len(self.value) == 2 and all(map(_is_number, self.value))
        return self.sign in get_args(Sign) and _is_number(self.value)

    def holds(self, value: str | bool | None) -> bool:
        """Return whether it holds for a text that is stored, or a verdict."""
        if not isinstance(value, str) or not isinstance(self.value, str):
            return self.sign == "=" and value is self.value
        wanted = storable_text(self.value)
        if self.sign == "contains":
            return wanted.casefold() in value.casefold()
        return value == wanted if self.sign == "=" else self.sign == "begins" and value.startswith(wanted)


class Term(Struct, frozen=True):
    """A condition on one field: any of the comparisons holds, or, `negated`, none of them.

    `name` is a field of the record, a knob as params.NAME, or "remark". Of a list, one item is enough.
    """

    name: str
    any_of: tuple[Comparison, ...]
    negated: bool = False

    @property
    def makes_sense(self) -> bool:
        """Whether there is such a field, and it can be compared so."""
        unknown = [comparison.value is None for comparison in self.any_of]
        return (
            can_be_asked(self.name)
            and len(unknown) > 0
            and all(comparison.makes_sense for comparison in self.any_of)
            and (not any(unknown) or len(unknown) == 1 or self.name == "passed")
            and (self.name != REMARK or all(unknown))
        )

    def holds(self, value: str | bool | None) -> bool:
        """Return whether it holds for a text or a verdict."""
        return any(comparison.holds(value) for comparison in self.any_of) != self.negated


def can_be_asked(name: str) -> bool:
    """Return whether a term may be about that: a field of the record but no object, a knob, or a remark."""
    return name == REMARK or (name in ATTEMPT_FIELDS and name not in OBJECT_FIELDS) or name.startswith(PARAMS)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
