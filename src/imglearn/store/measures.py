"""What is counted over attempts, and by what: each measure and each dimension once, as SQL over one attempt."""

from __future__ import annotations

from collections.abc import Iterator

from imglearn.store import cubes
from imglearn.store.cubes import (
    AXES,
    BY_DAY,
    BY_DAY_AND_GROUP,
    BY_GROUP,
    TOGETHER,
    UNKNOWN,
    Cube,
    Dimension,
    Grouping,
    Kept,
    Rows,
)
from imglearn.store.settling import SETTLED_ROW

# Scores are counted in millionths of a point, and their squares (which give the spread) in millionths of a point
# squared, after rounding the score to a thousandth.
_MEASURES = {
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
_KEYS = {
    "feedback_applied": f"ifnull({{a}}.feedback_applied, {UNKNOWN})",
    "feedback_category": f"CASE WHEN {{a}}.feedback_applied = 1 THEN ifnull({{a}}.feedback_category, {UNKNOWN}) END",
    "truncated": f"ifnull({{a}}.val_truncated, {UNKNOWN})",
    "failure_category": f"CASE WHEN {{a}}.passed = 0 THEN ifnull({{a}}.failure_category, {UNKNOWN}) END",
}
# By row number, since an index in the order of the groups would be read from end to end.
_BY_ROW = "generation_attempts a NOT INDEXED"

CUBE = Cube(
    table="attempt_totals",
    dimensions={
        "all": Dimension("''", (BY_GROUP, BY_DAY, BY_DAY_AND_GROUP)),
        "feedback_applied": Dimension(_KEYS["feedback_applied"], (BY_GROUP, ("day", "category"))),
        **{
            name: Dimension(_KEYS[name], (BY_GROUP, BY_DAY))
            for name in ("feedback_category", "truncated", "failure_category")
        },
    },
    measures=_MEASURES,
    everything=Rows("generation_attempts a"),
    settled=Rows(_BY_ROW, f"a.row_id <= {SETTLED_ROW}"),
    joining=lambda joining: (Rows(_BY_ROW, joining.has("a")),),
    fresh=(Rows(_BY_ROW, f"a.row_id > {SETTLED_ROW}"),),
)


_NOTHING = "''"
_SPLITS = ("category", "model")
_TIMES = {"minute": "substr({a}.timestamp, 1, 16)", "hour": "substr({a}.timestamp, 1, 13)"}  # too many to be kept

GROUPINGS = {
    "all": TOGETHER,
    "category": Grouping(AXES["category"], _NOTHING, Kept("all", "category", _NOTHING)),
    "model": Grouping(AXES["model"], AXES["category"], Kept("all", "model", "category")),
    "day": Grouping(AXES["day"], _NOTHING, Kept("all", "day", _NOTHING)),
    "day_and_category": Grouping(AXES["day"], AXES["category"], Kept("all", "day", "category")),
    "day_and_model": Grouping(AXES["day"], AXES["model"], Kept("all", "day", "model")),
    "feedback_applied": Grouping(
        _KEYS["feedback_applied"], AXES["category"], Kept("feedback_applied", "key", "category")
    ),
    **{
        name: Grouping(_KEYS[name], _NOTHING, Kept(name, "key", _NOTHING))
        for name in ("feedback_category", "truncated", "failure_category")
    },
    **{name: Grouping(time, _NOTHING, None) for name, time in _TIMES.items()},
    **{f"{name}_and_{axis}": Grouping(time, AXES[axis], None) for name, time in _TIMES.items() for axis in _SPLITS},
}


def unsettle() -> Iterator[str]:
    """Yield the statements that take away `old` where it is settled."""
    return cubes.take_away(CUBE, Rows("(SELECT 1)", f"old.row_id <= {SETTLED_ROW}"), a="old")


def sums(alias: str) -> str:
    """Return the measures, summed over the attempts of that alias, as SQL."""
    return cubes.sums(CUBE, a=alias)
