"""Where does an attempt stand among those that retry each other?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from imglearn.store.attempts import AttemptSummary


class ChainLink(Struct, frozen=True):
    """An attempt of a chain. Where several retry the same attempt, each begins a branch, which is a level deeper.

    `starts_branch` is the branch's number from 1 where one begins, else None.
    """

    attempt: AttemptSummary
    depth: int
    starts_branch: int | None


def in_order(family: Sequence[AttemptSummary]) -> list[ChainLink]:
    """Return a family of attempts, given by time, so that each retry follows what it retries, branch after branch."""
    ids = {attempt.id for attempt in family}
    retries: dict[str | None, list[AttemptSummary]] = defaultdict(list)
    for attempt in family:
        known = attempt.parent_id in ids and attempt.parent_id != attempt.id
        retries[attempt.parent_id if known else None].append(attempt)
    links: list[ChainLink] = []
    waiting = [ChainLink(attempt, 0, None) for attempt in reversed(retries.pop(None, []))]
    seen: set[str] = set()
    while len(seen) < len(family):
        # Where attempts retry each other in a circle, none is the first; the earliest is as good as any.
        link = waiting.pop() if waiting else ChainLink(next(a for a in family if a.id not in seen), 0, None)
        if link.attempt.id in seen:
            continue
        seen.add(link.attempt.id)
        links.append(link)
        own = retries[link.attempt.id]
        is_fork = len(own) > 1
        waiting += [
            ChainLink(attempt, link.depth + is_fork, place if is_fork else None)
            for place, attempt in reversed(list(enumerate(own, 1)))
        ]
    return links


def beside(links: Sequence[ChainLink], id: str, step: int) -> AttemptSummary | None:
    """Return the attempt so many links after (or, below 0, before) another; None beyond the ends."""
    place = place_of(links, id)
    wanted = None if place is None else place - 1 + step
    return links[wanted].attempt if wanted is not None and 0 <= wanted < len(links) else None


def place_of(links: Sequence[ChainLink], id: str) -> int | None:
    """Return the place of an attempt in its chain, from 1."""
    return next((place for place, link in enumerate(links, 1) if link.attempt.id == id), None)
