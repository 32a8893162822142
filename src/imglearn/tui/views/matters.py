"""What matters: how much each parameter moves the score, what goes with what, and what that rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from imglearn.answering import as_dict
from imglearn.filters import AttemptFilter
from imglearn.learning.evidence import SURE
from imglearn.learning.history import History
from imglearn.learning.hygiene import Hygiene
from imglearn.reporting.advice import chance, correlation, hygiene_notes
from imglearn.terms import Comparison, Term
from imglearn.text import safe_line
from imglearn.tui.cells import UNKNOWN_CELL, bar, number, percent
from imglearn.tui.columns import Cell, Column
from imglearn.tui.outcome_cells import span_cell
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.text_lines import TextLines
from imglearn.tui.views.learned import LearnedView, nothing
from imglearn.tui.views.view import asked_by
from imglearn.tui.wording import LEARNING

if TYPE_CHECKING:  # numpy's import is for the thread that learns
    from imglearn.learning.importance import Importance

_MOST_VARIABLES = 24  # that the heat map has room for on the widest screen


class _Variable(Struct, frozen=True):
    """A row of the heat map: a variable, and how closely it goes with each one above it."""

    name: str
    place: int
    cells: tuple[tuple[float | None, float | None], ...]  # value and q


class _Answer(Struct, frozen=True):
    importance: tuple[Importance, ...]
    variables: tuple[_Variable, ...]
    hygiene: Hygiene


class MattersView(LearnedView):
    """Lists the parameters, what matters most first; below the heat map, and which attempts all rests on."""

    def __init__(self, path: Path, id: str) -> None:
        super().__init__(path, id)
        self.question = nothing

    def compose(self) -> ComposeResult:
        """Two tables and a text."""
        parameters = SummaryTable["Importance"](
            _importance_columns(), lambda row: row.param, empty=LEARNING, id="importance", classes="pane"
        )
        parameters.border_title = "What matters within a category"
        yield parameters
        heat = RecordTable[_Variable](
            _heat_columns(),
            lambda row: row.name,
            empty=LEARNING,
            can_open=False,
            id="correlations",
            classes="pane",
        )
        heat.border_title = "What goes together"
        yield heat
        with VerticalScroll(id="hygiene", classes="pane") as rests:
            rests.border_title = "What this rests on"
            yield TextLines(id="hygiene-text")

    def show(self, answer: None) -> None:
        """Learn what matters now."""
        self.learn()

    def on_record_table_selected(self, message: RecordTable.Selected) -> None:
        """List the attempts that have a parameter."""
        has_it = Term(asked_by(message.row.param), (Comparison("=", None),), negated=True)
        self.post_message(self.Narrowed(AttemptFilter(terms=(has_it,))))

    def learn_from(self, past: History, subject: Any) -> _Answer:
        """Return what matters, what goes together, and what that rests on."""
        from imglearn.learning.correlations import correlation_matrix
        from imglearn.learning.importance import importance

        matrix = correlation_matrix(past)
        known = sorted((one for one in matrix.variables if one.note is None), key=lambda one: one.kind == "parameter")
        pairs = {frozenset((pair.a, pair.b)): (pair.value, pair.q) for pair in matrix.pairs}
        names = [one.name for one in known[:_MOST_VARIABLES]]
        variables = tuple(
            _Variable(name, place, tuple(pairs[frozenset((name, above))] for above in names[: place - 1]))
            for place, name in enumerate(names, 1)
        )
        return _Answer(importance(past), variables, past.hygiene)

    def show_learned(self, answer: _Answer) -> None:
        """Show what was learned."""
        parameters, heat = self.query_one("#importance", RecordTable), self.query_one("#correlations", RecordTable)
        parameters.empty = "No attempt that counts has a parameter."
        heat.empty = "Nothing that varied to compare."
        parameters.show(answer.importance)
        heat.show(answer.variables)
        self.query_one("#hygiene-text", TextLines).show(_hygiene_in_words(answer.hygiene))


def _importance_columns() -> tuple[Column[Importance], ...]:
    return (
        Column("parameter", lambda row: Cell(row.param, "strong"), 16, fit=30, flex=1),
        Column("share", _share, 7, right=True),
        Column("", lambda row: bar(None if row.share is None else 100 * row.share, "strong"), 8, priority=2),
        Column("points", _points, 6, right=True),
        Column("90 %", lambda row: span_cell(row.low, row.high), 12, right=True, priority=7),
        Column("q", lambda row: _q(row.q), 5, right=True, priority=8),
        Column("n", lambda row: Cell(number(row.n), "muted"), 5, fit=9, whole=True, right=True, priority=5),
        Column("chains", lambda row: Cell(f"{number(row.chains)} {row.evidence}", "muted"), 9, fit=16, priority=4),
        Column("note", lambda row: Cell(row.note or "", "muted"), 12, fit=60, flex=1, priority=6),
    )


def _share(row: Importance) -> Cell:
    return UNKNOWN_CELL if row.share is None else Cell(percent(100 * row.share))


def _points(row: Importance) -> Cell:
    if row.effect is None or row.low is None:
        return UNKNOWN_CELL
    return Cell(f"{row.effect:+.1f}", "" if row.q is not None and row.q < SURE else "muted")


def _q(value: float | None) -> Cell:
    if value is None:
        return UNKNOWN_CELL
    return Cell(chance(value).replace("< ", "<"), "" if value < SURE else "muted")


def _heat_columns() -> tuple[Column[_Variable], ...]:
    return (
        Column("", lambda row: Cell(f"{row.place}", "muted"), 2, right=True),
        Column("variable", lambda row: Cell(row.name, "strong"), 14, fit=26),
        *(_heat_column(place) for place in range(1, _MOST_VARIABLES)),
    )


def _heat_column(place: int) -> Column[_Variable]:
    def cell(row: _Variable) -> Cell:
        return heat_cell(*row.cells[place - 1]) if place <= len(row.cells) else Cell("")

    return Column(f"{place}", cell, 4, right=True, priority=8 if place <= 4 else 4, optional=True)


def heat_cell(value: float | None, q: float | None) -> Cell:
    """Return how closely two variables go together, the warmer the closer; muted where it may be luck."""
    if value is None:
        return UNKNOWN_CELL
    text = correlation(value)
    if q is None or q >= SURE:
        return Cell(text, "muted")
    strength = 1 if abs(value) < 0.3 else 2 if abs(value) < 0.6 else 3
    return Cell(text, f"{'cold' if value < 0 else 'warm'}{strength}")


def _hygiene_in_words(found: Hygiene) -> Text:
    """Say which attempts all advice rests on."""
    text = Text()
    text.append(f"{found.learned_from:,} of {found.attempts:,} attempts", style="bold")
    text.append(f" are learned from, in {found.chains.chains:,} chains of retries.\n")
    for note in hygiene_notes(as_dict(found)):
        text.append("\n").append(safe_line(f"{note[0].upper()}{note[1:]}.", 400))
    for one in found.left_out:
        text.append(f"\n{one.attempts:,} {one.reason}", style="bold")
        text.append(f": {one.meaning}{'; only the score counts' if one.counts == 'score' else ''}.")
    text.append("\n\nq", style="bold")
    text.append(": of all that is found at this q or below, that share is luck on average, at most. ")
    text.append("Coloured or bold: beyond luck (q < 0.05). With a sign: rank correlation, which ")
    text.append("what is best in the middle has none of; without: how closely. ")
    text.append("chains", style="bold").append(": a request and its retries, which are not independent.")
    return text
