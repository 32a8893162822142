"""Which physics issues were named, and how often."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import answers, issue_totals
from imglearn.store.cubes import AXES
from imglearn.store.database import Store
from imglearn.store.filtering import where
from imglearn.store.settling import SETTLED_ROW

Axis = Literal["category", "model"]
_Named = dict[str, "IssueTotals"]


class IssueTotals(Struct, frozen=True):
    """How often a physics issue was named, in how many attempts, and when last (UTC, ISO 8601)."""

    issue: str
    count: int
    attempts: int
    last_seen: str

    def __add__(self, other: IssueTotals) -> IssueTotals:
        """Return the totals of both, which are of the same issue."""
        return IssueTotals(
            self.issue,
            self.count + other.count,
            self.attempts + other.attempts,
            max(self.last_seen, other.last_seen),
        )


def physics_issues(store: Store, limit: int | None, asked: AttemptFilter = ANY_ATTEMPT) -> list[IssueTotals]:
    """Return the physics issues named most often."""
    with store.read():
        cells = answers.cells(issue_totals.CUBE, "issue", asked)
        if cells is None:
            found = _counted(store, None, asked)
            return _most(found.get(None, {}), limit)
        return _top(store, cells, limit, _fresh(store, None, asked).get(None, {}))


def by_axis(
    store: Store, axis: Axis, keys: Iterable[str | None], limit: int, asked: AttemptFilter = ANY_ATTEMPT
) -> dict[str | None, list[IssueTotals]]:
    """Return the physics issues named most often in each category, or with each model (None: those of no model)."""
    with store.read():
        if answers.cells(issue_totals.CUBE, "issue", asked) is None:
            found = _counted(store, axis, asked)
            return {key: _most(found.get(key, {}), limit) for key in keys}
        fresh = _fresh(store, axis, asked)
        tops = {}
        for key in keys:
            cells = answers.cells(issue_totals.CUBE, "issue", asked, {axis: b"" if key is None else key})
            assert cells is not None  # noqa: S101 - the axes that are asked for besides have cells
            tops[key] = _top(store, cells, limit, fresh.get(key, {}))
        return tops


def physics_issue_count(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> int:
    """Return how many physics issues were named in all, one named by two attempts counting twice."""
    with store.read():
        cells = answers.cells(issue_totals.CUBE, "issue", asked)
        if cells is None:
            return sum(named.count for named in _counted(store, None, asked).get(None, {}).values())
        sql = f"SELECT ifnull(sum(count), 0) FROM {issue_totals.CUBE.table} WHERE {cells.condition}"
        (count,) = store.execute(sql, cells.values).fetchone()
        return int(count) + sum(named.count for named in _fresh(store, None, asked).get(None, {}).values())


def _top(store: Store, cells: answers.Cells, limit: int | None, fresh: _Named) -> list[IssueTotals]:
    """Return the issues named most often in some cells and by fresh attempts."""
    if limit == 0:
        return []
    table = issue_totals.CUBE.table
    summed = "key, sum(count) AS count, sum(attempts) AS attempts, max(last_seen) AS last_seen"
    found: _Named = {}
    if cells.one_each:
        # Only names of issues that can be among the first are looked up: those named as often as the last of them.
        least = f"ifnull((SELECT count FROM {table} WHERE {cells.condition} ORDER BY count DESC LIMIT 1 OFFSET ?), 0)"
        those = f"SELECT key, count, attempts, last_seen FROM {table} WHERE {cells.condition} AND count >= {least}"
        values = [*cells.values, *cells.values, 2**62 if limit is None else limit - 1]
    else:
        those = f"SELECT {summed} FROM {table} WHERE {cells.condition} GROUP BY key"
        values = list(cells.values)
    sql = (
        f"SELECT issue, count, attempts, last_seen FROM ({those}) JOIN physics_issues ON issue_id = key "
        "ORDER BY count DESC, issue LIMIT ?"
    )
    for row in store.execute(sql, [*values, -1 if limit is None else limit]):
        found[row[0]] = IssueTotals(*row)
    its_number = "(SELECT issue_id FROM physics_issues WHERE issue = ?)"
    one = f"SELECT {summed} FROM {table} WHERE {cells.condition} AND key = {its_number}"
    for issue, named in fresh.items():
        kept = found.get(issue)
        if kept is None and limit is not None:  # it may be named often, though not often enough till now
            (key, *numbers) = store.execute(one, [*cells.values, issue]).fetchone()
            kept = None if key is None else IssueTotals(issue, *numbers)
        found[issue] = named if kept is None else kept + named
    return _most(found, limit)


def _fresh(store: Store, axis: Axis | None, asked: AttemptFilter) -> dict[str | None, _Named]:
    """Return what the attempts that are not settled yet name."""
    condition, values = where(store, asked)
    listed = issue_totals.listed_sql(f"{condition} AND a.row_id > {SETTLED_ROW}", by_row=True)
    sql = (
        f"SELECT {axis or 'NULL'}, issue, count(*), count(DISTINCT row_id), max(timestamp) "
        f"FROM ({listed}) GROUP BY 1, issue"
    )
    return _by_key(store.execute(sql, values))


def _counted(store: Store, axis: Axis | None, asked: AttemptFilter) -> dict[str | None, _Named]:
    """Return what the attempts of a filter name that no cells answer."""
    condition, values = where(store, asked)
    key = "NULL" if axis is None else AXES[axis].format(a="a")
    sql = (
        f"SELECT {key} AS key, issue, sum(named.count), count(*), max(a.timestamp) "
        "FROM generation_attempts a CROSS JOIN attempt_physics_issues named ON named.row_id = a.row_id "
        f"CROSS JOIN physics_issues USING (issue_id) WHERE {condition} GROUP BY key, named.issue_id"
    )
    found = _by_key(store.execute(sql, values))
    for group, named in _fresh(store, axis, asked).items():
        kept = found.setdefault(group, {})
        for issue, totals in named.items():
            kept[issue] = kept[issue] + totals if issue in kept else totals
    return found


def _by_key(rows: Iterable[tuple[object, ...]]) -> dict[str | None, _Named]:
    found: dict[str | None, _Named] = {}
    for key, issue, *numbers in rows:
        named = found.setdefault(None if key in (None, b"") else str(key), {})
        named[str(issue)] = IssueTotals(str(issue), *numbers)  # type: ignore[arg-type]
    return found


def _most(named: _Named, limit: int | None) -> list[IssueTotals]:
    return sorted(named.values(), key=lambda one: (-one.count, one.issue))[:limit]
