"""What commands that answer a question share: filters as flags, and the answer as a table, JSON or CSV."""

from __future__ import annotations

import functools
import json
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from imglearn.cli.options import Command, db_option, open_existing, tell
from imglearn.exchange.csvfile import line
from imglearn.logger import ImageGenerationLogger
from imglearn.questions import Questions
from imglearn.text import guarded_cell, safe_json, safe_line, safe_text

if TYPE_CHECKING:
    from imglearn.filters import AttemptFilter
    from imglearn.reporting.layout import Table


class Where(NamedTuple):
    """A filter that was written in the filter language, and the text of it."""

    text: str
    filter: AttemptFilter


def checked_filter(text: str, argument: str) -> AttemptFilter:
    """Return the filter that a text asks for. Raises click.UsageError that points at what makes no sense in it."""
    from imglearn.filter_language import parse

    parsed = parse(text)
    if not parsed.problems:
        return parsed.filter
    shown = safe_line(text, limit=len(text))
    lines = [f"{argument}: there is something in it that makes no sense"]
    for start, end, message in parsed.problems:
        before, there = (_width(safe_line(piece, limit=len(text))) for piece in (text[:start], text[start:end]))
        lines += [f"  {shown}", f"  {' ' * before}{'^' * max(there, 1)} {safe_line(message)}"]
    raise click.UsageError("\n".join(lines))


def _width(text: str) -> int:
    """Return how many columns a text takes on most terminals."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in text)


def _where(text: str | None) -> Where | None:
    if text is None:
        return None
    from imglearn import settings
    from imglearn.saved_filters import USE, SavedFilters

    whole = text
    if text.startswith(USE):
        whole = SavedFilters(settings.resolve().state_folder.value).get(text)
    return Where(text, checked_filter(whole, "--where"))


# Each flag of a filter, and which field of `AttemptFilter` it fills.
_FLAGS: dict[str, Callable[[Command], Command]] = {
    "category": click.option("--category", metavar="TEXT", help="Only attempts of this category."),
    "material": click.option("--material", metavar="TEXT", help="Only attempts of this material."),
    "model": click.option("--model", metavar="TEXT", help="Only attempts of this model."),
    "passed": click.option("--passed", "only_passed", is_flag=True, help="Only attempts that passed."),
    "failed": click.option("--failed", "only_failed", is_flag=True, help="Only attempts that failed."),
    "unknown": click.option("--unknown", "only_unknown", is_flag=True, help="Only attempts without a verdict."),
    "since": click.option("--since", metavar="WHEN", help="From a time on (2025-11-25), or how long ago (2d, 12h)."),
    "until": click.option("--until", metavar="WHEN", help="Before a time."),
    "feedback_category": click.option(
        "--feedback-category", metavar="TEXT", help="Only attempts with feedback of this kind, applied or not."
    ),
    "min_score": click.option("--min-score", type=float, metavar="X", help="Only scores of at least X."),
    "max_score": click.option("--max-score", type=float, metavar="X", help="Only scores of at most X."),
    "text": click.option("--text", metavar="WORDS", help="Only attempts with these words in a text."),
    "where": click.option(
        "--where",
        metavar="FILTER",
        callback=lambda _context, _option, text: _where(text),
        help="Only what a filter leaves: 'dust category:wood score:<75 param.steps:>30', or @NAME for a saved one.",
    ),
}
FILTER_FIELDS = ("category", "material", "model", "passed", "since", "until", "feedback_category", "min_score",
                 "max_score", "text")  # fmt: skip


FILTER_FLAGS = frozenset("--" + name.replace("_", "-") for name in _FLAGS)
OUTPUT_FLAGS = frozenset({"--json", "--csv"})


def filtered(*without: str) -> Callable[[Command], Command]:
    """Add the flags of a filter, but for those that a command uses otherwise."""

    def add(command: Command) -> Command:
        for name, option in reversed(_FLAGS.items()):
            if name not in without:
                command = option(command)
        return command

    return add


def answers(command: Command) -> Command:
    """Add `--json`, `--csv` and `--db`: the command's function gets them as its `answer`, which opens and prints."""

    @functools.wraps(command)
    def run(*args: Any, as_json: bool, as_csv: bool, db: str | None, **kwargs: Any) -> Any:
        if as_json and as_csv:
            raise click.UsageError("--json and --csv together; choose one")
        return command(*args, answer=Answer(db, as_json, as_csv), **kwargs)

    run = click.option("--csv", "as_csv", is_flag=True, help="CSV, a line a row.")(run)
    run = click.option("--json", "as_json", is_flag=True, help="JSON.")(run)
    return db_option(run)  # type: ignore[return-value]


class Answer:
    """Opens the log for a question, and prints its answer in the form that was asked for."""

    def __init__(self, db: str | None, as_json: bool, as_csv: bool) -> None:
        self._db = db
        self.as_json = as_json
        self.as_csv = as_csv

    def log(self) -> ImageGenerationLogger:
        """Open the log for reading. Raises DatabaseMissingError where there is none."""
        return open_existing(self._db)

    def show(
        self,
        found: Any,
        tables: Callable[[Any], Sequence[Table]],
        *,
        rows: Callable[[Any], Sequence[Mapping[str, Any]]] = lambda found: found,
        empty: Callable[[], str] | None = None,
        is_empty: bool | None = None,
    ) -> None:
        """Print an answer: as data, as the rows of a CSV, or as tables.

        Of one that `is_empty` (by default, of an empty one) only the data are printed, and `empty` says what to do.
        """
        if is_empty is None:
            is_empty = not found
        if is_empty and empty is not None:
            tell(empty())
        if self.as_json:
            click.echo(as_json(found, indent=2))
        elif is_empty:
            return
        elif self.as_csv:
            print_csv(rows(found))
        else:
            from imglearn.reporting.printing import print_tables

            print_tables(tables(found))


def no_group(found: Mapping[str, Any], *names: str) -> bool:
    """Return whether none of these groups of an answer has an attempt."""
    return not any(found[name]["total"] for name in names)


def nothing(what: str, advice: str, flags: Mapping[str, Any]) -> str:
    """Say that there is none of what was asked for: how to log some, or that the filter leaves none."""
    if chosen := _chosen(flags):
        return f"no {what} with {_in_words(chosen)}"
    return f"no {what}; {advice}" if advice else f"no {what}"


def no_attempts(log: Questions, flags: Mapping[str, Any]) -> str:
    """Say what to do where no attempt is found: log the first, or ask for less."""
    chosen = _chosen(flags)
    if not chosen:
        return "no attempts yet; log the first: imglearn log --material Birch --category wood --score 82"
    message = f"no attempt with {_in_words(chosen)}"
    if "category" in chosen:
        known = [str(stats["category"]) for stats in log.get_category_stats()]
        if chosen["category"] not in known:
            message += f"; categories here: {', '.join(known[:8])}{' ...' if len(known) > 8 else ''}"
    return message


def filter_of(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filter that a command's flags make, by field. Raises InvalidRecordError where they contradict."""
    chosen = _chosen(flags)
    where: Where | None = chosen.pop("where", None)
    if where is None:
        return chosen
    from imglearn.filters import attempt_filter

    return attempt_filter(where.filter, chosen).given()


def learnable(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a filter for what is learned, and warn where it chooses by how attempts ended."""
    from imglearn.filters import attempt_filter

    if outcomes := attempt_filter(asked).outcomes:
        tell(f"careful: chosen by {', '.join(outcomes)}, attempts say little of what leads to it")
    return asked


def _chosen(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of a command's flags that make its filter."""
    verdicts = [word for word in ("passed", "failed", "unknown") if flags.get(f"only_{word}")]
    if len(verdicts) > 1:
        raise click.UsageError(f"--{' and --'.join(verdicts)} together leave nothing; choose one")
    chosen = {**flags, "passed": verdicts[0] if verdicts else None}
    return {name: chosen[name] for name in (*FILTER_FIELDS, "where") if chosen.get(name) is not None}


def _in_words(chosen: Mapping[str, Any]) -> str:
    return ", ".join(
        f"what {value.text!r} asks for" if isinstance(value, Where) else f"{name.replace('_', ' ')} {value}"
        for name, value in chosen.items()
    )


def as_json(found: object, indent: int | None = None) -> str:
    """Return JSON that is safe on a terminal, and in its encoding."""
    return safe_json(json.dumps(found, indent=indent, ensure_ascii=not _is_utf8()))


def print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows under a header with their names; no row, no header."""
    if not rows:
        return
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    show = safe_text if sys.stdout.isatty() else str
    click.echo(line(names), nl=False)
    for row in flat:
        click.echo(line(show(_cell(row.get(name))) for name in names), nl=False)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with the two bounds of each interval as columns of their own."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith("interval"):
            low, high = value or (None, None)
            flat |= {f"{name}_low": low, f"{name}_high": high}
        else:
            flat[name] = value
    return flat


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded_cell(value)
    return json.dumps(value, ensure_ascii=False)


def _is_utf8() -> bool:
    return sys.stdout.encoding.lower().replace("-", "") == "utf8"
