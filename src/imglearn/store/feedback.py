"""Remarks of people: added, never changed, and read beside the attempt that they are about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from imglearn.errors import ConflictError
from imglearn.records import Feedback, differing_fields
from imglearn.store.database import Store
from imglearn.store.ids import ids_from
from imglearn.store.rows import insert_sql, to_feedback, to_row
from imglearn.text import storable_text

if TYPE_CHECKING:
    from imglearn.filters import AttemptFilter

_FIELDS = Feedback.__struct_fields__
_STANDING = "NOT EXISTS (SELECT 1 FROM feedback later WHERE later.supersedes = f.id)"


def add_many(store: Store, remarks: Iterable[Feedback]) -> list[bool | ConflictError]:
    """Store remarks in one transaction; for each say whether it is new.

    False stands for one that is there already, a ConflictError for an id that is stored with other content.
    """
    with store.write():
        return [_insert(store, remark) for remark in remarks]


def about_attempt(store: Store, attempt_id: str) -> list[Feedback]:
    """Return the remarks about an attempt that no later remark supersedes, oldest first."""
    return newest(store, None, attempt_id=attempt_id)[::-1]


def newest(
    store: Store,
    limit: int | None,
    asked: AttemptFilter | None = None,
    *,
    attempt_id: str | None = None,
    superseded: bool = False,
) -> list[Feedback]:
    """Return remarks, newest first: about one attempt or any, with those that were superseded or without."""
    condition, values = _condition(asked)
    if attempt_id is not None:
        condition += " AND f.attempt_id = ?"
        values.append(storable_text(attempt_id))
    if not superseded:
        condition += f" AND {_STANDING}"
    columns = ", ".join(f"f.{name}" for name in _FIELDS)
    sql = f"SELECT {columns} FROM feedback f WHERE {condition} ORDER BY f.timestamp DESC, f.row_id DESC LIMIT ?"
    with store.read():
        return [to_feedback(row) for row in store.execute(sql, [*values, -1 if limit is None else limit])]


def count(store: Store, asked: AttemptFilter | None = None) -> int:
    """Return how many remarks there are, without those that were superseded."""
    condition, values = _condition(asked)
    sql = f"SELECT count(*) FROM feedback f WHERE {condition} AND {_STANDING}"
    with store.read():
        (found,) = store.execute(sql, values).fetchone()
    return int(found)


def find_by_prefix(store: Store, prefix: str, limit: int = 10) -> list[str]:
    """Return the ids of remarks that are or begin with `prefix`: just that one where it is an id itself."""
    return ids_from(store, "feedback", prefix, limit)


def successor(store: Store, id: str) -> str | None:
    """Return the id of the remark that supersedes this one."""
    row = store.execute("SELECT id FROM feedback WHERE supersedes = ?", (storable_text(id),)).fetchone()
    return None if row is None else str(row[0])


def get(store: Store, id: str) -> Feedback | None:
    """Return the remark with this id."""
    with store.read():
        return _get(store, id)


def _condition(asked: AttemptFilter | None) -> tuple[str, list[object]]:
    if asked is None or asked.is_open:
        return "1", []
    from imglearn.store.filtering import where_remark  # not needed for the remarks of one attempt

    return where_remark(asked)


def _insert(store: Store, remark: Feedback) -> bool | ConflictError:
    if store.execute(insert_sql("feedback", _FIELDS), to_row(remark)).rowcount:
        return True
    stored = _get(store, remark.id)
    differing = differing_fields(stored, remark) if stored else ()
    return ConflictError(remark.id, differing) if differing else False


def _get(store: Store, id: str) -> Feedback | None:
    sql = f"SELECT {', '.join(_FIELDS)} FROM feedback WHERE id = ?"
    row = store.execute(sql, (storable_text(id),)).fetchone()
    return None if row is None else to_feedback(row)
