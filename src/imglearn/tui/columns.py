"""The columns of a table: what stands in them, how wide each is, and which there is no room for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from rich.cells import cell_len, set_cell_size

Row = TypeVar("Row")

GAP = 1  # cells between columns
MUST, SPARE = 9, 0  # priorities: of a column that is left out last, and of one that no other is to be cut for
UNKNOWN = "·"  # stands for a value that is not known
MEASURED_ROWS = 50  # a column is made to fit the values of so many rows


class Cell(NamedTuple):
    """Text as it is stored, and the name of its style: one of the table's `table--` component classes."""

    text: str
    style: str = ""


class Column(NamedTuple, Generic[Row]):
    """A column of so many cells, which may grow: up to `fit` for the longest of its first values, and then by its
    share (`flex`) of what is left over.

    Where the table is too narrow for all, the columns of the lowest `priority` are left out. A `whole` one grows
    before all others: cut, it would say nothing. One that can be `shortened` (to so many cells) says less instead. An
    `optional` one is there only where it says something.
    """

    title: str
    cell: Callable[[Row], Cell]
    width: int
    fit: int = 0
    whole: bool = False
    flex: int = 0
    right: bool = False
    priority: int = MUST
    shortened: Callable[[str, int], str] | None = None
    optional: bool = False


Layout = list[tuple[Column[Row], int]]  # the columns that are shown, and how wide each is


class Measured:
    """What the columns have had to hold so far: it only grows, so that they stand still while rows come and go."""

    def __init__(self) -> None:
        self.longest: dict[str, int] = {}
        self.telling: set[str] = set()  # columns that say something in some row

    def add(self, columns: Sequence[Column[Row]], cells: Sequence[Cell]) -> None:
        """Take in the cells of a row, made safe."""
        for column, cell in zip(columns, cells, strict=True):
            self.longest[column.title] = max(self.longest.get(column.title, 0), cell_len(cell.text))
            if cell.text not in ("", UNKNOWN):
                self.telling.add(column.title)


def lay_out(columns: Sequence[Column[Row]], measured: Measured, width: int) -> Layout[Row]:
    """Share the width out among columns."""
    wanted = {
        column.title: max(column.width, min(column.fit, measured.longest.get(column.title, 0))) for column in columns
    }
    # A column that says nothing, or is one to spare, makes room for those that are cut without it.
    says_nothing = measured.longest.keys() - measured.telling
    kept = [column for column in columns if not (column.optional and column.title in says_nothing)]
    for column in sorted(kept, key=lambda column: column.priority):
        if sum(wanted[one.title] + GAP for one in kept) - GAP <= width or not measured.longest:
            break
        if column.priority == SPARE or (column.title not in measured.telling and column.priority < 5):
            kept.remove(column)
    return _share_width(kept, wanted, width)


def aligned(text: str, width: int, right: bool) -> str:
    """Return the text in so many cells, cut with an ellipsis or padded."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…" if width > 1 else set_cell_size(text, width)
    blank = " " * (width - length)
    return blank + text if right else text + blank


def _share_width(columns: Sequence[Column[Row]], wanted: Mapping[str, int], width: int) -> Layout[Row]:
    """Choose the columns that fit, let them grow in turn to what they want, and share what is left over."""
    shown = list(columns)

    def needed() -> int:
        return sum(column.width + GAP for column in shown) - GAP

    while len(shown) > 1 and needed() > width:
        shown.remove(min(reversed(shown), key=lambda column: column.priority))
    spare = max(0, width - needed())
    widths = [column.width for column in shown]
    for place, column in enumerate(shown):
        if column.whole:
            extra = min(spare, wanted[column.title] - widths[place])
            widths[place], spare = widths[place] + extra, spare - extra
    while spare and (short := [i for i, column in enumerate(shown) if widths[i] < wanted[column.title]]):
        for place in short[:spare]:
            widths[place] += 1
        spare -= len(short[:spare])
    parts = sum(column.flex for column in shown)
    for place, column in enumerate(shown):
        extra = spare * column.flex // parts if parts else 0
        widths[place] += extra
        spare, parts = spare - extra, parts - column.flex
    return list(zip(shown, widths, strict=True))
