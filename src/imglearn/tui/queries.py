"""What the panes ask of the log, each as one frozen answer. Called in threads, never on the event loop."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from imglearn.analytics.attempt_changes import AttemptChanges, changes_of
from imglearn.analytics.categories import CategoryStats, all_category_stats, category_stats
from imglearn.analytics.recent_trend import RecentTrend, recent_trend
from imglearn.analytics.retry_chain import ChainLink, in_order
from imglearn.analytics.violations import Violation, common_physics_violations
from imglearn.filters import AttemptFilter
from imglearn.records import Attempt, Feedback
from imglearn.store import attempts, feedback, search
from imglearn.store.attempts import AttemptSummary
from imglearn.store.database import Store
from imglearn.store.search import FeedbackMatch

READ_TIMEOUT_S = 2.0
WINDOW = 500  # attempts in the live table
MAX_WINDOW = 5_000  # the same while a reader's place in it is kept
MAX_VIOLATIONS = 200
MAX_MATCHES = 200


class AttemptDetail(Struct, frozen=True):
    """An attempt, the chain of retries it is part of (each after what it retries), what people said about it, and what
    it changed in the attempt that it retries (None: it retries none, or one that is not here).
    """

    attempt: Attempt
    chain: list[ChainLink]
    remarks: list[Feedback]
    changes: AttemptChanges | None


class CategoryDetail(Struct, frozen=True):
    """A category with the issues named most often in it, and how it went lately."""

    stats: CategoryStats
    trend: RecentTrend


Detail = AttemptDetail | Feedback | CategoryStats | CategoryDetail | Violation


class Interest(Struct, frozen=True):
    """What the person looks at: the newest attempts, or all `since` the oldest in the table where they have moved
    away from the newest; the feedback found for `term`; and the record `shown` in full (None: the newest attempt).
    """

    since: str | None = None
    term: str = ""
    shown: str | None = None


class Snapshot(Struct, frozen=True):
    """Everything that the panes show of one moment, as far as it was of interest."""

    interest: Interest
    overall: CategoryStats
    attempts: list[AttemptSummary]
    categories: list[CategoryStats]
    violations: list[Violation]
    matches: list[FeedbackMatch]
    detail: Detail | None


class Newest(Struct, frozen=True):
    """The newest attempts and every count: what has to be on the screen at once, and of one moment, while many come
    in.
    """

    interest: Interest
    overall: CategoryStats
    attempts: list[AttemptSummary]
    categories: list[CategoryStats]
    violations: list[Violation]


@contextmanager
def reading(path: Path) -> Generator[Store]:
    """Open the database for the calling thread, and close it again. Raises StoreError."""
    store = Store.open(path, create=False, timeout=READ_TIMEOUT_S)
    try:
        yield store
    finally:
        store.close()


def load_snapshot(store: Store, interest: Interest) -> Snapshot:
    """Return what the panes show now."""
    with store.read():
        limit = WINDOW if interest.since is None else MAX_WINDOW
        newest = attempts.newest_summaries(store, limit, interest.since)
        shown = interest.shown or (newest[0].id if newest else None)
        return Snapshot(
            interest=interest,
            overall=category_stats(store),
            attempts=newest,
            categories=all_category_stats(store),
            violations=common_physics_violations(store, MAX_VIOLATIONS),
            matches=load_matches(store, interest.term),
            detail=None if shown is None else load_detail(store, shown),
        )


def load_newest(store: Store, interest: Interest, known: list[AttemptSummary]) -> Newest:
    """Return the newest attempts, of which `known` are those that were read last (only later ones are read), and the
    counts.
    """
    with store.read():
        limit = WINDOW if interest.since is None else MAX_WINDOW
        last = known[0].timestamp if known else None
        later = attempts.newest_summaries(store, limit, last)
        before = [attempt for attempt in known if last is None or attempt.timestamp < last]
        return Newest(
            interest=interest,
            overall=category_stats(store),
            attempts=(later + before)[:limit],
            categories=all_category_stats(store),
            violations=common_physics_violations(store, MAX_VIOLATIONS),
        )


def load_detail(store: Store, id: str) -> AttemptDetail | Feedback | None:
    """Return all there is to say about an attempt or a remark, None where it is gone."""
    with store.read():
        attempt = attempts.get(store, id)
        if attempt is None:
            return feedback.get(store, id)
        return AttemptDetail(
            attempt, in_order(attempts.chain(store, id)), feedback.about_attempt(store, id), changes_of(store, id)
        )


def load_category(store: Store, asked: AttemptFilter) -> CategoryDetail:
    """Return all there is to say about the filter's category."""
    with store.read():
        return CategoryDetail(category_stats(store, asked, with_issues=True), recent_trend(store, asked))


def load_matches(store: Store, term: str) -> list[FeedbackMatch]:
    """Return the feedback that a search finds, best first; without a search term the newest."""
    if not term.strip():
        return search.latest_feedback(store, MAX_MATCHES)
    return search.search_feedback(store, term, MAX_MATCHES, prefix=True)
