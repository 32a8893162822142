"""Every category: how sure its pass rate is, how it went lately, and what goes wrong in it."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult

from imglearn.analytics.categories import IssueCount
from imglearn.analytics.category_overview import DAYS, CategoryOverview, category_overview
from imglearn.filters import AttemptFilter
from imglearn.tui.columns import Cell, Column
from imglearn.tui.detail import DetailPane
from imglearn.tui.outcome_cells import Told, issues_column, outcome_columns
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.views.view import View
from imglearn.tui.wording import READING, sparkline


class CategoriesView(View):
    """Lists the categories, most attempts first."""

    def __init__(self, path: Path, id: str) -> None:
        super().__init__(path, id)
        self.question = category_overview

    def compose(self) -> ComposeResult:
        """The table, and more about the highlighted category."""
        table = SummaryTable[CategoryOverview](
            _columns(), lambda row: row.stats.category or "", empty=READING, classes="pane"
        )
        table.border_title = "Categories"
        yield table
        yield DetailPane(self.path, id="category", classes="pane")

    def show(self, answer: list[CategoryOverview]) -> None:
        """Show the categories."""
        table = self.query_one(RecordTable)
        table.empty = "No attempt matches."
        table.show(answer)
        table.border_title = f"Categories · {len(answer):,}"
        self._show_more(table.row)

    def on_record_table_highlighted(self, message: RecordTable.Highlighted) -> None:
        """Say more about another category."""
        self._show_more(message.row)

    def on_record_table_selected(self, message: RecordTable.Selected) -> None:
        """List the attempts of a category."""
        self.post_message(self.Narrowed(AttemptFilter(category=message.row.stats.category)))

    def _show_more(self, row: CategoryOverview | None) -> None:
        more = self.query_one(DetailPane)
        more.asked = self.asked
        more.show(None if row is None else row.stats)


def _columns() -> tuple[Column[CategoryOverview], ...]:
    return (
        Column("category", lambda row: Cell(row.stats.category or "", "strong"), 14, fit=30, flex=1),
        *outcome_columns(_told),
        Column(
            f"last {DAYS} days",
            lambda row: Cell(sparkline([None if day is None else day.success_rate for day in row.days])),
            DAYS,
            priority=4,
        ),
        issues_column(_issues),
    )


def _told(row: CategoryOverview) -> Told:
    return Told.of_stats(row.stats)


def _issues(row: CategoryOverview) -> tuple[IssueCount, ...]:
    return row.stats.common_physics_issues
