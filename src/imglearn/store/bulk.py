"""Reading everything in order, and taking records of another log in: a merge by id."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.records import AnyRecord, Attempt, Feedback, Resolution, differing_fields
from imglearn.store import attempts, feedback, resolutions
from imglearn.store.database import Store
from imglearn.store.filtering import where, where_remark_or_its_attempt
from imglearn.store.rows import insert_sql, to_feedback, to_resolution, to_row
from imglearn.store.settling import settling_at_the_end

_FEEDBACK_FIELDS = Feedback.__struct_fields__
_TABLES = {Attempt: "generation_attempts", Feedback: "feedback", Resolution: "feedback_resolutions"}
_BATCH, _BATCH_BYTES = 4_000, 8_000_000
_CACHE_KIB = 32_768  # pages that many records change; with less, some would be written more than once

Item = TypeVar("Item")
Preference = Literal["ours", "theirs", "newer"]


class Merged(Enum):
    """What became of a record that was taken in."""

    ADDED = "added"
    SAME = "already here"
    KEPT = "kept ours"
    REPLACED = "replaced by theirs"


class Merge(NamedTuple):
    """What became of a record, and where it differed from the one here, in which fields.

    A `detached` remark supersedes nothing here, since what it superseded has a successor already, or is itself.
    """

    outcome: Merged
    differing: tuple[str, ...] = ()
    detached: bool = False


def batches(items: Iterable[Item], record: Callable[[Item], object]) -> Iterator[list[Item]]:
    """Put what holds records into batches for a transaction each: 4,000 of them, or about 8 MB.

    Other programs wait for one batch at most, a fraction of a second, and memory holds one.
    """
    encode = msgspec.json.Encoder().encode
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        found = record(item)
        if isinstance(found, Struct):
            size += len(encode(found))
        if len(batch) >= _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@contextmanager
def one_moment(store: Store) -> Generator[None]:
    """Read as of one moment, however long it takes and whoever writes meanwhile."""
    with store.session(), store.read():
        yield


def count(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> tuple[int, int]:
    """Return how many attempts and remarks there are."""
    with store.read():
        found = []
        for table, (condition, values) in (
            ("generation_attempts a", where(store, asked)),
            ("feedback f", where_remark_or_its_attempt(store, asked)),
        ):
            (number,) = store.execute(f"SELECT count(*) FROM {table} WHERE {condition}", values).fetchone()
            found.append(int(number))
    return found[0], found[1]


def every_remark(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> Iterator[Feedback]:
    """Yield remarks that are meant or are about an attempt that is, superseded ones too, oldest first.

    To be read to the end within `one_moment`.
    """
    condition, values = where_remark_or_its_attempt(store, asked)
    columns = ", ".join(f"f.{name}" for name in _FEEDBACK_FIELDS)
    sql = f"SELECT {columns} FROM feedback f WHERE {condition} ORDER BY f.timestamp, f.row_id"
    return (to_feedback(row) for row in store.execute(sql, values))


def every_resolution(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> Iterator[Resolution]:
    """Yield what was said about the need for these remarks, oldest first. To be read to the end within `one_moment`."""
    columns = ", ".join(f"r.{name}" for name in Resolution.__struct_fields__)
    condition, values = where_remark_or_its_attempt(store, asked)
    about = "1" if asked.is_open else f"r.feedback_id IN (SELECT f.id FROM feedback f WHERE {condition})"
    sql = f"SELECT {columns} FROM feedback_resolutions r WHERE {about} ORDER BY r.timestamp, r.row_id"
    return (to_resolution(row) for row in store.execute(sql, () if asked.is_open else values))


def merge(store: Store, records: Iterable[AnyRecord], prefer: Preference = "ours") -> list[Merge]:
    """Take records in, in one transaction, and say what became of each.

    A record whose id is here already with other content is kept out, replaces ours, or does so where its time is
    later, as `prefer` says. What it doesn't say is no other content, and erases nothing. Of the same time, an attempt
    that is done is later than one that is running.
    """
    store.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    records = list(records)
    with store.write(), settling_at_the_end(store):
        return [
            _merge_remark(store, record, prefer) if isinstance(record, Feedback) else _merge(store, record, prefer)
            for record in records
        ]


def would_change(store: Store, records: Iterable[AnyRecord], prefer: Preference) -> bool:
    """Return whether taking these records in would change anything, as far as can be told without doing it."""
    with store.read():
        for record in records:
            ours = _here(store, record)
            if ours is None or (prefer != "ours" and ours != record):
                return True
    return False


def _merge_remark(store: Store, remark: Feedback, prefer: Preference) -> Merge:
    if remark.supersedes is None or not _is_taken(store, remark.supersedes, remark.id):
        return _merge(store, remark, prefer)
    extra = {**(remark.extra or {}), "imported": {**_imported(remark), "supersedes": remark.supersedes}}
    alone = msgspec.structs.replace(remark, supersedes=None, extra=extra)
    return _merge(store, alone, prefer)._replace(detached=True)


def _imported(remark: Feedback) -> dict[str, object]:
    found = (remark.extra or {}).get("imported")
    return found if isinstance(found, dict) else {}


def _is_taken(store: Store, id: str, by: str) -> bool:
    """Return whether a remark has a successor other than `by`, or `by` is among those that it supersedes itself."""
    if feedback.successor(store, id) not in (None, by):
        return True
    before: str | None = id
    seen = {by}
    while before is not None:
        if before in seen:  # round in a circle, no remark would stand
            return True
        seen.add(before)
        found = feedback.get(store, before)
        before = found.supersedes if found is not None else None
    return False


def _here(store: Store, record: AnyRecord) -> AnyRecord | None:
    """Return the record of that kind and id that is here."""
    if isinstance(record, Attempt):
        return attempts.get(store, record.id)
    if isinstance(record, Feedback):
        return feedback.get(store, record.id)
    return resolutions.get(store, record.id)


def _merge(store: Store, record: AnyRecord, prefer: Preference) -> Merge:
    table, names = _TABLES[type(record)], record.__struct_fields__
    if store.execute(insert_sql(table, names), to_row(record)).rowcount:
        return Merge(Merged.ADDED)
    ours = _here(store, record)
    assert ours is not None  # noqa: S101 - we hold the write lock, and the id was there a moment ago
    unsaid = [name for name in names if getattr(record, name) is None]
    differing = differing_fields(ours, record, ignore=unsaid)  # type: ignore[type-var]
    if not differing:
        return Merge(Merged.SAME)
    if prefer == "ours" or (prefer == "newer" and not _is_later(record, ours)):
        return Merge(Merged.KEPT, differing)
    theirs = dict(zip(names, to_row(record), strict=True))
    places = ", ".join(f"{name} = ?" for name in differing)
    store.execute(f"UPDATE {table} SET {places} WHERE id = ?", (*(theirs[name] for name in differing), record.id))
    return Merge(Merged.REPLACED, differing)


def _is_later(one: AnyRecord, other: AnyRecord) -> bool:
    ended, other_ended = (getattr(record, "status", "done") != "running" for record in (one, other))
    return (one.timestamp, ended) > (other.timestamp, other_ended)
