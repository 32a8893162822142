"""CSV: a row an attempt, a column a field, guarded so that no spreadsheet takes a text for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, TextIO

import msgspec

from imglearn.errors import ImglearnError, InvalidRecordError
from imglearn.exchange.source import Item, Source, to_record
from imglearn.records import (
    ATTEMPT_FIELDS,
    COUNT_FIELDS,
    FLAG_FIELDS,
    LIST_FIELDS,
    NUMBER_FIELDS,
    OBJECT_FIELDS,
    AnyRecord,
    Attempt,
    field_wants,
)
from imglearn.text import guarded_cell, unguarded_cell

_REQUIRED = ("id", "timestamp", "material", "category")
_MAX_CELL = 16 * 2**20
_MAX_HEADER = 65_536
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_TO_QUOTE = re.compile(r'[",\r\n]')
_JSON_FIELDS = LIST_FIELDS | OBJECT_FIELDS
_encode = msgspec.json.Encoder().encode


def write(out: TextIO, attempts: Iterable[Attempt], without: frozenset[str] = frozenset()) -> None:
    """Write attempts under a header with the names of their fields. An unknown value is an empty cell."""
    names = [name for name in ATTEMPT_FIELDS if name not in without]
    out.write(line(names))
    out.writelines(line(_cell(getattr(attempt, name)) for name in names) for attempt in attempts)


def line(cells: Iterable[str]) -> str:
    """Return a line of CSV. (Python's own writer leaves a lone carriage return without quotes.)"""
    quoted = ('"' + cell.replace('"', '""') + '"' if _TO_QUOTE.search(cell) else cell for cell in cells)
    return ",".join(quoted) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded_cell(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | dict):
        return _encode(value).decode()
    return repr(value)


def looks_like_csv(head: bytes) -> bool:
    """Return whether a file that begins so has a header with the columns that every attempt needs."""
    line = head.decode("utf-8-sig", "replace").split("\n", 1)[0]
    return any(set(_REQUIRED) <= set(_names(line, delimiter)) for delimiter in ",;\t")


def read(stream: BinaryIO, total: int | None) -> Source:
    """Read attempts by a header with names of fields; commas, semicolons or tabs lie between cells.

    Columns that are no field are kept in `extra`. Raises ImglearnError where the header won't do.
    """
    csv.field_size_limit(_MAX_CELL)
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    blank = 0
    while (header := text.readline(_MAX_HEADER)).isspace():
        blank += 1
    delimiter = max(",;\t", key=header.count)
    names = _names(header, delimiter)
    if missing := [name for name in _REQUIRED if name not in names]:
        raise ImglearnError(
            f"no CSV of attempts: it has no column {', '.join(missing)}; its columns: {', '.join(names)[:300]}; "
            "rows without id and timestamp can be logged as JSON lines: imglearn log -"
        )
    if twice := {name for name in names if names.count(name) > 1}:
        raise ImglearnError(f"no CSV of attempts: it has more than one column {', '.join(sorted(twice))}")
    other = [name for name in names if name not in ATTEMPT_FIELDS]
    notes = (f"columns that are no field go to extra: {', '.join(other)}",) if other else ()
    return Source(
        _items(text, names, delimiter, blank + 2, stream.tell if total is not None else lambda: 0), total, notes
    )


def _names(header: str, delimiter: str) -> list[str]:
    try:
        return [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _items(
    text: TextIO, names: Sequence[str], delimiter: str, first: int, position: Callable[[], int]
) -> Iterator[Item]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + first
        record: AnyRecord | InvalidRecordError
        try:
            row = next(reader)
            if not row:
                continue
            record = _record(row, names)
        except StopIteration:
            return
        except csv.Error as error:  # where the next row begins nobody knows: it could be the inside of a cell
            wants = "a whole row of CSV; nothing was read from here on"
            yield Item(f"line {number}", InvalidRecordError("row", str(error), wants), position())
            return
        except InvalidRecordError as error:
            record = error
        yield Item(f"line {number}", record, position())


def _record(row: list[str], names: Sequence[str]) -> AnyRecord:
    if len(row) != len(names):
        raise InvalidRecordError("row", f"{len(row)} cells", f"{len(names)} cells, as the header has")
    for name, cell in zip(names, row, strict=True):
        if not cell.isascii() and _NOT_UTF8.search(cell):
            raise InvalidRecordError(name, cell, "text in UTF-8")
    return to_record({name: _value(name, cell) for name, cell in zip(names, row, strict=True) if cell})


def _value(name: str, cell: str) -> object:
    """Return what a cell that is not empty says; one that doesn't fit its field stays as it is, to be refused."""
    if name in NUMBER_FIELDS:
        return _number(name, cell)
    if name in COUNT_FIELDS:
        number = _number(name, cell)
        return int(number) if isinstance(number, float) and number.is_integer() else number
    if name in FLAG_FIELDS:
        return _FLAGS.get(cell.strip().lower(), cell)
    if name in _JSON_FIELDS:
        try:
            return msgspec.json.decode(cell)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            raise InvalidRecordError(name, cell, f"{field_wants(Attempt, name)}, as JSON") from None
    return unguarded_cell(cell)


def _number(name: str, cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise InvalidRecordError(name, cell, field_wants(Attempt, name)) from None
