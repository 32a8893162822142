"""Tables on a terminal or in a file, with Rich."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from imglearn.reporting.tables import UNKNOWN, Table
from imglearn.text import safe_line, safe_text

_ROOM_FOR_EVERYTHING = 100_000  # columns of a file or a pipe: no text is cut or folded there
_LONGEST_CELL = 2_000
_GAP = 2  # between columns
_LEAST_TEXT, _COMFORTABLE_TEXT = 6, 20  # a text is folded rather than narrower
_STYLES = {"pass": "green", "fail": "red", "error": "red", "running": "yellow", UNKNOWN: "dim"}


def print_tables(tables: Iterable[Table]) -> None:
    """Print to standard output: in colour and as wide as the terminal is, or plain and unfolded elsewhere."""
    terminal = sys.stdout.isatty()
    console = Console(
        width=None if terminal else _ROOM_FOR_EVERYTHING,
        file=sys.stdout if terminal else io.StringIO(),
        highlight=False,
        markup=False,
        emoji=False,
    )
    for number, table in enumerate(tables):
        if number:
            console.print()
        console.print(Text(safe_text(table.title), style="bold"))
        if table.columns:
            console.print(_drawn(table, console.width))
        for note in table.notes:
            console.print(Text(safe_text(note), style="dim"))
    if isinstance(console.file, io.StringIO):  # where the ends of lines are not padded with blanks
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines()))


def _drawn(table: Table, width: int) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True, header_style="dim")
    places = _places_with_room(table, width)
    for column in (table.columns[place] for place in places):
        drawn.add_column(
            Text(column.title),
            justify="right" if column.number else "left",
            no_wrap=column.number,
            overflow="fold",
            min_width=len(column.title) if column.number else _LEAST_TEXT,
        )
    for row in table.rows:
        cells = (row[place] for place in places)
        drawn.add_row(*(Text(safe_line(cell, _LONGEST_CELL), style=_STYLES.get(cell, "")) for cell in cells))
    return drawn


def _places_with_room(table: Table, width: int) -> list[int]:
    """Return which columns to show: all, or without minor ones as far as the width demands, the last first.

    Texts are counted with what they need at least, since they can be folded.
    """
    needed = [
        max([len(column.title), *(cell_len(row[place]) for row in table.rows)])
        if column.number
        else min(_COMFORTABLE_TEXT, max([_LEAST_TEXT, *(cell_len(row[place]) for row in table.rows)]))
        for place, column in enumerate(table.columns)
    ]
    places = list(range(len(needed)))
    for place in reversed(range(len(needed))):
        if sum(needed[kept] + _GAP for kept in places) - _GAP <= width:
            break
        if table.columns[place].minor:
            places.remove(place)
    return places
