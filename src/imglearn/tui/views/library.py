"""The feedback library: which kinds were applied, what became of it, and the examples that ended best."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from imglearn.analytics.breakdowns import FeedbackPattern, feedback_patterns
from imglearn.analytics.examples import best_feedback_examples
from imglearn.analytics.feedback_effectiveness import FeedbackEffectiveness, feedback_effectiveness
from imglearn.filters import AttemptFilter
from imglearn.store.attempts import FedAttempt
from imglearn.store.database import Store
from imglearn.terms import Comparison, Term
from imglearn.tui.cells import UNKNOWN_CELL, clock, score, shorter_clock
from imglearn.tui.columns import Cell, Column
from imglearn.tui.outcome_cells import Told, outcome_columns
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.text_lines import TextLines
from imglearn.tui.views.view import View
from imglearn.tui.wording import READING, effectiveness_in_words

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


class LibraryView(View):
    """Lists the kinds of feedback and the best examples, and says what can and what can't be concluded."""

    def __init__(self, path: Path, id: str) -> None:
        super().__init__(path, id)
        self.question = _load

    def compose(self) -> ComposeResult:
        """Two tables and a text."""
        kinds = SummaryTable[FeedbackPattern](
            _kind_columns(), lambda row: row.category or "", empty=READING, id="kinds", classes="pane"
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
        """Show the library."""
        kinds, examples = self.query_one("#kinds", RecordTable), self.query_one("#examples", RecordTable)
        kinds.empty = "No feedback of any kind was applied."
        examples.empty = "No attempt with feedback passed."
        kinds.show(answer.kinds)
        examples.show(answer.examples)
        self.query_one("#effect-text", TextLines).show(effectiveness_in_words(answer.effectiveness))

    def on_record_table_selected(self, message: RecordTable.Selected) -> None:
        """List the attempts with feedback of a kind, or open an example."""
        row = message.row
        if isinstance(row, FedAttempt):
            self.post_message(self.Opened(row.id))
        else:
            of_kind = Term("feedback_category", (Comparison("=", row.category),))
            self.post_message(self.Narrowed(AttemptFilter(terms=(of_kind, _APPLIED))))


def _kind_columns() -> tuple[Column[FeedbackPattern], ...]:
    return (
        Column(
            "kind",
            lambda row: Cell(row.category, "strong") if row.category else Cell("not given", "muted"),
            17,
            fit=28,
            flex=1,
        ),
        *outcome_columns(_told),
    )


def _told(row: FeedbackPattern) -> Told:
    return Told.of(row.usage_count, row)


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
