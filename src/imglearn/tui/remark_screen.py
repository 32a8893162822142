"""Writing remarks: one after the other about the same thing, or another one in the place of an earlier."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum, auto
from pathlib import Path
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from imglearn import remarks
from imglearn.errors import ImglearnError
from imglearn.remarks import GUIDE, CategorySuggestion
from imglearn.text import safe_line, safe_text
from imglearn.tui.keymap import sign
from imglearn.tui.queries import reading
from imglearn.tui.safe_input import SafeInput
from imglearn.tui.subjects import Subject


class NewRemark(NamedTuple):
    """A remark that somebody has written."""

    subject: Subject
    text: str
    kind: str


class Outcome(Enum):
    """What became of a remark: it is stored, or waits until the log can be written, or can't be stored as it is."""

    KEPT = auto()
    WAITS = auto()
    REFUSED = auto()


class RemarkScreen(ModalScreen[NewRemark | None]):
    """A line for the text and one for its kind, which is offered by what similar texts are, and taken by Tab.

    Enter keeps the remark and waits for the next one; an edit is done then. Returns what was typed and not kept.
    """

    CSS = """
    #remark { width: 90; padding: 1 2; }
    #remark Input { border: none; padding: 0 1; margin-bottom: 1; background: $surface; }
    #remark-kind { width: 50; max-width: 100%; }
    #remark-said { height: auto; color: $success; }
    #remark-said.-problem { color: $warning; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "Keep", id="remark.keep", tooltip="Keep the remark", priority=True),
        Binding("tab", "next", "Kind", id="remark.kind", tooltip="Take the kind that is offered", priority=True),
        Binding("escape", "leave", "Close", id="remark.close", tooltip="Leave; what was kept stays", priority=True),
    ]

    class _Offered(Message):
        def __init__(self, text: str, found: list[CategorySuggestion]) -> None:
            self.text = text
            self.found = found
            super().__init__()

    def __init__(
        self, path: Path, subject: Subject, keep: Callable[[NewRemark], None], draft: NewRemark | None = None
    ) -> None:
        """Write about a subject, or go on with a draft; `keep` sees to it that a remark is stored, and says by `told`
        what became of it.
        """
        super().__init__()
        self._begun = draft or NewRemark(subject, subject.text, subject.kind)
        self._path = path
        self._subject = subject
        self._keep = keep
        self._offer = ""
        self._count = 0
        self._is_waiting_for_text = False

    def compose(self) -> ComposeResult:
        """The two lines, and what was kept."""
        with Vertical(id="remark", classes="dialog") as box:
            doing = "Edit" if self._subject.is_edit else "Remark"
            box.border_title = Text(f"{doing} · {self._subject.title}")
            kind, keeps, leaves = (sign(self, f"remark.{name}") for name in ("kind", "keep", "close"))
            then = "" if self._subject.is_edit else ", then the next"
            box.border_subtitle = Text(f"{kind} kind · {keeps} keeps{then} · {leaves} leaves")
            text = SafeInput(
                self._begun.text, placeholder="What should be otherwise?", id="remark-text", select_on_focus=False
            )
            text.cursor_position = len(self._begun.text)
            yield text
            yield SafeInput(self._begun.kind, placeholder="kind", suggester=SuggestFromList(_kinds()), id="remark-kind")
            yield Static(id="remark-said", markup=False)

    def on_mount(self) -> None:
        """Begin with the text."""
        self.query_one("#remark-text").focus()

    @property
    def _text(self) -> Input:
        return self.query_one("#remark-text", Input)

    @property
    def _kind(self) -> Input:
        return self.query_one("#remark-kind", Input)

    @on(Input.Changed, "#remark-text")
    def _typed(self) -> None:
        if self._is_waiting_for_text:
            self._is_waiting_for_text = False
            self._say("")
        self._find_kind(self._text.value)

    @work(thread=True, exclusive=True, group="kind", exit_on_error=False)
    def _find_kind(self, text: str) -> None:
        worker = get_current_worker()
        if not text.strip() or worker.is_cancelled:
            return
        try:
            with reading(self._path) as store:
                found = remarks.suggest_category(store, text)
        except ImglearnError:
            return  # it is only an offer
        if not worker.is_cancelled:
            self.post_message(self._Offered(text, found))

    @on(_Offered)
    def _show_offer(self, message: _Offered) -> None:
        if message.text != self._text.value:
            return
        first = message.found[0] if message.found else None
        self._offer = first.category if first is not None else ""
        if first is None:
            self._kind.placeholder = "kind"
        else:
            basis = (
                f"{first.count} similar text{'s' if first.count != 1 else ''}" if first.count else "the guide's words"
            )
            self._kind.placeholder = f"{safe_line(first.category, 30)}?  ({sign(self, 'remark.kind')}; by {basis})"

    def action_next(self) -> None:
        """Take the kind that is offered, where none is given; else go to the other line."""
        if self._offer and not self._kind.value:
            self._kind.value = self._offer
            self.set_focus(self._kind)
            self._kind.select_all()
        else:
            self.focus_next()

    def action_leave(self) -> None:
        """Close, and return what was not kept."""
        left = NewRemark(self._subject, self._text.value, self._kind.value)
        given = NewRemark(self._subject, self._subject.text, self._subject.kind)
        self.dismiss(None if not left.text.strip() or left == given else left)

    def action_keep(self) -> None:
        """Store the remark, as soon as the line has taken in what was typed before: over a slow line keys come at once,
        and this one overtakes them.
        """
        line = self.focused if isinstance(self.focused, Input) else self._text
        line.call_later(self._keep_now)

    def _keep_now(self) -> None:
        """Store the remark, and be ready for the next one at once."""
        text, kind = self._text.value.strip(), _known(self._kind.value.strip())
        if not text:
            self._is_waiting_for_text = True
            self._say("There is nothing to keep yet.", is_problem=True)
            return
        self._keep(NewRemark(self._subject, text, kind))
        self._text.value = self._kind.value = self._offer = ""
        self._kind.placeholder = "kind"
        self.set_focus(self._text)

    def is_about(self, subject: Subject) -> bool:
        """Whether a subject is the one that is written about here."""
        return subject is self._subject

    def told(self, remark: NewRemark, outcome: Outcome, problem: str = "") -> None:
        """Say what became of a remark; one that can't be stored as it is comes back, if the lines are free."""
        if outcome is Outcome.WAITS:
            self._say(f"Waits to be kept: {problem}", is_problem=True)
        elif outcome is Outcome.REFUSED:
            self._say(f"Not kept: {problem}", is_problem=True)
            if not self._text.value:
                self._text.value, self._kind.value = remark.text, remark.kind
        elif self._subject.is_edit:
            self.dismiss()
        else:
            self._count += 1
            kind = f", {safe_line(remark.kind, 30)}" if remark.kind else ""
            self._say(f"Kept ({self._count}{kind}): {safe_line(remark.text, 60)}")

    def _say(self, line: str, *, is_problem: bool = False) -> None:
        said = self.query_one("#remark-said", Static)
        said.set_class(is_problem, "-problem")
        said.update(Content(safe_text(line)))


def _known(kind: str) -> str:
    """Return the kind that the line shows in full where one has only begun to type it."""
    begun = [known for known in _kinds() if kind and known.startswith(kind.lower())]
    return begun[0] if len(begun) == 1 else kind


def _kinds() -> Iterable[str]:
    return list(GUIDE)
