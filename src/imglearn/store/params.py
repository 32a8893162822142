"""Totals by the value of any one parameter: a column of its own, or a knob in `params`."""

from __future__ import annotations

from typing import NamedTuple

from imglearn.errors import InvalidRecordError
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.records import ATTEMPT_FIELDS, LIST_FIELDS, OBJECT_FIELDS
from imglearn.store.database import Store
from imglearn.store.filtering import where
from imglearn.store.knobs import KNOB_NAME, KNOBS, inside
from imglearn.store.measures import sums
from imglearn.store.totals import Group, Totals, group_of
from imglearn.text import storable_text

# The fields of the record that are chosen before an image is made.
_FIELDS = ("guidance_scale", "contamination_uniformity", "view_mode", "gen_prompt_length", "val_prompt_length", "seed",
           "negative_prompt", "feedback_source")  # fmt: skip
_NUMERIC = "kind IN ('integer', 'real')"


class Param(NamedTuple):
    """Where a parameter is found: SQL for the tables, its value and its kind, and what these bind."""

    name: str
    tables: str
    value: str
    kind: str
    values: tuple[str, ...]


class Scope(NamedTuple):
    """The attempts of one model (None: of those whose model nobody gave), or of all."""

    model: str | None = None
    of_all: bool = True


class Spread(NamedTuple):
    """How many attempts of a scope have a number or another value, and how many different ones."""

    scope: Scope
    numbers: int
    different_numbers: int
    others: int
    different_others: int


def find(name: str) -> Param:
    """Return where the parameter is found: a field of the record, else, or with `params.` before it, a knob; of a
    dotted name, such as `lora.weight`, one in an object where there is that.

    Raises InvalidRecordError for a field that holds a list or an object.
    """
    name = storable_text(name)
    if name in LIST_FIELDS | OBJECT_FIELDS:
        raise InvalidRecordError("name", name, "a parameter with one value, such as guidance_scale, steps or sampler")
    if name in ATTEMPT_FIELDS:
        return Param(name, "generation_attempts a", f"a.{name}", f"typeof(a.{name})", ())
    name = name.removeprefix("params.")
    place = inside(name)
    if place is None:
        tables = "generation_attempts a JOIN json_each(a.params) knob ON knob.key = ?"
        return Param(name, tables, "knob.value", "knob.type", (name,))
    is_inside = "json_type(a.params, ?) IS NOT NULL"
    tables = (
        f"generation_attempts a JOIN json_each(a.params, CASE WHEN {is_inside} THEN ? ELSE '$' END) knob "
        f"ON knob.key = CASE WHEN {is_inside} THEN ? ELSE ? END"
    )
    itself = f'{place.path}."{place.key}"'
    return Param(name, tables, "knob.value", "knob.type", (itself, place.path, itself, place.key, name))


class ParamUse(NamedTuple):
    """How many attempts have a parameter, and how many different values."""

    param: str
    attempts: int
    values: int


def uses(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> list[ParamUse]:
    """Return the parameters that some attempt has, fields and knobs in `params`, most used first.

    Of an object it is the knobs right in it, by their dotted names.
    """
    fields = ", ".join(f"count(a.{name}), count(DISTINCT a.{name})" for name in _FIELDS)
    with store.read():
        conditions, values = where(store, asked)
        knobs = (
            f"SELECT {KNOB_NAME} AS name, count(*), "
            "count(DISTINCT CASE WHEN within.key IS NULL THEN knob.value ELSE within.value END) "
            f"FROM generation_attempts a, {KNOBS} "
            f"WHERE {conditions} GROUP BY name"
        )
        counts = store.execute(f"SELECT {fields} FROM generation_attempts a WHERE {conditions}", values).fetchone()
        found = [ParamUse(str(name), *row) for name, *row in store.execute(knobs, values)]
    found += [ParamUse(name, *counts[2 * place : 2 * place + 2]) for place, name in enumerate(_FIELDS)]
    return sorted((use for use in found if use.attempts), key=lambda use: (-use.attempts, use.param))


def spreads(store: Store, param: Param, per_model: bool, asked: AttemptFilter = ANY_ATTEMPT) -> list[Spread]:
    """Return how many values the parameter has, over all models or for each."""
    conditions, values = where(store, asked)
    model = "ifnull(model, x'')" if per_model else "NULL"
    sql = (
        f"SELECT {model}, sum({_NUMERIC}), count(DISTINCT CASE WHEN {_NUMERIC} THEN value END), "
        f"sum(NOT {_NUMERIC}), count(DISTINCT CASE WHEN NOT {_NUMERIC} THEN value END) "
        f"FROM ({_values_sql(param, conditions)}) GROUP BY 1 ORDER BY sum(1) DESC, 1"
    )
    with store.read():
        rows = store.execute(sql, [*param.values, *values]).fetchall()
    return [Spread(Scope(None if row[0] == b"" else row[0], of_all=not per_model), *row[1:]) for row in rows]


def quantiles(store: Store, param: Param, scope: Scope, bins: int, asked: AttemptFilter = ANY_ATTEMPT) -> list[float]:
    """Return the upper bounds of bins that hold about as many attempts each; equal numbers share a bin."""
    conditions, values = _within(store, scope, asked)
    sql = (
        "SELECT DISTINCT max(value) FROM ("
        f"SELECT value, ntile(?) OVER (ORDER BY value) AS bin FROM ({_values_sql(param, conditions)}) WHERE {_NUMERIC}"
        ") GROUP BY bin ORDER BY 1"
    )
    with store.read():
        return [bound for (bound,) in store.execute(sql, [bins, *param.values, *values])]


def by_bin(
    store: Store, param: Param, scope: Scope, bounds: list[float], asked: AttemptFilter = ANY_ATTEMPT
) -> list[tuple[float, float, Group]]:
    """Return the least and greatest number of each bin, and its totals."""
    conditions, values = _within(store, scope, asked)
    place = " + ".join(f"({param.value} > ?)" for _ in bounds)
    sql = (
        f"SELECT min({param.value}), max({param.value}), {place} AS bin, '', {sums('a')} FROM {param.tables} "
        f"WHERE {conditions} AND {param.kind} IN ('integer', 'real') GROUP BY bin ORDER BY bin"
    )
    with store.read():
        rows = store.execute(sql, [*bounds, *param.values, *values]).fetchall()
    return [(low, high, group_of(rest)) for low, high, *rest in rows]


def by_value(
    store: Store, param: Param, scope: Scope, numbers: bool, asked: AttemptFilter = ANY_ATTEMPT
) -> list[tuple[str, Group]]:
    """Return the kind and totals of each value, numbers in order or other values most used first."""
    conditions, values = _within(store, scope, asked)
    wanted = "IN" if numbers else "NOT IN"
    order = "2" if numbers else "count(*) DESC, 2"
    sql = (
        f"SELECT {param.kind} AS kind, {param.value}, '', {sums('a')} FROM {param.tables} "
        f"WHERE {conditions} AND {param.value} IS NOT NULL AND {param.kind} {wanted} ('integer', 'real') "
        f"GROUP BY {'2' if numbers else '1, 2'} ORDER BY {order}"
    )
    with store.read():
        rows = store.execute(sql, [*param.values, *values]).fetchall()
    return [(str(kind), group_of(rest)) for kind, *rest in rows]


def without_param(store: Store, param: Param, asked: AttemptFilter = ANY_ATTEMPT) -> Totals:
    """Return the totals of the attempts that have no value of a parameter."""
    conditions, values = where(store, asked)
    sql = (
        f"SELECT '', '', {sums('a')} FROM generation_attempts a WHERE {conditions} AND a.row_id NOT IN "
        f"(SELECT a.row_id FROM {param.tables} WHERE {param.value} IS NOT NULL) GROUP BY 1"
    )
    with store.read():
        row = store.execute(sql, [*values, *param.values]).fetchone()
    return Totals() if row is None else group_of(row).totals


def _values_sql(param: Param, conditions: str) -> str:
    return (
        f"SELECT {param.value} AS value, {param.kind} AS kind, a.model AS model FROM {param.tables} "
        f"WHERE {conditions} AND {param.value} IS NOT NULL"
    )


def _within(store: Store, scope: Scope, asked: AttemptFilter) -> tuple[str, list[object]]:
    conditions, values = where(store, asked)
    if scope.of_all:
        return conditions, values
    return f"{conditions} AND a.model IS ?", [*values, scope.model]
