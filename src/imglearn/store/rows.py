"""Records to rows and back: lists and objects are JSON in the table, flags 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from imglearn.records import (
    COUNT_FIELDS,
    FLAG_FIELDS,
    LIST_FIELDS,
    NUMBER_FIELDS,
    OBJECT_FIELDS,
    AnyRecord,
    Attempt,
    Feedback,
    Resolution,
)

_NUMBERS = NUMBER_FIELDS | COUNT_FIELDS

_encode = msgspec.json.Encoder().encode


@cache
def insert_sql(table: str, fields: tuple[str, ...]) -> str:
    """Return the statement that inserts a row unless its id is there.

    Made once: building it for each record would cost more than running it.
    """
    marks = ", ".join("?" * len(fields))
    return f"INSERT INTO {table} ({', '.join(fields)}) VALUES ({marks}) ON CONFLICT (id) DO NOTHING"


def to_row(record: AnyRecord) -> tuple[object, ...]:
    """Return the values of a record's fields, in their order, as SQLite stores them."""
    row = list(msgspec.structs.astuple(record))
    for place in _json_places(type(record)):
        if row[place] is not None:
            row[place] = _encode(row[place]).decode()
    return tuple(row)


@cache
def _json_places(record: type[AnyRecord]) -> tuple[int, ...]:
    """Return the places of the fields that are JSON in the table."""
    names = record.__struct_fields__
    return tuple(place for place, name in enumerate(names) if name in LIST_FIELDS | OBJECT_FIELDS)


def to_attempt(row: Sequence[object]) -> Attempt:
    """Return the attempt that a row holds, the fields in the record's order.

    Other programs may have written the row: a value of the wrong kind reads as unknown or as text, never an error.
    """
    names = Attempt.__struct_fields__
    return Attempt(**{name: from_column(name, value) for name, value in zip(names, row, strict=True)})


def to_feedback(row: Sequence[object]) -> Feedback:
    """Return the remark that a row holds, the fields in the record's order."""
    names = Feedback.__struct_fields__
    return Feedback(**{name: from_column(name, value) for name, value in zip(names, row, strict=True)})


def to_resolution(row: Sequence[object]) -> Resolution:
    """Return the word about a remark that a row holds, the fields in the record's order."""
    names = Resolution.__struct_fields__
    return Resolution(**{name: from_column(name, value) for name, value in zip(names, row, strict=True)})


def from_column(name: str, value: Any) -> Any:
    """Return one column's value as the record has it."""
    if value is None:
        return None
    if name in FLAG_FIELDS:
        return bool(value)
    if name in _NUMBERS:
        return value if isinstance(value, int | float) and math.isfinite(value) else None
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if name in LIST_FIELDS:
        found = from_json(text)
        return tuple(str(item) for item in found) if isinstance(found, list) else (text,)
    if name in OBJECT_FIELDS:
        found = from_json(text)
        return found if isinstance(found, dict) else {"unreadable": text}
    return text


def from_json(text: str) -> object:
    """Return what a JSON text holds, None where it is none: other programs may have written it."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
