"""What the questions have in common: how they read their arguments, and answers as JSON's own types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from imglearn.errors import InvalidRecordError

if TYPE_CHECKING:
    from imglearn.filters import AttemptFilter, FieldsButCategory, FilterFields, FilterLike


def asked_of(given: FilterLike, *fields: Mapping[str, object] | FilterFields | FieldsButCategory) -> AttemptFilter:
    """Return the filter that a call's arguments make together. Raises InvalidRecordError."""
    from imglearn.filters import attempt_filter

    if isinstance(given, str):
        from imglearn.filter_language import filter_from

        given = filter_from(given)
    found = attempt_filter(given)
    for more in fields:
        found = attempt_filter(found, more)
    return found


def checked_text(name: str, value: object) -> str:
    """Return a text. Raises InvalidRecordError for anything else."""
    if isinstance(value, str):
        return value
    raise InvalidRecordError(name, value, "a text")


def checked_limit(limit: object) -> int | None:
    """Return how many are wanted at most, None for all. Raises InvalidRecordError."""
    if limit is None or (isinstance(limit, int) and not isinstance(limit, bool) and 0 <= limit < 2**63):
        return limit
    raise InvalidRecordError("limit", limit, "a whole number, 0 or more, or None for all")


def as_dict(found: Struct) -> dict[str, Any]:
    """Return a result as JSON's own types: its fields by name, tuples as lists."""
    return {name: _plain(getattr(found, name)) for name in found.__struct_fields__}


def _plain(value: object) -> object:
    if isinstance(value, Struct):
        return as_dict(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
