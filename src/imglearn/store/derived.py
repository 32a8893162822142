"""What can be recomputed from the attempts and remarks: how it is made, rebuilt, and proved right."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from importlib import resources

from imglearn.store import cubes, full_text, issue_totals, measures, pending, retries, settling
from imglearn.store.cubes import Cube
from imglearn.store.settling import Joining

_OF_ATTEMPTS = (measures.CUBE, retries.CUBE)

# What is derived reads these columns of an attempt. To change another one, as when an image has moved, costs nothing.
COLUMNS = (
    "id", "timestamp", "material", "category", "model", "status", "prompt", "gen_prompt_length", "feedback_applied",
    "feedback_text", "feedback_category", "val_prompt_length", "val_truncated", "realism_score", "passed",
    "physics_issues", "red_flags", "failure_category", "parent_id", "notes",
)  # fmt: skip
_CUBES: tuple[Cube, ...] = (*_OF_ATTEMPTS, issue_totals.CUBE)


def script() -> Iterator[str]:
    """Yield the statements that make the derived tables, indexes and triggers. Nothing is settled then."""
    yield from statements(resources.files("imglearn.store").joinpath("indexes.sql").read_text("utf-8"))
    yield from settling.script(settle, unsettle, COLUMNS)
    for cube in _OF_ATTEMPTS:
        yield from cubes.table(cube)
    yield from issue_totals.script()
    yield from full_text.script()
    yield from pending.script()


def removal() -> Iterator[str]:
    """Yield the statements that remove all that `script` makes."""
    for name, sql in reversed(definitions().items()):
        kind = sql.removeprefix("CREATE ").removeprefix("VIRTUAL ").removeprefix("UNIQUE ").split(None, 1)[0]
        yield f"DROP {kind} IF EXISTS {name}"


def definitions() -> dict[str, str]:
    """Return the SQL of each derived table, view, index and trigger by its name, as SQLite keeps it."""
    found = {}
    for statement in script():
        sql = statement[statement.index("CREATE ") :].strip().removesuffix(";")
        match = re.match(r"CREATE (?:VIRTUAL |UNIQUE )?\w+ (\w+)", sql)
        assert match is not None  # noqa: S101 - our own statements
        found[match[1]] = sql
    return found


def filling() -> Iterator[str]:
    """Yield the statements that settle all attempts, in derived tables that are empty."""
    yield settling.filling()
    for cube in _OF_ATTEMPTS:
        yield cubes.fill(cube)
    yield from issue_totals.filling()
    yield from full_text.rebuilding()
    yield pending.filling()


def settle(joining: Joining) -> Iterator[str]:
    """Yield the statements that add attempts to all that is derived from attempts."""
    for cube in _OF_ATTEMPTS:
        yield from cubes.settle(cube, joining)
    yield from issue_totals.settle(joining)
    yield from full_text.settle(joining)


def unsettle(itself: str) -> Iterator[str]:
    """Yield the statements that take `old` away; `itself` is the same attempt as it is now, or `old`."""
    yield from measures.unsettle()
    yield from retries.unsettle(itself)
    yield from issue_totals.unsettle(itself)
    yield from full_text.unsettle()


def comparisons() -> dict[str, str]:
    """Return for each derived table a query that counts the rows in which it differs from a recount."""
    pairs = {cube.table: (f"SELECT * FROM {cube.table}", cubes.counted(cube, cube.settled)) for cube in _CUBES}
    pairs |= {name: (kept, recounted) for name, kept, recounted in issue_totals.comparisons()}
    pairs["pending_feedback"] = pending.comparison()
    pairs["settling"] = (
        "SELECT count(*), min(patience), min(typeof(settled_row)) FROM settling",
        f"SELECT 1, {settling.MOST_FRESH}, 'integer'",
    )
    return {
        name: f"SELECT (SELECT count(*) FROM (SELECT * FROM ({kept}) EXCEPT SELECT * FROM ({recounted}))) "
        f"+ (SELECT count(*) FROM (SELECT * FROM ({recounted}) EXCEPT SELECT * FROM ({kept})))"
        for name, (kept, recounted) in pairs.items()
    }


def integrity_checks() -> dict[str, str]:
    """Return for each full-text index the statement that fails where it doesn't match the texts."""
    return {name: f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)" for name in full_text.TABLES}


def statements(text: str) -> Iterator[str]:
    """Split an SQL script: `executescript` would commit the transaction around it."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
