"""What a successful opening of the database is the moment for."""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from pathlib import Path

from imglearn.errors import StoreError
from imglearn.store import attempts
from imglearn.store.database import Store

SPOOL = "spool"  # its folder in the state folder


def spool_folder(spools: Path, database: Path) -> Path:
    """Return the folder of one database among the spools of all."""
    return spools / f"{database.name[:100]}-{zlib.crc32(os.fsencode(database.absolute())):08x}"


def catch_up(store: Store, state_folder: Path) -> None:
    """Take in the attempts that wait in the spool, and give up those whose process is gone.

    Both are seldom needed, so that nothing is imported before. What can't be done waits for the next opening.
    """
    with suppress(StoreError):
        if os.path.isdir(spool_folder(state_folder / SPOOL, store.path)):  # noqa: PTH112 - it never raises
            from imglearn.capture.spool import Spool

            Spool(state_folder / SPOOL, store.path).take_in(store)
        if attempts.any_running(store):
            from imglearn.store import running

            running.abandon_lost(store)
