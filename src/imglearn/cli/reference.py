"""The README's command reference, made from the commands: python -m imglearn.cli.reference README.md."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from imglearn.cli import cli
from imglearn.cli.reading import FILTER_FLAGS, OUTPUT_FLAGS

_BEGIN, _END = "<!-- commands: made by python -m imglearn.cli.reference README.md -->", "<!-- commands end -->"
_SHARED_FLAGS = OUTPUT_FLAGS | {"--db", "--help"}


def reference() -> str:
    """Return the reference of all commands as Markdown."""
    context = click.Context(cli, info_name="imglearn")
    return "\n".join(
        [
            "Filters, where a command has them:",
            "",
            _code(_options(cli.get_command(context, "report"), context, only=FILTER_FLAGS)),
            *(line for command, inner in commands() for line in _section(command, inner)),
        ]
    )


def in_readme(text: str) -> str:
    """Return the README's text with the reference as it is now. Raises ValueError where its place is not marked."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"no {_BEGIN} and {_END}")
    return f"{before}{_BEGIN}\n{reference()}\n{_END}{after}"


def commands(
    group: click.Group = cli, context: click.Context | None = None
) -> Iterator[tuple[click.Command, click.Context]]:
    """Yield every command that does something, with its place in the tree."""
    context = context or click.Context(cli, info_name="imglearn")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None  # noqa: S101 - the group has just named it
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from commands(command, inner)
        else:
            yield command, inner


def _section(command: click.Command, context: click.Context) -> Iterator[str]:
    pieces = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    yield f"#### `{' '.join([context.command_path, *pieces])}`\n"
    yield inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n"
    flags = {flag for option in command.params for flag in option.opts}
    is_filtered = "--since" in flags
    own = _options(command, context, without=_SHARED_FLAGS | (FILTER_FLAGS if is_filtered else frozenset()))
    lines = [f"$ {line}" for line in examples(command)]
    yield _code("\n".join([own, *([""] if own and lines else []), *lines]).strip("\n"))
    shared = [*(["filters"] if is_filtered else []), *(f"`{flag}`" for flag in ("--json", "--csv") if flag in flags)]
    if shared:
        yield f"Takes {', '.join(shared)}.\n"


def examples(command: click.Command) -> list[str]:
    """Return the examples at the end of a command's help."""
    return re.findall(r"^  (imglearn .*|echo .*)$", command.epilog or "", re.MULTILINE)


def _options(
    command: click.Command | None,
    context: click.Context,
    only: frozenset[str] = frozenset(),
    without: frozenset[str] = frozenset(),
) -> str:
    """Return the options of a command, laid out as in its help."""
    assert command is not None  # noqa: S101 - only commands that are there are asked for
    records = [
        record
        for option in command.get_params(context)
        if isinstance(option, click.Option)
        if (not only or only & set(option.opts)) and not without & set(option.opts)
        if (record := option.get_help_record(context)) is not None
    ]
    formatter = click.HelpFormatter(width=100)
    if records:
        formatter.write_dl(records)
    return inspect.cleandoc(formatter.getvalue()).rstrip("\n")


def _code(text: str) -> str:
    return f"```text\n{text}\n```\n" if text else ""


if __name__ == "__main__":
    readme = Path(sys.argv[1])
    readme.write_text(in_readme(readme.read_text("utf-8")), "utf-8")
