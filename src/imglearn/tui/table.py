"""A table of records that may change under the reader.

Textual's DataTable appends only and keeps its cursor by position; a live log grows at the top, and the reader's eye
stays on a record. So this one is given a whole new window of rows each time, finds the highlighted record in it by
its key, keeps it where it was on the screen, and repaints the lines that differ. Of a long list only the rows around
what is visible are at hand: it asks for others as the reader comes near them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.css.styles import RenderStyles
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from imglearn.tui.columns import MEASURED_ROWS, Cell, Column, Row
from imglearn.tui.row_painter import RowPainter, SortMark
from imglearn.tui.window import Window


class TableMessage(Message):
    """What a table tells."""

    def __init__(self, table: RecordTable[Any]) -> None:
        self.table = table
        super().__init__()

    @property
    def control(self) -> RecordTable[Any]:
        """The table."""
        return self.table


class RecordTable(ScrollView, Generic[Row], can_focus=True):
    """Rows of records with a highlighted one. `second_line`, where given, adds a line of flowing text to each."""

    STYLES: ClassVar[set[str]] = {
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
        "table--sorted",
        *(f"table--{heat}{strength}" for heat in ("warm", "cold") for strength in (1, 2, 3)),
    }
    """The component classes of a screen that has tables: all of it look alike, and each need not be styled anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up", tooltip="To the row above"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down", tooltip="To the row below"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page-up", tooltip="A page up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page-down", tooltip="A page down"),
        Binding("g,home", "edge(-1)", "Top", show=False, id="table.top", tooltip="To the first row; follow"),
        Binding("G,end", "edge(1)", "Bottom", show=False, id="table.bottom", tooltip="To the last row"),
        Binding("enter", "select", "Open", id="table.open", tooltip="Open the highlighted row"),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    follow: reactive[bool] = reactive(False, repaint=False)
    """While on, the first row is the highlighted one, whatever arrives. Moving turns it off."""

    class Highlighted(TableMessage):
        """Another record is under the cursor (None: there are no rows, or it isn't at hand yet)."""

        def __init__(self, table: RecordTable[Any], row: Any) -> None:
            super().__init__(table)
            self.row = row

    class Followed(TableMessage):
        """Following was turned on or off (`table.follow`)."""

    class Selected(TableMessage):
        """A record was opened: Enter or a second click."""

        def __init__(self, table: RecordTable[Any], row: Any) -> None:
            super().__init__(table)
            self.row = row

    class TitleClicked(TableMessage):
        """The title of a column was clicked."""

        def __init__(self, table: RecordTable[Any], title: str) -> None:
            super().__init__(table)
            self.title = title

    class Wanted(TableMessage):
        """Rows are needed that aren't at hand: those at the places from `start` to before `end`."""

        def __init__(self, table: RecordTable[Any], start: int, end: int) -> None:
            super().__init__(table)
            self.start = start
            self.end = end

        def can_replace(self, message: Message) -> bool:
            """Only the last place that the reader went to counts."""
            return isinstance(message, RecordTable.Wanted)

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], str],
        *,
        empty: str = "",
        second_line: Callable[[Row], Sequence[Cell]] | None = None,
        can_follow: bool = False,
        can_open: bool = True,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._key = key
        self._empty = empty
        self._row_height = 1 if second_line is None else 2
        self._window: Window[Row] = Window(())
        self._asked: tuple[int, int] | None = None
        self._sorted_by: SortMark | None = None
        self._hover: int | None = None
        self._chosen: Row | None = None  # where the reader went last, None while they follow
        self._is_going = False  # to one that isn't at hand yet
        self._styles: dict[tuple[str, ...], Style] = {}
        self._painter = RowPainter(columns, second_line, self._style)
        self.can_follow = can_follow
        self._can_open = can_open
        self.set_reactive(RecordTable.follow, can_follow)

    @property
    def window(self) -> Window[Row]:
        """The list: its length, and the records of it that are at hand."""
        return self._window

    @property
    def rows(self) -> Sequence[Row]:
        """The records that are at hand, in the order shown."""
        return self._window.rows

    @property
    def row(self) -> Row | None:
        """The highlighted record, None where there is none or it isn't at hand yet."""
        return self._window.at(self.cursor)

    @property
    def empty(self) -> str:
        """What is shown where there are no rows."""
        return self._empty

    @empty.setter
    def empty(self, text: str) -> None:
        if text != self._empty:
            self._empty = text
            if not self._window:
                self.refresh()

    @property
    def sorted_by(self) -> SortMark | None:
        """The column whose title says that the rows are sorted by it."""
        return self._sorted_by

    @sorted_by.setter
    def sorted_by(self, mark: SortMark | None) -> None:
        if mark != self._sorted_by:
            self._sorted_by = mark
            self._refresh_line(0)

    def show(self, rows: Sequence[Row] | Window[Row], *, anew: bool = False, at: int | None = None) -> None:
        """Replace the rows. The highlighted record and its place on the screen stay, as long as it is there.

        With `anew` they are another list altogether, which is shown from its top, or with the highlight `at` a place:
        where nothing is followed at the record that the reader chose, if that is in it.
        """
        window = rows if isinstance(rows, Window) else Window(rows)
        if window == self._window and not anew:
            return
        before, old_row, old_window = self._painted(), self.row, self._window
        if anew and at is None and not self.can_follow and self._chosen is not None:
            at = window.place_of(self._key(self._chosen), self._key)
        if anew:
            self.follow = self.can_follow and at is None
        cursor = at or 0 if anew or self.follow else self._place_of(old_row, window)
        on_screen = 0 if anew and at is None else self.cursor * self._row_height - self.scroll_offset.y
        self._window, self._asked = window, None
        self._painter.forget_old(4 * (len(window.rows) + MEASURED_ROWS))
        relaid = self._lay_out(anew)
        with self.prevent(RecordTable.Highlighted):
            self.set_reactive(RecordTable.cursor, cursor)
        if len(window) != len(old_window):
            self._fit()
        target = 0 if self.follow else cursor * self._row_height - on_screen
        if target != self.scroll_offset.y:
            self._scroll_to_line(target)
            self.refresh()
        elif relaid or not before or not window:
            self.refresh()
        else:
            self._repaint_differing(before, self._painted())
        if self.row is not None and (self._is_going or (not anew and self._has_lost(old_row))):
            self._chosen, self._is_going = self.row, False
        if self.row != old_row:
            self.post_message(self.Highlighted(self, self.row))
        self._ask_for_missing()

    def _has_lost(self, old_row: Row | None) -> bool:
        """Return whether the highlight was on the record that the reader chose, and is not any more."""
        if old_row is None or self._chosen is None or self.row is None:
            return False
        return self._key(old_row) == self._key(self._chosen) != self._key(self.row)

    def repaint(self, which: Callable[[Row], bool]) -> None:
        """Draw the visible rows anew that look otherwise than a moment ago, though they are the same."""
        first = self._first_visible
        changed = [
            (first + place, row) for place, (row, _) in enumerate(self._painted()) if row is not None and which(row)
        ]
        if not changed:
            return
        self._painter.forget(row for _, row in changed)
        if self._lay_out():
            self.refresh()
        else:
            self._refresh_rows(changed[0][0], changed[-1][0] - changed[0][0] + 1)

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of the screen: the header, then rows from the scroll offset on."""
        width = self._view.width
        if not self._window:
            return self._empty_line(y, width)
        if y == 0:
            return self._painter.header(self._sorted_by)
        index, line = divmod(self.scroll_offset.y + y - 1, self._row_height)
        if index >= len(self._window):
            return Strip.blank(width, self._style())
        row, classes = self._window.at(index), self._row_classes(index)
        if row is None:
            style = self._style(*classes, "table--muted")
            return Strip([Segment("…" if line == 0 else "", style)]).adjust_cell_length(width, style)
        return self._painter.line(row, line, classes)

    # Moving

    def action_move(self, rows: int) -> None:
        """Move the highlight by so many rows."""
        self._move_to(self.cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the highlight by so many pages."""
        self._move_to(self.cursor + pages * max(1, (self._view.height - 1) // self._row_height - 1))

    def action_edge(self, end: int) -> None:
        """Move the highlight to the first row, and follow, or to the last."""
        self._move_to(0 if end < 0 else len(self._window) - 1)
        self.follow = self.can_follow and end < 0

    def action_select(self) -> None:
        """Open the highlighted record."""
        if self.row is not None:
            self.post_message(self.Selected(self, self.row))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer Enter only where a row leads anywhere."""
        return self._can_open or action != "select"

    def _move_to(self, index: int) -> None:
        self.follow = False
        self.cursor = max(0, min(index, len(self._window) - 1))
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
            self._chosen, self._is_going = self.row or self._chosen, self.row is None
            self.post_message(self.Highlighted(self, self.row))

    def watch_follow(self) -> None:
        """Tell."""
        if self.follow:
            self._chosen, self._is_going = None, False
        self.post_message(self.Followed(self))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling away from the newest stops following it."""
        super().watch_scroll_y(old_value, new_value)
        if round(new_value) > 0:
            self.follow = False
        self._ask_for_missing()

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """Highlight the clicked row; a second click opens it."""
        if event.y == self.gutter.top and (title := self._painter.title_at(event.x - self.gutter.left)) is not None:
            self.post_message(self.TitleClicked(self, title))
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
        return index if y >= 1 and 0 <= index < len(self._window) else None

    # Size

    def on_resize(self, _: events.Resize) -> None:
        """Share the width out anew."""
        self._lay_out()
        self._fit()
        self.refresh()
        self._ask_for_missing()

    @property
    def _view(self) -> Size:
        """The size of what is visible, without the scrollbar."""
        return self.scrollable_content_region.size

    @property
    def _first_visible(self) -> int:
        return self.scroll_offset.y // self._row_height

    @property
    def _page_rows(self) -> int:
        return self._view.height // self._row_height + 1

    def _lay_out(self, anew: bool = False) -> bool:
        """Share the width out among the columns. Return whether that changed anything."""
        near = self._window.between(self._first_visible, self._first_visible + MEASURED_ROWS)
        measured = [row for row in near if row is not None] or self._window.rows[:MEASURED_ROWS]
        sorted_by = None if self._sorted_by is None else self._sorted_by.title
        return self._painter.lay_out(measured, self._view.width, anew, sorted_by)

    def _ask_for_missing(self) -> None:
        """Ask for the rows around what is visible, a page ahead of the reader."""
        first, rows = self._first_visible, self._page_rows
        if not self._window or self._window.covers(first - rows, first + 2 * rows):
            return
        wanted = (max(0, first - 3 * rows), min(len(self._window), first + 4 * rows))
        if wanted != self._asked:
            self._asked = wanted
            self.post_message(self.Wanted(self, *wanted))

    def notify_style_update(self) -> None:
        """Take on the colours of another theme."""
        super().notify_style_update()
        self._styles.clear()
        self._painter.forget_lines()

    def _fit(self) -> None:
        """Tell how long the list is. Only the scrollbar minds, unless it comes or goes: the screen need not be laid
        out anew with every attempt.
        """
        size, before, visible = Size(self._view.width, self._lines), self.virtual_size, self._view.height
        if visible < min(before.height, size.height) and before.width == size.width:
            self.set_reactive(RecordTable.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = size.height
        else:
            self.virtual_size = size

    @property
    def _lines(self) -> int:
        return len(self._window) * self._row_height + 1

    # Painting

    def on_focus(self, event: events.Focus) -> None:
        """Paint the highlight as the one that keys move, and tell what it is on."""
        self._refresh_row(self.cursor)
        if self.row is not None and not event.from_app_focus:
            self.post_message(self.Highlighted(self, self.row))

    def on_blur(self, _: events.Blur) -> None:
        """Paint the highlight as one among several panes."""
        self._refresh_row(self.cursor)

    def _painted(self) -> list[tuple[Row | None, bool]]:
        """Return what is visible: each row, and whether it is the highlighted one."""
        first = self._first_visible
        visible = self._window.between(first, first + self._page_rows)
        return [(row, place == self.cursor) for place, row in enumerate(visible, first)]

    def _repaint_differing(self, before: list[tuple[Row | None, bool]], now: list[tuple[Row | None, bool]]) -> None:
        first = self._first_visible
        places = max(len(before), len(now))
        differing = [first + place for place in range(places) if before[place : place + 1] != now[place : place + 1]]
        if differing:  # in one piece: a region costs more than a line
            self._refresh_rows(differing[0], differing[-1] - differing[0] + 1)

    def _refresh_row(self, index: int) -> None:
        self._refresh_rows(index, 1)

    def _refresh_rows(self, first: int, count: int) -> None:
        top = first * self._row_height + 1 - self.scroll_offset.y
        self.refresh(Region(0, top, self._view.width, count * self._row_height))

    def _refresh_line(self, y: int) -> None:
        self.refresh(Region(0, y, self._view.width, 1))

    def _place_of(self, row: Row | None, window: Window[Row]) -> int:
        place = window.place_of(self._key(row), self._key) if row is not None else None
        return place if place is not None else max(0, min(self.cursor, len(window) - 1))

    def _row_classes(self, index: int) -> tuple[str, ...]:
        if index == self.cursor:
            return ("table--cursor",) if self.has_focus else ("table--cursor-blurred",)
        return ("table--hover",) if index == self._hover else ()

    def get_component_styles(self, *names: str) -> RenderStyles:
        """Return the styles that component classes have on this screen."""
        return self.screen.get_component_styles(*names)

    def _style(self, *classes: str) -> Style:
        """Return the style of the component classes, each laid over the one before it."""
        found = self._styles.get(classes)
        if found is None:
            found = self.get_visual_style(*classes).rich_style
            if any(self.get_component_styles(name).text_style.reverse for name in classes):
                found += Style(reverse=True)  # which a visual style leaves out
            self._styles[classes] = found
        return found

    def _empty_line(self, y: int, width: int) -> Strip:
        lines = self._empty.splitlines()
        place = y - max(0, (self._view.height - len(lines)) // 3)
        style = self._style("table--empty")
        if not 0 <= place < len(lines):
            return Strip.blank(width, self._style())
        left = max(0, (width - max(map(cell_len, lines))) // 2)
        return Strip([Segment(" " * left + lines[place], style)]).adjust_cell_length(width, style)
