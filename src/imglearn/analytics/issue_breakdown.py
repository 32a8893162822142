"""Where does a physics issue come up?"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from imglearn.analytics.rates import Interval, percentage, wilson_interval
from imglearn.analytics.trend import group_totals
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store.database import Store
from imglearn.store.totals import Totals
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


def issue_breakdown(
    store: Store, issue: str, split: str = "category", asked: AttemptFilter = ANY_ATTEMPT
) -> list[IssueShare]:
    """Return where an issue is named, in most attempts first. Raises InvalidRecordError."""
    with store.read():
        named = group_totals(store, split, naming(issue, asked))
        every = group_totals(store, split, asked)
    found = [_share(name, totals, every.get(name, totals).attempts) for name, totals in named.items()]
    return sorted(found, key=lambda share: (-share.attempts, share.name or ""))


def _share(name: str | None, totals: Totals, of: int) -> IssueShare:
    judged = totals.passed + totals.failed
    return IssueShare(
        name=name,
        attempts=totals.attempts,
        of=of,
        percentage=100 * totals.attempts / of,
        interval=wilson_interval(totals.attempts, of - totals.attempts),
        judged=judged,
        success_rate=percentage(totals.passed, judged),
    )
