"""Totals over groups of attempts, as SQL: their table, what changes it, and the recount that proves it.

A cube is a table with a row, a cell, for each group of attempts that has any. Groups are told apart by the axes that
filters ask about, at one or more levels of detail: the fewer axes a level tells apart, the fewer cells a question has
to add up. Sums of whole numbers stay exact whatever is added and taken away in whatever order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from imglearn.store.settling import Joining

UNKNOWN = "x''"  # a value that is not known: it equals no text or number

# {a} stands for the attempt: a table's alias, or new and old in a trigger.
AXES = {
    "day": "substr({a}.timestamp, 1, 10)",
    "category": "{a}.category",
    "model": f"ifnull({{a}}.model, {UNKNOWN})",
    "verdict": f"ifnull({{a}}.passed, {UNKNOWN})",
}
Level = tuple[str, ...]  # the axes that it tells apart

BY_DAY: Level = ("day",)
BY_GROUP: Level = ("category", "model", "verdict")
BY_DAY_AND_GROUP: Level = ("day", *BY_GROUP)

_CELL = ("dimension", "level", *AXES, "key")
_ALIASES = {name: name for name in ("a", "parent", "named")}
UNTOLD = "0"  # stands in a cell for an axis that its level doesn't tell apart


class Dimension(NamedTuple):
    """What else than the axes tells groups apart: a key, as SQL (NULL: no part in it), and the levels, coarse first."""

    key: str
    levels: tuple[Level, ...]


class Rows(NamedTuple):
    """What is counted: what SQL selects from, under which condition."""

    source: str
    condition: str = "1"


class Cube(NamedTuple):
    """A table of cells: each dimension, and the measures that are summed, as SQL over one counted row.

    The first measure counts the rows, so that a cell where it is 0 is empty. `latest` is a name and SQL whose greatest
    value is kept. `settled` are the rows that the cells are of, `joining` those that join them when attempts are
    settled, and `fresh` those that have not yet.
    """

    table: str
    dimensions: Mapping[str, Dimension]
    measures: Mapping[str, str]
    everything: Rows
    settled: Rows
    joining: Callable[[Joining], tuple[Rows, ...]]
    fresh: tuple[Rows, ...]
    latest: tuple[str, str] | None = None


class Kept(NamedTuple):
    """Where groups are kept: a dimension's cells, and the columns of these that are the key and the second key."""

    dimension: str
    key: str
    within: str


class Grouping(NamedTuple):
    """How a question groups what is counted: by a key, and within it by a second one, as SQL over an attempt {a}."""

    key: str
    within: str
    kept: Kept | None


TOGETHER = Grouping("''", "''", Kept("all", "''", "''"))  # all in one group


def table(cube: Cube) -> Iterable[str]:
    """Return the statements that make the cube's table."""
    measures = ", ".join(f"{name} INTEGER NOT NULL" for name in cube.measures)
    latest = f", {cube.latest[0]} TEXT NOT NULL" if cube.latest else ""
    return (
        f"CREATE TABLE {cube.table} ({', '.join(f'{name} NOT NULL' for name in _CELL)}, {measures}{latest}, "
        f"PRIMARY KEY ({', '.join(_CELL)})) WITHOUT ROWID",
        f"CREATE INDEX {cube.table}_empty ON {cube.table} ({_count(cube)}) WHERE {_count(cube)} = 0",
    )


def counted(cube: Cube, rows: Rows, sign: str = "", **aliases: str) -> str:
    """Return the SELECT of the cells that rows make at every level; with the sign "-" what to add to take them away.

    `aliases` say what stands in the SQL for {a} and the others; by default each for itself.
    """
    named = {**_ALIASES, **aliases}
    fine, cells = [], []
    again = ", ".join([f"sum({name})" for name in cube.measures] + [f"max({name})" for name in (cube.latest or ())[:1]])
    for name, dimension in cube.dimensions.items():
        told = set().union(*dimension.levels)
        axes = ", ".join(f"{sql.format(**named) if axis in told else UNTOLD} AS {axis}" for axis, sql in AXES.items())
        key = dimension.key.format(**named)
        fine.append(
            f"SELECT '{name}' AS dimension, {axes}, {key} AS key, {sums(cube, sign, **aliases)} "
            f"FROM {rows.source} WHERE {rows.condition} AND {key} IS NOT NULL GROUP BY 2, 3, 4, 5, 6"
        )
        for number, level in enumerate(dimension.levels):
            axes = ", ".join(axis if axis in level else UNTOLD for axis in AXES)
            cells.append(
                f"SELECT dimension, {number} AS level, {axes}, key, {again} FROM fine "
                f"WHERE dimension = '{name}' GROUP BY {', '.join((*level, 'key'))}"
            )
    return f"WITH fine AS MATERIALIZED ({' UNION ALL '.join(fine)}) {' UNION ALL '.join(cells)}"


def sums(cube: Cube, sign: str = "", **aliases: str) -> str:
    """Return the measures, summed, as SQL."""
    named = {**_ALIASES, **aliases}
    found = [f"{sign}sum({sql.format(**named)}) AS {name}" for name, sql in cube.measures.items()]
    if cube.latest:
        name, sql = cube.latest
        found.append(f"max({sql.format(**named)}) AS {name}")
    return ", ".join(found)


def settle(cube: Cube, joining: Joining) -> Iterator[str]:
    """Yield the statements that add the rows of attempts that are being settled to their cells."""
    latest = "{0} = max({0}, excluded.{0})".format(cube.latest[0]) if cube.latest else None
    return (_merge(cube, counted(cube, rows), latest) for rows in cube.joining(joining))


def fill(cube: Cube) -> str:
    """Return the statement that fills the table, which must be empty, with the rows of settled attempts."""
    return f"INSERT INTO {cube.table} {counted(cube, cube.settled)}"


def take_away(cube: Cube, rows: Rows, latest_again: str = "", **aliases: str) -> Iterator[str]:
    """Yield the statements that take rows from their cells, and away the cells that are empty then.

    `latest_again` is SQL for the greatest value in a cell of the cube's table without them.
    """
    latest = None
    if cube.latest:
        name = cube.latest[0]
        latest = f"{name} = CASE WHEN excluded.{name} < {name} THEN {name} ELSE ifnull(({latest_again}), '') END"
    yield _merge(cube, counted(cube, rows, "-", **aliases), latest)
    yield f"DELETE FROM {cube.table} WHERE {_count(cube)} = 0"


def _merge(cube: Cube, cells: str, latest: str | None) -> str:
    changes = [f"{name} = {name} + excluded.{name}" for name in cube.measures]
    return (
        f"INSERT INTO {cube.table} SELECT * FROM ({cells}) WHERE true "
        f"ON CONFLICT ({', '.join(_CELL)}) DO UPDATE SET {', '.join([*changes, latest] if latest else changes)}"
    )


def _count(cube: Cube) -> str:
    return next(iter(cube.measures))
