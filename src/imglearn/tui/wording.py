"""What the app says in words: the line at the top, how to log the first attempt, and what is wrong."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual.content import Content

from imglearn.analytics.feedback_effectiveness import FeedbackEffectiveness
from imglearn.analytics.outcomes import GroupOutcomes
from imglearn.analytics.recent_trend import DAYS, RecentTrend
from imglearn.errors import DatabaseMissingError, StoreError
from imglearn.text import safe_line, safe_text
from imglearn.tui import cells
from imglearn.tui.queries import Counts

if TYPE_CHECKING:  # what is learned costs numpy's import
    from imglearn.learning.feedback_effects import FeedbackEffect

READING = "Reading the log …"  # until something is known
LEARNING = "Working it out …"  # until something is learned from it
HINTS_APART = 4  # cells from what is said to the hints behind it
_BARS = "▁▂▃▄▅▆▇█"
_HOW_TO_LOG = """\
Log the first one from a shell:

imglearn {db}log --material Birch --category wood --score 82

or from Python:

from imglearn import create_logger
create_logger({db_path}).log_attempt("Birch", "wood", {{}}, {{"realism_score": 82}})

It appears here by itself. To see what this is for: imglearn demo"""


def how_to_log(path: Path, *, is_default: bool) -> str:
    """Say how the first attempt is logged into a database, which commands must be told where it is no default."""
    return _HOW_TO_LOG.format(
        db="" if is_default else f"--db {shlex.quote(safe_line(str(path)))} ",
        db_path="" if is_default else f'"{safe_line(str(path))}"',
    )


def status(path: Path, counts: Counts, width: int, hints: Sequence[Content]) -> Content:
    """Return the line at the top, of what is asked for: as much of it as is wide enough, each figure whole and a rate
    never without its n; at its end as many of the hints as there is room for.
    """
    asked, total = counts.asked, counts.overall.total_attempts
    of_all = f" of {total:,}" if asked.total_attempts != total else ""
    parts = {
        "app": Content.styled(" imglearn ", "bold $text on $primary"),
        "file": Content(f"  {safe_line(path.name, max(8, width // 3))}"),
        "attempts": Content("  ").append(Content.styled(f"{asked.total_attempts:,}", "bold"))
        + Content(f"{of_all} attempt" + ("s" if total != 1 else "")),
    }
    if asked.judged:
        rate = Content.styled(cells.percent(asked.success_rate), "bold")
        parts["rate"] = Content("  ") + rate + Content(f" passed of {asked.judged:,} judged")
    if asked.avg_realism_score is not None:
        parts["mean"] = Content("  mean ") + Content.styled(cells.mean(asked.avg_realism_score), "bold")
    if asked.running:
        parts["running"] = Content.styled(f"  {asked.running:,} running", "$text-warning")
    for least in ("mean", "file", "app", "running", "rate"):
        if sum(part.cell_length for part in parts.values()) < width:
            break
        parts.pop(least, None)
    line = Content("").join(parts.values())
    for shown in range(len(hints), 0, -1):
        said = Content("  ").join(hints[:shown])
        room = width - line.cell_length - said.cell_length - 1
        if room >= HINTS_APART:
            return line + Content(" " * room) + said.stylize("dim")
    return line


def sparkline(rates: Sequence[float | None]) -> str:
    """Return a character for each rate in percent (0-100), `·` where it is unknown."""
    return "".join("·" if rate is None else _BARS[min(int(rate / 100 * len(_BARS)), len(_BARS) - 1)] for rate in rates)


def trend_in_words(trend: RecentTrend) -> str:
    """Say how the last days went beside those before, and whether that is more than chance."""
    if not trend.judged:
        return "No verdicts yet."
    now = f"{cells.percent(trend.success_rate)} of {trend.judged:,} judged"
    if not trend.judged_before or trend.difference_interval is None:
        return f"{now}; nothing earlier to compare it with."
    before = f"{cells.percent(trend.success_rate_before)} of {trend.judged_before:,} on the days before"
    low, high = trend.difference_interval
    sure = "better" if low > 0 else "worse" if high < 0 else "may be chance"
    return f"{now} on the last {DAYS} days with attempts, {before}: {sure} ({low:+.0f} to {high:+.0f} points)."


def effect_in_words(found: FeedbackEffect | None) -> Text:
    """Say what feedback does with all else held equal, as soon as it is known, and why the rest is not that."""
    text = Text()
    if found is None:
        return text
    text.append("What it does to the retries that get it: ", style="bold")
    if found.estimate is None or found.low is None or found.high is None:
        text.append(f"not known ({found.settle}).\n")
    else:
        text.append(
            f"{found.estimate:+.1f} points (95 %: {found.low:+.1f} to {found.high:+.1f}), {found.verdict}, of "
            f"{found.retries:,} retries in {found.chains:,} chains: {found.evidence}.\n"
        )
    if found.naive_note is not None:
        text.append("Why what follows is not that: ", style="bold").append(f"{safe_text(found.naive_note)}.\n")
    return text.append("\n")


def effectiveness_in_words(found: FeedbackEffectiveness) -> Text:
    """Say how attempts with feedback did beside those without, and what speaks against taking it for its doing."""
    text = Text()
    for name, group in (("Without feedback", found.before_feedback), ("With feedback", found.after_feedback)):
        text.append(f"{name}: ", style="bold")
        text.append(_group_in_words(group) + "\n")
    text.append("\nRetries with feedback, beside what they retry: ", style="bold")
    paired = found.paired
    if not paired.pairs:
        text.append("none.\n")
    else:
        text.append(f"{paired.pairs:,} pair{'s' if paired.pairs != 1 else ''}")
        if paired.mean_score_change is not None:
            text.append(f"; score {paired.mean_score_change:+.1f} points of {paired.scored:,} scored")
        if paired.interval is not None:
            text.append(f" (95 %: {paired.interval[0]:+.1f} to {paired.interval[1]:+.1f})")
        if paired.judged:
            before, after = cells.percent(paired.success_rate_before), cells.percent(paired.success_rate_after)
            text.append(f"; passed {before} before, {after} after, of {paired.judged:,} judged")
        text.append(".\n")
    for note in (found.note, paired.note):
        for reason in (note or "").split("; "):
            if reason:
                text.append("\nCareful: ", style="bold").append(safe_text(reason))
    return text


def _group_in_words(group: GroupOutcomes) -> str:
    said = f"{group.total:,} attempt{'s' if group.total != 1 else ''}"
    if group.success_rate is not None and group.success_rate_interval is not None:
        low, high = group.success_rate_interval
        said += (
            f", {cells.percent(group.success_rate)} of {group.judged:,} judged passed (95 %: {low:.0f} to {high:.0f})"
        )
    if group.avg_score is not None:
        said += f", mean score {cells.mean(group.avg_score)} of {group.scored:,}"
    return f"{said}."


def problem(error: StoreError, how_to_log: str) -> Text:
    """Say why the log can't be read, and what to do."""
    title = "No database yet" if isinstance(error, DatabaseMissingError) else "The log can't be read"
    text = Text(f"{title}\n\n", style="bold")
    text.append(f"{safe_text(str(error))}\n\n", style="not bold")
    if isinstance(error, DatabaseMissingError):
        text.append(how_to_log, style="not bold dim")
    else:
        text.append("Trying again every second; q ends the app.", style="not bold dim")
    return text
