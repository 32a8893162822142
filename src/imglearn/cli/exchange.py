"""`imglearn export` and `imglearn import`: the log out to a file, and files back in."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import click

from imglearn.cli import EXIT_FAILED, EXIT_REJECTED, leave
from imglearn.cli.options import db_option, open_existing, open_logger, tell
from imglearn.cli.progress import progress_bar
from imglearn.cli.questions import examples
from imglearn.cli.reading import filter_of, filtered, no_attempts
from imglearn.cli.upkeep import backed_up
from imglearn.errors import DatabaseMissingError, ImglearnError
from imglearn.filters import attempt_filter
from imglearn.logger import ImageGenerationLogger
from imglearn.store import bulk
from imglearn.store.database import Store
from imglearn.text import safe_line


@click.command(
    epilog=examples(
        "imglearn export -o log.jsonl",
        "imglearn export --category wood_hardwood --since 30d -o wood.csv",
        "imglearn export --redact prompt,image_path,notes | gzip > log.jsonl.gz",
    )
)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    default="-",
    type=click.Path(path_type=Path),
    help="Where to; its ending tells the format. Default: - (standard output, JSON lines).",
)
@click.option("--format", "named", type=click.Choice(["jsonl", "csv", "sqlite"]), help="Default: by the file's ending.")
@click.option(
    "--redact",
    metavar="FIELDS",
    default="",
    help="Fields to leave out, with commas between them; params.NAME for one knob.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@filtered()
@db_option
def export(target: Path, named: str | None, redact: str, force: bool, db: str | None, **flags: Any) -> None:
    """Write attempts and remarks to a file: JSON lines (.jsonl), CSV (.csv) or SQLite (.db).

    JSON lines and SQLite hold everything. CSV holds the attempts, an apostrophe before texts that a spreadsheet would
    take for a formula; `imglearn import` takes it away again.
    """
    from imglearn.exchange.exporting import STDOUT, export, format_of

    kind = format_of(target, named)
    asked = attempt_filter(filter_of(flags))
    with open_existing(db) as logger:
        if target != STDOUT:
            if target.exists() and not force:
                raise ImglearnError(f"{target} is there already; --force replaces it")
            if target.exists() and target.samefile(logger.path):
                raise ImglearnError(f"{target} is the log itself; choose another file")
        with progress_bar("exporting") as progress:
            fields = [name.strip() for name in redact.split(",") if name.strip()]
            attempts, remarks = export(logger.store, target, kind, asked, fields, progress)
        said = f"{attempts} attempts" + ("" if kind == "csv" else f", {remarks} remarks")
        where = "standard output" if target == STDOUT else str(target)
        tell(f"{said} to {where}")
        if not attempts:
            tell(no_attempts(logger, flags))
        if kind == "csv" and (left := bulk.count(logger.store)[1]):
            tell(f"{left} remarks are not in a CSV; JSON lines and SQLite hold them")


@click.command(
    "import",
    epilog=examples(
        "imglearn import log.jsonl", "imglearn import --dry-run older.db", "imglearn import --newer a.csv b.csv"
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--theirs", "prefer", flag_value="theirs", help="Where an id is here with other content, take theirs.")
@click.option("--newer", "prefer", flag_value="newer", help="... take the one with the later time.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
@click.option("--no-backup", is_flag=True, help="Don't copy the database first.")
@db_option
def import_(files: tuple[Path, ...], prefer: str | None, dry_run: bool, no_backup: bool, db: str | None) -> None:
    """Take in files that were exported (JSON lines, CSV, SQLite), or a database that other code made.

    The format is found out by what a file holds; - is standard input. Records are merged by id: one that is here
    already with other content is kept out and listed. Doing it again adds nothing, and takes up an import that was
    broken off. Of an older database (a table generation_attempts), columns that imglearn has no field for go to
    params, and rows that were a person's remark rather than an attempt become feedback, which counts in no rate.
    """
    from imglearn.exchange.importing import import_file

    skipped = failed = False
    with _trying_out(db) if dry_run else open_logger(db) as logger:
        before_change = None if dry_run or no_backup else cache(lambda: backed_up(logger))
        for file in files:
            try:
                with progress_bar("importing") as progress:
                    choice: Any = prefer or "ours"
                    done = import_file(logger.store, file, choice, _tell, progress, before_change)
            except (ImglearnError, OSError) as error:
                failed = True
                tell(str(error))
                continue
            line = f"{file}: {done.attempts} attempts, {done.remarks} remarks, {done.skipped} skipped"
            if done.resolutions:
                line += f", {done.resolutions} resolutions of remarks"
            if done.replaced:
                line += f", {done.replaced} replaced"
            if done.already_there:
                line += f", {done.already_there} already here"
            click.echo(safe_line(line + (" (dry run)" if dry_run else ""), limit=len(line) + 10))
            skipped = skipped or bool(done.skipped)
    if failed or skipped:
        leave(EXIT_FAILED if failed else EXIT_REJECTED)


@contextmanager
def _trying_out(db: str | None) -> Generator[ImageGenerationLogger]:
    """Give a copy of the log that is thrown away afterwards, or an empty log where there is none."""
    from imglearn.store.upkeep import back_up

    with tempfile.TemporaryDirectory(prefix="imglearn-dry-run-") as folder:
        copy = Path(folder) / "log.db"
        try:
            with open_existing(db) as logger:
                back_up(logger.store, copy)
        except DatabaseMissingError:
            tell(f"there is no log yet{f' at {db}' if db else ''}")
        with ImageGenerationLogger(Store.open(copy)) as trial:
            yield trial


def _tell(line: str) -> None:
    click.echo(f"  {safe_line(line)}", err=True)
