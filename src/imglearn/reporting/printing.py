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

from imglearn.reporting.layout import UNKNOWN, Table
from imglearn.text import safe_line, safe_text

_ROOM_FOR_EVERYTHING = 100_000  # columns of a file or a pipe: no text is cut or folded there
_LONGEST_CELL = 2_000
_GAP = 2  # between columns
_LEAST_TEXT, _COMFORTABLE_TEXT = 8, 20  # columns; a longer text is folded
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
            drawn, hidden = _drawn(table, console.width)
            console.print(drawn, crop=False, overflow="ignore")
            if hidden:
                console.print(Text(f"no room for: {', '.join(hidden)}", style="dim"))
        for note in table.notes:
            console.print(Text(safe_text(note), style="dim"))
    if isinstance(console.file, io.StringIO):  # where the ends of lines are not padded with blanks
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines()))


def _drawn(table: Table, width: int) -> tuple[RichTable, list[str]]:
    """Draw the table into a width; return it, and the titles of the columns that there was no room for."""
    widths = _widths(table, width)
    drawn = RichTable(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        show_header=any(column.title.strip() for column in table.columns),
        pad_edge=False,
        collapse_padding=True,
        header_style="dim",
    )
    for place, wide in widths.items():
        column = table.columns[place]
        drawn.add_column(Text(column.title), justify="right" if column.number else "left", overflow="fold", width=wide)
    for number, row in enumerate(table.rows):
        shades = table.shades[number] if table.shades else (None,) * len(row)
        drawn.add_row(*(Text(safe_line(row[place], _LONGEST_CELL), style=_style(row[place], shades[place]))
                        for place in widths))  # fmt: skip
    return drawn, [column.title for place, column in enumerate(table.columns) if place not in widths]


def _style(cell: str, shade: float | None) -> str:
    """Return the style of a cell: shaded green above 0 and red below, the stronger the further from it."""
    if shade is None:
        return _STYLES.get(cell, "")
    strength = round(40 + 120 * min(1.0, abs(shade)))
    return f"white on rgb(0,{strength},40)" if shade > 0 else f"white on rgb({strength},0,40)"


def _widths(table: Table, width: int) -> dict[int, int]:
    """Return how wide each column is that is shown, by its place.

    Numbers are never cut: each has what it needs. The texts share what is left, the short ones what they need and the
    others as much each. Where that is too little, minor columns are left out, the last first.
    """
    natural = [
        max([cell_len(column.title), *(cell_len(safe_line(row[place], _LONGEST_CELL)) for row in table.rows)])
        for place, column in enumerate(table.columns)
    ]
    places = list(range(len(natural)))
    minor = [place for place in reversed(places) if table.columns[place].minor]
    while True:
        texts = [place for place in places if not (table.columns[place].number or table.columns[place].whole)]
        room = width - _GAP * (len(places) - 1) - sum(natural[place] for place in places if place not in texts)
        if not minor or room >= sum(min(natural[place], _COMFORTABLE_TEXT) for place in texts):
            break
        places.remove(minor.pop(0))
    shares: dict[int, int] = {}
    for number, place in enumerate(sorted(texts, key=lambda place: natural[place])):
        fair = (room - sum(shares.values())) // (len(texts) - number)
        shares[place] = min(natural[place], max(fair, _LEAST_TEXT))
    return {place: shares.get(place, natural[place]) for place in places}
