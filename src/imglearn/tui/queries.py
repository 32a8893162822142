"""What the panes ask of the log, each as one frozen answer. Called in threads, never on the event loop."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from imglearn import remarks, settings
from imglearn.analytics.attempt_changes import AttemptChanges, changes_of
from imglearn.analytics.categories import CategoryStats, all_category_stats, category_stats
from imglearn.analytics.recent_trend import RecentTrend, recent_trend
from imglearn.analytics.retry_chain import ChainLink, in_order, place_of
from imglearn.analytics.violations import Violation, common_physics_violations
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.learning.history import MOST_ATTEMPTS, History, history
from imglearn.records import Attempt, Feedback
from imglearn.remarks import Inbox
from imglearn.store import attempts, feedback, issues, listing, names, search
from imglearn.store.attempts import AttemptSummary
from imglearn.store.database import Store
from imglearn.store.listing import NEWEST_FIRST, Listing
from imglearn.store.search import FeedbackMatch
from imglearn.tui.window import Window

READ_TIMEOUT_S = 2.0
PAGE = 200  # attempts that are at hand, at least
SLACK = 1_000  # attempts that a place in the list may be wrong by
AHEAD = 1_000  # attempts on either side that are read ahead where an order has no index: to read few takes as long
MAX_VIOLATIONS = 200
MAX_MATCHES = 200
MAX_INBOX = 200
# What a filter calls the columns whose names are offered while it is typed.
_NAMED = {"category": "category", "material": "material", "model": "model", "feedback": "feedback_category"}


class AttemptDetail(Struct, frozen=True):
    """An attempt, the chain of retries it is part of (each after what it retries), what people said about it, and what
    it changed in the attempt that it retries (None: it retries none, or one that is not here). Of a very long chain
    only a part is here.
    """

    attempt: Attempt
    chain: list[ChainLink]
    is_chain_whole: bool
    remarks: list[Feedback]
    changes: AttemptChanges | None

    @property
    def place(self) -> str:
        """Where the attempt stands in its chain, in words; empty where it is alone."""
        if len(self.chain) < 2:
            return ""
        if not self.is_chain_whole:
            return f"one of more than {len(self.chain)}"
        return f"{place_of(self.chain, self.attempt.id)} of {len(self.chain)}"


class CategoryDetail(Struct, frozen=True):
    """A category with the issues named most often in it, and how it went lately."""

    stats: CategoryStats
    trend: RecentTrend


Detail = AttemptDetail | Feedback | CategoryStats | CategoryDetail | Violation


class Place(Struct, frozen=True):
    """Where a reader is in a list: the first attempt at hand, its place from 0, and how many from it on."""

    id: str
    first: int
    rows: int
    total: int


Question = Callable[[Store, AttemptFilter], Any]


class Interest(Struct, frozen=True):
    """What the person looks at: a list, at its top, at a `place` or, where it is another list than the one before,
    `near` a place of that one; a record `shown` in full (None: the first), and the question of the view that is open.
    """

    listing: Listing = NEWEST_FIRST
    place: Place | None = None
    near: Place | None = None
    shown: str | None = None
    question: Question | None = None


class Counts(Struct, frozen=True):
    """What the log holds: all of it, and what is asked for, by category and by violation."""

    overall: CategoryStats
    asked: CategoryStats
    categories: list[CategoryStats]
    violations: list[Violation]


class Newest(Struct, frozen=True):
    """The attempts and every count: what has to be on the screen at once, and of one moment, while many come in."""

    interest: Interest
    attempts: Window[AttemptSummary]
    counts: Counts


class Snapshot(Struct, frozen=True):
    """Everything that the panes show of one moment, as far as it was of interest."""

    newest: Newest
    matches: list[FeedbackMatch]
    inbox: Inbox
    shown: str | None  # whose `detail` it is
    detail: Detail | None
    answer: Any  # to the question of the view that is open


@contextmanager
def reading(path: Path) -> Generator[Store]:
    """Open the database for the calling thread, and close it again. Raises StoreError."""
    store = Store.open(path, create=False, timeout=READ_TIMEOUT_S)
    try:
        yield store
    finally:
        store.close()


def learnable(path: Path, asked: AttemptFilter = ANY_ATTEMPT, most: int = MOST_ATTEMPTS) -> History:
    """Return what can be learned from the attempts of a filter, by the threshold that is set. Raises ImglearnError."""
    threshold = settings.resolve(path).pass_threshold.value
    with reading(path) as store:
        return history(store, asked, threshold, most)


def load_snapshot(store: Store, interest: Interest) -> Snapshot:
    """Return what the panes show now."""
    with store.read():
        newest = load_newest(store, interest)
        shown = interest.shown or (newest.attempts.rows[0].id if newest.attempts.rows else None)
        return Snapshot(
            newest=newest,
            matches=load_matches(store, interest.listing.asked),
            inbox=remarks.in_the_inbox(store, MAX_INBOX, interest.listing.asked),
            shown=shown,
            detail=None if shown is None else load_detail(store, shown),
            answer=None if interest.question is None else interest.question(store, interest.listing.asked),
        )


def load_newest(store: Store, interest: Interest) -> Newest:
    """Return the attempts that the reader is at, and the counts."""
    asked = interest.listing.asked
    with store.read():
        window = load_window(store, interest)
        overall = category_stats(store)
        counts = Counts(
            overall=overall,
            asked=overall if asked.is_open else category_stats(store, asked),
            categories=all_category_stats(store, asked),
            violations=common_physics_violations(store, MAX_VIOLATIONS, asked),
        )
        return Newest(interest, window, counts)


def load_window(store: Store, interest: Interest) -> Window[AttemptSummary]:
    """Return the attempts at the reader's place, as they are now: where new ones have come above, it moves down."""
    where, place = interest.listing, interest.place
    with store.read():
        total = listing.count(store, where)
        if place is not None and (place.first > 0 or where.is_newest_first):
            rows = listing.page_around(store, where, place.id, 0, place.rows)
            if rows and rows[0].id == place.id:
                moved = place.first
                if total != place.total:  # in the order of time most come above, in any other they may come anywhere
                    about = place.first + (total - place.total if where.is_newest_first else 0)
                    moved = listing.place_of(store, where, place.id, about, total)
                return _placed(rows, moved, total, is_end=len(rows) < place.rows)
            return load_places(store, where, None, place.first, place.first + place.rows)
        if place is None and interest.near is not None:
            return _near(store, where, interest.near, total)
        length = PAGE if place is None else max(PAGE, place.rows)
        return Window(listing.page(store, where, 0, length, total), 0, total)


def _near(store: Store, where: Listing, place: Place, total: int) -> Window[AttemptSummary]:
    """Return the attempts of another list around where an attempt stands, or would stand if it were in it."""
    above = listing.page_around(store, where, place.id, PAGE // 2, 0)
    below = listing.page_around(store, where, place.id, 0, PAGE)
    about = place.first * total // max(1, place.total)
    if not (above or below):  # it is gone
        window = load_places(store, where, None, about - PAGE // 2, about + PAGE // 2)
        window.near = about
        return window
    found = listing.place_of(store, where, place.id, about, total) if above else 0
    window = _placed(above + below, found - len(above), total, is_end=len(below) < PAGE)
    window.near = window.first + len(above)
    return window


def load_places(
    store: Store, where: Listing, at_hand: Window[AttemptSummary] | None, start: int, end: int
) -> Window[AttemptSummary]:
    """Return the attempts at the places from `start` to before `end`, found from those at hand where they are near."""
    with store.read():
        total = listing.count(store, where)
        if not where.is_newest_first:
            start, end = max(0, start - AHEAD), min(total, end + AHEAD)
        if at_hand is not None and at_hand.rows and start < at_hand.end and end > at_hand.first:
            anchor = max(start, at_hand.first)
            id = at_hand.rows[anchor - at_hand.first].id
            # Where the list begins or ends, more than that is asked for: the places were only about right, perhaps.
            before = anchor - start + (SLACK if start == 0 else 0)
            limit = end - anchor + (SLACK if end >= at_hand.total else 0)
            rows = listing.page_around(store, where, id, before, limit)
            found = next((place for place, row in enumerate(rows) if row.id == id), None)
            if found is not None:
                first = 0 if found < before else anchor - found
                return _placed(rows, first, total, is_end=len(rows) - found < limit)
        start, end = max(0, min(start, total - PAGE)), min(end, total)
        return Window(listing.page(store, where, start, max(PAGE, end - start), total), start, total)


def _placed(rows: list[AttemptSummary], first: int, total: int, *, is_end: bool) -> Window[AttemptSummary]:
    """Return rows as a window, whose place is known for certain at the end of the list."""
    most = total - len(rows)
    return Window(rows, most if is_end else max(0, min(first, most)), total)


def load_detail(store: Store, id: str) -> AttemptDetail | Feedback | None:
    """Return all there is to say about an attempt or a remark, None where it is gone."""
    with store.read():
        attempt = attempts.get(store, id)
        if attempt is None:
            return feedback.get(store, id)
        chain = attempts.chain(store, id)
        return AttemptDetail(
            attempt,
            in_order(chain.attempts),
            chain.is_whole,
            feedback.about_attempt(store, id),
            changes_of(store, id),
        )


def load_filter_values(store: Store) -> dict[str, list[str]]:
    """Return what may stand behind the names of a filter, by the name; of names that are too many to tell, none."""
    with store.read():
        values = {name: names.names(store, column) or [] for name, column in _NAMED.items()}
        values["issue"] = [named.issue for named in issues.physics_issues(store, MAX_VIOLATIONS)]
        values["param"] = names.knobs(store)
        return values


def load_category(store: Store, asked: AttemptFilter) -> CategoryDetail:
    """Return all there is to say about the filter's category."""
    with store.read():
        return CategoryDetail(category_stats(store, asked, with_issues=True), recent_trend(store, asked))


def load_matches(store: Store, asked: AttemptFilter) -> list[FeedbackMatch]:
    """Return the feedback that has the filter's words, best first; without words the newest."""
    if asked.text is None:
        return search.latest_feedback(store, MAX_MATCHES, asked)
    others = msgspec.structs.replace(asked, text=None)
    return search.search_feedback(store, asked.text, MAX_MATCHES, asked=others)
