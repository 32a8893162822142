"""`imglearn filters`: filters by name, for `--where @NAME` and for the app."""

from __future__ import annotations

import click

from imglearn import settings
from imglearn.cli.options import tell
from imglearn.cli.questions import examples
from imglearn.cli.reading import as_json, checked_filter, print_csv
from imglearn.saved_filters import SavedFilters
from imglearn.text import safe_line


@click.group(invoke_without_command=True)
@click.pass_context
def filters(context: click.Context) -> None:
    """Keep filters by name, to be used as --where @NAME. Without a command, list them."""
    if context.invoked_subcommand is None:
        context.invoke(list_filters)


@filters.command("list", epilog=examples("imglearn filters list", "imglearn filters list --json"))
@click.option("--json", "json_wanted", is_flag=True, help="JSON, an object of texts by name.")
@click.option("--csv", "csv_wanted", is_flag=True, help="CSV, a line a filter.")
def list_filters(json_wanted: bool = False, csv_wanted: bool = False) -> None:
    """List the saved filters."""
    saved = _saved().all()
    if json_wanted:
        click.echo(as_json(saved, indent=2))
    elif csv_wanted:
        print_csv([{"name": name, "filter": text} for name, text in saved.items()])
    else:
        width = max(map(len, saved), default=0)
        for name, text in saved.items():
            click.echo(f"{safe_line(name):<{width}}  {safe_line(text)}")
    if not saved:
        tell("no filter is saved; save one with: imglearn filters save failed-wood 'category:wood passed:no'")


@filters.command(epilog=examples("imglearn filters save failed-wood 'category:wood passed:no since:7d'"))
@click.argument("name")
@click.argument("text", nargs=-1, required=True)
def save(name: str, text: tuple[str, ...]) -> None:
    """Save a filter under a name, in place of one that has it. Times such as 7d count from when it is used."""
    whole = " ".join(text)
    checked_filter(whole, "TEXT")
    _saved().save(name, whole)
    click.echo(f"saved; use it as: --where @{safe_line(name.removeprefix('@'))}")


@filters.command(epilog=examples("imglearn filters forget dusty"))
@click.argument("name")
def forget(name: str) -> None:
    """Forget a saved filter."""
    _saved().forget(name)
    click.echo(f"forgot {safe_line(name.removeprefix('@'))}")


def _saved() -> SavedFilters:
    return SavedFilters(settings.resolve().state_folder.value)
