"""The word that a remark needs no attempt any more, and that it does after all: stored one after the other."""

from __future__ import annotations

import uuid

from imglearn.records import Resolution, check, utc_timestamp
from imglearn.store.database import Store
from imglearn.store.rows import insert_sql, to_resolution, to_row
from imglearn.text import storable_text

_FIELDS = Resolution.__struct_fields__

# Of the remark `f`: whether the last word about it is that it needs no attempt.
RESOLVED = (
    "ifnull((SELECT r.resolved FROM feedback_resolutions r WHERE r.feedback_id = f.id "
    "ORDER BY r.timestamp DESC, r.row_id DESC LIMIT 1), 0)"
)


def add(
    store: Store, remark_id: str, resolved: bool, *, author: str | None = None, notes: str | None = None
) -> Resolution | None:
    """Store a word about a remark and return it; None where the last one says the same. Raises InvalidRecordError."""
    remark_id = storable_text(remark_id)
    with store.write():
        sql = (
            "SELECT resolved, timestamp FROM feedback_resolutions WHERE feedback_id = ? "
            "ORDER BY timestamp DESC, row_id DESC LIMIT 1"
        )
        before, time_before = store.execute(sql, (remark_id,)).fetchone() or (0, "")
        if bool(before) == resolved:
            return None
        fields = {
            "id": str(uuid.uuid4()),
            "timestamp": max(utc_timestamp(), str(time_before)),  # the last one, also by a clock that was put back
            "feedback_id": remark_id,
            "resolved": resolved,
            "author": author,
            "notes": notes,
        }
        word = check(Resolution, fields)
        store.execute(insert_sql("feedback_resolutions", _FIELDS), to_row(word))
    return word


def get(store: Store, id: str) -> Resolution | None:
    """Return the word with this id."""
    sql = f"SELECT {', '.join(_FIELDS)} FROM feedback_resolutions WHERE id = ?"
    row = store.execute(sql, (storable_text(id),)).fetchone()
    return None if row is None else to_resolution(row)
