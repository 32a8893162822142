"""Which attempts name which physics issue, and how often in all: derived tables.

Each text is there once, then which settled attempts name it (how often each, and when), and the totals.
"""

from __future__ import annotations

from collections.abc import Iterator

from imglearn.store import cubes
from imglearn.store.cubes import AXES, BY_DAY, BY_GROUP, Cube, Dimension, Rows
from imglearn.store.settling import SETTLED_ROW, Joining

_NAMED_BY = "attempt_physics_issues named CROSS JOIN generation_attempts a ON a.row_id = named.row_id"

_LEVELS = ((), ("category",), ("model",), BY_GROUP, BY_DAY, ("day", "category"), ("day", "model"))

CUBE = Cube(
    table="physics_issue_totals",
    dimensions={
        "issue": Dimension("{named}.issue_id", _LEVELS),
    },
    measures={"attempts": "1", "count": "{named}.count"},
    latest=("last_seen", "{a}.timestamp"),
    everything=Rows(_NAMED_BY),
    settled=Rows(_NAMED_BY),
    joining=lambda joining: (Rows(_NAMED_BY, joining.has("named")),),
    fresh=(),  # of fresh attempts the issues are read from their own lists
)

_ARE_NAMED = "{a}.physics_issues <> '[]' AND json_type({a}.physics_issues) = 'array'"
_LISTED = f"json_each(CASE WHEN {_ARE_NAMED} THEN {{a}}.physics_issues ELSE '[]' END) AS listed"
_ISSUE = "CAST(listed.value AS TEXT)"

# The latest time at which another attempt of a cell named its issue: going back in time, the first one that is found.
_LATEST_AGAIN = (
    "SELECT named.timestamp FROM attempt_physics_issues named CROSS JOIN generation_attempts a USING (row_id) "
    f"WHERE named.issue_id = {CUBE.table}.key AND named.row_id NOT IN (old.row_id, {{itself}}) "
    f"AND named.timestamp BETWEEN CASE {CUBE.table}.day WHEN {cubes.UNTOLD} THEN '' ELSE {CUBE.table}.day END "
    f"AND {CUBE.table}.last_seen "
    f"AND CASE {CUBE.table}.level "
    + " ".join(
        f"WHEN {number} THEN "
        + (" AND ".join(f"{CUBE.table}.{axis} = {AXES[axis].format(a='a')}" for axis in level) or "1")
        for number, level in enumerate(_LEVELS)
    )
    + " END ORDER BY named.timestamp DESC LIMIT 1"
)


def script() -> Iterator[str]:
    """Yield the statements that make the tables."""
    yield "CREATE TABLE physics_issues (issue_id INTEGER PRIMARY KEY, issue TEXT NOT NULL UNIQUE)"
    yield (
        "CREATE TABLE attempt_physics_issues (row_id INTEGER NOT NULL, issue_id INTEGER NOT NULL, "
        "count INTEGER NOT NULL, timestamp TEXT NOT NULL, PRIMARY KEY (row_id, issue_id)) WITHOUT ROWID"
    )
    yield "CREATE INDEX attempt_physics_issues_by_issue ON attempt_physics_issues (issue_id, timestamp)"
    yield from cubes.table(CUBE)
    # For the levels that are asked for the most named at any size; of the others all cells are added up.
    yield (
        "CREATE INDEX physics_issue_totals_by_count ON physics_issue_totals (level, category, model, count DESC) "
        f"WHERE day = {cubes.UNTOLD} AND verdict = {cubes.UNTOLD}"
    )


def settle(joining: Joining) -> Iterator[str]:
    """Yield the statements that add what attempts name that are being settled."""
    yield from _naming(joining.has("a"))
    yield from cubes.settle(CUBE, joining)


def filling() -> Iterator[str]:
    """Yield the statements that fill the tables, which must be empty, from the settled attempts."""
    yield from _naming(f"a.row_id <= {SETTLED_ROW}")
    yield cubes.fill(CUBE)


def listed_sql(condition: str, *, by_row: bool = False) -> str:
    """Return the SELECT of what the lists of the attempts `a` that meet a condition name: a row each time.

    `by_row` goes by the attempts' row numbers, as suits a condition on these.
    """
    return (
        f"SELECT {_ISSUE} AS issue, a.row_id AS row_id, a.timestamp AS timestamp, a.category AS category, "
        f"{AXES['model'].format(a='a')} AS model "
        f"FROM generation_attempts a {'NOT INDEXED' if by_row else ''}, {_LISTED.format(a='a')} "
        f"WHERE {condition} AND listed.value IS NOT NULL"
    )


def comparisons() -> Iterator[tuple[str, str, str]]:
    """Yield for each table what it holds, and what it should hold, in terms that hold no number of its own."""
    named = listed_sql(f"a.row_id <= {SETTLED_ROW}")
    yield (
        "attempt_physics_issues",
        "SELECT issue, row_id, count, timestamp FROM attempt_physics_issues JOIN physics_issues USING (issue_id)",
        f"SELECT issue, row_id, count(*), timestamp FROM ({named}) GROUP BY issue, row_id",
    )
    yield (
        "physics_issues",
        "SELECT issue_id FROM physics_issues",
        "SELECT DISTINCT issue_id FROM attempt_physics_issues",
    )


def _naming(condition: str) -> Iterator[str]:
    """Yield the statements that give each issue a number, and say which attempts name it."""
    named = listed_sql(condition, by_row=True)
    yield (
        f"INSERT INTO physics_issues (issue) SELECT DISTINCT issue FROM ({named}) WHERE true ORDER BY issue "
        "ON CONFLICT (issue) DO NOTHING"
    )
    yield (
        "INSERT INTO attempt_physics_issues SELECT row_id, issue_id, count(*), timestamp "
        f"FROM ({named}) JOIN physics_issues USING (issue) GROUP BY row_id, issue_id"
    )


def unsettle(itself: str) -> Iterator[str]:
    """Yield the statements that take away what `old` named; `itself` is the same attempt as it is now, or `old`."""
    again = _LATEST_AGAIN.format(itself=f"{itself}.row_id")
    mine = Rows("attempt_physics_issues named", "named.row_id = old.row_id")
    yield from cubes.take_away(CUBE, mine, again, a="old")
    yield "DELETE FROM attempt_physics_issues WHERE row_id = old.row_id"
    yield (
        f"DELETE FROM physics_issues WHERE issue IN (SELECT {_ISSUE} FROM {_LISTED.format(a='old')}) "
        "AND NOT EXISTS (SELECT 1 FROM attempt_physics_issues named WHERE named.issue_id = physics_issues.issue_id)"
    )
