"""Advice for the next attempt: settings to use, and feedback that fixed what was wrong with the highlighted one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from imglearn.filters import AttemptFilter
from imglearn.learning.history import History
from imglearn.learning.hygiene import issues_of
from imglearn.records import Attempt
from imglearn.reporting.values import shown
from imglearn.store import attempts
from imglearn.terms import Comparison, Term
from imglearn.text import safe_line
from imglearn.tui.cells import UNKNOWN_CELL, number
from imglearn.tui.columns import Cell, Column
from imglearn.tui.outcome_cells import points_cell, span_cell
from imglearn.tui.queries import reading
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.text_lines import TextLines
from imglearn.tui.views.learned import LearnedView, nothing
from imglearn.tui.views.view import asked_by, plain
from imglearn.tui.wording import LEARNING

if TYPE_CHECKING:  # numpy's import is for the thread that learns
    from imglearn.learning.fixes import Fix
    from imglearn.learning.suggestions import Suggestion
    from imglearn.learning.tried import Plain, Unvaried

_MOST_FIXES = 50


class _Setting(Struct, frozen=True):
    """A parameter: what to use, what is usual, and what that brings."""

    param: str
    value: str
    usual: str
    having: AttemptFilter  # the category's attempts that had it
    points: float | None
    low: float | None
    high: float | None
    n: int | None


class _Answer(Struct, frozen=True):
    attempt: Attempt | None
    issues: tuple[str, ...]
    suggestion: Suggestion | None
    fixes: tuple[Fix, ...]
    problem: str | None  # why there are no fixes


class AdviceView(LearnedView):
    """Says what to try next after the attempt that was shown when it was opened: `subject` is its id.

    It learns from all attempts, whatever the filter: one that leaves the failed ones would make failures of all advice.
    """

    obeys_filter = False

    def __init__(self, path: Path, id: str) -> None:
        super().__init__(path, id)
        self.question = nothing

    def compose(self) -> ComposeResult:
        """Two tables and a text."""
        settings = SummaryTable[_Setting](
            _setting_columns(), lambda row: row.param, empty=LEARNING, id="settings", classes="pane"
        )
        settings.border_title = "Settings for the next attempt"
        yield settings
        with VerticalScroll(id="reasons", classes="pane") as reasons:
            reasons.border_title = "What to expect"
            yield TextLines(id="reasons-text")
        fixes = RecordTable["Fix"](
            _fix_columns(),
            lambda row: row.text,
            second_line=lambda row: [Cell(" ".join(row.text.split()))],
            empty=LEARNING,
            id="fixes",
            classes="pane",
        )
        fixes.border_title = "What fixed this before"
        yield fixes

    def about(self, id: str | None) -> None:
        """Give advice on an attempt."""
        self.subject = id

    def show(self, answer: None) -> None:
        """Learn it as the log is now."""
        self.learn()

    def learn_from(self, past: History, subject: Any) -> _Answer:
        """Return settings for the attempt's category, and feedback for its issues."""
        from imglearn.learning.fixes import fixes
        from imglearn.learning.sentence_encoder import EncoderError
        from imglearn.learning.suggestions import suggest

        with reading(self.path) as store:
            newest = attempts.newest(store, 1) if subject is None else []
            attempt = attempts.get(store, subject) if subject is not None else newest[0] if newest else None
        if attempt is None:
            return _Answer(None, (), None, (), None)
        issues = issues_of(attempt.physics_issues, attempt.red_flags)
        problem = None
        try:
            helpful = fixes(past, issues, None, _MOST_FIXES)
        except EncoderError as error:
            helpful, problem = (), str(error)
        suggestion = suggest(past, attempt.category, attempt.model, attempt.material)
        return _Answer(attempt, issues, suggestion, helpful, problem)

    def show_learned(self, answer: _Answer) -> None:
        """Show the advice."""
        settings, fixes = self.query_one("#settings", RecordTable), self.query_one("#fixes", RecordTable)
        settings.empty = "No attempt that counts has a parameter."
        fixes.empty = safe_line(answer.problem) if answer.problem else "No feedback was applied that helped."
        suggestion = answer.suggestion
        settings.show([] if suggestion is None else _settings(suggestion))
        fixes.show(answer.fixes)
        names = () if suggestion is None else (suggestion.category, suggestion.material)
        about = "".join(f" · {name}" for name in names if name is not None)
        settings.border_title = plain(f"Settings for the next attempt{about}")
        wrong = "; ".join(answer.issues) if answer.issues else "no issue named: what helps most"
        fixes.border_title = plain(f"What fixed this before · {safe_line(wrong, 80)}")
        by = answer.fixes[0].matched_by if answer.fixes else None
        fixes.border_subtitle = plain("" if by is None else f"matched by {by}")
        self.query_one("#reasons-text", TextLines).show(
            Text("No attempt yet.") if suggestion is None else _suggestion_in_words(suggestion)
        )

    def on_record_table_selected(self, message: RecordTable.Selected) -> None:
        """Open the attempt that feedback helped most, or list the category's attempts that had a setting."""
        row = message.row
        if isinstance(row, _Setting):
            self.post_message(self.Narrowed(row.having))
        elif row.examples:
            self.post_message(self.Opened(row.examples[0]))


def _settings(found: Suggestion) -> list[_Setting]:
    reasons = {reason.param: reason for reason in found.why}
    rows = []
    for name, value in found.params.items():
        reason, usual = reasons.get(name), found.usual.get(name)
        rows.append(
            _Setting(
                name,
                shown(value),
                "same" if usual == value else shown(usual),
                _having(found, name, value),
                *(None, None, None, None) if reason is None else (reason.points, reason.low, reason.high, reason.n),
            )
        )
    return sorted(rows, key=lambda row: -(row.points or 0))


def _having(found: Suggestion, param: str, value: Plain) -> AttemptFilter:
    """Return the filter for the attempts of its category and material that had a setting (of a list, all its items)."""
    values = value if isinstance(value, list) else [value]
    terms = tuple(Term(asked_by(param), (Comparison("=", one),)) for one in values)
    return AttemptFilter(category=found.category, material=found.material, terms=terms)


def _suggestion_in_words(found: Suggestion) -> Text:
    text = Text()
    if found.score is not None and found.low is not None and found.high is not None:
        text.append(f"Expected score {found.score:.0f}", style="bold")
        text.append(f" (90 %: {found.low:.0f} to {found.high:.0f})")
        if found.usual_score is not None and found.spread is not None:
            text.append(f"; the usual settings give {found.usual_score:.0f}. ")
            text.append(f"A single attempt spreads by {found.spread:.0f} points.")
    if found.note is not None:
        text.append(safe_line(f"{found.note[0].upper()}{found.note[1:]}.", 400))
    text.append(f"\n\n{found.n:,} attempts in {found.chains:,} chains: ").append(found.evidence, style="bold").append(
        "."
    )
    if found.model is not None:
        text.append(safe_line(f" With {found.model}."))
    if len(found.by_model) > 1:
        text.append("\n\nThe same settings with ", style="bold")
        said = (f"{one.model or 'none'} {one.score:.0f} ({one.low:.0f} to {one.high:.0f})" for one in found.by_model)
        text.append(safe_line(f"{', '.join(said)}.", 400))
    if (probe := found.next) is not None:
        text.append("\n\nWorth trying next: ", style="bold")
        text.append(safe_line(f"{probe.param} {shown(probe.value)} instead of {shown(probe.instead_of)}", 200))
        text.append(f", {probe.gain:+.1f} points (90 %: {probe.low:+.1f} to {probe.high:+.1f}).")
    if found.borrowed:
        text.append("\n\nMostly told by other categories: ", style="bold")
        text.append(safe_line(f"{', '.join(found.borrowed)}.", 400))
    if found.never_varied:
        text.append("\n\nNever varied", style="bold").append(", so nothing can be known of others: ")
        text.append(safe_line(f"{', '.join(map(_unvaried, found.never_varied))}.", 600))
    return text


def _unvaried(one: Unvaried) -> str:
    worth = f"; try {' or '.join(map(shown, one.worth_trying))}" if one.worth_trying else ""
    return f"{one.param} ({shown(one.value)}{worth})"


def _setting_columns() -> tuple[Column[_Setting], ...]:
    return (
        Column("parameter", lambda row: Cell(row.param, "strong"), 14, fit=26),
        Column(
            "try",
            lambda row: Cell(row.value, "pass" if row.low is not None and row.low > 0 else ""),
            10,
            fit=30,
            flex=1,
        ),
        Column(
            "usual",
            lambda row: Cell(row.usual, "muted"),
            8,
            fit=30,
            flex=1,
            priority=6,
        ),
        Column("points", lambda row: points_cell(row.points, row.low, row.high), 6, right=True),
        Column("90 %", lambda row: span_cell(row.low, row.high), 12, right=True, priority=5),
        Column("tried", lambda row: Cell(number(row.n), "muted"), 5, right=True, priority=4),
    )


def _fix_columns() -> tuple[Column[Fix], ...]:
    return (
        Column("gain", lambda row: points_cell(row.gain, row.low, row.high), 6, right=True),
        Column("90 %", lambda row: span_cell(row.low, row.high), 12, right=True),
        Column("fixed", _fixed, 9, fit=14, whole=True, right=True),
        Column("used", lambda row: Cell(number(row.used), "muted"), 5, right=True),
        Column("fits", lambda row: Cell(f"{row.relevance:.2f}"[1:] if row.relevance < 1 else "1"), 4, right=True),
        Column("evidence", lambda row: Cell(row.evidence, "muted"), 8, priority=5),
        Column("kind", lambda row: Cell(row.feedback_category or ""), 10, fit=28, flex=1, priority=6),
    )


def _fixed(row: Fix) -> Cell:
    if row.fixed is None:
        return UNKNOWN_CELL
    return Cell(f"{row.fixed:,} of {row.tried:,}") if row.tried else Cell("untested", "muted")
