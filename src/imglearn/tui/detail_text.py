"""What the detail view says of an attempt or a remark, as text that Rich lays out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from imglearn.analytics.categories import CategoryStats
from imglearn.analytics.violations import Violation
from imglearn.records import Attempt, Feedback
from imglearn.store.attempts import AttemptSummary
from imglearn.store.running import PROCESS
from imglearn.text import safe_line, safe_text
from imglearn.tui.cells import clock, mean, number, percent, result
from imglearn.tui.queries import AttemptDetail, Detail

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
_UNITS = {"gen_prompt_length": "chars", "val_prompt_length": "chars", "image_size_kb": "KB", "duration_s": "s"}


class DetailText:
    """Draws records; `style` gives the style for `title`, `label`, `muted`, `pass`, `fail` and `warn`."""

    def __init__(self, style: Callable[[str], Style]) -> None:
        self._style = style

    def draw(self, detail: Detail | None) -> RenderableType:
        """Return everything that is known, and nothing that is not."""
        if isinstance(detail, AttemptDetail):
            return Group(*self._attempt(detail))
        if isinstance(detail, Feedback):
            return Group(*self._remark(detail))
        if isinstance(detail, CategoryStats):
            return Group(*self._category(detail))
        if isinstance(detail, Violation):
            return Group(*self._violation(detail))
        return Text("Nothing is highlighted.", style=self._style("muted"))

    def _attempt(self, detail: AttemptDetail) -> Iterator[RenderableType]:
        attempt = detail.attempt
        yield self._headline(attempt)
        yield self._verdict(attempt)
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
            yield from self._said("Remark", remark.text, remark.feedback_category, remark.author or remark.source)
        if len(detail.chain) > 1:
            yield self._title("Retry chain")
            yield self._chain(detail.chain, attempt.id)
        yield from self._group("Generation", [*_fields(attempt, _GENERATION), *_object(attempt.params)])
        yield from self._group("Validation", _fields(attempt, _VALIDATION))
        yield from self._group("Outcome", _fields(attempt, _OUTCOME))
        yield from self._group("Image", _fields(attempt, _IMAGE))
        yield from self._passage("Notes", attempt.notes)
        yield from self._passage("Prompt", attempt.prompt)
        yield from self._passage("Negative prompt", attempt.negative_prompt)
        yield from self._group("Beyond the record", list(_object(attempt.extra)))
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
        yield from self._group("Beyond the record", list(_object(remark.extra)))
        yield from self._group("Identity", [("id", remark.id), ("logged", remark.timestamp)])

    def _category(self, stats: CategoryStats) -> Iterator[RenderableType]:
        yield Text(_long(stats.category or ""), style="bold")
        verdicts = [
            ("passed", number(stats.passed)),
            ("failed", number(stats.failed)),
            ("unknown", number(stats.unknown)),
        ]
        if stats.success_rate_interval is not None:
            low, high = stats.success_rate_interval
            verdicts += [
                ("pass rate", f"{percent(stats.success_rate)} of {stats.judged:,} judged"),
                ("", f"{low:.1f} to {high:.1f} % (95 % interval)"),
            ]
        yield from self._group("Verdicts", [("attempts", number(stats.total_attempts)), *verdicts])
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

    def _verdict(self, attempt: Attempt) -> Text:
        ended = result(_summary(attempt))
        line = Text()
        if attempt.realism_score is not None:
            line.append(f"{number(attempt.realism_score, 2)}/100 ")
        line.append(safe_line(ended.text, 60), style=self._style(ended.style))
        if attempt.retry_count:
            line.append(f" · retry {number(attempt.retry_count)}")
        line.append(f" · {clock(attempt.timestamp)}", style=self._style("muted"))
        return line

    def _said(self, title: str, text: str, category: str | None, source: str | None) -> Iterator[RenderableType]:
        who = ", ".join(safe_line(part, 60) for part in (category, source) if part)
        yield self._title(title, f" ({who})" if who else "")
        yield Text(_long(text))

    def _passage(self, title: str, text: str | None) -> Iterator[RenderableType]:
        if text:
            yield self._title(title)
            yield Text(_long(text))

    def _chain(self, chain: list[AttemptSummary], here: str) -> RenderableType:
        grid = Table.grid(padding=(0, 1))
        for attempt in chain:
            ended = result(attempt)
            grid.add_row(
                Text("▸" if attempt.id == here else " "),
                Text(safe_line(attempt.id, 60)[:8]),
                Text(number(attempt.realism_score, 1), justify="right"),
                Text(safe_line(ended.text, 60), style=self._style(ended.style)),
                Text("feedback" if attempt.feedback_applied else "", style=self._style("muted")),
                style="bold" if attempt.id == here else "",
            )
        return grid

    def _group(self, title: str, fields: list[tuple[str, str]]) -> Iterator[RenderableType]:
        if not fields:
            return
        grid = Table.grid(padding=(0, 1))
        grid.add_column(style=self._style("label"), max_width=24, overflow="fold")
        grid.add_column(overflow="fold", ratio=1)
        for label, value in fields:
            grid.add_row(Text(safe_line(label, 60)), Text(_long(value)))
        yield self._title(title)
        yield grid

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
        unit = _UNITS.get(name)
        found.append((_LABELS.get(name, name.replace("_", " ")), _shown(value) + (f" {unit}" if unit else "")))
    return found


def _object(content: dict[str, object] | None) -> Iterator[tuple[str, str]]:
    for key, value in (content or {}).items():
        yield str(key), _process(value) if key == PROCESS else _shown(value)


def _process(value: object) -> str:
    """Return which process it was, as people know it; anything else that stands there as it is."""
    if isinstance(value, dict) and {"pid", "host"} <= value.keys():
        return f"{value['pid']} on {value['host']}"
    return _shown(value)


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
