"""Writing what the app shows to a file: where it goes, and in which form."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from imglearn.store.files import replacing
from imglearn.store.listing import Listing
from imglearn.tui.menu_screen import Entry
from imglearn.tui.queries import reading

Form = Literal["csv", "jsonl", "svg"]
FORMS: tuple[Form, ...] = get_args(Form)
MENU: dict[Form, Entry] = {
    "csv": Entry("csv", "the attempts as they are listed, for a spreadsheet"),
    "jsonl": Entry("json lines", "attempts and remarks of the filter, all fields"),
    "svg": Entry("svg", "a picture of the screen"),
}


def new_file(form: Form) -> Path:
    """Return a path that is free, in the current folder or, where nothing can be written there, in the home folder."""
    folder = next((folder for folder in (Path.cwd(), Path.home()) if os.access(folder, os.W_OK)), Path.cwd())
    stem = f"imglearn-{datetime.now():%Y%m%d-%H%M%S}"
    path = folder / f"{stem}.{form}"
    number = 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.{form}"
    return path


def write_picture(svg: str) -> Path:
    """Write a picture whole or not at all, for its owner alone. Raises OSError and ValueError."""
    path = new_file("svg")
    with replacing(path) as new:
        new.write_text(svg, encoding="utf-8")
    return path


def write_attempts(database: Path, listed: Listing, form: Literal["csv", "jsonl"], path: Path) -> str:
    """Write the attempts of a list, or as JSON lines all that its filter holds for, and say what was written.

    Raises ImglearnError and OSError.
    """
    from imglearn.exchange.exporting import export, export_listing  # only who writes needs it

    with reading(database) as store:
        if form == "csv":
            attempts, remarks = export_listing(store, path, listed), 0
        else:
            attempts, remarks = export(store, path, form, listed.asked)
    counts = [f"{attempts:,} attempt{'s' if attempts != 1 else ''}"]
    if form == "jsonl":
        counts.append(f"{remarks:,} remark{'s' if remarks != 1 else ''}")
    return f"{' and '.join(counts)} written to {path}"
