"""A table of records that may change under the reader.

Textual's DataTable appends only and keeps its cursor by position; a live log grows at the top, and the reader's eye
stays on a record. So this one is given a whole new list of rows each time, finds the highlighted record in it by
its key, keeps it where it was on the screen, and repaints the lines that differ.

Cells are plain text with the name of a style: nothing stored is ever parsed as markup, and every cell is made safe
here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, ClassVar, Generic

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from imglearn.text import safe_line
from imglearn.tui.columns import GAP, MEASURED_ROWS, Cell, Column, Layout, Row, aligned, lay_out


class RecordTable(ScrollView, Generic[Row], can_focus=True):
    """Rows of records with a highlighted one. `second_line`, where given, adds a line of flowing text to each."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--cursor",
        "table--cursor-blurred",
        "table--hover",
        "table--empty",
        "table--muted",
        "table--strong",
        "table--pass",
        "table--fail",
        "table--warn",
        "table--match",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up", tooltip="To the row above"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down", tooltip="To the row below"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page-up", tooltip="A page up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page-down", tooltip="A page down"),
        Binding("home,g", "edge(-1)", "Top", show=False, id="table.top", tooltip="To the first row; follow"),
        Binding("end,G", "edge(1)", "Bottom", show=False, id="table.bottom", tooltip="To the last row"),
        Binding("enter", "select", "Open", id="table.open", tooltip="Open the highlighted row"),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    follow: reactive[bool] = reactive(False, repaint=False)
    """While on, the first row is the highlighted one, whatever arrives. Moving turns it off."""

    class Highlighted(Message):
        """Another record is under the cursor (None: there are no rows)."""

        def __init__(self, table: RecordTable[Any], row: Any) -> None:
            self.table = table
            self.row = row
            super().__init__()

        @property
        def control(self) -> RecordTable[Any]:
            """The table."""
            return self.table

    class Followed(Message):
        """Following was turned on or off (`table.follow`)."""

        def __init__(self, table: RecordTable[Any]) -> None:
            self.table = table
            super().__init__()

        @property
        def control(self) -> RecordTable[Any]:
            """The table."""
            return self.table

    class Selected(Message):
        """A record was opened: Enter or a second click."""

        def __init__(self, table: RecordTable[Any], row: Any) -> None:
            self.table = table
            self.row = row
            super().__init__()

        @property
        def control(self) -> RecordTable[Any]:
            """The table."""
            return self.table

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], str],
        *,
        empty: str = "",
        second_line: Callable[[Row], Sequence[Cell]] | None = None,
        can_follow: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns = columns
        self._key = key
        self._empty = empty
        self._second_line = second_line
        self._row_height = 1 if second_line is None else 2
        self._rows: Sequence[Row] = ()
        self._hover: int | None = None
        self._layout: Layout[Row] = []
        # What is painted again and again while rows come in above: the cells of records, the lines made of them, and
        # the styles of both.
        self._painted_cells: dict[Row, list[Cell]] = {}
        self._painted_lines: dict[tuple[Row, int, tuple[str, ...]], Strip] = {}
        self._painted_styles: dict[tuple[str, ...], Style] = {}
        self._day = date.today()
        self._can_follow = can_follow
        self.set_reactive(RecordTable.follow, can_follow)

    @property
    def rows(self) -> Sequence[Row]:
        """The records, in the order shown."""
        return self._rows

    @property
    def row(self) -> Row | None:
        """The highlighted record."""
        return self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None

    @property
    def empty(self) -> str:
        """What is shown where there are no rows."""
        return self._empty

    @empty.setter
    def empty(self, text: str) -> None:
        if text != self._empty:
            self._empty = text
            if not self._rows:
                self.refresh()

    def show(self, rows: Sequence[Row]) -> None:
        """Replace the rows. The highlighted record and its place on the screen stay, as long as it is there."""
        if rows == self._rows:
            return
        before, old_row = self._painted(), self.row
        cursor = self._place_of(old_row, rows)
        on_screen = self.cursor * self._row_height - self.scroll_offset.y
        grew_or_shrank = len(rows) != len(self._rows)
        self._rows = rows
        self._forget_old(len(rows))
        relaid = self._lay_out()
        with self.prevent(RecordTable.Highlighted):
            self.set_reactive(RecordTable.cursor, cursor)
        if grew_or_shrank:
            self._fit()
        target = 0 if self.follow else cursor * self._row_height - on_screen
        if target != self.scroll_offset.y:
            self._scroll_to_line(target)
            self.refresh()
        elif relaid or not before or not rows:
            self.refresh()
        else:
            self._repaint_differing(before, self._painted())
        if self.row != old_row:
            self.post_message(self.Highlighted(self, self.row))

    def repaint(self, which: Callable[[Row], bool]) -> None:
        """Draw the visible rows anew that look otherwise than a moment ago, though they are the same."""
        first = self.scroll_offset.y // self._row_height
        changed = [first + place for place, (row, _) in enumerate(self._painted()) if which(row)]
        if not changed:
            return
        for index in changed:
            self._painted_cells.pop(self._rows[index], None)
        gone = {self._rows[index] for index in changed}
        self._painted_lines = {key: line for key, line in self._painted_lines.items() if key[0] not in gone}
        if self._lay_out():
            self.refresh()
        else:
            self._refresh_rows(changed[0], changed[-1] - changed[0] + 1)

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of the screen: the header, then rows from the scroll offset on."""
        width = self._view.width
        if not self._rows:
            return self._empty_line(y, width)
        if y == 0:
            return self._header_line(width)
        index, line = divmod(self.scroll_offset.y + y - 1, self._row_height)
        if index >= len(self._rows):
            return Strip.blank(width, self._style())
        row, classes = self._rows[index], self._row_classes(index)
        painted = self._painted_lines.get((row, line, classes))
        if painted is None:
            segments = self._columns_line(row, classes) if line == 0 else self._flowing_line(row, classes)
            painted = Strip(segments).adjust_cell_length(width, self._style(*classes))
            self._painted_lines[row, line, classes] = painted
        return painted

    # Moving

    def action_move(self, rows: int) -> None:
        """Move the highlight by so many rows."""
        self._move_to(self.cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the highlight by so many pages."""
        self._move_to(self.cursor + pages * max(1, (self._view.height - 1) // self._row_height - 1))

    def action_edge(self, end: int) -> None:
        """Move the highlight to the first row, and follow, or to the last."""
        self._move_to(0 if end < 0 else len(self._rows) - 1)
        self.follow = self._can_follow and end < 0

    def action_select(self) -> None:
        """Open the highlighted record."""
        if self.row is not None:
            self.post_message(self.Selected(self, self.row))

    def _move_to(self, index: int) -> None:
        self.follow = False
        self.cursor = max(0, min(index, len(self._rows) - 1))
        top = self.cursor * self._row_height
        visible = self._view.height - 1
        if top < self.scroll_offset.y:
            self._scroll_to_line(top)
        elif top + self._row_height > self.scroll_offset.y + visible:
            self._scroll_to_line(top + self._row_height - visible)

    def _scroll_to_line(self, line: int) -> None:
        # By force, since rows that have just come may not have their scrollbar yet.
        self.scroll_to(y=line, animate=False, immediate=True, force=True)

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint the two rows, and tell."""
        if old != new:
            self._refresh_row(old)
            self._refresh_row(new)
            self.post_message(self.Highlighted(self, self.row))

    def watch_follow(self) -> None:
        """Tell."""
        self.post_message(self.Followed(self))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling away from the newest stops following it."""
        super().watch_scroll_y(old_value, new_value)
        if round(new_value) > 0:
            self.follow = False

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """Highlight the clicked row; a second click opens it."""
        index = self._index_at(event.y)
        if index is None:
            return
        if event.chain > 1 and index == self.cursor:
            self.action_select()
        elif index == self.cursor:
            self._move_to(index)
            self.post_message(self.Highlighted(self, self.row))
        else:
            self._move_to(index)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show which row a click would take."""
        self._set_hover(self._index_at(event.y))

    def on_leave(self, _: events.Leave) -> None:
        """Forget the hovered row."""
        self._set_hover(None)

    def _set_hover(self, index: int | None) -> None:
        if index != self._hover:
            old, self._hover = self._hover, index
            for changed in (old, index):
                if changed is not None:
                    self._refresh_row(changed)

    def _index_at(self, y: int) -> int | None:
        y -= self.gutter.top
        index = (self.scroll_offset.y + y - 1) // self._row_height
        return index if y >= 1 and 0 <= index < len(self._rows) else None

    # Size

    def on_resize(self, _: events.Resize) -> None:
        """Share the width out anew."""
        self._painted_lines.clear()
        self._lay_out()
        self._fit()
        self.refresh()

    @property
    def _view(self) -> Size:
        """The size of what is visible, without the scrollbar."""
        return self.scrollable_content_region.size

    def _lay_out(self) -> bool:
        """Share the width out among the columns. Return whether that changed anything."""
        before = self._layout
        measured = [self._cells_of(row) for row in self._rows[:MEASURED_ROWS]]
        self._layout = lay_out(self._columns, measured, self._view.width)
        if self._layout == before:
            return False
        self._painted_lines.clear()
        return True

    def _cells_of(self, row: Row) -> list[Cell]:
        """Return what stands in the columns of a row, made safe."""
        found = self._painted_cells.get(row)
        if found is None:
            found = [Cell(safe_line(text), style) for text, style in (column.cell(row) for column in self._columns)]
            self._painted_cells[row] = found
        return found

    def _forget_old(self, rows: int) -> None:
        """Let go of what is kept of rows that are gone, and of yesterday's times, which look otherwise today."""
        today = date.today()
        if len(self._painted_cells) > 4 * (rows + MEASURED_ROWS) or self._day != today:
            self._day = today
            self._painted_cells.clear()
            self._painted_lines.clear()

    def notify_style_update(self) -> None:
        """Take on the colours of another theme."""
        super().notify_style_update()
        self._painted_styles.clear()
        self._painted_lines.clear()

    def _fit(self) -> None:
        self.virtual_size = Size(self._view.width, len(self._rows) * self._row_height + 1)

    # Painting

    def on_focus(self, event: events.Focus) -> None:
        """Paint the highlight as the one that keys move, and tell what it is on."""
        self._refresh_row(self.cursor)
        if self.row is not None and not event.from_app_focus:
            self.post_message(self.Highlighted(self, self.row))

    def on_blur(self, _: events.Blur) -> None:
        """Paint the highlight as one among several panes."""
        self._refresh_row(self.cursor)

    def _painted(self) -> list[tuple[Row, bool]]:
        """Return what is visible: each row, and whether it is the highlighted one."""
        first = self.scroll_offset.y // self._row_height
        last = first + self._view.height // self._row_height + 1
        return [(row, place == self.cursor) for place, row in enumerate(self._rows[first:last], first)]

    def _repaint_differing(self, before: list[tuple[Row, bool]], now: list[tuple[Row, bool]]) -> None:
        first = self.scroll_offset.y // self._row_height
        places = max(len(before), len(now))
        differing = [first + place for place in range(places) if before[place : place + 1] != now[place : place + 1]]
        if differing:  # in one piece: a region costs more than a line
            self._refresh_rows(differing[0], differing[-1] - differing[0] + 1)

    def _refresh_row(self, index: int) -> None:
        self._refresh_rows(index, 1)

    def _refresh_rows(self, first: int, count: int) -> None:
        top = first * self._row_height + 1 - self.scroll_offset.y
        self.refresh(Region(0, top, self._view.width, count * self._row_height))

    def _place_of(self, row: Row | None, rows: Sequence[Row]) -> int:
        if row is None or self.follow:
            return 0
        key = self._key(row)
        for place, candidate in enumerate(rows):
            if self._key(candidate) == key:
                return place
        return max(0, min(self.cursor, len(rows) - 1))

    def _row_classes(self, index: int) -> tuple[str, ...]:
        if index == self.cursor:
            return ("table--cursor",) if self.has_focus else ("table--cursor-blurred",)
        return ("table--hover",) if index == self._hover else ()

    def _style(self, *classes: str) -> Style:
        """Return the style of the component classes, each laid over the one before it."""
        found = self._painted_styles.get(classes)
        if found is None:
            found = self._painted_styles[classes] = self.get_visual_style(*classes).rich_style
        return found

    def _header_line(self, width: int) -> Strip:
        style = self._style("table--header")
        titles = [aligned(column.title, wide, column.right) for column, wide in self._layout]
        return Strip([Segment((" " * GAP).join(titles), style)]).adjust_cell_length(width, style)

    def _columns_line(self, row: Row, classes: tuple[str, ...]) -> list[Segment]:
        cells = dict(zip(self._columns, self._cells_of(row), strict=True))
        segments = []
        for column, wide in self._layout:
            text, style = cells[column]
            segments.append(self._segment(aligned(text, wide, column.right), style, classes))
            segments.append(self._segment(" " * GAP, "", classes))
        return segments[:-1]

    def _flowing_line(self, row: Row, classes: tuple[str, ...]) -> list[Segment]:
        assert self._second_line is not None  # noqa: S101 - rows have a second line only where it is given
        left = self._view.width
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

    def _empty_line(self, y: int, width: int) -> Strip:
        lines = self._empty.splitlines()
        place = y - max(0, (self._view.height - len(lines)) // 3)
        style = self._style("table--empty")
        if not 0 <= place < len(lines):
            return Strip.blank(width, self._style())
        left = max(0, (width - max(map(cell_len, lines))) // 2)
        return Strip([Segment(" " * left + lines[place], style)]).adjust_cell_length(width, style)
