"""How an answer is laid out as a table: its columns, and figures in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Row = Mapping[str, Any]

UNKNOWN = "·"
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")


class Column(NamedTuple):
    """A column: its title, what it shows of a row, and whether that is a number. A `minor` one may be left out where
    there is no room for all, one that is `whole` is never folded, as no number is. `shade` colours a cell: from -1 to
    1, None not at all.
    """

    title: str
    cell: Callable[[Row], str]
    number: bool = True
    minor: bool = False
    whole: bool = False
    shade: Callable[[Row], float | None] | None = None


class Table(NamedTuple):
    """A table as text, not yet made safe: a title, columns, cells, and what is to be said below it."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    shades: tuple[tuple[float | None, ...], ...] = ()


def percent(value: float | None) -> str:
    """Return a percentage with one decimal."""
    return UNKNOWN if value is None else f"{value:.1f} %"


def points(value: float | None) -> str:
    """Return a score or a mean with one decimal."""
    return UNKNOWN if value is None else f"{value:,.1f}"


def change(value: float | None) -> str:
    """Return a difference with its sign."""
    return UNKNOWN if value is None else f"{value:+.1f}"


def interval(bounds: Sequence[float] | None, signed: bool = False, unit: str = " %") -> str:
    """Return an interval as its two bounds; signed is one of a difference, without a unit."""
    if bounds is None:
        return UNKNOWN
    low, high = bounds
    return f"{low:+.1f} to {high:+.1f}" if signed else f"{low:.0f} to {high:.0f}{unit}"


def moment(value: str | None) -> str:
    """Return a time to the second."""
    return UNKNOWN if value is None else value[:19].replace("T", " ")


def short_id(id: str) -> str:
    """Return as much of an id as tells it from others: the beginning of a UUID, all of any other."""
    return id[:8] if _UUID.fullmatch(id) else id


def text_column(name: str, title: str | None = None) -> Column:
    """Return a column of texts."""
    return Column(title or name, lambda row: UNKNOWN if row[name] is None else str(row[name]), number=False)


def count_column(name: str, title: str) -> Column:
    """Return a column of whole numbers."""
    return Column(title, lambda row: f"{row[name]:,}")


OUTCOMES = (
    Column("passed", lambda row: f"{row['passed']:,} of {row['passed'] + row['failed']:,}"),
    Column("pass rate", lambda row: percent(row["success_rate"])),
    Column("95 % interval", lambda row: interval(row["success_rate_interval"])),
    Column("mean score", lambda row: points(row.get("avg_score", row.get("avg_realism_score")))),
    Column("its 95 %", lambda row: interval(row.get("avg_score_interval"), unit=""), minor=True),
)


def table(title: str, columns: Iterable[Column], rows: Iterable[Row], *notes: str | None) -> Table:
    """Lay out the rows. Attempts that are passed or failed by nobody's word are told where there are any, and intervals
    of means where they are known.
    """
    rows, shown = tuple(rows), list(columns)
    if OUTCOMES[-1] in shown and not any(row.get("avg_score_interval") for row in rows):
        shown.remove(OUTCOMES[-1])
    if any(row.get("unknown") for row in rows):
        unknown = Column("unknown", lambda row: f"{row['unknown']:,}", minor=True)
        shown.insert(shown.index(OUTCOMES[0]) + 1, unknown)
    cells = tuple(tuple(column.cell(row) for column in shown) for row in rows)
    shades = tuple(tuple(column.shade and column.shade(row) for column in shown) for row in rows)
    is_shaded = any(column.shade for column in shown)
    return Table(title, tuple(shown), cells, tuple(note for note in notes if note), shades if is_shaded else ())
