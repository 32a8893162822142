"""Remarks of people: added, never changed, and read beside the attempt that they are about."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from peewee import fn

from imglearn.errors import ConflictError
from imglearn.records import Feedback, differing_fields
from imglearn.store.database import Store
from imglearn.store.models import FeedbackRemark
from imglearn.store.rows import to_feedback, to_row
from imglearn.text import storable_text

_FIELDS = Feedback.__struct_fields__
_COLUMNS = tuple(getattr(FeedbackRemark, name) for name in _FIELDS)


def add_many(store: Store, remarks: Iterable[Feedback]) -> list[bool | ConflictError]:
    """Store remarks in one transaction; for each say whether it is new.

    False stands for one that is there already, a ConflictError for an id that is stored with other content.
    """
    with store.write():
        return [_insert(store, remark) for remark in remarks]


def about_attempt(store: Store, attempt_id: str) -> list[Feedback]:
    """Return the remarks about an attempt that no later remark supersedes, oldest first."""
    later = FeedbackRemark.alias()
    query = (
        FeedbackRemark.select(*_COLUMNS)
        .where(
            FeedbackRemark.attempt_id == attempt_id,
            ~fn.EXISTS(later.select(later.id).where(later.supersedes == FeedbackRemark.id)),
        )
        .order_by(FeedbackRemark.timestamp, FeedbackRemark.row_id)
    )
    with store.read():
        return [to_feedback(row) for row in query.tuples().execute(store.database)]


def get(store: Store, id: str) -> Feedback | None:
    """Return the remark with this id."""
    with store.read():
        return _get(store, id)


@cache
def _insert_sql() -> str:
    marks = ", ".join("?" * len(_FIELDS))
    return f"INSERT INTO feedback ({', '.join(_FIELDS)}) VALUES ({marks}) ON CONFLICT (id) DO NOTHING"


def _insert(store: Store, remark: Feedback) -> bool | ConflictError:
    if store.execute(_insert_sql(), to_row(remark)).rowcount:
        return True
    stored = _get(store, remark.id)
    differing = differing_fields(stored, remark) if stored else ()
    return ConflictError(remark.id, differing) if differing else False


def _get(store: Store, id: str) -> Feedback | None:
    query = FeedbackRemark.select(*_COLUMNS).where(FeedbackRemark.id == storable_text(id))
    for row in query.tuples().execute(store.database):
        return to_feedback(row)
    return None
