"""How values look in the panes: the columns of each table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from imglearn.analytics.categories import CategoryStats
from imglearn.analytics.violations import Violation
from imglearn.store.attempts import AttemptSummary
from imglearn.store.search import MATCH_END, MATCH_START, FeedbackMatch
from imglearn.text import safe_line
from imglearn.tui.columns import SPARE, UNKNOWN, Cell, Column

UNKNOWN_CELL = Cell(UNKNOWN, "muted")
BAR_CELLS = 8


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with at most so many digits after the point, none where they are zeros; `·` for unknown."""
    if value is None:
        return UNKNOWN
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def mean(value: float | None) -> str:
    """Return a mean with one digit after the point."""
    return UNKNOWN if value is None else f"{value:.1f}"


def percent(value: float | None) -> str:
    """Return a percentage with one digit after the point."""
    return UNKNOWN if value is None else f"{value:.1f} %"


def clock(timestamp: str) -> str:
    """Return when it was, in the terminal's time zone: the time of day today, the date and time before."""
    return _local(timestamp, ("%H:%M:%S", "%m-%d %H:%M", "%Y-%m-%d %H:%M"))


def shorter_clock(text: str, width: int) -> str:
    """Return what `clock` returned in so many cells (8 or more): the year in two digits, or without the time of day."""
    date, _, time = text.rpartition(" ")
    if len(date) <= len("11-25"):
        return date
    return next((short for short in (f"{date[2:]} {time}", date) if len(short) <= width), date[2:])


def day(timestamp: str) -> str:
    """Return when it was in few cells: the time of day today, the date before."""
    return _local(timestamp, ("%H:%M", "%m-%d", "%Y-%m-%d"))


def shorter_day(text: str, width: int) -> str:
    """Return what `day` returned in at most so many cells: the month, or the year."""
    return text[: 7 if width >= 7 else 4] if len(text) > 5 else text


def _local(timestamp: str, formats: tuple[str, str, str]) -> str:
    """Return the moment in the terminal's time zone, in the format for today, this year or any other."""
    try:
        when = datetime.fromisoformat(timestamp).astimezone()
    except (ValueError, OverflowError):
        return safe_line(timestamp)  # another program's
    now = date.today()
    return when.strftime(formats[0 if when.date() == now else 1 if when.year == now.year else 2])


def elapsed(timestamp: str) -> str:
    """Return how long ago it was in few cells, empty for a time that is no time or has yet to come."""
    try:
        seconds = int((datetime.now(UTC) - datetime.fromisoformat(timestamp)).total_seconds())
    except (ValueError, OverflowError, TypeError):
        return ""
    if seconds < 0:
        return ""
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h"


def result(attempt: AttemptSummary) -> Cell:
    """Return how an attempt ended, in words."""
    if attempt.status == "running":
        return Cell("running", "warn")
    if attempt.status == "error":
        return Cell("error", "fail")
    if attempt.status == "abandoned":
        return Cell("abandoned", "muted")
    if attempt.passed is None:
        return Cell("no verdict" if attempt.validator_error else "unknown", "muted")
    if attempt.passed:
        return Cell("pass", "pass")
    return Cell(f"fail {attempt.failure_category or ''}".rstrip(), "fail")


def result_now(attempt: AttemptSummary) -> Cell:
    """Return how an attempt ended, or for how long it has been running."""
    text, style = result(attempt)
    return Cell(f"{text} {elapsed(attempt.timestamp)}".rstrip() if attempt.status == "running" else text, style)


def score(value: float | None, passed: bool | None) -> Cell:
    """Return a score in points, in the colour of the verdict."""
    if value is None:
        return UNKNOWN_CELL
    return Cell(number(value, 2), {True: "pass", False: "fail", None: ""}[passed])


def bar(share: float | None, style: str, cells: int = BAR_CELLS) -> Cell:
    """Return a bar for a share in percent (0-100)."""
    if share is None:
        return Cell(" " * cells)
    filled = round(share / 100 * cells)
    return Cell("█" * filled + "░" * (cells - filled), style)


def attempt_columns() -> Sequence[Column[AttemptSummary]]:
    """Return the columns of the live attempts."""
    return (
        Column("time", lambda a: Cell(clock(a.timestamp), "muted"), 8, fit=16, priority=5, shortened=shorter_clock),
        Column(
            "material", lambda a: Cell(f"↳ {a.material}" if a.parent_id else a.material, "strong"), 9, fit=28, flex=3
        ),
        Column("category", lambda a: Cell(a.category), 8, fit=24, flex=2, priority=7),
        Column("model", lambda a: Cell(a.model, "muted") if a.model else UNKNOWN_CELL, 7, fit=20, flex=1, priority=2),
        Column("score", lambda a: score(a.realism_score, a.passed), 5, right=True),
        Column("result", result_now, 8, fit=24, whole=True),
        Column("retry", _retry, 5, right=True, priority=4),
        Column("feedback", _feedback, 8, priority=3),
        Column("duration", _duration, 9, right=True, priority=SPARE),
    )


def category_columns() -> Sequence[Column[CategoryStats]]:
    """Return the columns of the category stats."""
    return (
        Column("category", lambda c: Cell(c.category or "", "strong"), 10, flex=1),
        Column("n", lambda c: Cell(number(c.total_attempts)), 5, fit=13, whole=True, right=True),
        Column("passed", _passed, 7, right=True),
        Column("", lambda c: bar(c.success_rate, "pass"), BAR_CELLS, priority=3),
        Column("mean", lambda c: Cell(mean(c.avg_realism_score)), 5, right=True, priority=5),
    )


def violation_columns() -> Sequence[Column[Violation]]:
    """Return the columns of the physics violations."""
    return (
        Column("issue", lambda v: Cell(v.issue), 14, flex=1),
        Column("count", lambda v: Cell(number(v.count)), 5, fit=13, whole=True, right=True),
        Column("share", lambda v: Cell(percent(v.percentage), "warn"), 6, fit=7, right=True, priority=5),
        Column("last", lambda v: Cell(day(v.last_seen), "muted"), 5, fit=10, priority=3, shortened=shorter_day),
    )


def feedback_columns() -> Sequence[Column[FeedbackMatch]]:
    """Return the columns of the feedback that was found; its words stand on a second line."""
    return (
        Column("material", lambda m: Cell(m.material or m.category or "everything", "strong"), 10, flex=2),
        Column(
            "score",
            lambda m: Cell("remark", "warn") if m.remark else score(m.realism_score, m.passed),
            6,
            right=True,
        ),
        Column(
            "kind",
            lambda m: Cell(m.feedback_category or "") if m.feedback_category else UNKNOWN_CELL,
            8,
            fit=18,
            flex=1,
        ),
        Column("source", lambda m: Cell(m.feedback_source or "", "muted"), 9, fit=14, priority=3),
        Column("time", lambda m: Cell(clock(m.timestamp), "muted"), 8, fit=16, priority=2, shortened=shorter_clock),
    )


def matching_words(match: FeedbackMatch) -> list[Cell]:
    """Return the found words in their surroundings, the words themselves marked."""
    cells = []
    for piece in match.snippet.split(MATCH_START):
        marked, end, rest = piece.rpartition(MATCH_END)
        if end:
            cells.append(Cell(marked, "match"))
        cells.append(Cell(rest))
    return cells


def _retry(attempt: AttemptSummary) -> Cell:
    return Cell(number(attempt.retry_count)) if attempt.retry_count else Cell("")


def _feedback(attempt: AttemptSummary) -> Cell:
    return Cell("applied", "warn") if attempt.feedback_applied else Cell("")


def _duration(attempt: AttemptSummary) -> Cell:
    return Cell("" if attempt.duration_s is None else f"{attempt.duration_s:,.1f} s", "muted")


def _passed(stats: CategoryStats) -> Cell:
    return Cell(percent(stats.success_rate)) if stats.judged else UNKNOWN_CELL
