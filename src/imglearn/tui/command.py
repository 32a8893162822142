"""`imglearn-tui`: its flags."""

from __future__ import annotations

import sys

import click

from imglearn import settings
from imglearn.errors import SettingsError
from imglearn.text import safe_text

_EXAMPLES = """\b
Examples:
  imglearn-tui
  imglearn-tui --db runs/monday.db
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--db", metavar="FILE", help="The database. Default: see `imglearn where`.")
@click.version_option(package_name="imglearn", message="%(prog)s %(version)s")
def command(db: str | None) -> None:
    """Watch attempts live, and browse what was said about them, by keyboard or mouse."""
    try:
        found = settings.resolve(db)
    except SettingsError as error:
        click.echo(f"imglearn-tui: {safe_text(str(error))}", err=True)
        sys.exit(2)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo("imglearn-tui: this needs a terminal; for scripts there is the command imglearn", err=True)
        sys.exit(1)

    from imglearn.tui.app import ImglearnApp
    from imglearn.tui.terminal_images import prepare

    images = prepare(found.images.value)
    ImglearnApp(found.database.value, is_default=found.database.origin != "--db", images=images).run()
