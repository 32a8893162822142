"""The filter: a line that is tried while it is typed, kept by Enter and taken back by Esc."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from imglearn.filter_language import Parsed, Problem, meant_as_names, parse
from imglearn.filters import AttemptFilter
from imglearn.text import safe_line
from imglearn.tui.completion_list import CompletionList
from imglearn.tui.safe_input import SafeInput

TYPING_PAUSE_S = 0.12  # it is applied when no key was pressed for so long
LATER_S = 5.0  # after so long a time such as 1h ago is another one
MOST_KEPT = 100  # earlier filters
EXAMPLE = "dust category:wood passed:no score:<75 since:2d"


class FilterBar(Horizontal):
    """A text box with what is wrong beside it. It is shown while somebody types, and as long as it narrows anything."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, and left at once: of keys that come together, the next one is no longer typed here.
        Binding("enter", "keep", "Keep", id="filter.keep", tooltip="Keep the filter", priority=True),
        Binding("escape", "revert", "Take back", id="filter.revert", tooltip="The filter as it was", priority=True),
        Binding("tab", "complete(1)", "Complete", id="filter.complete", tooltip="Take what is offered", priority=True),
        Binding(
            "shift+tab",
            "complete(-1)",
            "Before",
            show=False,
            id="filter.complete-before",
            tooltip="Take the last one that is offered, then the ones before",
            priority=True,
        ),
        Binding("up", "earlier(-1)", "Earlier", show=False, id="filter.earlier", tooltip="The filter or offer before"),
        Binding("down", "earlier(1)", "Later", show=False, id="filter.later", tooltip="The filter or offer after it"),
    ]

    class Changed(Message):
        """Another filter holds: `parsed`; or it is the same one later, where its times count from now."""

        def __init__(self, parsed: Parsed, is_same: bool = False) -> None:
            self.parsed = parsed
            self.is_same = is_same
            super().__init__()

    class Opened(Message):
        """Somebody begins to type."""

    class Kept(Message):
        """A filter was kept: `history` ends with it."""

        def __init__(self, history: list[str]) -> None:
            self.history = history
            super().__init__()

    def __init__(self, text: str, leave: Callable[[], None], history: Iterable[str] = (), *, id: str) -> None:
        """Begin with a filter, and those that were kept before; `leave` moves the focus elsewhere."""
        super().__init__(id=id)
        self.kept = text
        self.history = list(history)
        self._draft = text  # what was typed before one went through the history
        self._leave = leave
        self._place = len(self.history)
        self._typing: Timer | None = None
        self._applied: tuple[str, AttemptFilter] | None = None
        self._completed = text  # or kept: what was not typed letter by letter

    def compose(self) -> ComposeResult:
        """A sign, the box, and room for a complaint above it."""
        yield CompletionList(id="completions")
        yield Static("/", id="filter-sign")
        yield SafeInput(self.kept, placeholder=EXAMPLE, id="filter-text", select_on_focus=False)
        yield Static(id="filter-problem", markup=False)

    def on_mount(self) -> None:
        """Apply what the app was started with."""
        self._apply()
        self.set_interval(LATER_S, self._go_with_time)

    @property
    def box(self) -> Input:
        """Where one types."""
        return self.query_one("#filter-text", Input)

    @property
    def parsed(self) -> Parsed:
        """What the text means, the last word as the beginning of one."""
        return parse(self.box.value, typing=True)

    @property
    def completions(self) -> CompletionList:
        """What is offered while one types."""
        return self.query_one(CompletionList)

    def open(self) -> None:
        """Begin to type."""
        self.display = True
        self._place = len(self.history)
        self.screen.set_focus(self.box)
        self.box.cursor_position = len(self.box.value)
        self.post_message(self.Opened())

    def keep(self, text: str) -> None:
        """Let another filter hold."""
        self.kept = self.box.value = text.strip()
        if self.kept:
            self.history = [*(one for one in self.history if one != self.kept), self.kept][-MOST_KEPT:]
            self.post_message(self.Kept(self.history))
        self._apply()

    def action_keep(self) -> None:
        """Keep what was typed, and leave; to what makes no sense the cursor goes instead."""
        problems = self.parsed.problems
        if problems:
            self.completions.close()
            self.box.cursor_position = problems[0].end
            self._apply()
            return
        self._leave()
        self.keep(self.box.value)

    def action_revert(self) -> None:
        """Take back what was typed since the filter was kept last, and leave."""
        self.box.value = self.kept
        self._leave()
        self._apply()

    def action_complete(self, step: int) -> None:
        """Take what is offered; again, the next one instead."""
        if not self.completions.is_open:
            self.completions.offer(self.box.value, self.box.cursor_position)
        if not self.completions.is_open:
            return  # the cursor stays: what one types next is still meant for the filter
        is_the_only_one = self.completions.is_the_only_one
        text, cursor = self.completions.go(step)
        self._completed = text
        self.box.value = text
        self.box.cursor_position = cursor
        if is_the_only_one:  # on to what may follow it
            self.completions.offer(text, cursor)

    def action_earlier(self, step: int) -> None:
        """Go through what is offered; else through the filters that were kept before, and back to what was typed."""
        if self.completions.is_open:
            self.action_complete(step)
            return
        if self._place == len(self.history):
            self._draft = self.box.value
        self._place = max(0, min(self._place + step, len(self.history)))
        text = self.history[self._place] if self._place < len(self.history) else self._draft
        self._completed = text
        self.completions.close()
        self.box.value = text
        self.box.cursor_position = len(text)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        if message.value != self.box.value:
            return  # the next one is on its way
        if message.value != self._completed:
            self._completed = ""
            if self.box.has_focus:
                self.completions.offer(self.box.value, self.box.cursor_position)
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING_PAUSE_S, self._apply)

    @on(Input.Blurred)
    def _left(self, message: Input.Blurred) -> None:
        """Keep what was typed where one goes elsewhere: it is what the panes show."""
        message.stop()
        self.completions.close()
        if self.box.value != self.kept:
            self.keep(self.box.value)
        self._apply()

    def _apply(self) -> None:
        if self._typing is not None:
            self._typing.stop()
            self._typing = None
        parsed, text = self.parsed, self.box.value
        self.display = bool(text) or self.screen.focused is self.box
        self._say(parsed)
        if self._applied is None or text != self._applied[0]:
            self._applied = text, parsed.filter
            self.post_message(self.Changed(parsed))

    def _go_with_time(self) -> None:
        """Let times that count from now move on, in steps that can be seen: a hundredth of how long ago they are."""
        text, before = self._applied or ("", None)
        if before is None or (before.since or before.until) is None or self.box.value != text:
            return
        parsed = self.parsed
        if any(map(_has_moved, (before.since, before.until), (parsed.filter.since, parsed.filter.until))):
            self._applied = text, parsed.filter
            self.post_message(self.Changed(parsed, is_same=True))

    def _say(self, parsed: Parsed) -> None:
        """Say what makes no sense, unless it may be completed yet; else what may be meant otherwise."""
        said = self.query_one("#filter-problem", Static)
        told: Sequence[Problem] = ()
        if not self.completions.is_open:
            told = parsed.problems
            if not told and self.box.has_focus:
                told = [*parsed.hints, *meant_as_names(self.box.value, self.completions.values)]
        line = Content(" · ".join(safe_line(problem.message, 160) for problem in told))
        said.display = bool(told)
        said.update(line)
        said.styles.offset = (-self.size.width, -len(line.wrap(max(1, self.size.width - 2))))
        self.set_class(bool(parsed.problems), "-problem")


def _has_moved(before: str | None, now: str | None) -> bool:
    if before is None or now is None or before == now:
        return False
    then, moved = datetime.fromisoformat(before), datetime.fromisoformat(now)
    return abs(moved - then) * 100 >= datetime.now(UTC) - moved
