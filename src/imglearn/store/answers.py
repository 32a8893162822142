"""A question about groups of attempts, answered from the cells of a cube as far as they go, and counted beyond."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import cubes
from imglearn.store.conditions import Condition, one_of
from imglearn.store.cubes import AXES, Cube, Grouping, Rows
from imglearn.store.database import Store
from imglearn.store.filtering import day_or_moment, where
from imglearn.store.names import names
from imglearn.text import storable_text

Row = tuple[Any, ...]

_AXIS_FIELDS = {"category": "category", "model": "model", "passed": "verdict", "since": "day", "until": "day"}
_KEYS: dict[bool | None, object] = {True: 1, False: 0, None: b""}


class Cells(NamedTuple):
    """The cells of a cube that answer a filter: the condition on them, and what it binds.

    `one_each` says that no two of them are of the same key, so that there is nothing to add up.
    """

    condition: str
    values: list[object]
    one_each: bool


def cells(
    store: Store,
    cube: Cube,
    dimension: str,
    asked: AttemptFilter,
    equal: Mapping[str, object] | None = None,
    needed: frozenset[str] = frozenset(),
) -> Cells | None:
    """Return the cells of the settled attempts of a filter, in whole days; None where there are no such cells.

    `equal` are axes with the value wanted besides the filter's, and `needed` those that must be told apart. To be used
    within `Store.read`.
    """
    first, end = _whole_days(asked)
    if first is not None and end is not None and first >= end:
        return None
    fields = {*asked.given(), *(term.name for term in asked.terms)} - {"terms"}
    axes = {_AXIS_FIELDS.get(name) for name in fields}
    for number, level in enumerate(cube.dimensions[dimension].levels):
        if axes | (equal or {}).keys() | needed <= set(level):
            wanted = _wanted(store, asked)
            if wanted is None:
                return None
            wanted |= {axis: [key] for axis, key in (equal or {}).items()}
            conditions, values = [f"dimension = '{dimension}' AND level = {number}"], list[object]()
            for axis in AXES:
                for condition, bound in _on_axis(axis, axis in level, wanted, asked):
                    conditions.append(condition)
                    values += bound
            one_each = wanted.keys() == set(level) and all(len(keys) == 1 for keys in wanted.values())
            return Cells(" AND ".join(conditions), values, one_each)
    return None


def _wanted(store: Store, asked: AttemptFilter) -> dict[str, list[object]] | None:
    """Return the keys wanted on each axis that a filter asks of; None where they are too many to tell."""
    wanted: dict[str, list[object]] = {}
    for field in ("category", "model", "passed"):
        value = getattr(asked, field)
        terms = [term for term in asked.terms if term.name == field]
        if value is None and not terms:
            continue
        if value is not None:
            known = [None if value == "unknown" else value]
        elif field == "passed":
            known = [True, False, None]
        else:
            found = names(store, field)
            if found is None:
                return None
            known = [*found, None]
        keys = [storable_text(one) if isinstance(one, str) else _KEYS[one]
                for one in known if all(term.holds(one) for term in terms)]  # fmt: skip
        wanted[_AXIS_FIELDS[field]] = keys
    return wanted


def _on_axis(axis: str, is_told: bool, wanted: Mapping[str, list[object]], asked: AttemptFilter) -> Iterator[Condition]:
    if not is_told:
        yield f"{axis} = {cubes.UNTOLD}", []
    elif axis in wanted:
        yield one_of(axis, wanted[axis])
    elif axis == "day":
        first, end = _whole_days(asked)
        if first is not None:
            yield "day >= ?", [first]
        if end is not None:
            yield "day < ?", [end]


def groups(store: Store, cube: Cube, grouping: Grouping, asked: AttemptFilter = ANY_ATTEMPT) -> list[Row]:
    """Return rows of a key, a second key and the cube's measures. A group may be in several rows, to be added up."""
    with store.read():
        if grouping.kept is not None:
            dimension, key, within = grouping.kept
            found = cells(store, cube, dimension, asked, needed=frozenset({key, within} & AXES.keys()))
            if found is not None:
                measures = ", ".join(f"sum({name})" for name in cube.measures)
                sql = f"SELECT {key}, {within}, {measures} FROM {cube.table} WHERE {found.condition} GROUP BY 1, 2"
                rows: list[Row] = store.execute(sql, found.values).fetchall()
                for edge in edges(asked):
                    rows += _count(store, cube, cube.everything, grouping, asked, edge)
                for fresh in cube.fresh:
                    rows += _count(store, cube, fresh, grouping, asked, _between_edges(asked))
                return rows
        return _count(store, cube, cube.everything, grouping, asked)


def edges(asked: AttemptFilter) -> list[Condition]:
    """Return the conditions on an attempt that is at either end of a filter's times, in no whole day."""
    first, end = _whole_days(asked)
    found: list[Condition] = []
    if first is not None and len(day_or_moment(str(asked.since))) > len(first):
        found.append(("a.timestamp < ?", [first]))
    if end is not None and len(day_or_moment(str(asked.until))) > len(end):
        found.append(("a.timestamp >= ?", [end]))
    return found


def _between_edges(asked: AttemptFilter) -> Condition:
    first, end = _whole_days(asked)
    conditions = [f"a.timestamp {sign} ?" for sign, day in ((">=", first), ("<", end)) if day is not None]
    return " AND ".join(conditions) or "1", [day for day in (first, end) if day is not None]


def _whole_days(asked: AttemptFilter) -> tuple[str | None, str | None]:
    """Return the first day that a filter's times hold whole, and the first after it that they don't.

    None where nothing bounds them. The first may come after the end: then there is none.
    """
    first = None if asked.since is None else day_or_moment(asked.since)
    if first is not None and len(first) > 10:
        try:
            first = (date.fromisoformat(first[:10]) + timedelta(days=1)).isoformat()
        except (ValueError, OverflowError):  # the end of all time
            first = "~"
    return first, None if asked.until is None else asked.until[:10]


def _count(
    store: Store,
    cube: Cube,
    rows: Rows,
    grouping: Grouping,
    asked: AttemptFilter,
    more: Condition = ("1", []),
) -> list[Row]:
    # With +, no index in their order is read for them: it would lead to each attempt by itself.
    key, within = (f"+{sql.format(a='a')}" for sql in (grouping.key, grouping.within))
    condition, values = where(store, asked)
    sql = (
        f"SELECT {key}, {within}, {cubes.sums(cube)} FROM {rows.source} "
        f"WHERE {rows.condition} AND {condition} AND {more[0]} AND {key} IS NOT NULL GROUP BY 1, 2"
    )
    found: list[Row] = store.execute(sql, [*values, *more[1]]).fetchall()
    return found
