"""Where does a physics issue come up?"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from imglearn.analytics.rates import Interval, percentage, wilson_interval
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import totals
from imglearn.store.database import Store
from imglearn.store.totals import Group, Totals
from imglearn.terms import Comparison, Term


class IssueShare(Struct, frozen=True):
    """In how many of the attempts of a category or a model (None: not given) an issue is named.

    `percentage` (0-100) is of those attempts, `interval` its 95 % interval (Wilson). `success_rate` is of the `judged`
    attempts that name it.
    """

    name: str | None
    attempts: int
    of: int
    percentage: float
    interval: Interval | None
    judged: int
    success_rate: float | None


def naming(issue: str, asked: AttemptFilter = ANY_ATTEMPT) -> AttemptFilter:
    """Return the filter for those of a filter's attempts that name an issue."""
    return msgspec.structs.replace(asked, terms=(*asked.terms, Term("physics_issues", (Comparison("=", issue),))))


class IssueBreakdown(Struct, frozen=True):
    """Where an issue is named: by category and by model, in most attempts first."""

    categories: tuple[IssueShare, ...] = ()
    models: tuple[IssueShare, ...] = ()


def issue_breakdown(store: Store, issue: str, asked: AttemptFilter = ANY_ATTEMPT) -> IssueBreakdown:
    """Return in which categories and with which models an issue is named."""
    with store.read():
        # By model and within it by category: one look at the attempts tells both.
        named, every = (totals.grouped(store, "model", one) for one in (naming(issue, asked), asked))
    return IssueBreakdown(
        categories=_shares(named, every, lambda group: group.within),
        models=_shares(named, every, lambda group: group.name),
    )


def _shares(named: list[Group], every: list[Group], name_of: Callable[[Group], str | None]) -> tuple[IssueShare, ...]:
    naming_it, of = totals.summed(named, name_of), totals.summed(every, name_of)
    found = [_share(name, of_it, of[name].attempts) for name, of_it in naming_it.items()]
    return tuple(sorted(found, key=lambda share: (-share.attempts, share.name or "")))


def _share(name: str | None, naming_it: Totals, of: int) -> IssueShare:
    judged = naming_it.passed + naming_it.failed
    return IssueShare(
        name=name,
        attempts=naming_it.attempts,
        of=of,
        percentage=100 * naming_it.attempts / of,
        interval=wilson_interval(naming_it.attempts, of - naming_it.attempts),
        judged=judged,
        success_rate=percentage(naming_it.passed, judged),
    )
