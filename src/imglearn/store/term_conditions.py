"""A term of a filter as SQL: a condition on an attempt or a remark, and what it binds."""

from __future__ import annotations

from imglearn.filters import Term
from imglearn.records import ATTEMPT_FIELDS
from imglearn.store.database import Store
from imglearn.text import storable_text

Condition = tuple[str, list[object]]

_PARAM = "param."
_NAMED = frozenset({"category", "material", "model"})  # of which there are few, so that an index finds their attempts
_OF_REMARKS = frozenset({"category", "material", "feedback_category"})


def of_attempt(store: Store, term: Term, alias: str) -> Condition:
    """Return the condition on an attempt. To be used within `Store.read`."""
    if term.field in _NAMED and term.operator in ("contains", "="):
        condition, values = _one_of(names(store, term), alias, term.field)
    elif term.field.startswith(_PARAM) and term.field.removeprefix(_PARAM) not in ATTEMPT_FIELDS:
        condition, values = _compared("knob.value", "knob.type", term)
        condition = f"EXISTS (SELECT 1 FROM json_each({alias}.params) knob WHERE knob.key = ? AND {condition})"
        values = [storable_text(term.field.removeprefix(_PARAM)), *values]
    else:
        column = f"{alias}.{term.field.removeprefix(_PARAM)}"
        condition, values = _compared(column, f"typeof({column})", term)
    return (f"NOT ifnull({condition}, 0)" if term.negated else condition), values


def of_remark(term: Term, alias: str) -> Condition:
    """Return the condition on a remark: what it has no field for, none can fit."""
    if term.field not in _OF_REMARKS:
        return "0", []
    condition, values = _compared(f"{alias}.{term.field}", "", term)
    return (f"NOT ifnull({condition}, 0)" if term.negated else condition), values


def names(store: Store, term: Term) -> list[str]:
    """Return the categories, materials or models that a term means, whether or not it is turned round."""
    if term.operator == "=":
        return [str(value) for value in term.values]
    wanted = [str(value).casefold() for value in term.values]
    # Each name is found behind the one before: a step along the index for each, not for each attempt.
    sql = (
        f"WITH RECURSIVE names (name) AS (SELECT min({term.field}) FROM generation_attempts UNION ALL "
        f"SELECT (SELECT min({term.field}) FROM generation_attempts WHERE {term.field} > name) FROM names "
        "WHERE name IS NOT NULL) SELECT name FROM names WHERE name IS NOT NULL"
    )
    found = [str(name) for (name,) in store.execute(sql)]
    return [name for name in found if any(part in name.casefold() for part in wanted)]


def _one_of(found: list[str], alias: str, field: str) -> Condition:
    return f"{alias}.{field} IN ({', '.join('?' * len(found))})", [storable_text(name) for name in found]


def _compared(value: str, kind: str, term: Term) -> Condition:
    """Return the condition on a value of a kind: a number is compared with numbers, a text with texts."""
    if term.operator == "known":
        return f"{value} IS NOT NULL", []
    if term.operator == "between":
        low, high = term.values
        return f"({kind} IN ('integer', 'real') AND {value} BETWEEN ? AND ?)", [low, high]
    conditions: list[str] = []
    values: list[object] = []
    for wanted in term.values:
        if isinstance(wanted, str):
            text = storable_text(wanted)
            if term.operator == "=":
                conditions.append(f"CAST({value} AS TEXT) = ?")
                values.append(text)
            else:
                pattern = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
                conditions.append(f"CAST({value} AS TEXT) LIKE ? ESCAPE '\\'")
                values.append(f"{pattern}%" if term.operator == "begins" else f"%{pattern}%")
        else:
            conditions.append(f"({kind} IN ('integer', 'real') AND {value} {term.operator} ?)")
            values.append(wanted)
    return f"({' OR '.join(conditions)})", values
