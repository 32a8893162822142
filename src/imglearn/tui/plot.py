"""A plot over time: one series that is looked at, with its intervals, and others behind it.

The one is told from the others by its dots and intervals, not by colour alone: without colours their lines are dotted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import ClassVar, NamedTuple

from plotille import Canvas
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from imglearn.analytics.rates import Interval

LEFT = 5  # cells for the numbers beside the plot, its edge among them
_NO_DOTS = 0x2800  # the braille sign without a dot; the lower eight bits of others are their dots
_STEPS = (5, 10, 20, 25, 50, 100)  # from one line of the grid to the next
_LEAST_SPAN = 20  # values that a plot is high
_LINES_APART, _LABELS_APART = 3, 4  # cells
_GRID = "┈"
_MARK, _MARK_LINE = "▼", "╎"
_FEWEST_CELLS = 4  # from one dot to the next, that they don't run together
_DOTTED = 4  # from one dot of a dotted line to the next, in dots of braille signs


class PlotPoint(NamedTuple):
    """A value from 0 to 100 at a moment (seconds), and its interval; None where it is not known."""

    x: float
    y: float | None
    interval: Interval | None


class Series(NamedTuple):
    """Points in the order of time."""

    points: Sequence[PlotPoint]

    @property
    def known(self) -> list[tuple[float, float]]:
        """The points whose value is known."""
        return [(point.x, point.y) for point in self.points if point.y is not None]


class _Paint(NamedTuple):
    """What stands in a cell: a sign, and the name of its style."""

    sign: str
    style: str


class Plot(Widget):
    """Shows how values from 0 to 100 moved."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "plot--axis",
        "plot--grid",
        "plot--other",
        "plot--interval",
        "plot--mark",
        "plot--line",
        "plot--point",
    }

    def __init__(self, *, fitted: bool, empty: str, id: str | None = None, classes: str | None = None) -> None:
        """Make a plot of all values from 0 to 100, or, `fitted`, of those that there are."""
        super().__init__(id=id, classes=classes)
        self.empty = empty
        self._fitted = fitted
        self._chosen: Series | None = None
        self._others: Sequence[Series] = ()
        self._label: Callable[[float], str] = str
        self._longest = math.inf
        self._marks: Sequence[float] = ()
        self._strips: list[Strip] = []

    def show(
        self,
        chosen: Series | None,
        others: Sequence[Series],
        label: Callable[[float], str],
        longest: float = math.inf,
        marks: Sequence[float] = (),
    ) -> None:
        """Replace what is shown; `label` names a moment in a few cells. No line is drawn across more than the `longest`
        time (seconds) without a value. Moments in `marks` are marked.
        """
        self._chosen, self._others, self._label, self._longest = chosen, others, label, longest
        self._marks = marks
        self._paint()

    def on_resize(self, _: events.Resize) -> None:
        """Draw it anew."""
        self._paint()

    def notify_style_update(self) -> None:
        """Take on the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self._paint()

    def render_line(self, y: int) -> Strip:
        """Return a line."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def _paint(self) -> None:
        width, height = self.size.width - LEFT, self.size.height - 2
        if width < 8 or height < 3:
            self._strips = []
        elif self._chosen is None or not self._chosen.known:
            self._strips = list(self._message())
        else:
            self._strips = list(self._lines(_Scale(width, height, self._moments, self._values)))
        self.refresh()

    def _lines(self, scale: _Scale) -> Iterator[Strip]:
        assert self._chosen is not None  # noqa: S101 - asked before
        cells = self._cells(scale, self._chosen)
        ticks = {scale.row(tick): f"{tick:>{LEFT - 2}} ┤" for tick in scale.ticks}
        styles = {name.removeprefix("plot--"): self._style(name) for name in self.COMPONENT_CLASSES}
        axis = styles["axis"]
        for row, line in enumerate(cells):
            segments = [Segment(ticks.get(row, " " * (LEFT - 1) + "│"), axis)]
            segments += [Segment(cell.sign, styles[cell.style]) for cell in line]
            yield Strip(segments).simplify()
        marks, labels = _axis(scale, self._label)
        yield Strip([Segment(f"{'└':>{LEFT}}" + marks, axis)])
        yield Strip([Segment(" " * LEFT + labels, axis)])

    def _cells(self, scale: _Scale, chosen: Series) -> list[list[_Paint]]:
        """Lay the grid, the marks, the other series, the intervals, and the chosen series over each other."""
        grid = {scale.row(tick) for tick in scale.ticks}
        cells = [[_Paint(_GRID if row in grid else " ", "grid")] * scale.width for row in range(scale.height)]
        for moment in self._marks:
            for row in range(scale.height):
                cells[row][scale.column(moment)] = _Paint(_MARK_LINE if row else _MARK, "mark")
        other, intervals, line = scale.canvas(), scale.canvas(), scale.canvas()
        for series in self._others:
            if self.app.no_color:
                _draw_dotted(other, scale, series.known, self._longest)
            else:
                _draw(other, series.known, self._longest)
        for x, _, interval in chosen.points:
            if interval is not None:
                intervals.line(x, max(scale.low, interval[0]), x, min(scale.high, interval[1]))
        _draw(line, chosen.known, self._longest)
        for canvas, style in ((other, "other"), (intervals, "interval"), (line, "line")):
            for row, signs in enumerate(canvas.plot("\n").splitlines()):
                for column, sign in enumerate(signs):
                    if ord(sign) > _NO_DOTS:
                        under = cells[row][column].sign
                        dots = ord(under) if ord(under) > _NO_DOTS else _NO_DOTS
                        cells[row][column] = _Paint(chr(dots | ord(sign)), style)
        known = chosen.known
        if len(known) * _FEWEST_CELLS <= scale.width:
            for x, y in known:
                cells[scale.row(y)][scale.column(x)] = _Paint("●", "point")
        return cells

    @property
    def _moments(self) -> list[float]:
        """Every moment of which there is a point, in order."""
        of_chosen = () if self._chosen is None else (self._chosen,)
        return sorted({point.x for series in (*of_chosen, *self._others) for point in series.points})

    @property
    def _values(self) -> list[float]:
        """The values that have to be on the plot."""
        if not self._fitted or self._chosen is None:
            return [0, 100]
        bounds = [bound for point in self._chosen.points for bound in point.interval or ()]
        return [*bounds, *(y for series in (self._chosen, *self._others) for _, y in series.known)]

    def _message(self) -> Iterator[Strip]:
        style, width = self._style("plot--axis"), self.size.width
        lines = self.empty.splitlines()
        for y in range(self.size.height):
            place = y - self.size.height // 3
            text = lines[place] if 0 <= place < len(lines) else ""
            yield Strip([Segment(" " * max(0, (width - cell_len(text)) // 2) + text, style)]).adjust_cell_length(width)

    def _style(self, name: str) -> Style:
        return self.get_visual_style(name).rich_style


class _Scale:
    """Where moments and values are in cells, each of which has two by four dots."""

    def __init__(self, width: int, height: int, moments: Sequence[float], values: Sequence[float]) -> None:
        self.width = width
        self.height = height
        self.moments = moments
        self.low, self.high, self.ticks = _grid(values, height)
        first, last = moments[0], moments[-1]
        margin = (last - first) / (2 * width) or 1.0  # the outermost points in the middle of their cells
        self._first, self._last = first - margin, last + margin

    def canvas(self) -> Canvas:
        """Return an empty canvas, on which the lowest and the highest value are in the outermost dots."""
        dots = 4 * self.height
        top = self.low + (self.high - self.low) * dots / (dots - 1)
        return Canvas(self.width, self.height, self._first, self.low, self._last, top)

    def dots_between(self, one: tuple[float, float], other: tuple[float, float]) -> int:
        """Return how many dots it is from one point to another, across or up, whatever is more."""
        across = abs(other[0] - one[0]) / (self._last - self._first) * 2 * self.width
        return round(max(across, abs(other[1] - one[1]) / (self.high - self.low) * 4 * self.height))

    def column(self, x: float) -> int:
        """Return the column of cells of a moment."""
        dot = round((x - self._first) / (self._last - self._first) * 2 * self.width)
        return max(0, min(self.width - 1, dot // 2))

    def row(self, y: float) -> int:
        """Return the row of cells of a value, from the top."""
        return self.height - 1 - round((y - self.low) / (self.high - self.low) * (4 * self.height - 1)) // 4


def _grid(values: Sequence[float], height: int) -> tuple[int, int, list[int]]:
    """Return the lowest and the highest value of a plot of so many rows, and where the lines of its grid are."""
    lowest, highest = max(0.0, min(values)), min(100.0, max(values))
    missing = max(0.0, _LEAST_SPAN - (highest - lowest))
    lowest = max(0.0, min(lowest - missing / 2, 100 - _LEAST_SPAN))
    highest = min(100.0, max(highest + missing / 2, _LEAST_SPAN))
    for step in _STEPS:
        low, high = int(lowest // step) * step, -int(-highest // step) * step
        if (high - low) / step * _LINES_APART <= height or step == _STEPS[-1]:
            break
    return low, min(100, high), [*range(low, high + 1, step)]


def _draw(canvas: Canvas, points: Sequence[tuple[float, float]], longest: float) -> None:
    for point in points:
        canvas.point(*point)
    for (x, y), (next_x, next_y) in pairwise(points):
        if next_x - x <= longest:
            canvas.line(x, y, next_x, next_y)


def _draw_dotted(canvas: Canvas, scale: _Scale, points: Sequence[tuple[float, float]], longest: float) -> None:
    for point in points:
        canvas.point(*point)
    for (x, y), (next_x, next_y) in pairwise(points):
        steps = scale.dots_between((x, y), (next_x, next_y)) // _DOTTED if next_x - x <= longest else 0
        for place in range(1, steps):
            canvas.point(x + (next_x - x) * place / steps, y + (next_y - y) * place / steps)


def _axis(scale: _Scale, label: Callable[[float], str]) -> tuple[str, str]:
    """Return the line below the plot with its marks, and the moments named below it, as many as there is room for."""
    marks, labels = ["─"] * scale.width, [" "] * scale.width
    free = 0
    for moment in scale.moments:
        column, name = scale.column(moment), label(moment)
        start = max(0, min(column - len(name) // 2, scale.width - len(name)))
        if start >= free and len(name) <= scale.width:
            marks[column] = "┴"
            labels[start : start + len(name)] = name
            free = start + len(name) + _LABELS_APART
    return "".join(marks), "".join(labels)
