"""What is counted over attempts, and by what: each measure and each dimension once, as SQL over one attempt.

From here come the triggers that keep `attempt_totals`, the recount that proves them, and the sums over filtered
attempts.
"""

from __future__ import annotations

from collections.abc import Iterator

from imglearn.store.deferred import UNLESS_DEFERRED

# {a} stands for the attempt: a table's alias, or new and old in a trigger. Sums of whole numbers stay exact whatever
# is added and taken away in whatever order, so scores are counted in millionths of a point, and their squares (which
# give the spread) in millionths of a point squared, after rounding the score to a thousandth.
MEASURES = {
    "attempts": "1",
    "passed": "ifnull({a}.passed, 0)",
    "failed": "ifnull(1 - {a}.passed, 0)",
    "running": "{a}.status = 'running'",
    "retries": "{a}.parent_id IS NOT NULL",
    "scored": "{a}.realism_score IS NOT NULL",
    "score_sum": "ifnull(CAST(round({a}.realism_score * 1e6) AS INTEGER), 0)",
    "score_squares": "ifnull(CAST(round({a}.realism_score * 1e3) AS INTEGER)"
    " * CAST(round({a}.realism_score * 1e3) AS INTEGER), 0)",
    "gen_prompts": "{a}.gen_prompt_length IS NOT NULL",
    "gen_prompt_chars": "ifnull({a}.gen_prompt_length, 0)",
    "val_prompts": "{a}.val_prompt_length IS NOT NULL",
    "val_prompt_chars": "ifnull({a}.val_prompt_length, 0)",
}

# An unknown value has the empty blob as its key, which no text or number equals; an attempt whose key is NULL has no
# part in the dimension.
DIMENSIONS = {
    "all": ("''", "''"),
    "category": ("{a}.category", "''"),
    "model": ("ifnull({a}.model, x'')", "{a}.category"),
    "day": ("substr({a}.timestamp, 1, 10)", "''"),
    "feedback_applied": ("ifnull({a}.feedback_applied, x'')", "{a}.category"),
    "feedback_category": ("CASE WHEN {a}.feedback_applied = 1 THEN ifnull({a}.feedback_category, x'') END", "''"),
    "truncated": ("ifnull({a}.val_truncated, x'')", "''"),
    "failure_category": ("CASE WHEN {a}.passed = 0 THEN ifnull({a}.failure_category, x'') END", "''"),
}

# Not kept, since there would be too many: counted when somebody asks.
COUNTED_DIMENSIONS = {"hour": ("substr({a}.timestamp, 1, 13)", "''")}

_COLUMNS = ("category", "model", "timestamp", "status", "parent_id", "passed", "realism_score", "feedback_applied",
            "feedback_category", "gen_prompt_length", "val_prompt_length", "val_truncated",
            "failure_category")  # fmt: skip


_ON_CONFLICT = "ON CONFLICT (dimension, key, within) DO UPDATE SET " + ", ".join(
    f"{name} = {name} + excluded.{name}" for name in MEASURES
)


def script() -> Iterator[str]:
    """Yield the statements that make the table of totals and the triggers that keep it."""
    measures = ", ".join(f"{name} INTEGER NOT NULL" for name in MEASURES)
    yield (
        f"CREATE TABLE attempt_totals (dimension TEXT NOT NULL, key NOT NULL, within NOT NULL, {measures}, "
        "PRIMARY KEY (dimension, key, within)) WITHOUT ROWID"
    )
    columns = ", ".join(_COLUMNS)
    on = "ON generation_attempts"
    yield f"CREATE TRIGGER attempt_totals_insert AFTER INSERT {on} {UNLESS_DEFERRED} BEGIN {_add('new')} END"
    yield f"CREATE TRIGGER attempt_totals_delete AFTER DELETE {on} BEGIN {_subtract('old')} END"
    yield (
        f"CREATE TRIGGER attempt_totals_update AFTER UPDATE OF {columns} ON generation_attempts "
        f"BEGIN {_subtract('old')} {_add('new')} END"
    )


def recount_sql(condition: str = "1", hint: str = "") -> str:
    """Return the SELECT whose rows `attempt_totals` should hold, over the attempts `a` that meet a condition."""
    return " UNION ALL ".join(
        f"SELECT '{name}', {key.format(a='a')} AS key, {within.format(a='a')} AS within, {sums('a')} "
        f"FROM generation_attempts a {hint} WHERE {condition} AND {key.format(a='a')} IS NOT NULL GROUP BY 2, 3"
        for name, (key, within) in DIMENSIONS.items()
    )


def adding_sql(condition: str) -> str:
    """Return the statement that adds the attempts `a` from a row on to `attempt_totals`."""
    # By the row's number: an index in the order of the groups would be read from end to end.
    return (
        f"INSERT INTO attempt_totals SELECT * FROM ({recount_sql(condition, 'NOT INDEXED')}) WHERE true {_ON_CONFLICT}"
    )


def sums(alias: str) -> str:
    """Return the measures, summed over the attempts of that alias, as SQL."""
    return ", ".join(f"sum({sql.format(a=alias)})" for sql in MEASURES.values())


def _keys(row: str) -> str:
    return ", ".join(
        f"('{name}', {key.format(a=row)}, {within.format(a=row)})" for name, (key, within) in DIMENSIONS.items()
    )


def _add(row: str) -> str:
    names = ", ".join(MEASURES)
    return (
        f"INSERT INTO attempt_totals (dimension, key, within, {names}) "
        f"SELECT column1, column2, column3, {', '.join(sql.format(a=row) for sql in MEASURES.values())} "
        f"FROM (VALUES {_keys(row)}) WHERE column2 IS NOT NULL "
        f"{_ON_CONFLICT};"
    )


def _subtract(row: str) -> str:
    sums = ", ".join(f"{name} = {name} - ({sql.format(a=row)})" for name, sql in MEASURES.items())
    mine = f"(dimension, key, within) IN (VALUES {_keys(row)})"
    return f"UPDATE attempt_totals SET {sums} WHERE {mine}; DELETE FROM attempt_totals WHERE {mine} AND attempts = 0;"
