"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from imglearn import logger, settings
from imglearn.logger import ImageGenerationLogger
from imglearn.text import safe_line

Command = TypeVar("Command", bound=Callable[..., Any])


def db_option(command: Command) -> Command:
    """Add `--db`, which may also stand before the command's name."""
    return click.option("--db", metavar="FILE", help="The database. Default: see `imglearn where`.")(command)


def chosen_db(db: str | None) -> str | None:
    """Return the `--db` that was given after the command's name, or else before it."""
    before: str | None = click.get_current_context().obj
    return db if db is not None else before


def open_logger(db: str | None, *, strict: bool = True) -> ImageGenerationLogger:
    """Open the log that the flags and settings name; unless `strict`, attempts that it can't take go to the spool."""
    found = settings.resolve(chosen_db(db))
    is_new = found.database.origin == "--db" and not os.path.exists(found.database.value)  # noqa: PTH110 - never raises
    opened = logger.open_logger(found, strict=strict, tell=tell, in_memory=False)
    if is_new:
        click.echo(f"imglearn: made a new database, {safe_line(str(found.database.value))}", err=True)
    return opened


def open_existing(db: str | None) -> ImageGenerationLogger:
    """Open the log that the flags and settings name, for reading it. Raises DatabaseMissingError."""
    return logger.open_logger(settings.resolve(chosen_db(db)), create=False, tell=tell)


def tell(message: str) -> None:
    """Say something on standard error, a line."""
    click.echo(f"imglearn: {safe_line(message, limit=2000)}", err=True)


def whole_id(prefix: str, found: Sequence[str], where: str, described: Callable[[str], str] | None = None) -> str:
    """Return the one id that the beginning of an id stands for; `found` are those that begin so.

    Raises click.BadParameter, with `where` as the argument's name, for none and for several; `described` says in a
    line which record each of these is.
    """
    if len(found) == 1:
        return found[0]
    if not found:
        raise click.BadParameter(f"no id here is {prefix!r} or begins with it", param_hint=where)
    if described is None:
        several = f"{', '.join(map(safe_line, found))} ..."
    else:
        several = "".join(f"\n  {safe_line(described(id))}" for id in found)
    raise click.BadParameter(f"{prefix!r} is the beginning of several ids: {several}", param_hint=where)
