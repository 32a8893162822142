"""Totals of the attempts by the dimensions that people ask for: kept in a cube, or counted where it has no cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import answers, measures
from imglearn.store.database import Store
from imglearn.store.filtering import where

Name = TypeVar("Name")


class Totals(Struct, frozen=True):
    """Counts and sums over some attempts; `score_sum` and `score_squares` in millionths."""

    attempts: int = 0
    passed: int = 0
    failed: int = 0
    running: int = 0
    retries: int = 0
    scored: int = 0
    score_sum: int = 0
    score_squares: int = 0
    gen_prompts: int = 0
    gen_prompt_chars: int = 0
    val_prompts: int = 0
    val_prompt_chars: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))


class Group(Struct, frozen=True):
    """The totals of the attempts that share a key; `within` is their second key in a dimension that has two.

    A key is None for the attempts where it is unknown.
    """

    key: str | int | float | None
    within: str | None
    totals: Totals

    @property
    def name(self) -> str | None:
        """The key as a text."""
        return None if self.key is None else str(self.key)


def grouped(store: Store, dimension: str, asked: AttemptFilter = ANY_ATTEMPT) -> list[Group]:
    """Return the totals by a dimension: kept ones as far as they answer the filter, and counted beyond.

    Dimensions: all, category, model (within it category), day (UTC), day_and_category, day_and_model,
    feedback_applied (within it category), feedback_category (of applied feedback), truncated, failure_category (of
    failed attempts); and, never kept, minute, minute_and_category, minute_and_model, and the same of hours.
    """
    rows = answers.groups(store, measures.CUBE, measures.GROUPINGS[dimension], asked)
    found: dict[object, Group] = {}
    for row in rows:
        group, before = group_of(row), found.get(row[:2])
        found[row[:2]] = group if before is None else Group(group.key, group.within, before.totals + group.totals)
    return list(found.values())


def summed(groups: Iterable[Group], by: Callable[[Group], Name]) -> dict[Name, Totals]:
    """Return the totals of groups, added up by what tells them apart."""
    found: dict[Name, Totals] = defaultdict(Totals)
    for group in groups:
        found[by(group)] += group.totals
    return found


def overall(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> Totals:
    """Return the totals of all attempts."""
    return sum((group.totals for group in grouped(store, "all", asked)), Totals())


def by_pattern(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> list[Group]:
    """Return the totals by contamination pattern; an attempt counts once for each pattern that it used."""
    with store.read():
        conditions, values = where(store, asked)
        sql = (
            f"SELECT pattern, '', {measures.sums('a')} FROM "
            "(SELECT DISTINCT a.row_id AS used_by, CAST(value AS TEXT) AS pattern "
            f"FROM generation_attempts a, json_each(a.patterns_used) WHERE {conditions} AND value IS NOT NULL) "
            "JOIN generation_attempts a ON a.row_id = used_by GROUP BY pattern"
        )
        return [group_of(row) for row in store.execute(sql, values)]


def group_of(row: tuple[object, ...]) -> Group:
    """Return the group that a row of key, second key and measures holds."""
    key, within, *numbers = row
    return Group(
        None if key == b"" else key if isinstance(key, int | float) else str(key),
        str(within) if within else None,
        Totals(*numbers),  # type: ignore[arg-type]
    )
