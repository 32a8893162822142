"""Remarks from the main screen: written about a row, edited, and taken out of the inbox."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from imglearn import remarks
from imglearn.errors import ImglearnError
from imglearn.tui import subjects
from imglearn.tui.inbox_table import InboxTable
from imglearn.tui.queries import reading
from imglearn.tui.remark_screen import RemarkScreen
from imglearn.tui.telling import TellingScreen


class RemarkActions(TellingScreen):
    """A screen with rows that remarks can be about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "remark", "Remark", id="app.remark", tooltip="Write a remark about what is highlighted"),
        Binding("e", "edit", "Edit", show=False, id="app.edit", tooltip="Edit the highlighted remark"),
    ]

    @property
    def pointed(self) -> object:
        """The row that the highlight is on, None where there is none."""
        raise NotImplementedError

    def action_remark(self) -> None:
        """Write about what is highlighted."""
        self.app.push_screen(RemarkScreen(self.path, subjects.of_new_remark(self.pointed)))

    def action_edit(self) -> None:
        """Write another remark in the place of the highlighted one."""
        subject = subjects.of_edit(self.pointed)
        if subject is None:
            self.tell("A remark can be edited: in the inbox, or in the feedback.")
        else:
            self.app.push_screen(RemarkScreen(self.path, subject))

    @on(InboxTable.Resolved)
    def _resolve(self, message: InboxTable.Resolved) -> None:
        self._store_resolution(message.row.id)

    @work(thread=True, group="resolve", exit_on_error=False)
    def _store_resolution(self, id: str) -> None:
        try:
            with reading(self.path) as store:
                remarks.resolve(store, id, True)
        except ImglearnError as error:
            self.app.call_from_thread(self.tell, str(error), is_problem=True)
