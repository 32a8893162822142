"""Which remark was applied to which attempts: what an attempt takes from it, and how they went."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from msgspec import Struct

from imglearn.records import FROM_REMARK, Attempt
from imglearn.store.database import Store
from imglearn.store.rows import from_column
from imglearn.text import storable_text

MOST_TOLD = 10  # attempts of one remark

# An attempt that says by itself that the feedback was not applied has not applied it.
APPLIED = "a.feedback_id = {id} AND a.feedback_applied IS NOT 0"


class Application(Struct, frozen=True):
    """An attempt that a remark was applied to. Fields mean what they mean in `records.Attempt`."""

    id: str
    timestamp: str
    status: str
    realism_score: float | None
    passed: bool | None
    validator_error: str | None


_FIELDS = Application.__struct_fields__


def with_remark(store: Store, attempt: Attempt, unsaid: Collection[str]) -> Attempt:
    """Return the attempt with what its remark says, in the fields of FROM_REMARK that are `unsaid`.

    A remark that is not here says nothing.
    """
    said = _said(store, attempt.feedback_id)
    return msgspec.structs.replace(attempt, **{name: value for name, value in said.items() if name in unsaid})


def unsaid(store: Store, attempt: Attempt) -> frozenset[str]:
    """Return the fields of FROM_REMARK that are unknown, or known from its remark alone."""
    said = _said(store, attempt.feedback_id)
    return frozenset(name for name in FROM_REMARK if getattr(attempt, name) in (None, said.get(name)))


def applications(store: Store, remark_id: str) -> tuple[int, list[Application]]:
    """Return how many attempts a remark was applied to, and the first ones."""
    condition, values = APPLIED.format(id="?"), (storable_text(remark_id),)
    columns = ", ".join(f"a.{name}" for name in _FIELDS)
    sql = f"SELECT {columns} FROM generation_attempts a WHERE {condition} ORDER BY a.row_id LIMIT {MOST_TOLD}"
    found = [Application(*map(from_column, _FIELDS, row)) for row in store.execute(sql, values)]
    if len(found) < MOST_TOLD:
        return len(found), found
    (count,) = store.execute(f"SELECT count(*) FROM generation_attempts a WHERE {condition}", values).fetchone()
    return int(count), found


def _said(store: Store, remark_id: str | None) -> dict[str, object]:
    if remark_id is None:
        return {}
    sql = "SELECT 1, text, feedback_category, source FROM feedback WHERE id = ?"
    row = store.execute(sql, (storable_text(remark_id),)).fetchone()
    return {} if row is None else {name: from_column(name, value) for name, value in zip(FROM_REMARK, row, strict=True)}
