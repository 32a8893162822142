"""The feedback library: which kinds were applied, what they do, and the examples that ended best."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from imglearn.analytics.breakdowns import FeedbackPattern, feedback_patterns
from imglearn.analytics.examples import best_feedback_examples
from imglearn.analytics.feedback_effectiveness import FeedbackEffectiveness, feedback_effectiveness
from imglearn.filters import AttemptFilter
from imglearn.learning.history import History
from imglearn.store.attempts import FedAttempt
from imglearn.store.database import Store
from imglearn.terms import Comparison, Term
from imglearn.tui.cells import UNKNOWN_CELL, clock, number, score, shorter_clock
from imglearn.tui.columns import Cell, Column
from imglearn.tui.outcome_cells import Told, outcome_columns, span_cell
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.text_lines import TextLines
from imglearn.tui.views.learned import LearnedView
from imglearn.tui.wording import READING, effect_in_words, effectiveness_in_words

if TYPE_CHECKING:  # numpy's import is for the thread that learns
    from imglearn.learning.feedback_effects import FeedbackEffect

MOST_EXAMPLES = 100
_APPLIED = Term("feedback_applied", (Comparison("=", True),))


class _Answer(Struct, frozen=True):
    kinds: list[FeedbackPattern]
    effectiveness: FeedbackEffectiveness
    examples: list[FedAttempt]


def _load(store: Store, asked: AttemptFilter) -> _Answer:
    with store.read():
        return _Answer(
            feedback_patterns(store, None, asked),
            feedback_effectiveness(store, asked),
            best_feedback_examples(store, MOST_EXAMPLES, asked),
        )


class _Kind(Struct, frozen=True):
    """A kind of feedback: how its attempts went, and what it does to them, as soon as that is known."""

    pattern: FeedbackPattern
    effect: FeedbackEffect | None


class LibraryView(LearnedView):
    """Lists the kinds of feedback and the best examples, and says what can and what can't be concluded."""

    def __init__(self, path: Path, id: str) -> None:
        super().__init__(path, id)
        self.question = _load
        self._answer: _Answer | None = None
        self._effects: tuple[FeedbackEffect, ...] = ()

    def compose(self) -> ComposeResult:
        """Two tables and a text."""
        kinds = SummaryTable[_Kind](
            _kind_columns(), lambda row: row.pattern.category or "", empty=READING, id="kinds", classes="pane"
        )
        kinds.border_title = "Applied feedback by kind"
        yield kinds
        with VerticalScroll(id="effect", classes="pane") as effect:
            effect.border_title = "With and without feedback"
            yield TextLines(id="effect-text")
        examples = RecordTable[FedAttempt](
            _example_columns(),
            lambda row: row.id,
            second_line=lambda row: [Cell(" ".join(row.feedback_text.split()))],
            id="examples",
            classes="pane",
        )
        examples.border_title = "Best examples: feedback whose attempt passed"
        yield examples

    def show(self, answer: _Answer) -> None:
        """Show the library, with what was known last of the effects, and learn these anew."""
        self._answer = answer
        self._show_it()
        self.learn()

    def learn_from(self, past: History, subject: Any) -> tuple[FeedbackEffect, ...]:
        """Return what feedback does."""
        from imglearn.learning.feedback_effects import feedback_effects

        return feedback_effects(past)

    def show_learned(self, answer: tuple[FeedbackEffect, ...]) -> None:
        """Show what feedback does."""
        self._effects = answer
        self._show_it()

    def _show_it(self) -> None:
        if self._answer is None:
            return
        of_all, *of_kinds = self._effects if self.is_known else (None,)
        effects = {effect.category: effect for effect in of_kinds if effect is not None}
        kinds, examples = self.query_one("#kinds", RecordTable), self.query_one("#examples", RecordTable)
        kinds.empty = "No feedback of any kind was applied."
        examples.empty = "No attempt with feedback passed."
        kinds.show([_Kind(pattern, effects.get(pattern.category)) for pattern in self._answer.kinds])
        examples.show(self._answer.examples)
        said = effect_in_words(of_all) + effectiveness_in_words(self._answer.effectiveness)
        self.query_one("#effect-text", TextLines).show(said)

    def on_record_table_selected(self, message: RecordTable.Selected) -> None:
        """List the attempts with feedback of a kind, or open an example."""
        row = message.row
        if isinstance(row, FedAttempt):
            self.post_message(self.Opened(row.id))
        else:
            of_kind = Term("feedback_category", (Comparison("=", row.pattern.category),))
            self.post_message(self.Narrowed(AttemptFilter(terms=(of_kind, _APPLIED))))


def _kind_columns() -> tuple[Column[_Kind], ...]:
    return (
        Column(
            "kind",
            lambda row: Cell(row.pattern.category, "strong") if row.pattern.category else Cell("not given", "muted"),
            14,
            fit=28,
            flex=1,
        ),
        *(column for column in outcome_columns(_told) if column.title in _OUTCOMES_SHOWN),
        Column("effect", lambda row: _effect(row.effect), 6, right=True, priority=8),
        Column("95 %", lambda row: _interval(row.effect), 12, right=True, priority=7),
        Column("verdict", lambda row: Cell(_verdict(row.effect), "muted"), 10, priority=6),
        Column("retries", lambda row: _retries(row.effect), 7, right=True, priority=5),
    )


_OUTCOMES_SHOWN = ("n", "passed", "mean")
_WORDS = {"helps": "helps", "harms": "harms", "can't be told from none": "can't tell", "not known": "not known"}


def _effect(found: FeedbackEffect | None) -> Cell:
    if found is None or found.estimate is None:
        return UNKNOWN_CELL
    return Cell(f"{found.estimate:+.1f}", {"helps": "pass", "harms": "fail"}.get(found.verdict, "muted"))


def _verdict(found: FeedbackEffect | None) -> str:
    return "" if found is None else _WORDS[found.verdict]


def _interval(found: FeedbackEffect | None) -> Cell:
    return UNKNOWN_CELL if found is None else span_cell(found.low, found.high)


def _retries(found: FeedbackEffect | None) -> Cell:
    return UNKNOWN_CELL if found is None else Cell(number(found.retries), "muted")


def _told(row: _Kind) -> Told:
    return Told.of(row.pattern.usage_count, row.pattern)


def _example_columns() -> tuple[Column[FedAttempt], ...]:
    return (
        Column("score", lambda row: score(row.realism_score, True), 6, right=True),
        Column("material", lambda row: Cell(row.material, "strong"), 12, fit=40, flex=1),
        Column(
            "kind",
            lambda row: Cell(row.feedback_category) if row.feedback_category else UNKNOWN_CELL,
            10,
            fit=28,
            priority=5,
        ),
        Column("time", lambda row: Cell(clock(row.timestamp), "muted"), 8, fit=16, priority=4, shortened=shorter_clock),
    )
