"""How do the models compare?"""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from imglearn.analytics.categories import IssueCount
from imglearn.analytics.outcomes import Outcomes
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import issues, totals
from imglearn.store.database import Store
from imglearn.store.totals import Totals

_ISSUES_SHOWN = 3


class ModelOutcomes(Outcomes, frozen=True):
    """The attempts of one model (None: not given) within some scope."""

    model: str | None
    attempts: int


class ModelStats(ModelOutcomes, frozen=True):
    """The attempts of one model, and the physics issues named most often in them."""

    top_issues: tuple[IssueCount, ...]


class CategoryModels(Struct, frozen=True):
    """The models within one category: like with like."""

    category: str
    models: tuple[ModelOutcomes, ...]


class ModelComparison(Struct, frozen=True):
    """The models over everything, and within each category, so that an easy category doesn't decide."""

    models: tuple[ModelStats, ...]
    by_category: tuple[CategoryModels, ...]
    note: str | None


def compare_models(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> ModelComparison:
    """Return the figures of every model, most attempts first, in all and by category."""
    with store.read():
        groups = totals.grouped(store, "model", asked)
        overall = totals.summed(groups, lambda group: group.name)
        within: dict[str, dict[str | None, Totals]] = defaultdict(dict)
        for group in groups:
            within[group.within or ""][group.name] = group.totals
        named = issues.by_axis(store, "model", overall, _ISSUES_SHOWN, asked)
    models = tuple(
        ModelStats.of(
            found, model, found.attempts, tuple(IssueCount(issue.issue, issue.count) for issue in named[model])
        )
        for model, found in _most_first(overall)
    )
    return ModelComparison(
        models=models,
        by_category=tuple(
            CategoryModels(
                category,
                tuple(ModelOutcomes.of(one, model, one.attempts) for model, one in _most_first(found)),
            )
            for category, found in sorted(within.items(), key=lambda item: (-_attempts(item[1]), item[0]))
        ),
        note=_note(overall, within),
    )


def _note(overall: dict[str | None, Totals], within: dict[str, dict[str | None, Totals]]) -> str | None:
    """Say where models have attempts in categories that others have none in."""
    if len(overall) < 2:
        return None
    alone = sorted(category for category, found in within.items() if len(found) < len(overall))
    if not alone:
        return None
    few = ", ".join(alone[:3]) + (f" and {len(alone) - 3} more" if len(alone) > 3 else "")
    return f"not every model has attempts in {few}: compare within a category"


def _most_first(found: dict[str | None, Totals]) -> list[tuple[str | None, Totals]]:
    return sorted(found.items(), key=lambda item: (-item[1].attempts, item[0] or ""))


def _attempts(found: dict[str | None, Totals]) -> int:
    return sum(one.attempts for one in found.values())
