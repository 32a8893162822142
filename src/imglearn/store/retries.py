"""Attempts beside the ones that they retry."""

from __future__ import annotations

from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store.database import Store
from imglearn.store.filtering import where

# Scores in thousandths of a point, so that the sums of their changes and squares are exact.
_CHANGE = "(CAST(round(a.realism_score * 1e3) AS INTEGER) - CAST(round(parent.realism_score * 1e3) AS INTEGER))"
_JUDGED = "(a.passed IS NOT NULL AND parent.passed IS NOT NULL)"


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
    conditions, values = where(asked)
    sql = (
        f"SELECT count(*), ifnull(sum({_JUDGED}), 0), "
        f"ifnull(sum(CASE WHEN {_JUDGED} THEN parent.passed END), 0), "
        f"ifnull(sum(CASE WHEN {_JUDGED} THEN a.passed END), 0), "
        f"count({_CHANGE}), ifnull(sum({_CHANGE}), 0), ifnull(sum({_CHANGE} * {_CHANGE}), 0) "
        "FROM generation_attempts a JOIN generation_attempts parent ON parent.id = a.parent_id "
        f"WHERE a.parent_id IS NOT NULL AND a.feedback_applied = 1 AND parent.row_id <> a.row_id AND {conditions}"
    )
    with store.read():
        return RetryTotals(*store.execute(sql, values).fetchone())
