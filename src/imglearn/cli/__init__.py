"""The command line: parse, call, print. Each command lives in its own module, imported when it is called."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NoReturn

import click

from imglearn.errors import ConflictError, ImglearnError, InvalidRecordError, SettingsError

# name: module and what it calls the command, and the line that `imglearn --help` shows without importing it
_COMMANDS = {
    "log": ("log", "command", "Log one attempt from flags, or any number from JSON lines."),
    "run": ("run", "command", "Run a command as an attempt: its time, its exit code and the images that it leaves."),
    "watch": ("watch", "command", "Log each new image in a folder as it is completed."),
    "report": ("questions", "report", "Show everything that the log says."),
    "stats": ("questions", "stats", "Show the figures of every category, or of one."),
    "violations": ("questions", "violations", "Show the physics issues that were named most often."),
    "feedback": ("feedback", "feedback", "Add feedback, find it, and see what it did."),
    "recent": ("attempts", "recent", "Show the newest attempts, and go on as they come."),
    "show": ("attempts", "show", "Show one attempt in full."),
    "hygiene": ("advice", "hygiene", "Show which attempts can be learned from, which can't, and why."),
    "suggest": ("advice", "suggest", "Suggest settings for the next attempt in a category."),
    "importance": ("advice", "importance", "Show how much each parameter matters."),
    "correlations": ("advice", "correlations", "Show what goes together, as a heat map."),
    "advise": ("advice", "advise", "Show feedback that fixed an issue before."),
    "changes": ("advice", "changes", "Show when scores changed for good."),
    "alerts": ("alerts", "command", "Show what got worse, now or as it happens."),
    "truncation": ("questions", "truncation", "Compare attempts whose validation prompt was cut with the others."),
    "trend": ("questions", "trend", "Show how attempts, pass rate and score moved with time."),
    "models": ("questions", "models", "Compare the models, in all and within each category."),
    "params": ("questions", "params", "Show how attempts did by the value of a parameter."),
    "failures": ("questions", "failures", "Show the failed attempts by what they failed for."),
    "patterns": ("questions", "patterns", "Show how attempts did by contamination pattern."),
    "analytics": ("analytics", "command", "All questions as flags of one command."),
    "filters": ("filters", "filters", "Keep filters by name, for --where @NAME and for the app."),
    "inspect": ("inspect", "command", "Show what image files say about how they were made."),
    "export": ("exchange", "export", "Write attempts and remarks to a file: JSON lines, CSV or SQLite."),
    "import": ("exchange", "import_", "Take in files that were exported, or an older database."),
    "relink": ("relink", "command", "Find images that were moved, by their content."),
    "backup": ("upkeep", "backup", "Copy the database while others use it."),
    "forget": ("upkeep", "forget", "Delete attempts for real, and every trace of them."),
    "reset": ("upkeep", "reset", "Delete everything."),
    "doctor": ("upkeep", "doctor", "Check the database, and mend what can be recomputed."),
    "where": ("where", "command", "Show every path and setting, and where each comes from."),
    "demo": ("demo", "command", "Open the app on a simulated generator. Your own log stays untouched."),
}

EXIT_FAILED, EXIT_USAGE, EXIT_REJECTED, EXIT_NONE = 1, 2, 3, 4


class _LazyGroup(click.Group):
    """A group that knows its commands by name and imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        with _no_garbage():
            command: click.Command = getattr(import_module(f"imglearn.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, _, help_line) in _COMMANDS.items()])

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
def _no_garbage() -> Iterator[None]:
    """Keep the garbage collector from what is imported meanwhile: there is no garbage in it, now or at the end.

    It would look through all of it several times, which takes a quarter as long as the imports themselves.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


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
    except BrokenPipeError:  # whoever read our output has seen enough
        leave(EXIT_FAILED)
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
    for ending in (signal.SIGTERM, signal.SIGHUP):  # end as by an error, so that nothing half done is left behind
        if signal.getsignal(ending) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(ending, lambda number, _: sys.exit(128 + number))
    try:
        cli(prog_name="imglearn")
    finally:
        gc.freeze()  # the process ends: nobody needs to know what is garbage
