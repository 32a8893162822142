"""`imglearn backup`, `forget`, `reset` and `doctor`: keeping the database, and letting go of what is in it."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from imglearn import settings
from imglearn.capture.opening import SPOOL
from imglearn.capture.spool import waiting
from imglearn.cli import EXIT_FAILED, leave
from imglearn.cli.options import chosen_db, db_option, open_existing, tell, whole_id
from imglearn.cli.questions import examples
from imglearn.cli.reading import as_json, filter_of, filtered, no_attempts, print_csv
from imglearn.errors import DatabaseDamagedError
from imglearn.filters import attempt_filter
from imglearn.logger import ImageGenerationLogger
from imglearn.store import bulk, upkeep
from imglearn.store import feedback as remarks
from imglearn.store.attempts import find_by_prefix
from imglearn.text import safe_line

_yes = click.option("--yes", is_flag=True, help="Don't ask.")
_no_backup = click.option("--no-backup", is_flag=True, help="Don't copy the database first.")


@click.command(epilog=examples("imglearn backup", "imglearn backup before-the-big-run.db"))
@click.argument("file", required=False, type=click.Path(path_type=Path))
@db_option
def backup(file: Path | None, db: str | None) -> None:
    """Copy the database to FILE, or beside it with the time in its name. Prints the copy's path.

    The copy is of one moment, and others may write meanwhile. It is a database like the log itself: open it with
    --db, or take it in with imglearn import.
    """
    with open_existing(db) as logger:
        copy = str(upkeep.back_up(logger.store, file))
        click.echo(safe_line(copy, limit=len(copy)))


@click.command(
    epilog=examples(
        "imglearn forget 5a7e8db1 --yes", "imglearn forget --until 90d --yes", "imglearn forget --material Birch --yes"
    )
)
@click.argument("ids", nargs=-1, metavar="[ID...]")
@filtered()
@_yes
@_no_backup
@db_option
def forget(ids: tuple[str, ...], yes: bool, no_backup: bool, db: str | None, **flags: Any) -> None:
    """Delete attempts for real, by id or by filter, and the remarks about them; by time alone (--until 90d: everything
    older), all remarks of that time too. An attempt that stays keeps the feedback that was applied to it.

    Nothing of them stays in the database, its indexes or its log. The backup that is made first still holds them: it
    is named, for you to delete.
    """
    asked = attempt_filter(filter_of(flags))
    if bool(ids) != asked.is_open:
        raise click.UsageError("name the attempts by id, or by filters such as --until 90d; one of the two")
    with open_existing(db) as logger:
        if ids:
            attempts, said = _named(logger, ids)
        else:
            attempts, said = upkeep.ids_of(logger.store, asked)
        said = upkeep.with_superseded(logger.store, said)
        if not attempts and not said:
            tell(no_attempts(logger, flags))
            return
        what = f"{len(attempts):,} attempts and {len(said):,} remarks"
        _ask(f"Delete {what} from {logger.path} for good?", yes)
        with upkeep.deleting(logger.store):
            if not no_backup:
                backed_up(logger)
            _tell_of_backups(logger)
            upkeep.delete(logger.store, attempts, said)
        click.echo(f"forgot {what}")


@click.command(epilog=examples("imglearn reset --yes", "imglearn reset --yes --no-backup"))
@_yes
@_no_backup
@db_option
def reset(yes: bool, no_backup: bool, db: str | None) -> None:
    """Delete every attempt and every remark for real. A backup is made first."""
    with open_existing(db) as logger:
        _ask(f"Delete all {_how_many(logger)} from {logger.path} for good?", yes)
        with upkeep.deleting(logger.store):
            what = _how_many(logger)  # more may have come meanwhile
            if not no_backup:
                backed_up(logger)
            _tell_of_backups(logger)
            upkeep.delete_all(logger.store)
        click.echo(f"deleted {what}")


def _how_many(logger: ImageGenerationLogger) -> str:
    attempts, said = bulk.count(logger.store)
    return f"{attempts:,} attempts and {said:,} remarks"


@click.command(epilog=examples("imglearn doctor", "imglearn doctor --fix", "imglearn doctor --json"))
@click.option("--fix", is_flag=True, help="Make totals and indexes anew from the attempts, and tidy the file.")
@click.option("--json", "json_wanted", is_flag=True, help="JSON.")
@click.option("--csv", "csv_wanted", is_flag=True, help="CSV, a line a check.")
@db_option
def doctor(fix: bool, json_wanted: bool, csv_wanted: bool, db: str | None) -> None:
    """Check the file, recount the totals and compare, and check the full-text indexes.

    Exit code 1 where something is wrong and was not mended. What --fix makes anew is only what can be recomputed:
    the attempts and remarks themselves are never changed.
    """
    with open_existing(db) as logger:
        found = upkeep.check(logger.store)
        tried = fix and any(one.problem for one in found)
        if tried:
            with suppress(DatabaseDamagedError):  # then the second look tells
                upkeep.rebuild(logger.store)
        left = [one for one in (upkeep.check(logger.store) if tried else found) if one.problem]
        if fix and not left:
            upkeep.scrub(logger.store)
    _tell_what_waits(settings.resolve(chosen_db(db)))
    still = {one.what for one in left}
    results = [
        {"check": one.what, "problem": one.problem, "mended": bool(one.problem) and one.what not in still}
        for one in found
    ]
    if json_wanted:
        click.echo(as_json(results, indent=2))
    elif csv_wanted:
        print_csv(results)
    else:
        for one in found:
            state = "ok" if not one.problem else f"{one.problem}{'' if one.what in still else '; mended'}"
            click.echo(f"{one.what:<24} {safe_line(state, 400)}")
    if left:
        if not (json_wanted or csv_wanted):
            advice = (
                "run: imglearn doctor --fix"
                if not fix
                else "restore a backup, or save what is readable: imglearn export -o saved.jsonl"
            )
            tell(advice)
        leave(EXIT_FAILED)


def backed_up(logger: ImageGenerationLogger) -> None:
    """Copy the database beside it, if there is anything in it, and say where to."""
    if any(bulk.count(logger.store)):
        copy = upkeep.back_up(logger.store)
        tell(f"backup: {copy}")


def _tell_of_backups(logger: ImageGenerationLogger) -> None:
    copies = sorted(logger.path.parent.glob(f"{logger.path.name}.*.bak"))
    if copies:
        tell(f"backups still hold what is deleted now; remove them to be rid of it: {', '.join(map(str, copies))}")


def _tell_what_waits(found: settings.Settings) -> None:
    """Say which attempts wait for a database that could not take them, and which never will be taken."""
    for one in waiting(found.state_folder.value / SPOOL):
        if one.is_set_aside:
            lines = f"{one.lines:,} line{' is' if one.lines == 1 else 's are'}"
            tell(f"{lines} set aside in {one.path}, since they can't be taken in; remove it when you have seen them")
        else:
            lines = f"{one.lines:,} line{' waits' if one.lines == 1 else 's wait'}"
            tell(f"{lines} in the spool for {one.database}, which takes them in when it is opened next")


def _named(logger: ImageGenerationLogger, ids: tuple[str, ...]) -> tuple[list[int], list[int]]:
    """Return the row numbers of attempts, with the remarks about them, and of remarks that are named themselves."""
    attempts: list[int] = []
    said: list[int] = []
    for prefix in ids:
        found = find_by_prefix(logger.store, prefix, limit=3)
        if found:
            of_attempt, about = upkeep.row_of_attempt(logger.store, whole_id(prefix, found, "ID"))
            attempts.append(of_attempt)
            said += about
        else:
            whole = whole_id(prefix, remarks.find_by_prefix(logger.store, prefix, limit=3), "ID")
            said.append(upkeep.row_of_remark(logger.store, whole))
    return list(dict.fromkeys(attempts)), list(dict.fromkeys(said))


def _ask(question: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is there to ask; say --yes")
    click.confirm(safe_line(question), abort=True, err=True)
