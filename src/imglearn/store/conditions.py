"""A term of a filter as SQL: how a column, the items of a list, or a knob in `params` is compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from imglearn.records import LIST_FIELDS
from imglearn.store.knobs import inside
from imglearn.store.settling import SETTLED_ROW
from imglearn.terms import PARAMS, REMARK, Comparison, Term
from imglearn.text import storable_text

Condition = tuple[str, list[object]]

_HAS_REMARK = (
    "EXISTS (SELECT 1 FROM feedback said WHERE said.attempt_id = {a}.id "
    "AND NOT EXISTS (SELECT 1 FROM feedback later WHERE later.supersedes = said.id))"
)
# A knob's value as a text: what JSON calls true is no number, and of a list or an object its JSON is searched.
_KNOB_TEXT = (
    "CASE {knob}.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NULL WHEN 'real' THEN NULL "
    "ELSE {knob}.value END"
)


def condition_of(term: Term, alias: str) -> Condition:
    """Return the condition that a row meets the term, and the values that it binds."""
    condition, values = _any_of(term, alias)
    # What is not known meets no comparison; what meets none is not left out.
    return (f"NOT ifnull({condition}, 0)" if term.negated else condition), values


def one_of(column: str, names: Sequence[object], negated: bool = False) -> Condition:
    """Return the condition that a column holds one of these, or, negated, none of them or nothing."""
    if not names:
        return ("1" if negated else "0"), []
    condition = f"{column} = ?" if len(names) == 1 else f"{column} IN ({', '.join('?' * len(names))})"
    return (f"({condition}) IS NOT 1" if negated else condition), list(names)


def _any_of(term: Term, alias: str) -> Condition:
    if term.name == REMARK:
        return f"NOT {_HAS_REMARK.format(a=alias)}", []
    if term.name.startswith(PARAMS):
        return _of_knob(term, alias)
    column = f"{alias}.{term.name}"
    if term.name == "physics_issues" and all(one.sign == "=" and one.value is not None for one in term.any_of):
        return _naming(alias, [storable_text(str(one.value)) for one in term.any_of])
    if term.name in LIST_FIELDS:
        if term.any_of[0].value is None:
            return f"ifnull({column}, '[]') = '[]'", []
        condition, values = _joined(term.any_of, lambda one: _compared("item.value", "item.value", one))
        return f"EXISTS (SELECT 1 FROM json_each({column}) item WHERE {condition})", values
    return _joined(term.any_of, lambda one: _compared(column, column, one))


def _naming(alias: str, issues: list[str]) -> Condition:
    """Return the condition that an attempt names one of these issues: by the index, where it is settled."""
    condition, values = one_of("issue", issues)
    fresh, fresh_values = one_of("listed.value", issues)
    return (
        f"{alias}.row_id IN (SELECT named.row_id FROM physics_issues CROSS JOIN attempt_physics_issues named "
        f"USING (issue_id) WHERE {condition} UNION ALL SELECT fresh.row_id FROM generation_attempts fresh NOT INDEXED, "
        f"json_each(fresh.physics_issues) listed WHERE fresh.row_id > {SETTLED_ROW} AND {fresh})"
    ), [*values, *fresh_values]


def _of_knob(term: Term, alias: str) -> Condition:
    places = _knobs_named(storable_text(term.name.removeprefix(PARAMS)), f"{alias}.params")
    if term.any_of[0].value is None:
        missing = [f"NOT EXISTS ({found} AND knob.type <> 'null')" for found, _ in places]
        return f"({' AND '.join(missing)})", [value for _, bound in places for value in bound]
    itself, values = _joined(term.any_of, partial(_knob_compared, "knob"))
    item, _ = _joined(term.any_of, partial(_knob_compared, "item"))
    condition = f"({itself} OR knob.type = 'array' AND EXISTS (SELECT 1 FROM json_each(knob.value) item WHERE {item}))"
    there = [f"EXISTS ({found} AND {condition})" for found, _ in places]
    return f"({' OR '.join(there)})", [value for _, bound in places for value in (*bound, *values, *values)]


def _knobs_named(name: str, params: str) -> list[Condition]:
    """Return where a knob may be: at its name, and of a dotted one, such as `lora.weight`, in an object as well."""
    found: list[Condition] = [(f"SELECT 1 FROM json_each({params}) knob WHERE knob.key = ?", [name])]
    if (place := inside(name)) is not None:
        of_it = f"SELECT 1 FROM json_each({params}, ?) knob WHERE json_type({params}, ?) = 'object' AND knob.key = ?"
        found.append((of_it, [place.path, place.path, place.key]))
    return found


def _knob_compared(knob: str, comparison: Comparison) -> Condition:
    if isinstance(comparison.value, bool):
        return f"{knob}.type = ?", ["true" if comparison.value else "false"]
    condition, values = _compared(f"{knob}.value", _KNOB_TEXT.format(knob=knob), comparison)
    is_number = f"{knob}.type IN ('integer', 'real')"
    return (condition if isinstance(comparison.value, str) else f"({is_number} AND {condition})"), values


def _joined(comparisons: tuple[Comparison, ...], sql: Callable[[Comparison], Condition]) -> Condition:
    found = [sql(comparison) for comparison in comparisons]
    return f"({' OR '.join(condition for condition, _ in found)})", [value for _, bound in found for value in bound]


def _compared(number: str, text: str, comparison: Comparison) -> Condition:
    """Return a comparison of a value, of which it is told how it stands as a number, and how as a text."""
    sign, value = comparison.sign, comparison.value
    if value is None:
        return f"{number} IS NULL", []
    if isinstance(value, bool):
        return f"{number} = ?", [int(value)]
    if isinstance(value, str):
        value = storable_text(value)
        is_text = f"typeof({text}) = 'text'"  # SQLite would take a number for its digits
        if sign == "=":
            return f"({text} = ? AND {is_text})", [value]
        if sign == "begins":
            return f"({text} >= ? AND {text} < ? AND {is_text})", [value, value + chr(0x10FFFF)]
        fold, needle = ("lower", value.lower()) if value.isascii() else ("casefold", value.casefold())
        return f"({is_text} AND instr({fold}({text}), ?) > 0)", [needle]
    is_number = f"typeof({number}) IN ('integer', 'real')"  # any text is greater than any number
    if isinstance(value, tuple):
        return f"({is_number} AND {number} BETWEEN ? AND ?)", [float(bound) for bound in value]
    return f"({is_number} AND {number} {sign} ?)", [float(value)]
