"""A filter as SQL: conditions on an attempt, and on a remark."""

from __future__ import annotations

from imglearn.filters import AttemptFilter
from imglearn.text import storable_text

_EQUAL = ("category", "material", "model", "feedback_category")
_COMPARED = {
    "since": "{a}.timestamp >= ?",
    "until": "{a}.timestamp < ?",
    "min_score": "{a}.realism_score >= ?",
    "max_score": "{a}.realism_score <= ?",
}
# What a filter asks that a remark has no answer to.
_NOT_OF_REMARKS = ("model", "passed", "min_score", "max_score")


def where(asked: AttemptFilter, alias: str = "a") -> tuple[str, list[object]]:
    """Return the condition on an attempt as SQL, and the values that it binds."""
    conditions, values = _shared(asked, alias)
    if asked.passed == "unknown":
        conditions.append(f"{alias}.passed IS NULL")
    elif asked.passed is not None:
        conditions.append(f"{alias}.passed = ?")
        values.append(int(asked.passed))
    _full_text(asked, "attempts_fts", alias, conditions, values)
    return " AND ".join(conditions) or "1", values


def where_remark(asked: AttemptFilter, alias: str = "f") -> tuple[str, list[object]]:
    """Return the condition on a remark: one that asks for a score, a verdict or a model has none."""
    if any(name in asked.given() for name in _NOT_OF_REMARKS):
        return "0", []
    conditions, values = _shared(asked, alias)
    _full_text(asked, "feedback_fts", alias, conditions, values)
    return " AND ".join(conditions) or "1", values


def _shared(asked: AttemptFilter, alias: str) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    for name, value in asked.given().items():
        if name in _EQUAL:
            conditions.append(f"{alias}.{name} = ?")
            values.append(storable_text(str(value)))
        elif name in _COMPARED:
            conditions.append(_COMPARED[name].format(a=alias))
            values.append(value)
    return conditions, values


def _full_text(asked: AttemptFilter, index: str, alias: str, conditions: list[str], values: list[object]) -> None:
    if asked.text is None:
        return
    from imglearn.store.query_language import full_text_query  # only who searches needs the parser

    query = full_text_query(asked.text)
    if query is None:  # signs without a word in them: nothing holds that
        conditions.append("0")
    else:
        conditions.append(f"{alias}.row_id IN (SELECT rowid FROM {index} WHERE {index} MATCH ?)")
        values.append(query)
