"""How the trends tell what is learned from them: changes for good, and the way that results moved over all the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imglearn.tui.cells import number
from imglearn.tui.columns import Cell, Column
from imglearn.tui.outcome_cells import points_cell, span_cell

if TYPE_CHECKING:  # numpy's import is for the thread that learns
    from imglearn.learning.change_points import ChangePoint
    from imglearn.learning.drift import Drift, Slope


def change_columns() -> tuple[Column[ChangePoint], ...]:
    """Return the columns of the changes."""
    return (
        Column("from (UTC)", lambda row: Cell(row.timestamp[:16].replace("T", " ")), 10, fit=16, whole=True),
        Column("of", lambda row: Cell(_scope(row), "strong"), 8, fit=30, flex=1),
        Column("points", lambda row: points_cell(row.shift, row.low, row.high), 6, right=True),
        Column("95 %", lambda row: span_cell(row.low, row.high), 12, right=True, priority=6),
        Column("n", lambda row: Cell(f"{number(row.before)}+{number(row.after)}", "muted"), 9, right=True, priority=5),
    )


def _scope(row: ChangePoint) -> str:
    return "all" if row.scope == "all" else row.name or f"no {row.scope}"


def no_change(drift: Drift) -> str:
    """Say that there is none, or why none could be seen."""
    from imglearn.learning.change_points import LEAST_FIRSTS  # numpy is there by now

    if drift.chains < LEAST_FIRSTS:
        return f"{drift.chains:,} chains of attempts; {LEAST_FIRSTS} are needed to see one."
    return "None that is clear beyond luck."


def in_words(raw: Slope, adjusted: Slope) -> str:
    """Say how results moved over all the time, and what is left of that with the mix of categories and models equal."""
    if raw.change is None:
        return ""
    said = f"{_direction(raw)}{_interval(raw)}"
    if adjusted.change is None:
        return said
    same = raw.direction == adjusted.direction
    return f"{said}; same mix{'' if same else f': {_direction(adjusted)}'}{_interval(adjusted)}"


def _direction(one: Slope) -> str:
    return one.direction if one.direction in ("rose", "fell") else "no direction"


def _interval(one: Slope) -> str:
    return f" {one.change:+.1f} ({one.low:+.1f} to {one.high:+.1f})"
