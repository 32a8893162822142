"""Attempts in and out: log, find, list, and the chain of retries."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct

from imglearn.errors import ConflictError
from imglearn.records import ATTEMPT_FIELDS, Attempt, NewAttempt, check, differing_fields
from imglearn.store.database import Store
from imglearn.store.ids import ids_from, last_row_id
from imglearn.store.rows import from_column, insert_sql, to_attempt, to_row
from imglearn.store.settling import MOST_FRESH, settling_at_the_end
from imglearn.text import storable_text

if TYPE_CHECKING:
    from imglearn.filters import AttemptFilter


class AttemptSummary(Struct, frozen=True):
    """What a line of a list shows of an attempt. Fields mean what they mean in `records.Attempt`."""

    id: str
    timestamp: str
    material: str
    category: str
    model: str | None
    status: str
    realism_score: float | None
    passed: bool | None
    failure_category: str | None
    validator_error: str | None
    retry_count: int | None
    parent_id: str | None
    feedback_applied: bool | None
    duration_s: float | None


class FedAttempt(Struct, frozen=True):
    """An attempt that passed, and the feedback that was applied to it."""

    id: str
    material: str
    feedback_text: str
    feedback_category: str | None
    realism_score: float | None
    timestamp: str


_ASKED_OF_BEST_FED = {"model", "passed", "since", "until", "min_score", "max_score"}
_SUMMARY_FIELDS = AttemptSummary.__struct_fields__

# Where an attempt stands in the order of time. A page begins behind it, not after so many: that costs the same anywhere
_PLACE = "SELECT timestamp, row_id FROM generation_attempts WHERE id = ?"
# The attempt that another one retries, if it is here.
_PARENT = (
    "SELECT parent.id FROM generation_attempts a JOIN generation_attempts parent ON parent.id = a.parent_id "
    "WHERE a.id = ?"
)
# An attempt and all that retries it, directly or through others.
_FAMILY = (
    "WITH RECURSIVE family (id) AS (VALUES (?) UNION "
    "SELECT a.id FROM family JOIN generation_attempts a ON a.parent_id = family.id) SELECT id FROM family LIMIT ?"
)


def log(store: Store, new: NewAttempt) -> bool:
    """Store one attempt durably. Return False where it was already there, with the same content.

    What nobody says of it is taken from the remark `feedback_id`, where that is here. Only fields that somebody gave
    decide whether the content is the same. Raises ConflictError where the id is
    stored with other content, and StoreError.
    """
    if new.attempt.feedback_id is None and "retry_count" not in new.derived:  # else something is looked up first
        sql = insert_sql("generation_attempts", ATTEMPT_FIELDS)
        if store.write_one(sql, to_row(new.attempt)).rowcount:
            return True
    with store.write():
        return _insert(store, new)


def log_many(store: Store, batch: Iterable[NewAttempt]) -> list[bool | ConflictError]:
    """Store a batch in one transaction; for each attempt say what `log` would.

    A conflict is returned in its place, and the others are stored.
    """
    outcomes: list[bool | ConflictError] = []
    batch = list(batch)
    with store.write(), settling_at_the_end(store) if len(batch) > MOST_FRESH else nullcontext():
        for new in batch:
            try:
                outcomes.append(_insert(store, new))
            except ConflictError as conflict:
                outcomes.append(conflict)
    return outcomes


def change(store: Store, id: str, fields: Mapping[str, object]) -> bool:
    """Set some fields of an attempt anew, and return whether it is here. Raises InvalidRecordError and StoreError.

    With a `feedback_id`, what that remark says takes the place of what is unknown, or is known from another remark.
    """
    with store.write():
        stored = _get(store, id)
        if stored is None:
            return False
        changed = check(Attempt, {**msgspec.structs.asdict(stored), **fields})
        if fields.get("feedback_id") is not None:
            from imglearn.store import applied  # seldom needed

            changed = applied.with_remark(store, changed, applied.unsaid(store, stored) - fields.keys())
        replace(store, stored, changed)
        return True


def replace(store: Store, stored: Attempt, by: Attempt) -> tuple[str, ...]:
    """Store another state of an attempt; return the fields that differ, the only ones that are written."""
    differing = differing_fields(stored, by)
    if differing:
        row = dict(zip(ATTEMPT_FIELDS, to_row(by), strict=True))
        places = ", ".join(f"{name} = ?" for name in differing)
        sql = f"UPDATE generation_attempts SET {places} WHERE id = ?"
        store.execute(sql, (*(row[name] for name in differing), stored.id))
    return differing


def get(store: Store, id: str) -> Attempt | None:
    """Return the attempt with this id."""
    with store.read():
        return _get(store, id)


def any_running(store: Store) -> bool:
    """Return whether an attempt is stored as running."""
    return store.execute("SELECT 1 FROM generation_attempts WHERE status = 'running' LIMIT 1").fetchone() is not None


def find_by_prefix(store: Store, prefix: str, limit: int = 10) -> list[str]:
    """Return the ids that are or begin with `prefix`: just that one where it is an id itself."""
    return ids_from(store, "generation_attempts", prefix, limit)


def newest(
    store: Store, limit: int | None, asked: AttemptFilter | None = None, before: str | None = None
) -> list[Attempt]:
    """Return the newest attempts in full, newest first; or those that come after the attempt `before` in that order.

    An attempt that is not here has none after it.
    """
    page = "" if before is None else f"AND (a.timestamp, a.row_id) < ({_PLACE})"
    with store.read():
        order = f"{page} ORDER BY a.timestamp DESC, a.row_id DESC LIMIT ?"
        sql, values = _select(store, ATTEMPT_FIELDS, asked, order, first_of_all=limit is not None)
        if before is not None:
            values.append(storable_text(before))
        return [to_attempt(row) for row in store.execute(sql, [*values, -1 if limit is None else limit])]


def logged_after(store: Store, row_id: int, asked: AttemptFilter | None = None) -> tuple[int, list[Attempt]]:
    """Return the number of the last row, and the attempts that were stored after `row_id`, in that order."""
    with store.read():
        sql, values = _select(store, ATTEMPT_FIELDS, asked, "AND a.row_id > ? ORDER BY a.row_id")
        return last_row_id(store), [to_attempt(row) for row in store.execute(sql, [*values, row_id])]


def best_fed(store: Store, asked: AttemptFilter | None = None, limit: int = 2_000) -> Generator[FedAttempt]:
    """Yield the passed attempts that feedback was applied to, highest score first, then newest."""
    if asked is not None and asked.passed not in (None, True):
        return
    order = (
        "AND a.passed = 1 AND a.feedback_applied = 1 AND a.feedback_text IS NOT NULL "
        "ORDER BY a.realism_score DESC, a.timestamp DESC, a.row_id DESC LIMIT ?"
    )
    # In the order that is wanted, with all that these filters ask about in it: the first ones come at once.
    along = asked is not None and asked.given().keys() <= _ASKED_OF_BEST_FED
    with store.read():
        if along and not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'attempts_best_fed'").fetchone():
            along = False  # somebody has dropped it; the doctor makes it anew
        index = "INDEXED BY attempts_best_fed" if along else ""
        sql, values = _select(store, FedAttempt.__struct_fields__, asked, order, index)
        for row in store.execute(sql, [*values, limit]):
            yield FedAttempt(*map(from_column, FedAttempt.__struct_fields__, row))


class Chain(NamedTuple):
    """Attempts that retry each other, oldest first. `is_whole` says whether these are all of them."""

    attempts: list[AttemptSummary]
    is_whole: bool


def chain(store: Store, id: str, limit: int = 100) -> Chain:
    """Return the chain of retries that an attempt is part of.

    Up by `parent_id` to the first attempt, then all that came from it; of a longer chain the attempt itself, up to
    `limit` before it, and as many of those that came from it and from the first of these. A loop ends the walk.
    """
    id = storable_text(id)
    path = [id]
    with store.read():
        while (row := store.execute(_PARENT, (path[-1],)).fetchone()) is not None and row[0] not in path:
            if len(path) > limit:
                break
            path.append(row[0])
        is_whole = row is None or row[0] in path
        members = set(path)
        for first in {id, path[-1]}:
            family = [found for (found,) in store.execute(_FAMILY, (first, limit + 1))]
            is_whole = is_whole and len(family) <= limit
            members.update(family[:limit])
        wanted = "AND a.id IN (SELECT value FROM json_each(?)) ORDER BY a.timestamp, a.row_id"
        sql, _ = _select(store, _SUMMARY_FIELDS, None, wanted)
        listed = msgspec.json.encode(sorted(members)).decode()
        return Chain([summary(row) for row in store.execute(sql, (listed,))], is_whole)


def _select(
    store: Store,
    fields: tuple[str, ...],
    asked: AttemptFilter | None,
    rest: str,
    index: str = "",
    *,
    first_of_all: bool = False,
) -> tuple[str, list[object]]:
    """Return SQL for fields of the attempts `a` that are asked for, and the values that it binds."""
    condition: str = "1"
    values: list[object] = []
    if asked is not None and not asked.is_open:
        from imglearn.store.filtering import where  # not needed to log

        condition, values = where(store, asked, first_of_all=first_of_all)
    columns = ", ".join(f"a.{name}" for name in fields)
    return f"SELECT {columns} FROM generation_attempts a {index} WHERE {condition} {rest}", values


def _insert(store: Store, new: NewAttempt) -> bool:
    attempt = new.attempt
    if "retry_count" in new.derived and attempt.parent_id is not None:
        attempt = msgspec.structs.replace(attempt, retry_count=_retries_after(store, attempt.parent_id))
    if attempt.feedback_id is not None:
        from imglearn.store import applied  # seldom needed

        attempt = applied.with_remark(store, attempt, new.derived)
    if store.execute(insert_sql("generation_attempts", ATTEMPT_FIELDS), to_row(attempt)).rowcount:
        return True
    stored = _get(store, attempt.id)
    assert stored is not None  # noqa: S101 - we hold the write lock, and the id was there a moment ago
    if differing := differing_fields(stored, attempt, ignore=new.derived):
        raise ConflictError(attempt.id, differing)
    return False


def _retries_after(store: Store, parent_id: str) -> int | None:
    """Return how many retries an attempt after this parent makes; None where the parent is not here."""
    row = store.execute("SELECT retry_count FROM generation_attempts WHERE id = ?", (parent_id,)).fetchone()
    return None if row is None else (row[0] if isinstance(row[0], int) else 0) + 1


@cache
def _get_sql() -> str:
    return f"SELECT {', '.join(ATTEMPT_FIELDS)} FROM generation_attempts WHERE id = ?"


def _get(store: Store, id: str) -> Attempt | None:
    row = store.execute(_get_sql(), (storable_text(id),)).fetchone()
    return None if row is None else to_attempt(row)


def summary(row: Sequence[object]) -> AttemptSummary:
    """Make a summary of its columns."""
    return AttemptSummary(*map(from_column, _SUMMARY_FIELDS, row))
