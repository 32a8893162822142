"""Does it get better with time? Pass rate and mean score as plots: of all attempts, or by category or model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, get_args

from msgspec import Struct
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from imglearn.analytics.categories import CategoryStats, category_stats
from imglearn.analytics.trend import Bucket, GroupTrend, Split, TrendPoint, fitting_bucket, split_trend, trend
from imglearn.filters import AttemptFilter
from imglearn.store.database import Store
from imglearn.tui.columns import Cell, Column
from imglearn.tui.outcome_cells import Told, outcome_columns
from imglearn.tui.plot import Plot, PlotPoint, Series
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.views.view import View, group_filter, plain
from imglearn.tui.wording import READING, sparkline

MOST_GROUPS = 12  # categories or models that are told apart
MOST_DAYS_BY_HOUR, MOST_HOURS_BY_MINUTE = 14, 6
FEW_HOURS = 2  # are told by minute
LONGEST_GAP = 4  # steps without a value that a line is drawn across
SHOWN_STEPS = 30  # in the row of a line
BOTH_HEIGHT, BOTH_WIDTH = 30, 120  # a smaller screen has room for one plot

Measure = Literal["rate", "score"]
TITLES: dict[Measure, str] = {"rate": "Pass rate", "score": "Mean score"}
_STEP_S: dict[Bucket, float] = {"minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800, "month": 31 * 86_400}
_FORMATS: dict[Bucket, str] = {
    "minute": "%H:%M",
    "hour": "%m-%d %H:00",
    "day": "%m-%d",
    "week": "%Y-%m-%d",
    "month": "%Y-%m",
}
_SPLITS: tuple[Split | None, ...] = (None, *get_args(Split))


class _Line(NamedTuple):
    """A line of the plots: all attempts, or those of a group."""

    title: str
    asked: AttemptFilter  # the attempts, beside what the filter says
    told: Told
    rates: tuple[float | None, ...]  # the last ones


class _Answer(Struct, frozen=True):
    """The lines, the points of each, and the units of time that the log can be told in."""

    bucket: Bucket
    units: list[Bucket]
    lines: list[_Line]
    points: list[Sequence[TrendPoint]]


def _load(store: Store, asked: AttemptFilter, bucket: Bucket | None, split: Split | None) -> _Answer:
    """Return the trends, in buckets that fit the time where none are asked for."""
    with store.read():
        days = trend(store, "day", asked)
        if not days:
            return _Answer(bucket or "day", [bucket or "day"], [], [])
        fitting = fitting_bucket(days[0].bucket, days[-1].bucket)
        hours = trend(store, "hour", asked) if fitting == "hour" else []
        units = _units(len(days), len(hours))
        if bucket not in units:
            bucket = "minute" if 0 < len(hours) <= FEW_HOURS else fitting
        if split is None:
            points = {"day": days, "hour": hours}.get(bucket) or trend(store, bucket, asked)
            name = "all attempts" if asked.is_open else "all that match"
            return _Answer(bucket, units, [_of_all(name, category_stats(store, asked), points)], [points])
        groups = split_trend(store, split, bucket, MOST_GROUPS, asked)
        return _Answer(
            bucket, units, [_of_group(split, group) for group in groups], [list(group.points) for group in groups]
        )


def _units(days: int, hours: int) -> list[Bucket]:
    """Return the units of time that so many days with attempts, and hours of these, can be told in."""
    units: list[Bucket] = [*get_args(Bucket)]
    return units[2 if days > MOST_DAYS_BY_HOUR else 0 if 0 < hours <= MOST_HOURS_BY_MINUTE else 1 :]


def _of_all(name: str, stats: CategoryStats, points: Sequence[TrendPoint]) -> _Line:
    return _Line(name, AttemptFilter(), Told.of_stats(stats), _rates(points))


def _of_group(split: Split, group: GroupTrend) -> _Line:
    asked = group_filter(split, group.name)
    return _Line(group.name or "not given", asked, Told.of(group.attempts, group), _rates(group.points))


def _rates(points: Sequence[TrendPoint]) -> tuple[float | None, ...]:
    return tuple(point.success_rate for point in points[-SHOWN_STEPS:])


class TrendsView(View):
    """Plots pass rate and mean score. Of several lines the highlighted one is drawn with its intervals."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "divide", "Divide", id="trends.divide", tooltip="All attempts, by category, or by model"),
        Binding("u", "unit", "Unit", id="trends.unit", tooltip="By minute, hour, day, week or month"),
        Binding("s", "measure", "Score", id="trends.measure", tooltip="Pass rate or mean score, where one has room"),
    ]

    def __init__(self, path: Path, id: str) -> None:
        super().__init__(path, id)
        self._bucket: Bucket | None = None
        self._split: Split | None = None
        self._measure: Measure = "rate"
        self._answer: _Answer | None = None
        self.question = self._question()

    def compose(self) -> ComposeResult:
        """The plots, and what their lines are of."""
        with Container(id="plots"):
            for measure, title in TITLES.items():
                plot = Plot(fitted=measure == "score", empty=READING, id=f"plot-{measure}", classes="pane")
                plot.border_title = title
                yield plot
        yield SummaryTable[_Line](_columns(), lambda line: line.title, id="lines", classes="pane")

    def on_mount(self) -> None:
        """Show as many plots as there is room for."""
        self._lay_out()

    def on_resize(self, _: events.Resize) -> None:
        """Show as many plots as there is room for."""
        self._lay_out()

    def show(self, answer: _Answer) -> None:
        """Show the trends."""
        self._answer = answer
        table = self.query_one(RecordTable)
        by = f"by {self._split}" if self._split else answer.lines[0].title if answer.lines else "all attempts"
        table.border_title = f"Trends · {by}"
        if self._split and len(answer.lines) == MOST_GROUPS:
            table.border_title += f", the {MOST_GROUPS} with most attempts"
        table.show(answer.lines)
        self._draw()

    def action_divide(self) -> None:
        """Tell categories apart, or models, or all together."""
        self._split = _SPLITS[(_SPLITS.index(self._split) + 1) % len(_SPLITS)]
        self._ask()

    def action_unit(self) -> None:
        """Go through the units of time."""
        if self._answer is not None:
            units = self._answer.units
            self._bucket = units[(units.index(self._answer.bucket) + 1) % len(units)]
            self._ask()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the other plot only where one has room."""
        return action != "measure" or not all(plot.display for plot in self.query(Plot))

    def action_measure(self) -> None:
        """Show the other plot where only one has room."""
        self._measure = "score" if self._measure == "rate" else "rate"
        self._lay_out()

    def on_record_table_highlighted(self) -> None:
        """Draw another line before the others."""
        self._draw()

    def on_record_table_selected(self, message: RecordTable.Selected) -> None:
        """List the attempts of a line."""
        self.post_message(self.Narrowed(message.row.asked))

    def _ask(self) -> None:
        self.ask(self._question())

    def _question(self) -> partial[_Answer]:
        return partial(_load, bucket=self._bucket, split=self._split)

    def _lay_out(self) -> None:
        size = self.screen.size  # known before the view's own
        is_wide = size.width >= BOTH_WIDTH
        has_room = is_wide or size.height >= BOTH_HEIGHT
        self.set_class(is_wide, "-wide")
        for measure in TITLES:
            self.query_one(f"#plot-{measure}").display = has_room or measure == self._measure
        self.refresh_bindings()

    def _draw(self) -> None:
        if self._answer is None:
            return
        lines, chosen = self._answer.lines, self.query_one(RecordTable).row
        bucket, name = self._answer.bucket, f" · {chosen.title}" if chosen is not None and self._split else ""
        for measure, title in TITLES.items():
            plot = self.query_one(f"#plot-{measure}", Plot)
            plot.empty = "No verdict yet." if measure == "rate" else "No score yet."
            plot.border_title = plain(f"{title} by {bucket} (UTC){name}")
            series = [_series(points, measure) for points in self._answer.points]
            place = lines.index(chosen) if chosen in lines else None
            chosen_series = None if place is None else series.pop(place)
            plot.show(chosen_series, series, partial(_label, bucket), LONGEST_GAP * _STEP_S[bucket])


def _series(told: Sequence[TrendPoint], measure: Measure) -> Series:
    points = []
    for point in told:
        try:
            moment = datetime.fromisoformat(point.bucket).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue  # not a time of ours; another program wrote it
        if measure == "rate":
            points.append(PlotPoint(moment, point.success_rate, point.success_rate_interval))
        else:
            points.append(PlotPoint(moment, point.avg_score, point.avg_score_interval))
    return Series(points)


def _label(bucket: Bucket, moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime(_FORMATS[bucket])


def _columns() -> tuple[Column[_Line], ...]:
    return (
        Column("attempts of", lambda line: Cell(line.title, "strong"), 14, fit=40, flex=1),
        *outcome_columns(_told),
        Column(
            "pass rate by step",
            lambda line: Cell(sparkline(line.rates)),
            17,
            fit=SHOWN_STEPS,
            priority=2,
        ),
    )


def _told(line: _Line) -> Told:
    return line.told
