"""A filter as SQL: conditions on an attempt, and on a remark."""

from __future__ import annotations

from imglearn.filters import AttemptFilter
from imglearn.store.conditions import condition_of, one_of
from imglearn.store.database import Store
from imglearn.store.names import NAMED, have_many, names
from imglearn.terms import Term
from imglearn.text import storable_text

_COMPARED = {
    "since": "{a}.timestamp >= ?",
    "until": "{a}.timestamp < ?",
    "min_score": "{a}.realism_score >= ?",
    "max_score": "{a}.realism_score <= ?",
}
# What a filter asks that a remark has no answer to.
_NOT_OF_REMARKS = ("model", "passed", "min_score", "max_score")
_OF_REMARKS = ("category", "material", "feedback_category")


_MIDNIGHT = "T00:00:00.000000Z"


def where(
    store: Store, asked: AttemptFilter, alias: str = "a", *, first_of_all: bool = False
) -> tuple[str, list[object]]:
    """Return the condition on an attempt as SQL, and the values that it binds. To be used within `Store.read`.

    `first_of_all` says that only the first ones are wanted, in the order of their time.
    """
    conditions, values = _shared(asked, alias)
    if asked.passed == "unknown":
        conditions.append(f"{alias}.passed IS NULL")
    elif asked.passed is not None:
        conditions.append(f"{alias}.passed = ?")
        values.append(int(asked.passed))
    for term in asked.terms:
        condition, bound = _of_names(store, term, alias, first_of_all) or condition_of(term, alias)
        conditions.append(condition)
        values += bound
    if asked.text is not None:
        from imglearn.store import full_text  # only who searches needs it

        _match(asked.text, full_text.of_attempts(store), alias, conditions, values)
    return " AND ".join(conditions) or "1", values


def where_remark(asked: AttemptFilter, alias: str = "f") -> tuple[str, list[object]]:
    """Return the condition on a remark: one that asks for a score, a verdict, a model or the like has none.

    What is asked not to be so leaves the remarks that can't say.
    """
    if any(name in asked.given() for name in _NOT_OF_REMARKS):
        return "0", []
    conditions, values = _shared(asked, alias)
    for term in asked.terms:
        if term.name in _OF_REMARKS:
            condition, bound = condition_of(term, alias)
            conditions.append(condition)
            values += bound
        elif not term.negated:
            return "0", []
    if asked.text is not None:
        _match(asked.text, ("feedback_fts",), alias, conditions, values)
    return " AND ".join(conditions) or "1", values


def where_remark_or_its_attempt(store: Store, asked: AttemptFilter) -> tuple[str, list[object]]:
    """Return the condition that a filter holds for a remark `f`, or for the attempt that it is about. To be used within
    `Store.read`.
    """
    condition, values = where_remark(asked, "f")
    if asked.is_open:
        return condition, values
    of_attempt, attempt_values = where(store, asked, "a")
    about = f"EXISTS (SELECT 1 FROM generation_attempts a WHERE a.id = f.attempt_id AND {of_attempt})"
    return f"(({condition}) OR {about})", [*values, *attempt_values]


def day_or_moment(moment: str) -> str:
    """Return a day for its first moment: every time of that day is at or after it, however others wrote it."""
    return moment.removesuffix(_MIDNIGHT)


def _shared(asked: AttemptFilter, alias: str) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    for name, value in asked.given().items():
        if name in NAMED:
            conditions.append(f"{alias}.{name} = ?")
            values.append(storable_text(str(value)))
        elif name in _COMPARED:
            conditions.append(_COMPARED[name].format(a=alias))
            values.append(day_or_moment(value) if isinstance(value, str) else value)
    return conditions, values


def _of_names(store: Store, term: Term, alias: str, first_of_all: bool) -> tuple[str, list[object]] | None:
    """Return the condition by the names that there are, which an index answers; None where they are too many."""
    if term.name not in NAMED or term.any_of[0].value is None:
        return None
    known = names(store, term.name)
    if known is None:
        return None
    meant = [name for name in known if any(comparison.holds(name) for comparison in term.any_of)]
    # An index knows the order within one name only: of several, all attempts would be put in order to have the first.
    passed_by = first_of_all and len(meant) > 1 and have_many(store, term.name, meant)
    return one_of(f"{'+' * passed_by}{alias}.{term.name}", meant, term.negated)


def _match(text: str, indexes: tuple[str, ...], alias: str, conditions: list[str], values: list[object]) -> None:
    from imglearn.store import query_language  # only who searches needs it

    query, wanted = query_language.full_text_query(text), "IN"
    if query is None:
        query, wanted = query_language.left_out_query(text), "NOT IN"
    if query is None:  # signs without a word in them: nothing holds that
        conditions.append("0")
        return
    found = " UNION ALL ".join(f"SELECT rowid FROM {index} WHERE {index} MATCH ?" for index in indexes)
    conditions.append(f"{alias}.row_id {wanted} ({found})")
    values += [query] * len(indexes)
