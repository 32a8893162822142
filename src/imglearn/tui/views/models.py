"""The models side by side: over everything, and within each category, like with like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from textual.app import ComposeResult

from imglearn.analytics.categories import IssueCount
from imglearn.analytics.models import ModelComparison, ModelOutcomes, ModelStats, compare_models
from imglearn.tui.columns import Cell, Column
from imglearn.tui.outcome_cells import Told, issues_column, outcome_columns
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.views.view import View, group_filter, plain
from imglearn.tui.wording import READING

T = TypeVar("T")

_NO_MODEL = "not given"


class _InCategory(Struct, frozen=True):
    """A model within a category, whose name stands at the first of its models only."""

    category: str
    is_first: bool
    outcomes: ModelOutcomes


class ModelsView(View):
    """Lists the models, and below for each category the models that were tried on it."""

    def __init__(self, path: Path, id: str) -> None:
        super().__init__(path, id)
        self.question = compare_models

    def compose(self) -> ComposeResult:
        """Two tables."""
        models = SummaryTable[ModelStats](
            (_model_column(_itself), *outcome_columns(_told), issues_column(_issues)),
            lambda row: row.model or "",
            empty=READING,
            id="models",
            classes="pane",
        )
        models.border_title = "Models"
        yield models
        within = SummaryTable[_InCategory](
            (
                Column(
                    "category", lambda row: Cell(row.category if row.is_first else "", "strong"), 12, fit=28, flex=1
                ),
                _model_column(_within),
                *outcome_columns(_told_within),
            ),
            lambda row: f"{row.category}\0{row.outcomes.model or ''}",
            id="models-within",
            classes="pane",
        )
        within.border_title = "Within a category"
        yield within

    def show(self, answer: ModelComparison) -> None:
        """Show the models."""
        models, within = self.query_one("#models", RecordTable), self.query_one("#models-within", RecordTable)
        models.empty = within.empty = "No attempt matches."
        models.show(answer.models)
        models.border_subtitle = plain(answer.note or "")
        within.show(
            [
                _InCategory(group.category, place == 0, one)
                for group in answer.by_category
                for place, one in enumerate(group.models)
            ]
        )

    def on_record_table_selected(self, message: RecordTable.Selected) -> None:
        """List the attempts of a model, or of a model within a category."""
        row = message.row
        if isinstance(row, _InCategory):
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
