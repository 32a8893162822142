"""A filter as SQL: conditions on an attempt, and on a remark."""

from __future__ import annotations

from imglearn.filters import AttemptFilter
from imglearn.store.database import Store
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


_MIDNIGHT = "T00:00:00.000000Z"


def where(store: Store, asked: AttemptFilter, alias: str = "a") -> tuple[str, list[object]]:
    """Return the condition on an attempt as SQL, and the values that it binds. To be used within `Store.read`."""
    conditions, values = _shared(asked, alias)
    if asked.passed == "unknown":
        conditions.append(f"{alias}.passed IS NULL")
    elif asked.passed is not None:
        conditions.append(f"{alias}.passed = ?")
        values.append(int(asked.passed))
    for term in asked.terms or ():
        from imglearn.store import term_conditions  # only who filters by them needs them

        condition, bound = term_conditions.of_attempt(store, term, alias)
        conditions.append(condition)
        values += bound
    if asked.text is not None:
        from imglearn.store import full_text, query_language  # only who searches needs them

        query = query_language.full_text_query(asked.text)
        _match(query, [f"SELECT rowid FROM {index} WHERE {index} MATCH ?" for index in full_text.of_attempts(store)],
               alias, conditions, values)  # fmt: skip
    return " AND ".join(conditions) or "1", values


def where_remark(asked: AttemptFilter, alias: str = "f") -> tuple[str, list[object]]:
    """Return the condition on a remark: one that asks for a score, a verdict or a model has none."""
    if any(name in asked.given() for name in _NOT_OF_REMARKS):
        return "0", []
    conditions, values = _shared(asked, alias)
    for term in asked.terms or ():
        from imglearn.store import term_conditions

        condition, bound = term_conditions.of_remark(term, alias)
        conditions.append(condition)
        values += bound
    if asked.text is not None:
        from imglearn.store import query_language

        query = query_language.full_text_query(asked.text)
        _match(query, ["SELECT rowid FROM feedback_fts WHERE feedback_fts MATCH ?"], alias, conditions, values)
    return " AND ".join(conditions) or "1", values


def day_or_moment(moment: str) -> str:
    """Return a day for its first moment: every time of that day is at or after it, however others wrote it."""
    return moment.removesuffix(_MIDNIGHT)


def _shared(asked: AttemptFilter, alias: str) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    for name, value in asked.given().items():
        if name in _EQUAL:
            conditions.append(f"{alias}.{name} = ?")
            values.append(storable_text(str(value)))
        elif name in _COMPARED:
            conditions.append(_COMPARED[name].format(a=alias))
            values.append(day_or_moment(value) if isinstance(value, str) else value)
    return conditions, values


def _match(query: str | None, matches: list[str], alias: str, conditions: list[str], values: list[object]) -> None:
    if query is None:  # signs without a word in them: nothing holds that
        conditions.append("0")
    else:
        conditions.append(f"{alias}.row_id IN ({' UNION ALL '.join(matches)})")
        values += [query] * len(matches)
