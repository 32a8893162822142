"""The command line: parse, call, print. Each command lives in its own module, imported when it is called."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NoReturn

import click

from imglearn.errors import ConflictError, ImglearnError, InvalidRecordError, SettingsError

# name: module, and the line that `imglearn --help` shows without importing it
_COMMANDS = {
    "log": ("log", "Log one attempt from flags, or any number from JSON lines."),
    "import": ("import_", "Take in the attempts of an older database."),
    "where": ("where", "Show every path and setting, and where each comes from."),
    "demo": ("demo", "Open the app on a simulated generator. Your own log stays untouched."),
}

EXIT_FAILED, EXIT_USAGE, EXIT_REJECTED = 1, 2, 3


class _LazyGroup(click.Group):
    """A group that knows its commands by name and imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"imglearn.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in _COMMANDS.items()])

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _errors_told():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _errors_told():
            return super().invoke(ctx)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--db", metavar="FILE", help="The database. Default: see `imglearn where`.")
@click.version_option(package_name="imglearn", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, db: str | None) -> None:
    """Keep every attempt of an image generator, and learn from them.

    Watch them live in a terminal with imglearn-tui.
    """
    ctx.obj = db


@contextlib.contextmanager
def _errors_told() -> Iterator[None]:
    """End with a clear line and the right exit code, whatever went wrong."""
    try:
        yield
    except click.ClickException as error:
        raise _made_safe(error) from None
    except (InvalidRecordError, SettingsError) as error:
        _fail(error, EXIT_USAGE)
    except ConflictError as error:
        _fail(error, EXIT_REJECTED)
    except ImglearnError as error:
        _fail(error, EXIT_FAILED)
    except OSError as error:
        _fail(error, EXIT_FAILED)


def _made_safe(error: click.ClickException) -> click.ClickException:
    """Return the error with what the user typed, and it repeats, made safe for the terminal."""
    from imglearn.text import safe_text

    message = error.format_message()
    if safe_text(message) == message:
        return error
    if isinstance(error, click.UsageError):
        return click.UsageError(safe_text(message), error.ctx)
    return click.ClickException(safe_text(message))


def _fail(error: Exception, code: int) -> NoReturn:
    from imglearn.text import safe_line

    with contextlib.suppress(OSError):
        click.echo(f"imglearn: {safe_line(str(error), limit=2000)}", err=True)
    leave(code)


def leave(code: int) -> NoReturn:
    """End with this exit code. An output that can take no more is let go without another word."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def main() -> None:
    """Run the command line."""
    for place, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w" if place else "r", encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    cli(prog_name="imglearn")
