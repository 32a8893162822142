"""Which laws of physics do the images break?"""

from __future__ import annotations

from msgspec import Struct

from imglearn.store import totals
from imglearn.store.database import Store


class Violation(Struct, frozen=True):
    """One physics issue: how often it was named, its share in percent (0-100) of all that were named, in how many
    attempts, and when last (UTC, ISO 8601).
    """

    issue: str
    count: int
    percentage: float
    attempts: int
    last_seen: str


def common_physics_violations(store: Store, limit: int | None = 10, category: str | None = None) -> list[Violation]:
    """Return the physics issues named most often, in all attempts or in those of a category."""
    with store.read():
        logged = totals.physics_issue_count(store, category)
        return [
            Violation(found.issue, found.count, 100 * found.count / logged, found.attempts, found.last_seen)
            for found in totals.physics_issues(store, limit, category)
        ]
