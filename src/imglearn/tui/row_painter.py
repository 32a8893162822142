"""Rows as lines of the screen: their cells, made safe, in columns that share the width.

Cells are plain text with the name of a style: nothing stored is ever parsed as markup. What is painted again and again
while rows come in above is kept: the cells of records, and the lines made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Generic, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from imglearn.text import safe_line
from imglearn.tui.columns import GAP, MUST, Cell, Column, Layout, Measured, Row, aligned, lay_out

StyleOf = Callable[..., Style]  # of component classes, each laid over the one before it


class SortMark(NamedTuple):
    """The column that the rows are sorted by."""

    title: str
    descending: bool


class RowPainter(Generic[Row]):
    """Paints rows; `second_line`, where given, adds a line of flowing text to each."""

    def __init__(
        self, columns: Sequence[Column[Row]], second_line: Callable[[Row], Sequence[Cell]] | None, style: StyleOf
    ) -> None:
        self._columns = columns
        self._second_line = second_line
        self._style = style
        self._width = 0
        self._measured = Measured()
        self._layout: Layout[Row] = []
        self._telling = 0  # columns that say something
        self._cells: dict[Row, list[Cell]] = {}
        self._lines: dict[tuple[Row, int, tuple[str, ...]], Strip] = {}
        self._day = date.today()

    def lay_out(self, rows: Iterable[Row], width: int, anew: bool = False, sorted_by: str | None = None) -> bool:
        """Share the width out among the columns, which fit these rows; return whether that changed anything. The one
        that they are sorted by is shown.

        A column never shrinks, or what is beside it would jump, unless all begins `anew`.
        """
        if anew:
            self._measured = Measured()
            self._cells.clear()
        for row in rows:
            self._cells_of(row)
        columns = [one._replace(priority=MUST) if one.title == sorted_by else one for one in self._columns]
        found = lay_out(columns, self._measured, width)
        telling = len(self._measured.telling)  # of which the titles tell how many there is no room for
        if (found, width, telling) == (self._layout, self._width, self._telling):
            return False
        self._layout, self._width, self._telling = found, width, telling
        self._lines.clear()
        return True

    def line(self, row: Row, line: int, classes: tuple[str, ...]) -> Strip:
        """Return a line of a row: its columns, or the text that flows below them."""
        painted = self._lines.get((row, line, classes))
        if painted is None:
            segments = self._columns_line(row, classes) if line == 0 else self._flowing_line(row, classes)
            painted = Strip(segments).adjust_cell_length(self._width, self._style(*classes))
            self._lines[row, line, classes] = painted
        return painted

    def header(self, sorted_by: SortMark | None) -> Strip:
        """Return the titles, the sorting one with a sign; at the end how many more there is no room for."""
        style, strong = self._style("table--header"), self._style("table--header", "table--sorted")
        segments = []
        for column, wide in self._layout:
            sign, shown = "", style
            if sorted_by is not None and sorted_by.title == column.title:
                sign, shown = ("↓" if sorted_by.descending else "↑"), strong
            room = wide if column is self._layout[-1][0] else wide + GAP  # for the sign
            gap = " " * (room - wide) if column.right and not sign else ""
            name = aligned(column.title, min(room - len(sign + gap), len(column.title)), right=False)
            segments.append(Segment(aligned(name + sign + gap, room, column.right), shown))
        line = Strip(segments).adjust_cell_length(self._width, style)
        left_out = self._left_out
        if not left_out:
            return line
        sign = f" +{left_out}"
        before = line.crop(0, self._width - len(sign))
        is_free = line.text[len(before.text) :].isspace()
        return Strip([*before, Segment(sign, style)]) if is_free else line

    @property
    def _left_out(self) -> int:
        """How many columns that say something are not shown."""
        shown = {column.title for column, _ in self._layout}
        return len(self._measured.telling - shown)

    def title_at(self, x: int) -> str | None:
        """Return the title of the column at a cell of the line."""
        for column, wide in self._layout:
            if x < wide + GAP:
                return column.title if x >= 0 else None
            x -= wide + GAP
        return None

    def forget(self, rows: Iterable[Row]) -> None:
        """Paint these rows anew next time: they look otherwise than a moment ago, though they are the same."""
        gone = set(rows)
        for row in gone:
            self._cells.pop(row, None)
        self._lines = {key: line for key, line in self._lines.items() if key[0] not in gone}

    def forget_old(self, most: int) -> None:
        """Let go of rows that are gone, beyond so many, and of yesterday's times, which look otherwise today."""
        today = date.today()
        if len(self._cells) > most or self._day != today:
            self._day = today
            self._cells.clear()
            self._lines.clear()

    def forget_lines(self) -> None:
        """Paint everything anew next time."""
        self._lines.clear()

    def _cells_of(self, row: Row) -> list[Cell]:
        found = self._cells.get(row)
        if found is None:
            found = [Cell(safe_line(text), style) for text, style in (column.cell(row) for column in self._columns)]
            self._cells[row] = found
            self._measured.add(self._columns, found)
        return found

    def _columns_line(self, row: Row, classes: tuple[str, ...]) -> list[Segment]:
        titles = (column.title for column in self._columns)
        cells = dict(zip(titles, self._cells_of(row), strict=True))
        segments = []
        for column, wide in self._layout:
            text, style = cells[column.title]
            if column.shortened is not None and cell_len(text) > wide:
                text = column.shortened(text, wide)
            segments.append(self._segment(aligned(text, wide, column.right), style, classes))
            segments.append(self._segment(" " * GAP, "", classes))
        return segments[:-1]

    def _flowing_line(self, row: Row, classes: tuple[str, ...]) -> list[Segment]:
        assert self._second_line is not None  # noqa: S101 - rows have a second line only where it is given
        left = self._width
        segments = []
        for text, style in (Cell("  "), *self._second_line(row)):
            line = safe_line(text)
            length = cell_len(line)
            segments.append(self._segment(aligned(line, min(length, left), right=False), style, classes))
            left -= length
            if left <= 0:
                break
        return segments

    def _segment(self, text: str, style: str, classes: tuple[str, ...]) -> Segment:
        return Segment(text, self._style(*classes, f"table--{style}") if style else self._style(*classes))
