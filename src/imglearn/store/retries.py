"""Retries with feedback beside the attempts that they retry: their totals, kept by triggers or counted."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store.database import Store
from imglearn.store.deferred import UNLESS_DEFERRED
from imglearn.store.filtering import where

# {a} stands for the retry and {parent} for what it retries. Scores in thousandths of a point, so that sums are exact.
_JUDGED = "({a}.passed IS NOT NULL AND {parent}.passed IS NOT NULL)"
_CHANGE = "(CAST(round({a}.realism_score * 1e3) AS INTEGER) - CAST(round({parent}.realism_score * 1e3) AS INTEGER))"
_MEASURES = {
    "pairs": "1",
    "judged": _JUDGED,
    "passed_before": f"CASE WHEN {_JUDGED} THEN {{parent}}.passed ELSE 0 END",
    "passed_after": f"CASE WHEN {_JUDGED} THEN {{a}}.passed ELSE 0 END",
    "scored": f"{_CHANGE} IS NOT NULL",
    "change_sum": f"ifnull({_CHANGE}, 0)",
    "change_squares": f"ifnull({_CHANGE} * {_CHANGE}, 0)",
}
_IS_PAIR = "{parent}.id = {a}.parent_id AND {a}.feedback_applied = 1"
_PAIRS = (
    f"generation_attempts a JOIN generation_attempts parent ON {_IS_PAIR.format(a='a', parent='parent')} "
    "AND a.row_id <> parent.row_id"
)
_COLUMNS = "row_id, id, parent_id, feedback_applied, passed, realism_score"


class RetryTotals(Struct, frozen=True):
    """Counts and sums over pairs of a retry and the attempt that it retries.

    `judged` pairs have both verdicts, and of them `passed_before` and `passed_after` passed; `scored` pairs have both
    scores, and `change_sum` and `change_squares` sum how they changed, in thousandths of a point.
    """

    pairs: int
    judged: int
    passed_before: int
    passed_after: int
    scored: int
    change_sum: int
    change_squares: int


def with_feedback(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> RetryTotals:
    """Return the totals over the retries that feedback was applied to."""
    if asked.is_open:
        sql, values = f"SELECT {', '.join(_MEASURES)} FROM feedback_retry_totals", list[object]()
    else:
        conditions, values = where(asked)
        sql = f"SELECT {_sums('a', 'parent')} FROM {_PAIRS} WHERE a.parent_id IS NOT NULL AND {conditions}"
    with store.read():
        return RetryTotals(*store.execute(sql, values).fetchone())


def script() -> Iterator[str]:
    """Yield the statements that make the totals' table, of one row, and the triggers that keep it."""
    columns = ", ".join(f"{name} INTEGER NOT NULL DEFAULT 0" for name in _MEASURES)
    yield f"CREATE TABLE feedback_retry_totals (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), {columns})"
    on = "ON generation_attempts"
    add, take_away = _change("+", "new", "new"), _change("-", "old", "old")
    both = f"{_change('-', 'old', 'old', 'new')} {_change('+', 'new', 'old', 'new')}"
    yield f"CREATE TRIGGER feedback_retry_totals_insert AFTER INSERT {on} {UNLESS_DEFERRED} BEGIN {add} END"
    yield f"CREATE TRIGGER feedback_retry_totals_delete AFTER DELETE {on} BEGIN {take_away} END"
    yield f"CREATE TRIGGER feedback_retry_totals_update AFTER UPDATE OF {_COLUMNS} {on} BEGIN {both} END"


def filling() -> Iterator[str]:
    """Yield the statements that fill the table, which must be empty."""
    yield f"INSERT INTO feedback_retry_totals {recount_sql()}"


def recount_sql() -> str:
    """Return the SELECT whose only row the table should hold."""
    return f"SELECT 1, {_sums('a', 'parent')} FROM {_PAIRS} WHERE a.parent_id IS NOT NULL"


def adding(condition: str) -> Iterator[str]:
    """Yield the statements that add the pairs in which an attempt `{a}` that meets a condition has come."""
    is_new, parent_is_new = condition.format(a="a"), condition.format(a="parent")
    yield _update("+", f"SELECT {_named_sums('a', 'parent')} FROM {_PAIRS} WHERE a.parent_id IS NOT NULL AND {is_new}")
    of_new_parents = (  # from the parents on: there are few new ones
        f"generation_attempts parent CROSS JOIN generation_attempts a ON {_IS_PAIR.format(a='a', parent='parent')} "
        f"AND a.parent_id IS NOT NULL WHERE {parent_is_new} AND NOT ({is_new})"
    )
    yield _update("+", f"SELECT {_named_sums('a', 'parent')} FROM {of_new_parents}")


def _change(sign: str, row: str, *itself: str) -> str:
    """Add or take away the pairs that an attempt makes with others, as their retry and as their parent.

    `itself` are the rows that are the attempt, as it was and is: one that retries itself is no pair.
    """
    parent_is_other, retry_is_other = (
        " AND ".join(f"{other}.row_id <> {one}.row_id" for one in itself) for other in ("parent", "a")
    )
    as_retry = (
        f"SELECT {_named_sums(row, 'parent')} FROM generation_attempts parent "
        f"WHERE {_IS_PAIR.format(a=row, parent='parent')} AND {parent_is_other}"
    )
    as_parent = (
        f"SELECT {_named_sums('a', row)} FROM generation_attempts a "
        f"WHERE {_IS_PAIR.format(a='a', parent=row)} AND {retry_is_other}"
    )
    return f"{_update(sign, as_retry)}; {_update(sign, as_parent)};"


def _update(sign: str, found: str) -> str:
    changes = ", ".join(f"{name} = feedback_retry_totals.{name} {sign} found.{name}" for name in _MEASURES)
    return f"UPDATE feedback_retry_totals SET {changes} FROM ({found}) AS found WHERE found.pairs > 0"


def _sums(retry: str, parent: str) -> str:
    return ", ".join(f"ifnull(sum({sql.format(a=retry, parent=parent)}), 0)" for sql in _MEASURES.values())


def _named_sums(retry: str, parent: str) -> str:
    return ", ".join(
        f"ifnull(sum({sql.format(a=retry, parent=parent)}), 0) AS {name}" for name, sql in _MEASURES.items()
    )
