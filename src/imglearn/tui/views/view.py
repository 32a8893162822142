"""What the views have in common: a question to the log, and what is done with the row that is highlighted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.text import Text
from textual import events
from textual.containers import Container
from textual.message import Message
from textual.widget import Widget

from imglearn.filters import ANY_ATTEMPT, AttemptFilter, attempt_filter
from imglearn.terms import PARAMS, Comparison, Term
from imglearn.text import safe_line
from imglearn.tui.queries import Question
from imglearn.tui.table import RecordTable


def group_filter(split: str, name: str | None) -> AttemptFilter:
    """Return the filter for the attempts of a category, or of a model (None: those that name none)."""
    if name is None:
        return AttemptFilter(terms=(Term(split, (Comparison("=", None),)),))
    return attempt_filter({split: name})


def asked_by(param: str) -> str:
    """Return the name by which a filter asks for a parameter: that of a field, or of a knob in `params`."""
    from imglearn.learning.parameters import FIELDS  # not before something was learned

    return param if param in FIELDS else PARAMS + param


def plain(text: str) -> Text:
    """Return a text for a border, where brackets in a `str` would be read as markup."""
    return Text(safe_line(text))


class View(Container):
    """Answers one question about the attempts of the filter. The feed asks it, with everything else, in its thread."""

    question: Question
    """What is asked. Whoever sets another one posts `Asked`."""

    def __init__(self, path: Path, id: str) -> None:
        super().__init__(id=id)
        self.path = path
        self.asked: AttemptFilter = ANY_ATTEMPT  # of whose attempts the answer is
        self._place: Widget | None = None  # that had the focus last

    class Asked(Message):
        """Another question is asked."""

    class Narrowed(Message):
        """Only the attempts that a row stands for are wanted: `asked` is to be added to the filter."""

        def __init__(self, asked: AttemptFilter) -> None:
            self.asked = asked
            super().__init__()

    class Opened(Message):
        """An attempt is to be shown in full."""

        def __init__(self, id: str) -> None:
            self.id = id
            super().__init__()

    def show(self, answer: Any) -> None:
        """Show the answer to `question`."""
        raise NotImplementedError

    def about(self, id: str | None) -> None:
        """Take notice of the attempt that was shown when the view was opened; None: the newest one."""

    @property
    def pointed(self) -> Any:
        """The row under the highlight, of the table that has the focus."""
        focused = self.screen.focused
        return focused.row if isinstance(focused, RecordTable) and self in focused.ancestors else None

    @property
    def places(self) -> list[Widget]:
        """What can have the focus, in order."""
        return [widget for widget in self.query("*") if widget.can_focus and widget.display]

    @property
    def place(self) -> Widget | None:
        """What has the focus, or had it last."""
        places = self.places
        return self._place if self._place in places else places[0] if places else None

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember where one is."""
        self._place = event.widget

    def ask(self, question: Question) -> None:
        """Ask something else."""
        self.question = question
        self.post_message(self.Asked())
