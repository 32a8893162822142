"""Commands that show attempts themselves: the newest, as they come, and one in full."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from typing import Any

import click

from imglearn.answering import as_dict
from imglearn.cli import EXIT_FAILED, leave
from imglearn.cli.options import tell, whole_id
from imglearn.cli.questions import examples
from imglearn.cli.reading import Answer, answers, as_json, filter_of, filtered, no_attempts
from imglearn.logger import ImageGenerationLogger
from imglearn.reporting import layout, tables
from imglearn.store import attempts as stored
from imglearn.store import feedback as remarks
from imglearn.store import pending
from imglearn.store.ids import last_row_id
from imglearn.text import safe_line

_POLL_S = 0.2
_LONGEST_LINE = 400
_MOST_IDS = 6  # that are listed where the beginning of an id is that of several


@click.command(
    epilog=examples(
        "imglearn recent -n 20 --failed", "imglearn recent --follow", "imglearn recent --json --min-score 90"
    )
)
@click.option("-n", "--limit", type=click.IntRange(0), metavar="N", default=10, show_default=True, help="How many.")
@click.option("-f", "--follow", is_flag=True, help="Go on with each attempt that is logged, until interrupted.")
@click.option("--before", metavar="ID", help="The next page: those that come after this one (a unique prefix will do).")
@filtered()
@answers
def recent(answer: Answer, limit: int, follow: bool, before: str | None, **flags: Any) -> None:
    """Show the newest attempts, newest first; with --follow oldest first, and then each as it comes.

    --json prints JSON lines, an attempt each.
    """
    with answer.log() as log:
        if follow:
            if answer.as_csv:
                raise click.UsageError("--follow with --csv; choose --json or neither")
            if before is not None:
                raise click.UsageError("--follow with --before; what comes is never before what is here")
            _follow(log, answer, limit, filter_of(flags))
            return
        if before is not None:
            before = whole_id(before, stored.find_by_prefix(log.store, before, limit=3), "--before")
        found = log.get_recent_attempts(limit, filter_of(flags), before)
        if answer.as_json:
            for attempt in found:
                click.echo(as_json(attempt))
        else:
            answer.show(found, tables.attempts, empty=lambda: no_attempts(log, flags))


@click.command(epilog=examples("imglearn show 5a7e8db1", "imglearn show 5a7e8db1 --json"))
@click.argument("id")
@answers
def show(answer: Answer, id: str) -> None:
    """Show one attempt, or one remark, in full: every field that is known, what it changed in the attempt that it
    retries and what came of it, remarks, and its chain of retries. Words that were removed stand in [- -], added ones
    in {+ +}.

    The beginning of an id is enough where no other begins so.
    """
    with answer.log() as log:
        found_ids = stored.find_by_prefix(log.store, id, _MOST_IDS) or remarks.find_by_prefix(log.store, id, _MOST_IDS)
        if not found_ids:
            tell(f"no attempt or remark has an id that begins with {id!r}")
            leave(EXIT_FAILED)
        whole = whole_id(id, found_ids, "ID", lambda one: _which(log, one))
        found = log.get_attempt(whole)
        if found is None:
            answer.show(_remark(log, whole), tables.attempt, rows=lambda one: [one])
            return
        found["remarks"] = log.get_feedback(attempt_id=whole)
        found["chain"] = [as_dict(one) for one in stored.chain(log.store, whole).attempts]
        found["changes"] = log.get_changes(whole)
        answer.show(found, _in_full, rows=lambda one: [one])


def _in_full(found: dict[str, Any]) -> list[layout.Table]:
    """Lay out an attempt, and after its own fields what it changed."""
    own, *others = tables.attempt(found)
    if found["changes"] is None:
        return [own, *others]
    from msgspec import convert

    from imglearn.analytics.attempt_changes import AttemptChanges
    from imglearn.reporting.changes import change_table

    return [own, change_table(convert(found["changes"], AttemptChanges)), *others]


def _which(log: ImageGenerationLogger, id: str) -> str:
    """Return on a line what tells an attempt or a remark from others whose id begins alike."""
    found = log.get_attempt(id)
    if found is None:
        remark = remarks.get(log.store, id)
        return id if remark is None else f"{id}  {layout.moment(remark.timestamp)}  {safe_line(remark.text, 60)}"
    score = "no score" if found["realism_score"] is None else f"{found['realism_score']:g}"
    return f"{id}  {layout.moment(found['timestamp'])}  {found['material']}  {score} {tables.verdict(found)}"


def _remark(log: ImageGenerationLogger, id: str) -> dict[str, Any] | None:
    with log.store.read():
        remark = remarks.get(log.store, id)
        return None if remark is None else {**as_dict(remark), **as_dict(pending.standing(log.store, id))}


def _follow(log: ImageGenerationLogger, answer: Answer, limit: int, asked: dict[str, Any]) -> None:
    """Print the newest attempts, oldest first, and go on as `tail -f` does."""
    from imglearn.filters import attempt_filter
    from imglearn.store.changes import Watcher

    chosen = attempt_filter(asked)
    write = as_json if answer.as_json else _as_line
    watcher = Watcher(log.path)
    with watcher.store.read():
        last = last_row_id(watcher.store)
        newest = stored.newest(watcher.store, limit, chosen)
    try:
        for attempt in reversed(newest):
            click.echo(write(as_dict(attempt)))
        while True:
            if watcher.changed():
                last, new = stored.logged_after(watcher.store, last, chosen)
                for attempt in new:
                    click.echo(write(as_dict(attempt)))
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one, on the way out, is no error either
        leave(0)


def _as_line(attempt: dict[str, Any]) -> str:
    """Return an attempt on one line: how it went first, so that a narrow terminal cuts names and not the verdict."""
    score = layout.UNKNOWN if attempt["realism_score"] is None else f"{attempt['realism_score']:g}"
    said = attempt["failure_category"] or "; ".join(attempt["physics_issues"] or ())
    names = (attempt["material"], attempt["category"], attempt["model"], said)
    line = safe_line(
        f"{layout.moment(attempt['timestamp'])}  {layout.short_id(attempt['id'])}  {score:>5} "
        f"{tables.verdict(attempt):<7}  {' · '.join(filter(None, names))}",
        _LONGEST_LINE,
    )
    if not sys.stdout.isatty():
        return line
    from rich.cells import cell_len, set_cell_size  # only a terminal counts cells

    room = max(shutil.get_terminal_size().columns, 20)
    return line if cell_len(line) <= room else set_cell_size(line, room - 1) + "…"
