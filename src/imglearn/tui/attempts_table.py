"""The live attempts: which are listed and in what order, and a reader who may follow, pause, or look around."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import msgspec
from rich.text import Text
from textual.binding import Binding, BindingType

from imglearn.filters import AttemptFilter
from imglearn.store.attempts import AttemptSummary
from imglearn.store.listing import NEWEST_FIRST, Listing, SortColumn
from imglearn.tui import cells
from imglearn.tui.keymap import sign
from imglearn.tui.menu_screen import Entry, MenuScreen
from imglearn.tui.queries import Interest, Newest, Place
from imglearn.tui.row_painter import SortMark
from imglearn.tui.table import RecordTable, TableMessage
from imglearn.tui.window import Window
from imglearn.tui.wording import READING

SLOW_S = 0.3  # to wait for a list, before that is told
# The columns by their titles, and the key in the menu of each.
SORTED_BY: dict[str, SortColumn] = {
    "time": "timestamp",
    "material": "material",
    "category": "category",
    "model": "model",
    "score": "realism_score",
    "result": "passed",
    "retry": "retry_count",
    "feedback": "feedback_applied",
    "duration": "duration_s",
}
_TITLES = {column: title for title, column in SORTED_BY.items()}
_TEXTS = frozenset({"material", "category", "model"})


class AttemptsTable(RecordTable[AttemptSummary]):
    """Lists attempts. While paused it stands still, and counts what it holds back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", id="attempts.pause", tooltip="Hold the list still, or let it go on"),
        Binding("s", "sort", "Sort", id="attempts.sort", tooltip="Sort by a column; the same one again inverts"),
        Binding(
            "r", "fold", "Fold", show=False, id="attempts.fold", tooltip="Fold retries to their outcome, or show all"
        ),
    ]

    class Listed(TableMessage):
        """Other attempts are wanted, or another order (`table.listing`)."""

    class Released(TableMessage):
        """The list goes on, after a pause or to another time, and is wanted as it is now."""

    def __init__(self, *, id: str, classes: str) -> None:
        super().__init__(
            cells.attempt_columns(),
            lambda attempt: attempt.id,
            empty=READING,
            can_follow=True,
            id=id,
            classes=classes,
        )
        self.listing: Listing = NEWEST_FIRST
        self.paused = False
        self._is_other_list = False  # than the one that is shown: as soon as it is loaded
        self._is_slow = False  # to come
        self._moves: list[Callable[[], None]] = []  # that are made once it is here
        self._near: Place | None = None  # where the reader was in the one before
        self._count = 0
        self._count_all = 0
        self._count_seen = 0  # when the reader last saw the newest

    @property
    def interest(self) -> Interest:
        """The list, and the reader's place in it; no place while they follow, or where another list is on its way."""
        window = self.window
        if self._is_other_list:
            return Interest(self.listing, near=self._near)
        if self.follow or not window.rows:
            return Interest(self.listing)
        return Interest(self.listing, Place(window.rows[0].id, window.first, len(window.rows), len(window)))

    def show_newest(self, newest: Newest) -> bool:
        """Take in how the list stands now; return whether it was what is wanted by now."""
        if newest.interest.listing != self.listing:
            return False
        self._count = len(newest.attempts)
        self._count_all = newest.counts.overall.total_attempts
        told, wanted = newest.interest, self.interest
        is_here = (told.place, told.near) == (wanted.place, wanted.near)
        if is_here and (not self.paused or self._is_other_list):
            self._show(newest.attempts)
        self.entitle()
        return is_here

    def show_places(self, interest: Interest, window: Window[AttemptSummary]) -> None:
        """Take in the rows at the place that the reader has come to."""
        if interest.listing == self.listing and not self._is_other_list:
            self._show(window)
            self.entitle()

    def narrow(self, asked: AttemptFilter, is_same: bool = False) -> None:
        """List the attempts of another filter, or of the same one at another time; the reader stays."""
        if asked == self.listing.asked:
            return
        listing = msgspec.structs.replace(self.listing, asked=asked)
        if is_same:
            self.listing = listing
            self.post_message(self.Released(self))
        else:
            self._list(listing, is_near=True)

    def sort_by(self, title: str) -> None:
        """Sort by a column, the best, newest or longest first and texts from A; by the same one again the other way."""
        column = SORTED_BY[title]
        inverted = column == self.listing.column
        descending = not self.listing.descending if inverted else title not in _TEXTS
        self._list(msgspec.structs.replace(self.listing, column=column, descending=descending))

    def action_sort(self) -> None:
        """Choose a column to sort by."""
        titles = list(SORTED_BY)
        place = titles.index(_TITLES[self.listing.column])
        again = "↓, again: ↑" if self.listing.descending else "↑, again: ↓"
        entries = [Entry(title, again if number == place else "") for number, title in enumerate(titles)]

        def chosen(number: int | None) -> None:
            if number is not None:
                self.sort_by(titles[number])

        self.app.push_screen(MenuScreen("Sort by", entries, place), chosen)

    def action_move(self, rows: int) -> None:
        """Move the highlight by so many rows; in a list that is on its way, as soon as it is here."""
        if not self._waits(lambda: self.action_move(rows)):
            super().action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move the highlight by so many pages."""
        if not self._waits(lambda: self.action_page(pages)):
            super().action_page(pages)

    def action_edge(self, end: int) -> None:
        """Go to the first row, from there back to the newest where they are in another order; or to the last row."""
        if self._waits(lambda: self.action_edge(end)):
            return
        if end < 0 and self.cursor == 0 and not self.listing.is_newest_first:
            self.sort_by("time")
        else:
            super().action_edge(end)

    def action_select(self) -> None:
        """Open the highlighted record."""
        if not self._waits(self.action_select):
            super().action_select()

    def action_fold(self) -> None:
        """Show of each chain of retries only the outcome, or all; the reader stays."""
        self._list(msgspec.structs.replace(self.listing, final_only=not self.listing.final_only), is_near=True)

    def action_pause(self) -> None:
        """Hold the list still, or let it go on."""
        self.paused = not self.paused
        self.entitle()
        if not self.paused:
            self.post_message(self.Released(self))

    def on_record_table_title_clicked(self, message: RecordTable.TitleClicked) -> None:
        """Sort by the column."""
        self.sort_by(message.title)

    def watch_cursor(self, old: int, new: int) -> None:
        """Say where the reader is."""
        super().watch_cursor(old, new)
        self.entitle()

    def watch_follow(self) -> None:
        """Count what comes from here on."""
        super().watch_follow()
        self.entitle()

    def entitle(self) -> None:
        """Say in the border what is listed, and what the reader doesn't see."""
        if self._is_other_list and not self._is_slow:
            return
        if self.follow and not self.paused:
            self._count_seen = self._count
        new = max(0, self._count - (len(self.window) if self.paused else self._count_seen))
        go_on, follow = f"{sign(self, 'attempts.pause')} to go on", f"{sign(self, 'table.top')} to follow"
        states = []
        if self._is_slow:
            states.append("reading")
        elif self.paused:
            states.append(f"paused, +{new:,} new, {go_on}" if new else f"paused, {go_on}")
        elif not self.listing.is_newest_first:
            order = f"by {_TITLES[self.listing.column]}" + f", +{new:,} new" * (new > 0)
            states.append(order + f", {follow}" * (self.cursor == 0))
        elif self.follow:
            states.append("following")
        else:
            states.append(f"+{new:,} new, {follow}" if new else follow)
        if self.listing.final_only:
            states.append("outcomes only")
        self.border_title = Text(" · ".join(["Attempts", *states]))
        place = f"{self.cursor + 1:,} of {len(self.window):,}" if self.window else "0"
        is_part = not self.listing.asked.is_open or self.listing.final_only
        self.border_subtitle = f"{place} ({self._count_all:,} in all)" if is_part else place if self.window else ""

    @property
    def chosen(self) -> str | None:
        """The attempt that the reader went to last, None while they follow."""
        return (self._near.id or None) if self._near is not None else None

    def _waits(self, move: Callable[[], None]) -> bool:
        """Return whether another list is on its way: then the move is made in that one."""
        if self._is_other_list:
            self._moves.append(move)
        return self._is_other_list

    def _list(self, listing: Listing, *, is_near: bool = False) -> None:
        """Ask for another list: where the reader looks around, and it `is_near` the one before, to be shown there."""
        if not self._is_other_list:
            self.set_timer(SLOW_S, self._notice_slowness)
        if not is_near or self.follow:
            self._near = None
        elif not self._is_other_list and self.window:
            chosen = self.row if self._is_going else self._chosen or self.row
            # Of one that isn't at hand the place has to do.
            self._near = Place("" if chosen is None else chosen.id, self.cursor, 1, len(self.window))
        self.listing = listing
        self._is_other_list = True
        self.post_message(self.Listed(self))

    def _show(self, window: Window[AttemptSummary]) -> None:
        if not self._is_other_list:
            self.show(window)
            return
        listing, self._count_seen = self.listing, len(window)
        self.can_follow = listing.is_newest_first
        self.sorted_by = None if listing.is_newest_first else SortMark(_TITLES[listing.column], listing.descending)
        self.show(window, anew=True, at=self._place_near(window))
        self._is_other_list = self._is_slow = False
        if not self.follow:
            self.post_message(self.Highlighted(self, self.row))  # also where it is the one that it was
        moves, self._moves = self._moves, []
        for move in moves:
            move()

    def _place_near(self, window: Window[AttemptSummary]) -> int | None:
        """Return the place in another list that is nearest to where the reader was, None where they follow."""
        if self._near is None:
            return None if self.can_follow else 0
        return max(0, min(window.near or 0, window.end - 1))

    def _notice_slowness(self) -> None:
        self._is_slow = self._is_other_list
        if self._is_slow:
            self.entitle()
