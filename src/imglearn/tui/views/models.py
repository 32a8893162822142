"""The models side by side: over everything, and within each category, like with like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct
from textual import on
from textual.app import ComposeResult

from imglearn.analytics.categories import IssueCount
from imglearn.analytics.models import CategoryModels, ModelComparison, ModelOutcomes, ModelStats, compare_models
from imglearn.filters import AttemptFilter
from imglearn.learning.history import History
from imglearn.terms import Comparison, Term
from imglearn.tui.cells import UNKNOWN_CELL
from imglearn.tui.columns import SPARE, Cell, Column
from imglearn.tui.outcome_cells import Told, issues_column, outcome_columns, points_cell, span_cell
from imglearn.tui.queries import learnable
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.views.learned import LearnedView
from imglearn.tui.views.view import group_filter, plain
from imglearn.tui.wording import LEARNING, READING

if TYPE_CHECKING:  # numpy's import is for the thread that learns
    from imglearn.learning.model_pairs import CategoryDifference, ModelPair

T = TypeVar("T")

_NO_MODEL = "not given"


class _InCategory(Struct, frozen=True):
    """A model within a category, whose name stands at the first of its models only; and of the first model of the
    highlighted pair how it differs there from the other one.
    """

    category: str
    is_first: bool
    outcomes: ModelOutcomes
    difference: CategoryDifference | None


class ModelsView(LearnedView):
    """Lists the models, pairs of them where both do the same, and for each category the models tried on it, with the
    difference of the pair that is highlighted.
    """

    def __init__(self, path: Path, id: str) -> None:
        super().__init__(path, id)
        self.question = compare_models
        self._groups: tuple[CategoryModels, ...] = ()

    def compose(self) -> ComposeResult:
        """Three tables."""
        models = SummaryTable[ModelStats](
            (_model_column(_itself), *outcome_columns(_told), issues_column(_issues)),
            lambda row: row.model or "",
            empty=READING,
            id="models",
            classes="pane",
        )
        models.border_title = "Models"
        yield models
        pairs = SummaryTable["ModelPair"](
            _pair_columns(), lambda row: f"{row.a}\0{row.b}", empty=LEARNING, id="pairs", classes="pane"
        )
        pairs.border_title = "Pairs where both do the same (points)"
        yield pairs
        within = SummaryTable[_InCategory](
            (
                Column(
                    "category", lambda row: Cell(row.category if row.is_first else "", "strong"), 12, fit=28, flex=1
                ),
                _model_column(_within),
                *outcome_columns(_told_within),
                Column("difference", _difference, 10, right=True, optional=True),
                Column("its 95 %", _difference_span, 12, right=True, priority=4, optional=True),
            ),
            lambda row: f"{row.category}\0{row.outcomes.model or ''}",
            id="models-within",
            classes="pane",
        )
        yield within

    def show(self, answer: ModelComparison) -> None:
        """Show the models."""
        models, pairs = self.query_one("#models", RecordTable), self.query_one("#pairs", RecordTable)
        models.empty = self.query_one("#models-within", RecordTable).empty = "No attempt matches."
        models.show(answer.models)
        models.border_subtitle = plain(answer.note or "")
        self._groups = answer.by_category
        pairs.display = len(answer.models) > 1
        if pairs.display:
            self.learn()
        else:
            pairs.show([])
        self._show_within()

    @on(RecordTable.Highlighted, "#pairs")
    def _show_within(self) -> None:
        """Show the categories, and how the models of the highlighted pair differ in each."""
        pair: ModelPair | None = self.query_one("#pairs", RecordTable).row
        within = self.query_one("#models-within", RecordTable)
        if not self.is_known:
            pair = None  # of the attempts before
        differences = {} if pair is None else {(one.category, pair.a): one for one in pair.by_category}
        compared = "" if pair is None or not differences else f" · difference: {_names(pair)}"
        within.border_title = plain(f"Within a category{compared}")
        within.show(
            [
                _InCategory(group.category, place == 0, one, differences.get((group.category, one.model)))
                for group in self._groups
                for place, one in enumerate(group.models)
            ]
        )

    def learn_from(self, past: History, subject: Any) -> tuple[ModelPair, ...]:
        """Return how the models differ, pair by pair."""
        from imglearn.learning.change_points import model_changes
        from imglearn.learning.model_pairs import model_pairs

        return model_pairs(past, model_changes(learnable(self.path)))

    def show_learned(self, answer: tuple[ModelPair, ...]) -> None:
        """Show the pairs."""
        pairs = self.query_one("#pairs", RecordTable)
        pairs.empty = "No model has attempts that count."
        pairs.show(answer)
        self._show_within()

    def on_record_table_selected(self, message: RecordTable.Selected) -> None:
        """List the attempts of a model, of a pair, or of a model within a category."""
        row = message.row
        if message.table.id == "pairs":
            if row.a is None or row.b is None:
                self.notify("No filter asks for a model or none: Enter on a row above lists either.")
                return
            asked = AttemptFilter(terms=(Term("model", (Comparison("=", row.a), Comparison("=", row.b))),))
        elif isinstance(row, _InCategory):
            asked = msgspec.structs.replace(group_filter("model", row.outcomes.model), category=row.category)
        else:
            asked = group_filter("model", row.model)
        self.post_message(self.Narrowed(asked))


def _model_column(outcomes: Callable[[T], ModelOutcomes]) -> Column[T]:
    def named(row: T) -> Cell:
        model = outcomes(row).model
        return Cell(_NO_MODEL, "muted") if model is None else Cell(model, "strong")

    return Column("model", named, 12, fit=36, flex=1)


def _itself(row: ModelStats) -> ModelStats:
    return row


def _within(row: _InCategory) -> ModelOutcomes:
    return row.outcomes


def _told(row: ModelStats) -> Told:
    return Told.of(row.attempts, row)


def _told_within(row: _InCategory) -> Told:
    return Told.of(row.outcomes.attempts, row.outcomes)


def _issues(row: ModelStats) -> tuple[IssueCount, ...]:
    return row.top_issues


def _pair_columns() -> tuple[Column[ModelPair], ...]:
    return (
        Column("models", lambda row: Cell(_names(row), "strong"), 12, fit=36, flex=1),
        Column("difference", lambda row: points_cell(row.estimate, row.low, row.high), 10, right=True),
        Column("95 %", lambda row: span_cell(row.low, row.high), 12, right=True),
        Column("verdict", lambda row: Cell(row.verdict, "muted"), 16, fit=80, flex=2, priority=8),
        Column("now", _now, 6, right=True, priority=5),
        Column("now 95 %", _now_span, 12, right=True, priority=4, optional=True),
        Column("attempts", _n, 9, fit=16, right=True, priority=4),
        Column("categories", lambda row: Cell(f"{row.categories:,}", "muted"), 10, right=True, priority=SPARE),
    )


def _names(row: ModelPair) -> str:
    return f"{row.a or _NO_MODEL} - {row.b or _NO_MODEL}"


def _difference(row: _InCategory) -> Cell:
    if row.difference is None:
        return Cell("")
    return points_cell(row.difference.estimate, row.difference.low, row.difference.high)


def _difference_span(row: _InCategory) -> Cell:
    return Cell("") if row.difference is None else span_cell(row.difference.low, row.difference.high)


def _n(row: ModelPair) -> Cell:
    return Cell(f"{row.n_a:,} + {row.n_b:,}", "muted")


def _now(row: ModelPair) -> Cell:
    return UNKNOWN_CELL if row.now is None else points_cell(row.now.estimate, row.now.low, row.now.high)


def _now_span(row: ModelPair) -> Cell:
    return UNKNOWN_CELL if row.now is None else span_cell(row.now.low, row.now.high)
