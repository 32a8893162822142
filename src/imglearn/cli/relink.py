"""`imglearn relink`: images that were moved, found again by their content."""

from __future__ import annotations

import click

from imglearn.cli.options import db_option, open_existing, tell
from imglearn.cli.progress import progress_bar
from imglearn.cli.questions import examples
from imglearn.cli.reading import as_json
from imglearn.text import safe_line


@click.command(epilog=examples("imglearn relink outputs", "imglearn relink --dry-run outputs archive"))
@click.argument("folders", nargs=-1, metavar="[DIR...]", type=click.Path(exists=True, file_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
@click.option("--json", "json_wanted", is_flag=True, help="JSON lines.")
@db_option
def command(folders: tuple[str, ...], dry_run: bool, json_wanted: bool, db: str | None) -> None:
    """Find images that are not where their attempts say, by their content, and note where they are now.

    Looks into DIR (default: the current folder) and those below. Only files of the size of a missing image are read,
    so it takes as long as looking through the folders. Prints the id, and the old and the new path, of each attempt.
    Attempts that were logged without the image's SHA-256 can't be found.
    """
    from imglearn.capture.image_attempt import absolute
    from imglearn.capture.relink import relink

    with open_existing(db) as logger:
        with progress_bar("looking") as progress:
            places = list(dict.fromkeys(map(absolute, folders or (".",))))
            done = relink(logger.store, places, tell, progress, dry_run)
        for move in done.moves:
            if json_wanted:
                click.echo(as_json(move._asdict()))
            else:
                click.echo("  ".join(safe_line(text, limit=len(text) + 1) for text in move))
        suffix = " (dry run)" if dry_run else ""
        tell(f"{len(done.moves):,} found again, {done.missing:,} still missing{suffix}")
