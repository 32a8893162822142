"""What can be recomputed from the attempts and remarks: how it is made, rebuilt, and proved right."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from importlib import resources

from imglearn.store import full_text, measures, retries
from imglearn.store.deferred import DEFERRAL

# Rows that should be there, as SELECTs that hold none of the tables' own numbers.
_NAMED_ISSUES = """
    SELECT CAST(value AS TEXT) AS issue, a.timestamp, a.row_id, a.category, ifnull(a.model, x'') AS model,
        count(*) AS count
    FROM generation_attempts a, json_each(a.physics_issues)
    WHERE {condition} AND a.physics_issues <> '[]' AND json_type(a.physics_issues) = 'array' AND value IS NOT NULL
    GROUP BY a.row_id, issue
"""
_STORED_ISSUES = """
    SELECT issue, timestamp, row_id, category, model, count
    FROM attempt_physics_issues JOIN physics_issues USING (issue_id)
"""
_ISSUE_TOTALS = " UNION ALL ".join(
    f"SELECT '{dimension}', {key} AS key, issue_id, sum(count), count(*), max(timestamp) "
    "FROM attempt_physics_issues GROUP BY key, issue_id"
    for dimension, key in (("all", "''"), ("category", "category"), ("model", "model"))
)


def script() -> Iterator[str]:
    """Yield the statements that make the derived tables, indexes and triggers."""
    yield DEFERRAL
    for file in ("indexes.sql", "physics_issues.sql"):
        yield from statements(resources.files("imglearn.store").joinpath(file).read_text("utf-8"))
    yield from measures.script()
    yield from retries.script()
    yield from full_text.script()


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
    """Yield the statements that fill the derived tables, which must be empty, from the attempts and remarks.

    The triggers on `attempt_physics_issues` keep the totals of the issues while it is filled.
    """
    yield f"INSERT INTO attempt_totals {measures.recount_sql()}"
    yield from retries.filling()
    yield from _adding_issues("1")
    yield from full_text.rebuilding()


def adding(condition: str) -> Iterator[str]:
    """Yield the statements that do what the insert triggers would have done for the attempts `{a}`."""
    of_attempts = condition.format(a="a")
    yield measures.adding_sql(of_attempts)
    yield from retries.adding(condition)
    yield from _adding_issues(of_attempts)
    yield full_text.adding_sql(of_attempts)


def _adding_issues(condition: str) -> Iterator[str]:
    named = _NAMED_ISSUES.format(condition=condition)
    yield (
        f"INSERT INTO physics_issues (issue) SELECT DISTINCT issue FROM ({named}) WHERE true "
        "ORDER BY issue ON CONFLICT (issue) DO NOTHING"
    )
    yield (
        "INSERT INTO attempt_physics_issues (issue_id, timestamp, row_id, category, model, count) "
        f"SELECT issue_id, timestamp, row_id, category, model, count FROM ({named}) JOIN physics_issues USING (issue)"
    )


def comparisons() -> dict[str, str]:
    """Return for each derived table a query that counts the rows in which it differs from a recount."""
    pairs = {
        "deferral": ("SELECT * FROM deferral", "SELECT 1 WHERE 0"),
        "attempt_totals": ("SELECT * FROM attempt_totals", f"SELECT * FROM ({measures.recount_sql()})"),
        "feedback_retry_totals": ("SELECT * FROM feedback_retry_totals", retries.recount_sql()),
        "attempt_physics_issues": (_STORED_ISSUES, _NAMED_ISSUES.format(condition="1")),
        "physics_issue_totals": ("SELECT * FROM physics_issue_totals", _ISSUE_TOTALS),
        "physics_issues": (
            "SELECT issue_id FROM physics_issues",
            "SELECT DISTINCT issue_id FROM attempt_physics_issues",
        ),
    }
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
