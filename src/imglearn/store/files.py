"""Files that appear whole or not at all, and those that SQLite keeps beside a database."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

SIDE_SUFFIXES = ("-wal", "-shm", "-journal")


def side_files(database: Path) -> list[Path]:
    """Return where SQLite keeps what belongs to a database, if it does just now."""
    return [database.with_name(database.name + suffix) for suffix in SIDE_SUFFIXES]


@contextmanager
def replacing(target: Path) -> Generator[Path]:
    """Give a file beside the target, for its owner's eyes only, that takes its name when it is done."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    path = Path(name)
    try:
        yield path
        path.replace(target)
    finally:
        for left in (path, *side_files(path)):
            left.unlink(missing_ok=True)
