"""What got worse: every alert that the log has raised, and what is watched for the next one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from imglearn.learning.alerts import MOST_NOW, Alert, Alerts, Watch, alerts
from imglearn.learning.history import History
from imglearn.tui.alert_bar import AlertBar
from imglearn.tui.cells import bar, clock, number, shorter_clock
from imglearn.tui.columns import Cell, Column
from imglearn.tui.table import RecordTable
from imglearn.tui.views.learned import LearnedView, nothing
from imglearn.tui.wording import LEARNING


class AlertsView(LearnedView):
    """Lists the alerts, the newest first; below the streams of outcomes that are watched, whatever the filter."""

    obeys_filter = False
    most = MOST_NOW
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "seen", "Seen", id="alerts.seen", tooltip="Take the alerts for seen: the line at the top goes"),
    ]

    def __init__(self, path: Path, id: str) -> None:
        super().__init__(path, id)
        self.question = nothing
        self._current: frozenset[str] = frozenset()

    def compose(self) -> ComposeResult:
        """Two tables."""
        raised = RecordTable[Alert](self._columns(), lambda row: row.id, empty=LEARNING, id="alerts", classes="pane")
        raised.border_title = "What got worse"
        yield raised
        watched = RecordTable[Watch](
            _watch_columns(),
            lambda row: f"{row.kind}\0{row.name}",
            empty=LEARNING,
            can_open=False,
            id="watched",
            classes="pane",
        )
        watched.border_title = "What is watched"
        yield watched

    def show(self, answer: None) -> None:
        """Look again."""
        self.learn()

    def learn_from(self, past: History, subject: Any) -> Alerts:
        """Return the alerts of the newest attempts, as the line at the top has them."""
        return alerts(past)

    def show_learned(self, answer: Alerts) -> None:
        """Show the alerts."""
        raised, watched = self.query_one("#alerts", RecordTable), self.query_one("#watched", RecordTable)
        raised.empty = "Nothing got worse."
        watched.empty = "No attempt yet."
        self._current = frozenset(alert.id for alert in answer.current)
        raised.show(answer.raised[::-1])
        watched.show(answer.watches)

    def action_seen(self) -> None:
        """Take all for seen."""
        self.post_message(AlertBar.Seen())

    def on_record_table_selected(self, message: RecordTable.Selected) -> None:
        """Open the attempt that made it plain."""
        self.post_message(self.Opened(message.row.attempt_id))

    def _columns(self) -> tuple[Column[Alert], ...]:
        return (
            Column("time", lambda row: Cell(clock(row.timestamp), "muted"), 8, fit=16, shortened=shorter_clock),
            Column("what got worse", self._what, 20, fit=90, flex=1),
            Column("n", lambda row: Cell(number(row.n), "muted"), 4, right=True, priority=5),
            Column("before", lambda row: Cell(_level(row, row.before)), 6, right=True, priority=6),
            Column("since", lambda row: Cell(_level(row, row.since), "fail"), 6, right=True, priority=6),
            Column("statistic", lambda row: Cell(number(row.statistic), "muted"), 9, right=True, priority=3),
        )

    def _what(self, row: Alert) -> Cell:
        return Cell(row.message, "warn" if row.id in self._current else "")


def _level(row: Alert, value: float) -> str:
    return f"{value:.0f}" if row.kind == "score" else f"{value:.0f} %"


def _watch_columns() -> tuple[Column[Watch], ...]:
    return (
        Column("model", lambda row: Cell(row.name or "not given", "strong"), 14, fit=36, flex=1),
        Column("by", lambda row: Cell(row.kind), 9),
        Column("", lambda row: bar(min(100.0, 100 * row.statistic / row.threshold), "warn"), 8),
        Column("statistic", lambda row: Cell(number(row.statistic, 1)), 9, right=True),
        Column("alarm beyond", lambda row: Cell(number(row.threshold), "muted"), 12, right=True, priority=4),
        Column("usual rests on", _known, 14, fit=24, right=True, priority=5),
    )


def _known(row: Watch) -> Cell:
    if row.known < row.needs:
        return Cell(f"{row.known} of {row.needs}, learning", "warn")
    return Cell(f"{row.known:,} outcomes", "muted")
