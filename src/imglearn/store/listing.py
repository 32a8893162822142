"""Attempts as lines of a list: those that are asked for, in any order, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.records import ATTEMPT_FIELDS, Attempt
from imglearn.store import totals
from imglearn.store.attempts import AttemptSummary, summary
from imglearn.store.database import Store
from imglearn.store.filtering import where
from imglearn.store.rows import to_attempt
from imglearn.text import storable_text

SortColumn = Literal[
    "timestamp", "material", "category", "model", "realism_score", "passed", "retry_count", "feedback_applied",
    "duration_s",
]  # fmt: skip
SORT_COLUMNS: tuple[SortColumn, ...] = get_args(SortColumn)
_TEXTS = frozenset({"material", "category", "model"})


class Listing(Struct, frozen=True):
    """Which attempts, and in which order: those of equal value by when they were stored, what is unknown last.

    `final_only` leaves out attempts that were retried: of each chain its outcome stays.
    """

    asked: AttemptFilter = ANY_ATTEMPT
    column: SortColumn = "timestamp"
    descending: bool = True
    final_only: bool = False

    @property
    def is_newest_first(self) -> bool:
        """Whether what comes next comes first."""
        return self.column == "timestamp" and self.descending


NEWEST_FIRST = Listing()
MOST_COUNTED = 20_000  # attempts, to know for certain at which place another one stands
SUMMARY_COLUMNS = ", ".join(f"a.{name}" for name in AttemptSummary.__struct_fields__)
_NOT_RETRIED = "NOT EXISTS (SELECT 1 FROM generation_attempts later WHERE later.parent_id = a.id)"
_PLACE = "SELECT {column}, row_id FROM generation_attempts WHERE id = ?"


def count(store: Store, listing: Listing) -> int:
    """Return how many attempts there are in the list."""
    with store.read():
        if not listing.final_only:
            return totals.overall(store, listing.asked).attempts
        condition, values = _where(store, listing)
        (found,) = store.execute(f"SELECT count(*) FROM generation_attempts a WHERE {condition}", values).fetchone()
        return int(found)


def page(store: Store, listing: Listing, first: int, limit: int, total: int) -> list[AttemptSummary]:
    """Return the attempts from place `first` on, counted from 0, in a list of `total` (see `count`).

    From the end that is nearer: rows that are passed over take time.
    """
    limit = min(limit, total - first)
    if limit <= 0:
        return []
    from_end = total - first - limit
    backwards = from_end < first
    with store.read():
        condition, values = _where(store, listing)
        # Of rows that are passed over, no more is read than an index holds.
        places = (
            f"SELECT a.row_id FROM generation_attempts a WHERE {condition} "
            f"ORDER BY {_order(listing, backwards)} LIMIT ? OFFSET ?"
        )
        rows = store.execute(
            f"SELECT {SUMMARY_COLUMNS} FROM generation_attempts a WHERE a.row_id IN ({places}) "
            f"ORDER BY {_order(listing)}",
            [*values, limit, from_end if backwards else first],
        ).fetchall()
    return [summary(row) for row in rows]


def place_of(store: Store, listing: Listing, id: str, about: int, total: int) -> int:
    """Return at which place of a list of `total` an attempt stands, which is `about` this one.

    It is counted from the end that is nearer, where that is near enough; else it is the one that it was thought to be.
    """
    before = about <= total - about
    if min(about, total - about) > MOST_COUNTED:
        return about
    with store.read():
        place = store.execute(_PLACE.format(column=listing.column), (storable_text(id),)).fetchone()
        if place is None:
            return about
        condition, values = _where(store, listing)
        beyond, bound = _beyond(listing, place[0], place[1], before)
        sql = f"SELECT count(*) FROM generation_attempts a WHERE {condition} AND {beyond}"
        (found,) = store.execute(sql, [*values, *bound]).fetchone()
    return int(found) if before else total - int(found)


def every(store: Store, listing: Listing) -> Iterator[Attempt]:
    """Yield the attempts whole, one at a time in memory. To be read to the end within `bulk.one_moment`."""
    condition, values = _where(store, listing)
    columns = ", ".join(f"a.{name}" for name in ATTEMPT_FIELDS)
    sql = f"SELECT {columns} FROM generation_attempts a WHERE {condition} ORDER BY {_order(listing)}"
    return (to_attempt(row) for row in store.execute(sql, values))


def page_around(store: Store, listing: Listing, id: str, before: int, limit: int) -> list[AttemptSummary]:
    """Return up to `before` attempts that come before the attempt `id`, and `limit` from it on, or from where it would
    stand if it were in the list.

    In the order of time it costs the same anywhere. None where that attempt is gone.
    """
    with store.read():
        place = store.execute(_PLACE.format(column=listing.column), (storable_text(id),)).fetchone()
        if place is None:
            return []
        condition, values = _where(store, listing)
        found: list[AttemptSummary] = []
        for backwards, most in ((True, before), (False, limit)):
            beyond, bound = _beyond(listing, place[0], place[1], backwards)
            rows = store.execute(
                f"SELECT {SUMMARY_COLUMNS} FROM generation_attempts a WHERE {condition} AND {beyond} "
                f"ORDER BY {_order(listing, backwards)} LIMIT ?",
                [*values, *bound, most],
            ).fetchall()
            found += [summary(row) for row in (reversed(rows) if backwards else rows)]
    return found


def _where(store: Store, listing: Listing) -> tuple[str, list[object]]:
    condition, values = where(store, listing.asked, first_of_all=listing.column == "timestamp")
    return (f"{condition} AND {_NOT_RETRIED}" if listing.final_only else condition), values


def _order(listing: Listing, backwards: bool = False) -> str:
    down = listing.descending != backwards
    column = _compared(listing)
    unknown_last = "" if listing.column == "timestamp" else f"{column} IS NULL {'DESC' if backwards else 'ASC'}, "
    way = "DESC" if down else "ASC"
    return f"{unknown_last}{column} {way}, a.row_id {way}"


def _compared(listing: Listing) -> str:
    return f"a.{listing.column}" + (" COLLATE NOCASE" if listing.column in _TEXTS else "")


def _beyond(listing: Listing, value: object, row_id: int, backwards: bool) -> tuple[str, list[object]]:
    """Return the condition that an attempt stands at a place of the order or behind it; backwards, before it."""
    sign = "<" if listing.descending != backwards else ">"
    last = sign if backwards else f"{sign}="
    column = _compared(listing)
    if listing.column == "timestamp":
        return f"(a.timestamp, a.row_id) {last} (?, ?)", [value, row_id]
    if value is None:
        known_before = f"{column} IS NOT NULL OR " if backwards else ""
        return f"({known_before}a.row_id {last} ?)" + ("" if backwards else f" AND {column} IS NULL"), [row_id]
    unknown_behind = "" if backwards else f"{column} IS NULL OR "
    return (
        f"({unknown_behind}{column} {sign} ? OR ({column} = ? AND a.row_id {last} ?))",
        [value, value, row_id],
    )
