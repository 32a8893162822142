"""Does it get better with time? Pass rate and mean score as plots: of all attempts, or by category or model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, get_args

from msgspec import Struct
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from imglearn.analytics.categories import CategoryStats, category_stats
from imglearn.analytics.rates import Interval
from imglearn.analytics.trend import (
    AdjustedPoint,
    Bucket,
    GroupTrend,
    Split,
    TrendPoint,
    fitting_bucket,
    split_trend,
    trend,
)
from imglearn.filters import AttemptFilter
from imglearn.learning.history import History
from imglearn.store.database import Store
from imglearn.tui.columns import Cell, Column
from imglearn.tui.outcome_cells import Told, outcome_columns
from imglearn.tui.plot import Plot, PlotPoint, Series
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.views.learned import LearnedView
from imglearn.tui.views.trend_changes import change_columns, in_words, no_change
from imglearn.tui.views.view import group_filter, plain
from imglearn.tui.wording import LEARNING, READING, sparkline

if TYPE_CHECKING:  # numpy's import is for the thread that learns
    from imglearn.learning.change_points import ChangePoint
    from imglearn.learning.drift import Drift

MOST_GROUPS = 12  # categories or models that are told apart
MOST_DAYS_BY_HOUR, MOST_HOURS_BY_MINUTE = 14, 6
FEW_HOURS = 2  # are told by minute
LONGEST_GAP = 4  # steps without a value that a line is drawn across
SHOWN_STEPS = 30  # in the row of a line
BOTH_HEIGHT, BOTH_WIDTH = 30, 120  # a smaller screen has room for one plot
_LEAST_ROWS, _FRAME_ROWS = 2, 3  # of the panes below the plots
_SAME = 0.05  # points

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
    name: str | None
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
    return _Line(name, None, AttemptFilter(), Told.of_stats(stats), _rates(points))


def _of_group(split: Split, group: GroupTrend) -> _Line:
    asked = group_filter(split, group.name)
    return _Line(group.name or "not given", group.name, asked, Told.of(group.attempts, group), _rates(group.points))


def _rates(points: Sequence[TrendPoint]) -> tuple[float | None, ...]:
    return tuple(point.success_rate for point in points[-SHOWN_STEPS:])


class _Learned(Struct, frozen=True):
    """When results changed, and whether they got better."""

    changes: tuple[ChangePoint, ...]
    drift: Drift
    chosen_by: tuple[str, ...]


class TrendsView(LearnedView):
    """Plots pass rate and mean score. Of several lines the highlighted one is drawn with its intervals.

    Where results changed for good is marked on the plots, and told below them.
    """

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
        self._found: _Learned | None = None
        self.question = self._question()

    def compose(self) -> ComposeResult:
        """The plots, and what their lines are of."""
        with Container(id="plots"):
            for measure, title in TITLES.items():
                plot = Plot(fitted=measure == "score", empty=READING, id=f"plot-{measure}", classes="pane")
                plot.border_title = title
                yield plot
        with Container(id="below"):
            yield SummaryTable[_Line](_columns(), lambda line: line.title, id="lines", classes="pane")
            changes = RecordTable["ChangePoint"](
                change_columns(), lambda row: row.attempt_id, empty=LEARNING, id="changes", classes="pane"
            )
            changes.border_title = "Changes for good"
            yield changes

    def on_mount(self) -> None:
        """Show as many plots as there is room for."""
        self._lay_out()

    def on_resize(self, _: events.Resize) -> None:
        """Show as many plots as there is room for."""
        self._lay_out()

    def show(self, answer: _Answer) -> None:
        """Show the trends."""
        self._answer = answer
        table = self._lines
        by = f"by {self._split}" if self._split else answer.lines[0].title if answer.lines else "all attempts"
        table.border_title = f"Trends · {by}"
        if self._split and len(answer.lines) == MOST_GROUPS:
            table.border_title += f", the {MOST_GROUPS} with most attempts"
        table.show(answer.lines)
        if not self.is_known:  # what was learned is of another filter
            self._found = None
            changes = self.query_one("#changes", RecordTable)
            changes.empty, changes.border_subtitle = LEARNING, ""
            changes.show(())
        self._lay_out()
        self._draw()
        self.learn()

    def learn_from(self, past: History, subject: Any) -> _Learned:
        """Return when results changed, and how they moved over the whole time."""
        from imglearn.learning.change_points import change_points
        from imglearn.learning.drift import drift

        return _Learned(change_points(past), drift(past), past.hygiene.chosen_by)

    def show_learned(self, answer: _Learned) -> None:
        """Show the changes."""
        self._found = answer
        changes = self.query_one("#changes", RecordTable)
        changes.empty = no_change(answer.drift)
        changes.show(answer.changes)
        careful = f"careful: chosen by {', '.join(answer.chosen_by)}" if answer.chosen_by else ""
        changes.border_subtitle = plain(careful)
        self._lay_out()
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
        """List the attempts of a line; show the first attempt after a change."""
        if message.table.id == "changes":
            self.post_message(self.Opened(message.row.attempt_id))
        else:
            self.post_message(self.Narrowed(message.row.asked))

    @property
    def _lines(self) -> RecordTable[_Line]:
        return self.query_one("#lines", RecordTable)

    def _ask(self) -> None:
        self._lay_out()
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
        # What all attempts are stands above the panes; of several lines the changes are marked on the plots.
        self._lines.display = has_room or self._split is not None
        changes = self.query_one("#changes", RecordTable)
        changes.display = is_wide or self._split is None
        most = max(_LEAST_ROWS, len(self._lines.rows), len(changes.rows))
        self.query_one("#below").styles.height = most + _FRAME_ROWS if is_wide else "auto"  # both panes of one height
        self.refresh_bindings()

    def _draw(self) -> None:
        if self._answer is None:
            return
        lines, chosen = self._answer.lines, self._lines.row
        bucket, about = self._answer.bucket, f" · {chosen.title}" if chosen is not None and self._split else ""
        marks = [] if chosen is None else list(self._marks(chosen))
        for measure, title in TITLES.items():
            plot = self.query_one(f"#plot-{measure}", Plot)
            plot.empty = "No verdict yet." if measure == "rate" else "No score yet."
            series = [_series(points, measure) for points in self._answer.points]
            place = lines.index(chosen) if chosen in lines else None
            chosen_series = None if place is None else series.pop(place)
            legend = ""
            if self._split is None and place is not None and (usual := _usual(self._answer.points[place], measure)):
                series, legend = [usual], " · thin: with the usual mix"
            plot.border_title = plain(f"{title} by {bucket} (UTC){about}{legend}")
            plot.border_subtitle = plain(self._drift_in_words(measure))
            plot.show(chosen_series, series, partial(_label, bucket), LONGEST_GAP * _STEP_S[bucket], marks)

    def _marks(self, chosen: _Line) -> Iterator[float]:
        """Yield the moments at which the results of a line changed."""
        for one in () if self._found is None else self._found.changes:
            if self._split is None or one.scope == "all" or (one.scope, one.name) == (self._split, chosen.name):
                moment = _moment(one.timestamp)
                if moment is not None:
                    yield moment

    def _drift_in_words(self, measure: Measure) -> str:
        if self._found is None or self._split is not None:
            return ""
        told = self._found.drift
        if measure == "rate":
            return in_words(told.pass_rate, told.adjusted_pass_rate)
        return in_words(told.score, told.adjusted_score)


def _series(told: Sequence[TrendPoint], measure: Measure) -> Series:
    return Series([PlotPoint(moment, *_figures(point, measure)) for moment, point in _timed(told)])


def _usual(told: Sequence[TrendPoint], measure: Measure) -> Series | None:
    """Return what the points would be with the usual mix of categories; None where that is what they are."""
    points, differs = [], False
    for moment, point in _timed(told):
        if isinstance(point, AdjustedPoint):
            value = point.adjusted_success_rate if measure == "rate" else point.adjusted_avg_score
            points.append(PlotPoint(moment, value, None))
            observed, _ = _figures(point, measure)
            differs |= value is not None and observed is not None and abs(value - observed) >= _SAME
    return Series(points) if differs else None


def _figures(point: TrendPoint, measure: Measure) -> tuple[float | None, Interval | None]:
    if measure == "rate":
        return point.success_rate, point.success_rate_interval
    return point.avg_score, point.avg_score_interval


def _timed(told: Sequence[TrendPoint]) -> Iterator[tuple[float, TrendPoint]]:
    """Yield the points, each with its moment: those of which there is one."""
    for point in told:
        if (moment := _moment(point.bucket)) is not None:
            yield moment, point


def _moment(time: str) -> float | None:
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:  # not a time of ours; another program wrote it
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


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
