"""Which physics issues were named, and how often."""

from __future__ import annotations

from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store.database import Store
from imglearn.store.filtering import where
from imglearn.text import storable_text


class IssueTotals(Struct, frozen=True):
    """How often a physics issue was named, in how many attempts, and when last (UTC, ISO 8601)."""

    issue: str
    count: int
    attempts: int
    last_seen: str


_KEPT = "FROM physics_issue_totals WHERE dimension = ? AND key = ?"


def physics_issues(
    store: Store, limit: int | None, asked: AttemptFilter = ANY_ATTEMPT, *, of_no_model: bool = False
) -> list[IssueTotals]:
    """Return the physics issues named most often; `of_no_model` asks for attempts whose model nobody gave."""
    kept = ("model", b"") if of_no_model and asked.is_open else None if of_no_model else _kept_key(asked)
    cut = -1 if limit is None else limit
    if kept is not None:
        # Only names of issues that can be among the first are looked up: those named as often as the last of them.
        least = f"ifnull((SELECT count {_KEPT} ORDER BY count DESC LIMIT 1 OFFSET ?), 0)"
        sql = (
            "SELECT issue, count, attempts, last_seen FROM physics_issues JOIN "
            f"(SELECT issue_id, count, attempts, last_seen {_KEPT} AND count >= {least}) USING (issue_id) "
            "ORDER BY count DESC, issue LIMIT ?"
        )
        values: list[object] = [*kept, *kept, 2**62 if cut < 0 else max(cut - 1, 0)]
    else:
        conditions, values = where(asked)
        if of_no_model:
            conditions += " AND a.model IS NULL"
        sql = (
            "SELECT issue, sum(count) AS count, count(*), max(timestamp) "
            "FROM attempt_physics_issues JOIN physics_issues USING (issue_id) "
            f"WHERE row_id IN (SELECT row_id FROM generation_attempts a WHERE {conditions}) "
            "GROUP BY issue_id ORDER BY count DESC, issue LIMIT ?"
        )
    with store.read():
        return [IssueTotals(*row) for row in store.execute(sql, [*values, cut])]


def by_category(store: Store, asked: AttemptFilter) -> dict[str, list[IssueTotals]]:
    """Return the physics issues named in each category, most often first, counted under a filter."""
    conditions, values = where(asked)
    sql = (
        "SELECT category, issue, sum(count) AS count, count(*), max(timestamp) "
        "FROM attempt_physics_issues JOIN physics_issues USING (issue_id) "
        f"WHERE row_id IN (SELECT row_id FROM generation_attempts a WHERE {conditions}) "
        "GROUP BY category, issue_id ORDER BY category, 3 DESC, issue"
    )
    found: dict[str, list[IssueTotals]] = {}
    with store.read():
        for category, *totals in store.execute(sql, values):
            found.setdefault(category, []).append(IssueTotals(*totals))
    return found


def physics_issue_count(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> int:
    """Return how many physics issues were named in all, one named by two attempts counting twice."""
    kept = _kept_key(asked)
    if kept is not None:
        sql = f"SELECT ifnull(sum(count), 0) {_KEPT}"
        values: list[object] = list(kept)
    else:
        conditions, values = where(asked)
        sql = (
            "SELECT ifnull(sum(count), 0) FROM attempt_physics_issues "
            f"WHERE row_id IN (SELECT row_id FROM generation_attempts a WHERE {conditions})"
        )
    with store.read():
        (count,) = store.execute(sql, values).fetchone()
    return int(count)


def _kept_key(asked: AttemptFilter) -> tuple[str, object] | None:
    """Return the dimension and key of the totals that answer this filter, if they are kept."""
    given = asked.given()
    if not given:
        return "all", ""
    if len(given) == 1 and (asked.category is not None or asked.model is not None):
        ((name, value),) = given.items()
        return name, storable_text(str(value))
    return None
