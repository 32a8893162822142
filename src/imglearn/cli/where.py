"""`imglearn where`: every path and setting, and where each comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import click

from imglearn import settings
from imglearn.cli.options import chosen_db, db_option
from imglearn.text import safe_line

_EXAMPLE = """\b
Examples:
  imglearn where
  imglearn where --json
"""


@click.command(epilog=_EXAMPLE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV, a line a setting.")
@db_option
def command(as_json: bool, as_csv: bool, db: str | None) -> None:
    """Show every path and setting, and where each comes from."""
    found = settings.resolve(chosen_db(db))._asdict()
    if as_json:
        click.echo(
            json.dumps(
                {
                    name: {"value": _plain(setting.value), "origin": setting.origin, **_presence(setting.value)}
                    for name, setting in found.items()
                },
                indent=2,
            )
        )
        return
    if as_csv:
        from imglearn.cli.reading import print_csv

        print_csv(
            [
                {"setting": name, "value": _plain(setting.value), "origin": setting.origin}
                for name, setting in found.items()
            ]
        )
        return
    values = {name.replace("_", " "): _said(setting.value) for name, setting in found.items()}
    width = max(map(len, values.values()))
    for (label, value), setting in zip(values.items(), found.values(), strict=True):
        missing = "" if _presence(setting.value).get("exists", True) else ", not there yet"
        click.echo(f"{label:<15} {value:<{width}}  {safe_line(setting.origin)}{missing}")


def _said(value: object) -> str:
    if value is None:
        return "as chosen in the app"
    if isinstance(value, bool):
        return "on" if value else "off"
    return safe_line(str(_plain(value)))


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple | Mapping):
        return len(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _presence(value: object) -> dict[str, bool]:
    return {"exists": os.path.exists(value)} if isinstance(value, Path) else {}  # noqa: PTH110 - never raises
