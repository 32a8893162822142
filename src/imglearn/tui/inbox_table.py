"""The inbox: remarks that no attempt has been made with yet, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from imglearn.store.pending import PendingRemark
from imglearn.tui import cells
from imglearn.tui.columns import UNKNOWN, Cell, Column
from imglearn.tui.table import RecordTable, TableMessage


class InboxTable(RecordTable[PendingRemark]):
    """Lists what a running loop will be asked to do next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "resolve", "Done", id="inbox.done", tooltip="The remark needs no attempt any more"),
    ]

    class Resolved(TableMessage):
        """The highlighted remark needs no attempt any more."""

        def __init__(self, table: RecordTable[PendingRemark], row: PendingRemark) -> None:
            super().__init__(table)
            self.row = row

    def __init__(self, *, id: str, classes: str) -> None:
        super().__init__(
            _columns(),
            lambda remark: remark.id,
            empty="Nothing waits.\n\nf writes a remark about what is highlighted,\nand the generator asks for it.",
            second_line=lambda remark: [Cell(remark.text)],
            id=id,
            classes=classes,
        )

    def action_resolve(self) -> None:
        """Say that the highlighted remark is done with."""
        if self.row is not None:
            self.post_message(self.Resolved(self, self.row))


def _columns() -> Sequence[Column[PendingRemark]]:
    return (
        Column("about", lambda r: Cell(r.material or r.category or "everything", "strong"), 10, flex=2),
        Column("kind", lambda r: Cell(r.feedback_category or UNKNOWN), 8, fit=18, flex=1),
        Column("source", lambda r: Cell(r.author or r.source, "muted"), 9, fit=14, priority=3),
        Column("time", lambda r: Cell(cells.clock(r.timestamp), "muted"), 8, fit=16, whole=True, priority=2),
    )
