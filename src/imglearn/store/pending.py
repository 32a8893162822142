"""Remarks that wait for an attempt: which these are, and the small table that is kept of them.

A remark is pending while it stands (no later one supersedes it), no attempt has been logged that it was applied to,
and nobody has said that it needs none. The table holds the pending ones alone, with what they are about, in the order
of their time: to ask for the next one costs the same after any history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

import msgspec
from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store.applied import APPLIED, Application, applications
from imglearn.store.database import Store
from imglearn.store.filtering import where_remark_or_its_attempt
from imglearn.store.resolutions import RESOLVED
from imglearn.text import storable_text

State = Literal["pending", "applied", "done", "superseded"]


class PendingRemark(Struct, frozen=True):
    """A remark that waits. One about an attempt is about that attempt's material, category and model as they are now;
    where one of these is None, it is meant for all of them.
    """

    id: str
    timestamp: str
    text: str
    feedback_category: str | None
    source: str
    author: str | None
    attempt_id: str | None
    material: str | None
    category: str | None
    model: str | None


class Standing(Struct, frozen=True):
    """What has become of a remark: `applied_by` are the first ten of the attempts that it was applied to."""

    state: State
    times_applied: int
    applied_by: tuple[Application, ...]


_SUPERSEDED = "EXISTS (SELECT 1 FROM feedback later WHERE later.supersedes = f.id)"
_KEPT = "timestamp, row_id, source, attempt_id, material, category, model"
_OF_ATTEMPT = ("material", "category", "model")

_TABLE = f"""CREATE TABLE pending_feedback ({_KEPT},
    PRIMARY KEY (timestamp, row_id)
) WITHOUT ROWID"""
_INDEX = "CREATE INDEX pending_by_attempt ON pending_feedback (attempt_id) WHERE attempt_id IS NOT NULL"
_VIEW = f"""CREATE VIEW waiting_feedback AS SELECT f.timestamp AS timestamp, f.row_id AS row_id, f.source AS source,
    f.attempt_id AS attempt_id, iif(about.id IS NULL, f.material, about.material) AS material,
    iif(about.id IS NULL, f.category, about.category) AS category, about.model AS model
FROM feedback f LEFT JOIN generation_attempts about ON about.id = f.attempt_id
WHERE NOT {_SUPERSEDED}
    AND NOT EXISTS (SELECT 1 FROM generation_attempts a WHERE {APPLIED.format(id="f.id")})
    AND NOT {RESOLVED}"""

_REMARK_COLUMNS = "row_id, id, timestamp, source, attempt_id, material, category, supersedes"
_ATTEMPT_COLUMNS = "id, feedback_id, feedback_applied, material, category, model"


def script() -> Iterator[str]:
    """Yield the statements that make the table, and the triggers that keep it."""
    yield from (_TABLE, _INDEX, _VIEW)
    gone = "DELETE FROM pending_feedback WHERE timestamp = old.timestamp AND row_id = old.row_id"
    yield _trigger("remark_comes", "INSERT ON feedback", _out("f.id = new.supersedes"), _in("f.row_id = new.row_id"))
    yield _trigger("remark_goes", "DELETE ON feedback", gone, _in("f.id = old.supersedes"))
    yield _trigger(
        "remark_changes",
        f"UPDATE OF {_REMARK_COLUMNS} ON feedback",
        gone,
        *_anew("f.id IN (new.id, old.supersedes, new.supersedes)"),
    )
    yield _trigger(
        "remark_is_applied",
        "INSERT ON generation_attempts WHEN new.feedback_id IS NOT NULL OR "
        "EXISTS (SELECT 1 FROM pending_feedback WHERE attempt_id = new.id)",  # of most attempts neither is so
        f"{_out('f.id = new.feedback_id')} AND new.feedback_applied IS NOT 0",
        # Where a remark has come before the attempt that it is about, as from a file.
        f"UPDATE pending_feedback SET {', '.join(f'{name} = new.{name}' for name in _OF_ATTEMPT)} "
        "WHERE attempt_id = new.id",
    )
    yield _trigger(
        "remark_of_attempt_goes",
        "DELETE ON generation_attempts",
        *_anew("(f.id = old.feedback_id OR f.attempt_id = old.id)"),
    )
    yield _trigger(
        "remark_of_attempt_changes",
        f"UPDATE OF {_ATTEMPT_COLUMNS} ON generation_attempts",
        *_anew("(f.id IN (old.feedback_id, new.feedback_id) OR f.attempt_id IN (old.id, new.id))"),
    )
    for event, ids in (("INSERT", "new.feedback_id"), ("DELETE", "old.feedback_id"),
                       ("UPDATE", "old.feedback_id, new.feedback_id")):  # fmt: skip
        yield _trigger(f"resolution_{event.lower()}", f"{event} ON feedback_resolutions", *_anew(f"f.id IN ({ids})"))


def filling() -> str:
    """Return the statement that fills the table, which must be empty."""
    return f"INSERT INTO pending_feedback ({_KEPT}) SELECT {_KEPT} FROM waiting_feedback"


def comparison() -> tuple[str, str]:
    """Return what the table holds and what it should hold, as queries."""
    return f"SELECT {_KEPT} FROM pending_feedback", f"SELECT {_KEPT} FROM waiting_feedback"


def _trigger(name: str, event: str, *statements: str) -> str:
    return f"CREATE TRIGGER {name} AFTER {event} BEGIN {' '.join(f'{statement};' for statement in statements)} END"


def _out(condition: str) -> str:
    return (
        "DELETE FROM pending_feedback WHERE (timestamp, row_id) IN "
        f"(SELECT f.timestamp, f.row_id FROM feedback f WHERE {condition})"
    )


def _in(condition: str) -> str:
    which = f"SELECT f.row_id FROM feedback f WHERE {condition}"
    return f"{filling()} WHERE row_id IN ({which})"


def _anew(condition: str) -> tuple[str, str]:
    return _out(condition), _in(condition)


def waiting(
    store: Store,
    limit: int | None = None,
    *,
    material: str | None = None,
    category: str | None = None,
    model: str | None = None,
    source: str | None = None,
    without: Collection[str] = (),
    asked: AttemptFilter = ANY_ATTEMPT,
) -> list[PendingRemark]:
    """Return the pending remarks, oldest first: those about this or about all of its kind, of one source or any.

    `without` are ids of remarks that are known to be applied, though the log doesn't say so yet. `asked` leaves those
    for which a filter holds, or for the attempt that they are about.
    """
    conditions: list[str] = []
    values: list[object] = []
    for name, value in (("material", material), ("category", category), ("model", model)):
        if value is not None:
            conditions.append(f"(p.{name} IS NULL OR p.{name} = ?)")
            values.append(storable_text(value))
    if source is not None:
        conditions.append("p.source = ?")
        values.append(storable_text(source))
    if without:
        conditions.append("f.id NOT IN (SELECT value FROM json_each(?))")
        values.append(msgspec.json.encode([storable_text(id) for id in without]).decode())
    columns = ", ".join(f"{'p' if name in _OF_ATTEMPT else 'f'}.{name}" for name in PendingRemark.__struct_fields__)
    with store.read():
        condition, bound = where_remark_or_its_attempt(store, asked)
        conditions.append(condition)
        values += bound
        sql = (
            f"SELECT {columns} FROM pending_feedback p CROSS JOIN feedback f ON f.row_id = p.row_id "
            f"WHERE {' AND '.join(conditions)} ORDER BY p.timestamp, p.row_id LIMIT ?"
        )
        rows = store.execute(sql, [*values, -1 if limit is None else limit])
        return [PendingRemark(*(None if value is None else str(value) for value in row)) for row in rows]  # type: ignore[arg-type]


def counts(store: Store, source: str) -> tuple[int, int]:
    """Return how many remarks are pending: of a source, and of others."""
    sql = "SELECT count(*) FILTER (WHERE source = ?), count(*) FROM pending_feedback"
    of_source, of_all = store.execute(sql, (source,)).fetchone()
    return int(of_source), int(of_all) - int(of_source)


def standing(store: Store, remark_id: str) -> Standing:
    """Return what has become of a remark. To be used within `Store.read`."""
    sql = f"SELECT {_SUPERSEDED}, {RESOLVED} FROM feedback f WHERE f.id = ?"
    superseded, resolved = store.execute(sql, (storable_text(remark_id),)).fetchone() or (0, 0)
    times, first = applications(store, remark_id)
    state: State = "superseded" if superseded else "done" if resolved else "applied" if times else "pending"
    return Standing(state, times, tuple(first))
