"""Which physics issues were named, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import answers, issue_totals
from imglearn.store.cubes import AXES
from imglearn.store.database import Store
from imglearn.store.filtering import where
from imglearn.store.settling import SETTLED_ROW

Axis = Literal["category", "model"]
_Named = dict[str, "IssueTotals"]
_decode = msgspec.json.Decoder(list[str | None]).decode
_MOST_EQUAL = 1_000  # issues named equally often; of more, as where each is named once, not all are put in order


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
        cells = answers.cells(store, issue_totals.CUBE, "issue", asked)
        return _named_most(store, cells, limit, _beside(store, None, asked, cells is not None))


def by_axis(
    store: Store, axis: Axis, keys: Iterable[str | None], limit: int, asked: AttemptFilter = ANY_ATTEMPT
) -> dict[str | None, list[IssueTotals]]:
    """Return the physics issues named most often in each category, or with each model (None: those of no model)."""
    with store.read():
        cells = answers.cells(store, issue_totals.CUBE, "issue", asked, needed=frozenset({axis}))
        found = _beside(store, axis, asked, cells is not None)
        if cells is not None and asked.is_open:
            tops = {}
            for key in keys:
                own = answers.cells(store, issue_totals.CUBE, "issue", asked, {axis: b"" if key is None else key})
                assert own is not None  # noqa: S101 - as of all keys
                tops[key] = _top(store, own, limit, found.get(key, {}))
            return tops
        if cells is not None:
            _add_up(found, _summed(store, cells, axis))
        return {key: _most(found.get(key, {}), limit) for key in keys}


def named_most(store: Store, limit: int | None, asked: AttemptFilter = ANY_ATTEMPT) -> tuple[list[IssueTotals], int]:
    """Return the physics issues named most often, and how many are named in all, one by two attempts counting twice."""
    with store.read():
        cells = answers.cells(store, issue_totals.CUBE, "issue", asked)
        beside = _beside(store, None, asked, cells is not None)
        count = sum(named.count for named in beside.get(None, {}).values())
        if cells is not None:
            sql = f"SELECT ifnull(sum(count), 0) FROM {issue_totals.CUBE.table} WHERE {cells.condition}"
            count += int(store.execute(sql, cells.values).fetchone()[0])
        return _named_most(store, cells, limit, beside), count


def _named_most(
    store: Store, cells: answers.Cells | None, limit: int | None, beside: dict[str | None, _Named]
) -> list[IssueTotals]:
    if cells is not None and cells.one_each:
        return _top(store, cells, limit, beside.get(None, {}))
    if cells is not None:
        _add_up(beside, _summed(store, cells, None))
    return _most(beside.get(None, {}), limit)


def _top(store: Store, cells: answers.Cells, limit: int | None, beside: _Named) -> list[IssueTotals]:
    """Return the issues named most often in cells of one group, and beside them.

    Of very many that are named equally often, those that were named first.
    """
    if limit == 0:
        return []
    table = f"FROM {issue_totals.CUBE.table} WHERE {cells.condition}"
    # Only names of issues that can be among the first are looked up: those named as often as the last of them.
    least = f"ifnull((SELECT count {table} ORDER BY count DESC LIMIT 1 OFFSET ?), 0)"
    sql = (
        "SELECT issue, count, attempts, last_seen FROM "
        f"(SELECT key, count, attempts, last_seen {table} AND count >= {least} ORDER BY count DESC LIMIT ?) "
        "JOIN physics_issues ON issue_id = key ORDER BY count DESC, issue LIMIT ?"
    )
    cut, last, looked_up = (-1, 2**62, -1) if limit is None else (limit, limit - 1, limit + _MOST_EQUAL)
    rows = store.execute(sql, [*cells.values, *cells.values, last, looked_up, cut])
    found = {issue: IssueTotals(issue, *numbers) for issue, *numbers in rows}
    # Others that are named beside them may be named often, though not often enough till now.
    others = [issue for issue in beside if issue not in found]
    if others:
        numbered = "SELECT issue, issue_id FROM physics_issues WHERE issue IN (SELECT value FROM json_each(?))"
        # With +, a number that is looked up as it is: the keys of a cube may be anything.
        sql = (
            f"SELECT issue, count, attempts, last_seen FROM ({numbered}) CROSS JOIN {issue_totals.CUBE.table} "
            f"ON key = +issue_id WHERE {cells.condition}"
        )
        for issue, *numbers in store.execute(sql, [msgspec.json.encode(others).decode(), *cells.values]):
            found[issue] = IssueTotals(issue, *numbers)
    for issue, named in beside.items():
        found[issue] = found[issue] + named if issue in found else named
    return _most(found, limit)


def _summed(store: Store, cells: answers.Cells, axis: Axis | None) -> Iterable[tuple[Any, ...]]:
    """Return an axis, and what is named with each of its keys in some cells."""
    key = axis or "NULL"
    sql = (
        f"SELECT axis, issue, count, attempts, last_seen FROM (SELECT {key} AS axis, key, sum(count) AS count, "
        f"sum(attempts) AS attempts, max(last_seen) AS last_seen FROM {issue_totals.CUBE.table} "
        f"WHERE {cells.condition} GROUP BY axis, key) JOIN physics_issues ON issue_id = key"
    )
    return store.execute(sql, cells.values)


def _beside(store: Store, axis: Axis | None, asked: AttemptFilter, has_cells: bool) -> dict[str | None, _Named]:
    """Return what is named by the attempts of a filter that no cell holds: all of them, or the fresh and the edges."""
    condition, values = where(store, asked)
    found: dict[str | None, _Named] = {}
    _add_up(found, _fresh(store, axis, condition, values))
    key = "NULL" if axis is None else "+" + AXES[axis].format(a="a")  # with +, no index in its order is read for it
    for more, bound in answers.edges(asked) if has_cells else [("1", [])]:
        settled = (
            f"SELECT {key} AS key, issue, sum(named.count), count(*), max(a.timestamp) "
            "FROM generation_attempts a CROSS JOIN attempt_physics_issues named ON named.row_id = a.row_id "
            f"CROSS JOIN physics_issues USING (issue_id) WHERE {condition} AND {more} GROUP BY key, named.issue_id"
        )
        _add_up(found, store.execute(settled, [*values, *bound]))
    return found


def _fresh(store: Store, axis: Axis | None, condition: str, values: list[object]) -> Iterable[tuple[Any, ...]]:
    """Return an axis, and what is named by attempts that wait to be settled: a row for each attempt and issue."""
    of_these = f"{condition} AND a.row_id > {SETTLED_ROW}"
    key = "NULL" if axis is None else AXES[axis].format(a="a")
    sql = f"SELECT {key}, a.timestamp, a.physics_issues FROM generation_attempts a NOT INDEXED WHERE {of_these}"
    try:
        lists = [
            (group, when, Counter(_decode(listed)))
            for group, when, listed in store.execute(f"{sql} AND a.physics_issues <> '[]'", values)
        ]
    except (msgspec.DecodeError, UnicodeEncodeError):  # lists of something else, which SQLite knows how to read
        listed_sql = issue_totals.listed_sql(of_these, by_row=True)
        return store.execute(
            f"SELECT {axis or 'NULL'}, issue, count(*), count(DISTINCT row_id), max(timestamp) "
            f"FROM ({listed_sql}) GROUP BY 1, issue",
            values,
        )
    return (
        (group, issue, count, 1, when)
        for group, when, named in lists
        for issue, count in named.items()
        if issue is not None
    )


def _add_up(found: dict[str | None, _Named], rows: Iterable[tuple[Any, ...]]) -> None:
    for key, issue, *numbers in rows:
        named = found.setdefault(None if key in (None, b"") else str(key), {})
        totals = IssueTotals(issue, *numbers)
        named[issue] = named[issue] + totals if issue in named else totals


def _most(named: _Named, limit: int | None) -> list[IssueTotals]:
    return sorted(named.values(), key=lambda one: (-one.count, one.issue))[:limit]
