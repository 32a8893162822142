"""`imglearn-tui`: its flags."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from imglearn import settings
from imglearn.errors import InvalidRecordError, SettingsError
from imglearn.text import safe_text, storable_text

if TYPE_CHECKING:
    from imglearn.tui.keymap import Keymap

_EXAMPLES = """\b
Examples:
  imglearn-tui
  imglearn-tui --db runs/monday.db
  imglearn-tui --category wood_hardwood --failed --since 2d --query dust
  imglearn-tui 'dust score:<75 param.steps:>30'
  imglearn-tui @failed-wood since:2d
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("filter", nargs=-1)
@click.option("--category", metavar="TEXT", help="Begin with attempts of this category.")
@click.option("--material", metavar="TEXT", help="Of this material.")
@click.option("--model", metavar="TEXT", help="Of this model.")
@click.option("--passed", is_flag=True, help="That passed.")
@click.option("--failed", is_flag=True, help="That failed.")
@click.option("--since", metavar="WHEN", help="From a time on (2025-11-25), or how long ago (2d, 12h).")
@click.option("--query", metavar="WORDS", help="With these words in a text.")
@click.option("--theme", metavar="NAME", help="Colours, kept for the next time: imglearn, imglearn-light, ...")
@click.option("--db", metavar="FILE", help="The database. Default: see `imglearn where`.")
@click.option("--print-config", is_flag=True, help="Print a config file that says what holds, every key included.")
@click.version_option(package_name="imglearn", message="%(prog)s %(version)s")
def command(
    filter: tuple[str, ...],
    category: str | None,
    material: str | None,
    model: str | None,
    passed: bool,
    failed: bool,
    since: str | None,
    query: str | None,
    theme: str | None,
    db: str | None,
    print_config: bool,
) -> None:
    """Watch attempts live, and browse what was said about them, by keyboard or mouse.

    FILTER is what one types after / in the app, or @NAME for one that was saved. What the options say is added to it.
    """
    if passed and failed:
        raise click.UsageError("--passed and --failed together; choose one")
    verdict = True if passed else False if failed else None
    given = {"category": category, "material": material, "model": model, "passed": verdict, "text": query}
    try:
        found = settings.resolve(db)
        text = _filter_text(filter, given, since, found.state_folder.value)
    except SettingsError as error:
        _fail(str(error), 2)
    except InvalidRecordError as error:
        _fail(f"--{error}", 2)
    keymap, usual_theme = _keymap(found), _usual_theme(found)
    if print_config:
        from imglearn.tui.printed_config import printed_config

        click.echo(printed_config(found, keymap), nl=False)
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _fail("this needs a terminal; for scripts there is the command imglearn", 1)

    from imglearn.tui.app import ImglearnApp
    from imglearn.tui.terminal_images import prepare

    app = ImglearnApp(
        found.database.value,
        is_default=found.database.origin != "--db",
        filter_text=text,
        state_folder=found.state_folder.value,
        images=prepare(found.images.value),
        theme_name=theme,
        usual_theme=usual_theme,
        keymap=keymap,
    )
    app.run()
    for text in app.unkept:
        click.echo(f"imglearn-tui: not kept, the log couldn't be written: {safe_text(text)}", err=True)
    sys.exit(app.return_code or (1 if app.unkept else 0))


def _keymap(found: settings.Settings) -> Keymap:
    from imglearn.tui.keymap import Keymap

    try:
        return Keymap(found.keys.value, f"keys in {found.config_file.value}")
    except SettingsError as error:
        _fail(str(error), 2)


def _usual_theme(found: settings.Settings) -> str | None:
    """Return the theme of the settings, which must be one that there is."""
    from imglearn.tui.themes import theme_names

    name, origin = found.theme
    if name is not None and name not in theme_names():
        origin = f"theme in {found.config_file.value}" if origin == "config file" else origin
        _fail(f"{origin}: got {name!r}; wants one of {', '.join(theme_names())}", 2)
    return name


def _filter_text(typed: tuple[str, ...], given: Mapping[str, object], since: str | None, state_folder: Path) -> str:
    """Return the filter that the app begins with. Times stay as they were written: 2d is two days ago later, too."""
    from imglearn.filter_language import to_text
    from imglearn.filters import attempt_filter
    from imglearn.saved_filters import USE, SavedFilters

    attempt_filter({"since": since})
    saved = SavedFilters(state_folder)
    typed = tuple(saved.get(text) if text.startswith(USE) else text for text in typed)
    terms = [*typed, to_text(attempt_filter(given)), f"since:{since}" if since else ""]
    return storable_text(" ".join(term for term in terms if term))


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"imglearn-tui: {safe_text(message)}", err=True)
    sys.exit(code)
