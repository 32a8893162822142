"""Remarks from the main screen: written about a row, edited, and taken out of the inbox."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message

from imglearn import remarks
from imglearn.errors import ImglearnError, StoreError
from imglearn.text import safe_line
from imglearn.tui import subjects
from imglearn.tui.inbox_table import InboxTable
from imglearn.tui.keymap import sign
from imglearn.tui.queries import reading
from imglearn.tui.remark_screen import NewRemark, Outcome, RemarkScreen
from imglearn.tui.subjects import Subject
from imglearn.tui.telling import TellingScreen

RETRY_S = 1.0  # after the log couldn't be written


class RemarkActions(TellingScreen):
    """A screen with rows that remarks can be about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "remark", "Remark", id="app.remark", tooltip="Write a remark about what is highlighted"),
        Binding("e", "edit", "Edit", show=False, id="app.edit", tooltip="Edit the highlighted remark"),
    ]

    class _Done(Message):
        def __init__(self, remark: NewRemark, id: str, outcome: Outcome, problem: str) -> None:
            self.remark = remark
            self.id = id
            self.outcome = outcome
            self.problem = problem
            super().__init__()

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._unkept: list[NewRemark] = []
        self._is_waiting = False
        self._drafts: dict[tuple[tuple[str, str], ...], NewRemark] = {}  # by what each is about
        self._done: list[str] = []  # ids of remarks

    @property
    def pointed(self) -> object:
        """The row that the highlight is on, None where there is none."""
        raise NotImplementedError

    def action_remark(self) -> None:
        """Write about what is highlighted."""
        self._write_about(subjects.of_new_remark(self.pointed))

    def action_edit(self) -> None:
        """Write another remark in the place of the highlighted one."""
        subject = subjects.of_edit(self.pointed)
        if subject is None:
            self.tell("A remark can be edited: in the inbox, or in the feedback.")
        else:
            self._write_about(subject)

    def _write_about(self, subject: Subject) -> None:
        """Open the lines to write in, with what was typed there before and not kept."""
        about = tuple(sorted(subject.fields.items()))

        def left(draft: NewRemark | None) -> None:
            if draft is not None:
                self._drafts[about] = draft
                again = sign(self, "app.edit" if subject.is_edit else "app.remark")
                self.tell(f"Not kept yet; {again} at the same place goes on with it: {safe_line(draft.text, 60)}")

        self.app.push_screen(RemarkScreen(self.path, subject, self._keep, self._drafts.pop(about, None)), left)

    @property
    def unkept(self) -> list[NewRemark]:
        """The remarks that wait until the log can be written."""
        return list(self._unkept)

    def _keep(self, remark: NewRemark) -> None:
        """Store a remark, however long it takes: the dialog may be closed meanwhile."""
        self._unkept.append(remark)
        if len(self._unkept) == 1:
            self._store_first()

    @work(thread=True, group="remark", exit_on_error=False)
    def _store_first(self) -> None:
        """Store the first remark that waits. The others are behind it, so that they stay in order."""
        remark, id, outcome, problem = self._unkept[0], "", Outcome.KEPT, ""
        fields = {"text": remark.text, "feedback_category": remark.kind or None, "source": remarks.BY_PEOPLE}
        try:
            with reading(self.path) as store:
                id = remarks.add(store, **fields, **remark.subject.fields)
        except StoreError as error:
            outcome, problem = Outcome.WAITS, str(error)
        except ImglearnError as error:
            outcome, problem = Outcome.REFUSED, str(error)
        self.post_message(self._Done(remark, id, outcome, problem))

    @on(_Done)
    def _remark_done(self, message: _Done) -> None:
        remark, outcome, problem = message.remark, message.outcome, message.problem
        if outcome is Outcome.WAITS:
            self.set_timer(RETRY_S, self._store_first)
        else:
            self._unkept.pop(0)
            if self._unkept:
                self._store_first()
        if outcome is Outcome.KEPT and remark.subject.is_edit:
            self.query_one(InboxTable).was_edited(message.id)
        dialog = self.app.screen
        if isinstance(dialog, RemarkScreen) and dialog.is_about(remark.subject):
            dialog.told(remark, outcome, problem)
        elif outcome is Outcome.REFUSED:
            self.tell(f"Not kept: {problem}\n{remark.text}", is_problem=True)
        elif outcome is Outcome.WAITS and not self._is_waiting:
            self.tell(f"The remark waits to be kept: {problem}", is_problem=True)
        elif outcome is Outcome.KEPT and self._is_waiting:
            self.tell(f"Kept: {remark.text}")
        self._is_waiting = outcome is Outcome.WAITS

    @on(InboxTable.Resolved)
    def _resolve(self, message: InboxTable.Resolved) -> None:
        self._store_resolution(message.row.id, message.row.text)

    @on(InboxTable.Regretted)
    def _bring_back(self) -> None:
        if self._done:
            self._store_resolution(self._done.pop(), is_done=False)
        else:
            self.tell("Nothing was done here that could be brought back.")

    @work(thread=True, group="resolve", exit_on_error=False)
    def _store_resolution(self, id: str, text: str = "", *, is_done: bool = True) -> None:
        try:
            with reading(self.path) as store:
                remarks.resolve(store, id, is_done)
        except ImglearnError as error:
            self.app.call_from_thread(self.tell, str(error), is_problem=True)
        else:
            self.app.call_from_thread(self._resolved, id, text, is_done)

    def _resolved(self, id: str, text: str, is_done: bool) -> None:
        if is_done:
            self._done.append(id)
            undo = sign(self.query_one(InboxTable), "inbox.undo")
            self.tell(f"Done: {safe_line(text, 60)}\n{undo} in the inbox brings it back.")
