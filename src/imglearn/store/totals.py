"""The totals that triggers keep: read in a moment, however long the history."""

from __future__ import annotations

from msgspec import Struct
from peewee import fn

from imglearn.store.database import Store
from imglearn.store.models import CategoryPhysicsIssue, CategoryTotals, PhysicsIssue
from imglearn.text import storable_text


class Totals(Struct, frozen=True):
    """Counts and sums over the attempts of a category, or of all (category None)."""

    category: str | None
    attempts: int
    passed: int
    failed: int
    running: int
    scored: int
    score_millionths: int
    gen_prompts: int
    gen_prompt_chars: int
    val_prompts: int
    val_prompt_chars: int


class IssueTotals(Struct, frozen=True):
    """How often a physics issue was named, in how many attempts, and when last (UTC, ISO 8601)."""

    issue: str
    count: int
    attempts: int
    last_seen: str


_NUMBERS = tuple(getattr(CategoryTotals, name) for name in Totals.__struct_fields__[1:])


def by_category(store: Store) -> list[Totals]:
    """Return the totals of every category, most attempts first."""
    query = CategoryTotals.select(CategoryTotals.category, *_NUMBERS).order_by(
        CategoryTotals.attempts.desc(), CategoryTotals.category
    )
    with store.read():
        return [Totals(*row) for row in query.tuples().execute(store.database)]


def of_category(store: Store, category: str) -> Totals:
    """Return the totals of one category, zeros where it has no attempts."""
    query = CategoryTotals.select(*_NUMBERS).where(CategoryTotals.category == storable_text(category))
    with store.read():
        for row in query.tuples().execute(store.database):
            return Totals(category, *row)
    return Totals(category, *[0] * len(_NUMBERS))


def overall(store: Store) -> Totals:
    """Return the totals of all attempts."""
    query = CategoryTotals.select(*(fn.IFNULL(fn.SUM(number), 0) for number in _NUMBERS))
    with store.read():
        (row,) = query.tuples().execute(store.database)
    return Totals(None, *row)


def physics_issues(store: Store, limit: int | None, category: str | None = None) -> list[IssueTotals]:
    """Return the physics issues named most often, in all attempts or in those of a category."""
    counted = PhysicsIssue if category is None else CategoryPhysicsIssue
    query = counted.select(PhysicsIssue.issue, counted.count, counted.attempts, counted.last_seen)
    if category is not None:
        query = query.join(PhysicsIssue, on=PhysicsIssue.issue_id == CategoryPhysicsIssue.issue_id).where(
            CategoryPhysicsIssue.category == storable_text(category)
        )
    query = query.order_by(counted.count.desc(), PhysicsIssue.issue).limit(limit)
    with store.read():
        return [IssueTotals(*row) for row in query.tuples().execute(store.database)]


def physics_issue_count(store: Store, category: str | None = None) -> int:
    """Return how many physics issues were named in all, one named by two attempts counting twice."""
    counted = PhysicsIssue if category is None else CategoryPhysicsIssue
    query = counted.select(fn.IFNULL(fn.SUM(counted.count), 0))
    if category is not None:
        query = query.where(CategoryPhysicsIssue.category == storable_text(category))
    with store.read():
        ((count,),) = query.tuples().execute(store.database)
    return int(count)
