"""Retries with feedback beside the attempts that they retry: their totals, kept in a cube or counted."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import answers, cubes
from imglearn.store.cubes import BY_DAY, BY_GROUP, TOGETHER, Cube, Dimension, Rows
from imglearn.store.database import Store
from imglearn.store.settling import SETTLED_ROW

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
_IS_RETRY = "a.parent_id IS NOT NULL"
_PAIRED = f"{_IS_PAIR.format(a='a', parent='parent')} AND a.row_id <> parent.row_id"
_FROM_RETRIES = f"generation_attempts a JOIN generation_attempts parent ON {_PAIRED}"
# From few attempts on, which are found by their row numbers.
_FROM_FEW_RETRIES = f"generation_attempts a NOT INDEXED CROSS JOIN generation_attempts parent ON {_PAIRED}"
_FROM_FEW_PARENTS = (
    f"generation_attempts parent NOT INDEXED CROSS JOIN generation_attempts a ON {_PAIRED} AND {_IS_RETRY}"
)

CUBE = Cube(
    table="feedback_retry_totals",
    dimensions={"all": Dimension("''", (BY_GROUP, BY_DAY))},
    measures=_MEASURES,
    everything=Rows(_FROM_RETRIES, _IS_RETRY),
    settled=Rows(_FROM_RETRIES, f"{_IS_RETRY} AND a.row_id <= {SETTLED_ROW} AND parent.row_id <= {SETTLED_ROW}"),
    joining=lambda joining: (
        Rows(
            _FROM_FEW_RETRIES,
            f"{_IS_RETRY} AND {joining.has('a')} AND ({joining.has('parent')} OR {joining.has_joined('parent')})",
        ),
        Rows(_FROM_FEW_PARENTS, f"{joining.has('parent')} AND {joining.has_joined('a')}"),
    ),
    fresh=(
        Rows(_FROM_FEW_RETRIES, f"{_IS_RETRY} AND a.row_id > {SETTLED_ROW}"),
        Rows(_FROM_FEW_PARENTS, f"parent.row_id > {SETTLED_ROW} AND a.row_id <= {SETTLED_ROW}"),
    ),
)


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
    rows = answers.groups(store, CUBE, TOGETHER, asked)
    return RetryTotals(*(sum(row[2 + place] for row in rows) for place in range(len(_MEASURES))))


def unsettle(itself: str) -> Iterator[str]:
    """Yield the statements that take away the pairs that `old`, where it is settled, made with others that are.

    `itself` is the same attempt as it is now, or `old`: one that retries itself is no pair.
    """
    settled = f"old.row_id <= {SETTLED_ROW}"

    def is_other(row: str) -> str:
        return f"{row}.row_id <= {SETTLED_ROW} AND {row}.row_id NOT IN (old.row_id, {itself}.row_id)"

    as_retry = f"{settled} AND {_IS_PAIR.format(a='old', parent='parent')} AND {is_other('parent')}"
    as_parent = f"{settled} AND {_IS_PAIR.format(a='a', parent='old')} AND {is_other('a')}"
    yield from cubes.take_away(CUBE, Rows("generation_attempts parent", as_retry), a="old")
    yield from cubes.take_away(CUBE, Rows("generation_attempts a", as_parent), parent="old")
