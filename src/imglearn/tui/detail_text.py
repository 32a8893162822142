"""What the detail view says of an attempt or a remark, as text that Rich lays out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from imglearn.analytics.attempt_changes import AttemptChanges
from imglearn.analytics.categories import CategoryStats
from imglearn.analytics.recent_trend import RecentTrend
from imglearn.analytics.retry_chain import ChainLink
from imglearn.analytics.violations import Violation
from imglearn.records import Attempt, Feedback
from imglearn.reporting.changes import NOTHING, ChangeLine, lines, marked, moved
from imglearn.reporting.layout import short_id
from imglearn.reporting.values import named_values
from imglearn.store.attempts import AttemptSummary
from imglearn.text import safe_line, safe_text
from imglearn.tui.cells import clock, mean, number, percent, result
from imglearn.tui.queries import AttemptDetail, CategoryDetail, Detail
from imglearn.tui.wording import sparkline, trend_in_words

LONGEST = 10_000  # characters of one value on the screen

_GENERATION = (
    "model", "seed", "gen_prompt_length", "guidance_scale", "contamination_uniformity", "view_mode",
    "patterns_used",
)  # fmt: skip
_VALIDATION = ("val_prompt_length", "val_truncated", "validator_error")
_OUTCOME = ("failure_category", "retry_count", "final_success", "status", "duration_s", "parent_id")
_IMAGE = ("image_path", "image_size_kb", "image_sha256")

_LABELS = {
    "gen_prompt_length": "prompt length",
    "val_prompt_length": "prompt length",
    "val_truncated": "truncated",
    "contamination_uniformity": "uniformity",
    "patterns_used": "patterns",
    "image_path": "path",
    "image_size_kb": "size",
    "image_sha256": "sha-256",
    "duration_s": "duration",
    "parent_id": "retry of",
    "final_success": "final success",
    "retry_count": "retries before",
}
_PIECES = {"removed": "removed", "added": "added"}  # the style of each
_DEEPEST = 6  # levels of branches that are drawn
_UNITS = {"gen_prompt_length": "chars", "val_prompt_length": "chars", "image_size_kb": "KB", "duration_s": "s"}


class DetailText:
    """Draws records; `style` gives the style for `title`, `label`, `muted`, `pass`, `fail` and `warn`."""

    def __init__(self, style: Callable[[str], Style]) -> None:
        self._style = style

    def head(self, detail: Detail | None) -> RenderableType:
        """Return what stands above the picture: what it is and how it ended."""
        if isinstance(detail, AttemptDetail):
            return Group(self._headline(detail.attempt), self._verdict(detail))
        return Group()

    def body(self, detail: Detail | None) -> RenderableType:
        """Return everything else that is known, and nothing that is not."""
        if isinstance(detail, AttemptDetail):
            return Group(*self._attempt(detail))
        if isinstance(detail, Feedback):
            return Group(*self._remark(detail))
        if isinstance(detail, CategoryDetail):
            more = (*self._issues(detail.stats), *self._trend(detail.trend))
            return Group(*self._category(detail.stats), *more, *self._figures(detail.stats))
        if isinstance(detail, CategoryStats):
            return Group(*self._category(detail), *self._figures(detail))
        if isinstance(detail, Violation):
            return Group(*self._violation(detail))
        return Text("Nothing is highlighted.", style=self._style("muted"))

    def _attempt(self, detail: AttemptDetail) -> Iterator[RenderableType]:
        attempt = detail.attempt
        if attempt.error:
            yield Text(_long(attempt.error), style=self._style("fail"))
        for sign, style, texts in (("✗", "warn", attempt.physics_issues), ("⚑", "fail", attempt.red_flags)):
            for text in texts or ():
                yield Text(f"{sign} {_long(text)}", style=self._style(style))
        if attempt.feedback_text or attempt.feedback_applied:
            title = "Feedback applied" if attempt.feedback_applied else "Feedback, not applied"
            text = attempt.feedback_text or "(its text was not logged)"
            yield from self._said(title, text, attempt.feedback_category, attempt.feedback_source)
        for remark in detail.remarks:
            who = (remark.feedback_category, remark.author or remark.source, clock(remark.timestamp))
            yield from self._said("Remark", remark.text, *who)
        if detail.changes is not None:
            yield from self._changes(detail.changes)
        elif attempt.parent_id is not None:
            yield self._title("Changed")
            yield Text("What it retries is not in this log.", style=self._style("muted"))
        if len(detail.chain) > 1:
            yield self._title("Retry chain", f" attempt {detail.place} of this chain")
            yield self._chain(detail.chain, attempt.id)
        yield from self._group("Generation", [*_fields(attempt, _GENERATION), *named_values(attempt.params or {})])
        yield from self._group("Validation", _fields(attempt, _VALIDATION))
        yield from self._group("Outcome", _fields(attempt, _OUTCOME))
        yield from self._group("Image", _fields(attempt, _IMAGE))
        yield from self._passage("Notes", attempt.notes)
        yield from self._passage("Prompt", attempt.prompt)
        yield from self._passage("Negative prompt", attempt.negative_prompt)
        yield from self._group("Beyond the record", list(named_values(attempt.extra or {})))
        yield from self._group("Identity", [("id", attempt.id), ("logged", attempt.timestamp)])

    def _remark(self, remark: Feedback) -> Iterator[RenderableType]:
        about = [("material", remark.material), ("category", remark.category), ("attempt", remark.attempt_id)]
        yield Text("Remark", style="bold")
        kind, who = remark.feedback_category, remark.author or remark.source
        line = " · ".join(safe_line(part, 60) for part in (kind, who, clock(remark.timestamp)) if part)
        yield Text(line, style=self._style("muted"))
        yield Text(f"\n{_long(remark.text)}")
        yield from self._group("About", [(label, value) for label, value in about if value])
        yield from self._passage("Notes", remark.notes)
        yield from self._group("Beyond the record", list(named_values(remark.extra or {})))
        yield from self._group("Identity", [("id", remark.id), ("logged", remark.timestamp)])

    def _category(self, stats: CategoryStats) -> Iterator[RenderableType]:
        yield Text(_long(stats.category or ""), style="bold")
        if stats.success_rate_interval is not None:
            low, high = stats.success_rate_interval
            yield Text(f"pass rate {percent(stats.success_rate)} of {stats.judged:,} judged")
            yield Text(f"{low:.1f} to {high:.1f} % (95 % interval)", style=self._style("muted"))

    def _figures(self, stats: CategoryStats) -> Iterator[RenderableType]:
        counts = {
            "attempts": stats.total_attempts,
            "passed": stats.passed,
            "failed": stats.failed,
            "unknown": stats.unknown,
        }
        yield from self._group("Verdicts", [(name, number(count)) for name, count in counts.items()])
        means = [
            ("score", stats.avg_realism_score, ""),
            ("prompt length", stats.avg_gen_prompt_length, " chars"),
            ("validation prompt", stats.avg_val_prompt_length, " chars"),
        ]
        yield from self._group(
            "Means", [(label, mean(value) + unit) for label, value, unit in means if value is not None]
        )

    def _violation(self, violation: Violation) -> Iterator[RenderableType]:
        yield Text(_long(violation.issue), style="bold")
        yield from self._group(
            "Seen",
            [
                ("named", f"{number(violation.count)} times"),
                ("in attempts", number(violation.attempts)),
                ("share", f"{percent(violation.percentage)} of all issues named"),
                ("last", clock(violation.last_seen)),
            ],
        )

    def _headline(self, attempt: Attempt) -> Text:
        line = Text(safe_line(attempt.material, 200), style="bold")
        for more in (attempt.category, attempt.model):
            if more:
                line.append(f" · {safe_line(more, 200)}", style="not bold")
        return line

    def _verdict(self, detail: AttemptDetail) -> Text:
        attempt = detail.attempt
        ended = result(_summary(attempt))
        line = Text()
        if attempt.realism_score is not None:
            line.append(f"{number(attempt.realism_score, 2)}/100 ")
        line.append(safe_line(ended.text, 60), style=self._style(ended.style))
        if attempt.retry_count:
            line.append(f" · retry {number(attempt.retry_count)}")
        line.append(f" · {clock(attempt.timestamp)}", style=self._style("muted"))
        return line

    def _said(self, title: str, text: str, *about: str | None) -> Iterator[RenderableType]:
        who = ", ".join(safe_line(part, 60) for part in about if part)
        yield self._title(title, f" ({who})" if who else "")
        yield Text(_long(text))

    def _passage(self, title: str, text: str | None) -> Iterator[RenderableType]:
        if text:
            yield self._title(title)
            yield Text(_long(text))

    def _changes(self, changes: AttemptChanges) -> Iterator[RenderableType]:
        """Draw what a retry changed: words by signs and colours, so that either will do."""
        yield self._title("Changed", f" since {safe_line(short_id(changes.before), 60)}")
        way = changes.score_change or 0
        yield Text(moved(changes), style=self._style("pass" if way > 0 else "fail" if way < 0 else "muted"))
        drawn = [(line.label, self._change(line)) for line in lines(changes)]
        yield self._grid(drawn) if drawn else Text(NOTHING, style=self._style("muted"))

    def _change(self, line: ChangeLine) -> Text:
        if isinstance(line.said, str):
            return Text(_long(line.said))
        text = Text()
        for piece in line.said:
            text.append(_long(marked(piece)), style=self._style(_PIECES[piece.kind]) if piece.kind in _PIECES else None)
        return text

    def _chain(self, chain: list[ChainLink], here: str) -> RenderableType:
        grid = Table.grid(padding=(0, 1))
        for link in chain:
            attempt = link.attempt
            ended = result(attempt)
            indent, fork = "  " * min(link.depth, _DEEPEST), link.starts_branch
            grid.add_row(
                Text("▸" if attempt.id == here else " "),
                Text(f"{indent[2:]}└ " if fork else indent).append(safe_line(short_id(attempt.id), 24)),
                Text(number(attempt.realism_score, 1), justify="right"),
                Text(safe_line(ended.text, 60), style=self._style(ended.style)),
                Text("feedback" if attempt.feedback_applied else "", style=self._style("muted")),
                Text(f"branch {fork}" if fork else "", style=self._style("muted")),
                style="bold" if attempt.id == here else "",
            )
        return grid

    def _issues(self, stats: CategoryStats) -> Iterator[RenderableType]:
        if stats.common_physics_issues:
            named = [(f"{number(issue.count)} ×", issue.issue) for issue in stats.common_physics_issues]
            yield from self._group("Issues named most often", named)

    def _trend(self, trend: RecentTrend) -> Iterator[RenderableType]:
        if not trend.days:
            return
        yield self._title("Pass rate, day by day", f" from {trend.days[0].bucket} to {trend.days[-1].bucket}")
        yield Text(sparkline([day.success_rate for day in trend.days]))
        yield Text(safe_text(trend_in_words(trend)))

    def _group(self, title: str, fields: list[tuple[str, str]]) -> Iterator[RenderableType]:
        if fields:
            yield self._title(title)
            yield self._grid([(label, Text(_long(value))) for label, value in fields])

    def _grid(self, rows: list[tuple[str, Text]]) -> Table:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(style=self._style("label"), max_width=26, overflow="fold")
        grid.add_column(overflow="fold", ratio=1)
        for label, value in rows:
            grid.add_row(Text(safe_line(label, 60)), value)
        return grid

    def _title(self, title: str, more: str = "") -> Text:
        return Text.assemble(("\n" + title, self._style("title")), (more, self._style("muted")))


def _summary(attempt: Attempt) -> AttemptSummary:
    return AttemptSummary(*(getattr(attempt, name) for name in AttemptSummary.__struct_fields__))


def _fields(attempt: Attempt, names: tuple[str, ...]) -> list[tuple[str, str]]:
    found = []
    for name in names:
        value = getattr(attempt, name)
        if value is None or value == () or (name == "status" and value == "done"):
            continue
        said = f"{number(value, 1)} {_UNITS[name]}" if name in _UNITS else _shown(value)
        found.append((_LABELS.get(name, name.replace("_", " ")), said))
    return found


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value, 6 if abs(value) < 10 else 2)
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(inner)}" for key, inner in value.items()) or "none"
    return "unknown" if value is None else str(value)


def _long(text: str) -> str:
    """Return a text safe, and cut where it is longer than anyone reads on a screen."""
    if len(text) > LONGEST:
        return f"{safe_text(text[:LONGEST])}… ({len(text) - LONGEST:,} more characters)"
    return safe_text(text)
