"""The physics issues, and where the highlighted one comes up."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from imglearn.analytics.issue_breakdown import IssueBreakdown, IssueShare, issue_breakdown, naming
from imglearn.analytics.violations import Violation, common_physics_violations
from imglearn.filters import AttemptFilter
from imglearn.store.database import Store
from imglearn.tui.cells import UNKNOWN_CELL, bar, day, number, percent, shorter_day
from imglearn.tui.columns import Cell, Column
from imglearn.tui.detail import DetailPane
from imglearn.tui.outcome_cells import RANGE_CELLS, RANGE_TITLE, bounds, range_cell, rate_cell
from imglearn.tui.queries import MAX_VIOLATIONS
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.views.view import View, group_filter
from imglearn.tui.wording import READING


class _Answer(Struct, frozen=True):
    violations: list[Violation]
    issue: str | None
    named: IssueBreakdown


def _load(store: Store, asked: AttemptFilter, issue: str | None) -> _Answer:
    """Return the issues, and of one of them (else the first) in which categories and with which models it is named."""
    with store.read():
        found = common_physics_violations(store, MAX_VIOLATIONS, asked)
        if not any(violation.issue == issue for violation in found):
            issue = found[0].issue if found else None
        if issue is None:
            return _Answer(found, None, IssueBreakdown())
        return _Answer(found, issue, issue_breakdown(store, issue, asked))


class ViolationsView(View):
    """Lists the issues; beside them the categories and the models in which the highlighted one is named: one of these
    after the other on a small screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "divide", "Divide", id="violations.divide", tooltip="Where it is named: by category, or by model"),
    ]

    def __init__(self, path: Path, id: str) -> None:
        super().__init__(path, id)
        self.question = partial(_load, issue=None)
        self._issue: str | None = None

    def compose(self) -> ComposeResult:
        """The issues, the highlighted one in full, and where it comes up."""
        issues = SummaryTable[Violation](
            _issue_columns(), lambda row: row.issue, empty=READING, id="issues", classes="pane"
        )
        issues.border_title = "Violations"
        yield issues
        yield DetailPane(self.path, id="issue", classes="pane")
        for split in ("category", "model"):
            where = SummaryTable[IssueShare](
                _share_columns(split), lambda row: row.name or "", id=f"issue-{split}", classes="pane"
            )
            where.border_title = f"Named by {split}"
            yield where

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Divide otherwise only where not both have room."""
        return action != "divide" or self.screen.has_class("-small")

    def action_divide(self) -> None:
        """Show the models in the place of the categories, or these again."""
        focused = self.screen.focused
        self.toggle_class("-by-model")
        if focused is not None and str(focused.id).startswith("issue-"):
            shown = "issue-model" if self.has_class("-by-model") else "issue-category"
            self.screen.set_focus(self.query_one(f"#{shown}"))

    def show(self, answer: _Answer) -> None:
        """Show the issues, and where the highlighted one comes up."""
        issues = self.query_one("#issues", RecordTable)
        issues.empty = "No physics issues logged."
        issues.show(answer.violations)
        all_of_them = "" if len(answer.violations) < MAX_VIOLATIONS else "the commonest "
        issues.border_title = f"Violations · {all_of_them}{len(answer.violations):,}"
        if issues.row is None or issues.row.issue == answer.issue:
            self._issue = answer.issue
            self.query_one(DetailPane).show(issues.row)
            for split, found in (("category", answer.named.categories), ("model", answer.named.models)):
                self.query_one(f"#issue-{split}", RecordTable).show(found)
        else:
            self._highlighted(issues.row)

    def on_record_table_highlighted(self, message: RecordTable.Highlighted) -> None:
        """Ask where another issue comes up."""
        if isinstance(message.row, Violation) and message.row.issue != self._issue:
            self._highlighted(message.row)

    def on_record_table_selected(self, message: RecordTable.Selected) -> None:
        """List the attempts that name an issue."""
        row = message.row
        if isinstance(row, IssueShare):
            if self._issue is not None:
                split = str(message.table.id).removeprefix("issue-")
                self.post_message(self.Narrowed(naming(self._issue, group_filter(split, row.name))))
        else:
            self.post_message(self.Narrowed(naming(row.issue)))

    def _highlighted(self, row: Violation) -> None:
        self.ask(partial(_load, issue=row.issue))


def _issue_columns() -> tuple[Column[Violation], ...]:
    return (
        Column("issue", lambda row: Cell(row.issue, "strong"), 20, fit=70, flex=1),
        Column("count", lambda row: Cell(number(row.count)), 5, fit=11, whole=True, right=True),
        Column("attempts", lambda row: Cell(number(row.attempts), "muted"), 8, fit=11, right=True, priority=3),
        Column("share", lambda row: Cell(percent(row.percentage), "warn"), 7, right=True, priority=6),
        Column("", lambda row: bar(row.percentage, "warn"), 8, priority=2),
        Column(
            "last",
            lambda row: Cell(day(row.last_seen), "muted"),
            5,
            fit=10,
            whole=True,
            priority=5,
            shortened=shorter_day,
        ),
    )


def _share_columns(split: str) -> tuple[Column[IssueShare], ...]:
    return (
        Column(
            split, lambda row: Cell(row.name, "strong") if row.name else Cell("not given", "muted"), 10, fit=24, flex=1
        ),
        Column("named in", lambda row: Cell(f"{row.attempts:,} of {row.of:,}"), 9, fit=20, whole=True, right=True),
        Column("share", lambda row: rate_cell(row.percentage, row.of), 7, right=True),
        Column("95 %", lambda row: Cell(bounds(row.interval), "muted"), 6, right=True, priority=6),
        Column(RANGE_TITLE, lambda row: range_cell(row.percentage, row.interval), RANGE_CELLS, priority=4),
        Column(
            "passed",
            lambda row: rate_cell(row.success_rate, row.judged) if row.judged else UNKNOWN_CELL,
            7,
            right=True,
            priority=3,
        ),
    )
