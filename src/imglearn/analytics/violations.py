"""Which laws of physics do the images break?"""

from __future__ import annotations

from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import issues
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


def common_physics_violations(
    store: Store, limit: int | None = 10, asked: AttemptFilter = ANY_ATTEMPT
) -> list[Violation]:
    """Return the physics issues named most often."""
    found, logged = issues.named_most(store, limit, asked)
    return [
        Violation(named.issue, named.count, 100 * named.count / logged, named.attempts, named.last_seen)
        for named in found
    ]
