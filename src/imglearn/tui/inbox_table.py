"""The inbox: remarks that no attempt has been made with yet, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.remarks import Inbox, is_asked_for
from imglearn.store.pending import PendingRemark
from imglearn.tui import cells
from imglearn.tui.cells import shorter_clock
from imglearn.tui.columns import UNKNOWN, Cell, Column
from imglearn.tui.keymap import sign
from imglearn.tui.table import RecordTable, TableMessage


class InboxTable(RecordTable[PendingRemark]):
    """Lists what a running loop will be asked to do next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "resolve", "Done", id="inbox.done", tooltip="The remark needs no attempt any more"),
        Binding("X", "regret", "Undo", show=False, id="inbox.undo", tooltip="Bring back the last remark that was done"),
    ]

    class Resolved(TableMessage):
        """The highlighted remark needs no attempt any more."""

        def __init__(self, table: RecordTable[PendingRemark], row: PendingRemark) -> None:
            super().__init__(table)
            self.row = row

    class Regretted(TableMessage):
        """What was done last is to be brought back."""

    def __init__(self, *, id: str, classes: str) -> None:
        super().__init__(
            _columns(),
            lambda remark: remark.id,
            second_line=lambda remark: [Cell(remark.text)],
            id=id,
            classes=classes,
        )
        self._edited: str | None = None
        self._of_filter = ANY_ATTEMPT
        self._how_to = ""

    def on_mount(self) -> None:
        """Say how a remark comes here."""
        key = sign(self.screen, "app.remark")
        self.empty = self._how_to = (
            f"Nothing waits.\n\n{key} writes a remark about what is highlighted,\nand the generator asks for it."
        )

    def show_inbox(self, inbox: Inbox, asked: AttemptFilter) -> None:
        """Show what waits, as far as the filter leaves it; after an edit, with the highlight on what took its place."""
        if asked != self._of_filter:
            self._of_filter, self._edited = asked, None
        shown, total = inbox.remarks, inbox.handed_out + inbox.others
        self.empty = "No remark that waits matches." if total and not asked.is_open else self._how_to
        self.show(shown)
        self._go_to_edited()
        if asked.is_open:
            count = f"{inbox.handed_out:,} wait{'s' if inbox.handed_out == 1 else ''}"
        else:
            count = f"{len(shown):,} of {total:,}"
        self.border_title = f"Inbox · {count}" if total else "Inbox"
        others = f"{inbox.others:,} other{'s' if inbox.others != 1 else ''}" if inbox.others else ""
        self.border_subtitle = f"{others}: feedback next --source any" if others else ""

    def was_edited(self, id: str) -> None:
        """Go to the remark that took the place of the highlighted one, as soon as it is here."""
        self._edited = id
        self._go_to_edited()

    def _go_to_edited(self) -> None:
        place = next((place for place, remark in enumerate(self.rows) if remark.id == self._edited), None)
        if place is not None:
            self._edited = None
            self.action_move(place - self.cursor)

    def action_resolve(self) -> None:
        """Say that the highlighted remark is done with."""
        if self.row is not None:
            self.post_message(self.Resolved(self, self.row))

    def action_regret(self) -> None:
        """Bring back what was done last."""
        self.post_message(self.Regretted(self))


def _columns() -> Sequence[Column[PendingRemark]]:
    return (
        Column("about", _about, 10, flex=2),
        Column("kind", lambda r: Cell(r.feedback_category or UNKNOWN), 8, fit=18, flex=1, priority=5),
        Column("source", _source, 9, fit=14),
        Column(
            "time", lambda r: Cell(cells.clock(r.timestamp), "muted"), 8, fit=16, priority=2, shortened=shorter_clock
        ),
    )


def _about(remark: PendingRemark) -> Cell:
    return Cell(remark.material or remark.category or "everything", "strong" if is_asked_for(remark) else "muted")


def _source(remark: PendingRemark) -> Cell:
    return Cell(remark.author or remark.source, "muted") if is_asked_for(remark) else Cell(remark.source, "warn")
