"""Attempts that run: which process each is of, and what becomes of those whose process has ended."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec

from imglearn.errors import StoreError
from imglearn.process import PROCESS, Process, has_ended
from imglearn.records import utc_timestamp
from imglearn.store.database import Store

LONGEST = timedelta(hours=24)  # after which an attempt is given up whose process can't be seen from here

_RUNNING = (
    "SELECT row_id, timestamp, CASE WHEN json_valid(extra) THEN json_extract(extra, ?) END "
    "FROM generation_attempts WHERE status = 'running'"
)
_ABANDON = "UPDATE generation_attempts SET status = 'abandoned' WHERE row_id = ? AND status = 'running'"


def abandon_lost(store: Store) -> int:
    """Mark running attempts as abandoned whose process has ended without another word, and return how many.

    Of other hosts, and where nobody said which process it is, those that have run for a day. Where the log can't be
    written just now, none.
    """
    lost = [row_id for row_id, timestamp, process in _running(store) if _is_lost(timestamp, process)]
    with suppress(StoreError):
        if lost:
            with store.write():
                return sum(store.execute(_ABANDON, (row_id,)).rowcount for row_id in lost)
    return 0


def _running(store: Store) -> list[tuple[int, str, str | None]]:
    return store.execute(_RUNNING, (f"$.{PROCESS}",)).fetchall()


def _is_lost(timestamp: str, process: str | None) -> bool:
    with suppress(msgspec.MsgspecError, UnicodeEncodeError):
        ended = has_ended(msgspec.json.decode(process or "null", type=Process))
        if ended is not None:
            return ended
    return timestamp < utc_timestamp(datetime.now(UTC) - LONGEST)
