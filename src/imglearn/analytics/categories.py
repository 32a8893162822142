"""How does each category do?"""

from __future__ import annotations

from msgspec import Struct

from imglearn.analytics.rates import Rate, mean, pass_rate
from imglearn.store import totals
from imglearn.store.database import Store
from imglearn.store.totals import IssueTotals, Totals


class CategoryStats(Struct, frozen=True):
    """The figures of one category, or of all (category None).

    Means are over the attempts that have a value, None where none has: scores in points from 0 to 100, prompt
    lengths in characters. `unknown` attempts have no verdict; those still `running` are among them.
    """

    category: str | None
    attempts: int
    passed: int
    failed: int
    unknown: int
    running: int
    rate: Rate
    mean_score: float | None
    mean_gen_prompt_length: float | None
    mean_val_prompt_length: float | None


def all_category_stats(store: Store) -> list[CategoryStats]:
    """Return the figures of every category, most attempts first."""
    return [_stats(found) for found in totals.by_category(store)]


def category_stats(store: Store, category: str) -> CategoryStats:
    """Return the figures of one category: zeros and unknowns for one without attempts."""
    return _stats(totals.of_category(store, category))


def overall_stats(store: Store) -> CategoryStats:
    """Return the figures of all attempts."""
    return _stats(totals.overall(store))


def common_physics_issues(store: Store, category: str, limit: int = 5) -> list[IssueTotals]:
    """Return the physics issues named most often in a category."""
    return totals.physics_issues(store, limit, category)


def _stats(found: Totals) -> CategoryStats:
    return CategoryStats(
        category=found.category,
        attempts=found.attempts,
        passed=found.passed,
        failed=found.failed,
        unknown=found.attempts - found.passed - found.failed,
        running=found.running,
        rate=pass_rate(found.passed, found.failed),
        mean_score=mean(found.score_millionths / 1e6, found.scored),
        mean_gen_prompt_length=mean(found.gen_prompt_chars, found.gen_prompts),
        mean_val_prompt_length=mean(found.val_prompt_chars, found.val_prompts),
    )
