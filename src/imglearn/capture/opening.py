"""What a successful opening of the database is the moment for."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from imglearn.errors import StoreError
from imglearn.store import attempts
from imglearn.store.database import Store

SPOOL = "spool"  # its folder in the state folder


def catch_up(store: Store, state_folder: Path) -> None:
    """Take in the attempts that wait in the spool, and give up those whose process is gone.

    Both are seldom needed, so that nothing is imported before. What can't be done waits for the next opening.
    """
    folder = state_folder / SPOOL
    with suppress(StoreError):
        if os.path.isdir(folder):  # noqa: PTH112 - it never raises
            from imglearn.capture.spool import Spool

            Spool(folder, store.path).take_in(store)
        if attempts.any_running(store):
            from imglearn.store import running

            running.abandon_lost(store)
