"""`imglearn import`: take in the attempts of an older database."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from imglearn.cli import EXIT_REJECTED
from imglearn.cli.options import db_option, open_logger
from imglearn.text import safe_line

_EXAMPLE = """\b
Example:
  imglearn import attempts.db
"""


@click.command("import", epilog=_EXAMPLE)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@db_option
def command(files: tuple[Path, ...], db: str | None) -> None:
    """Take in the attempts of an older database.

    That is a SQLite file made by other code, with a table generation_attempts. It is only read. Columns that
    imglearn has no field for go to params; rows that were a person's remark rather than an attempt become
    feedback, and count in no rate. Doing it again adds nothing.
    """
    from imglearn.exchange.older import import_older

    rejected = False
    with open_logger(db) as logger:
        for file in files:
            done = import_older(logger.store, file)
            line = f"{file}: {done.attempts} attempts, {done.remarks} remarks, {len(done.skipped)} skipped"
            if done.already_there:
                line += f", {done.already_there} already here"
            click.echo(safe_line(line, limit=len(line)))
            for name, count in done.other_tables:
                rows = "rows unknown" if count is None else f"{count} rows"
                click.echo(f"  not read: table {safe_line(name)} ({rows}), it holds no attempts", err=True)
            for reason in done.skipped:
                click.echo(f"  skipped: {safe_line(reason)}", err=True)
            rejected = rejected or bool(done.skipped)
    if rejected:
        sys.exit(EXIT_REJECTED)
