"""Which attempts belong to one another: a request, and the retries until it was met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct

from imglearn.store.observations import Observation

GAP_DAYS = 30 / (24 * 60)  # after which another attempt at the same material retries nothing
IMAGE_GAP_DAYS = 1.0  # the same, where it writes the same image


class Links(NamedTuple):
    """Of each attempt the number of its chain, how many attempts it retries in a row (0: a first attempt), and the
    place of the last of these (None: there is none, or it is not here).
    """

    chain: list[int]
    step: list[int]
    previous: list[int | None]
    how: list[str]  # what tells: "parent", "path", "time", or nothing

    def counts(self, places: Sequence[int]) -> ChainCounts:
        """Return what there is to count of the attempts at some places."""
        chains = Counter(self.chain[place] for place in places)
        known_by = Counter(self.how[place] for place in places)
        return ChainCounts(
            chains=len(chains),
            longest=max(chains.values(), default=0),
            retries=sum(self.step[place] > 0 for place in places),
            by_parent=known_by["parent"],
            by_path=known_by["path"],
            by_time=known_by["time"],
        )


class ChainCounts(Struct, frozen=True):
    """How many chains there are, how long the longest is, how many attempts retry another one, and how many are linked
    by what: a stated parent, the same image path, or the same material within half an hour.
    """

    chains: int
    longest: int
    retries: int
    by_parent: int
    by_path: int
    by_time: int


def link(cases: Sequence[Observation], passed: Callable[[int], bool]) -> Links:
    """Link attempts, given oldest first, to what they follow. `passed` tells which ones did, by place.

    An attempt follows its parent. Where no attempt at its material and category states one, it follows the last of
    these that wrote the same image within a day, or else the last within 30 minutes, if that did not pass: only who
    fails retries. What is linked is one chain: its attempts share more than their settings, so no statistic may take
    them as independent. What writes the image of one that passed anew is of its chain too, and a first attempt again.
    """
    place_of = {case.id: place for place, case in enumerate(cases)}
    chains = _Sets(len(cases))
    step, previous = [0] * len(cases), list[int | None]([None] * len(cases))
    last_at: dict[tuple[str | None, ...], int] = {}
    strangers: dict[str, int] = {}  # by a parent that is not here, the first that states it
    known_by: list[str] = []
    states_parents = {(case.material, case.category) for case in cases if case.parent_id and case.parent_id != case.id}
    for place, case in enumerate(cases):
        if case.parent_id and case.parent_id != case.id:
            before, how = place_of.get(case.parent_id), "parent"
            chains.join(place, strangers.setdefault(case.parent_id, place) if before is None else before)
            previous[place] = before
            step[place] = 1 if before is None else step[before] + 1
        else:
            before, how = None, ""
            if (case.material, case.category) not in states_parents:
                before, how = _inferred(cases, case, last_at)
            if how == "time" and before is not None and passed(before):
                before, how = None, ""
            if before is None:
                step[place] = case.retry_count or 0
            else:
                chains.join(place, before)
                if not passed(before):
                    previous[place], step[place] = before, step[before] + 1
        known_by.append(how)
        last_at[case.material, case.category] = last_at[case.material, case.category, case.image_path] = place
    return Links([chains.top(place) for place in range(len(cases))], step, previous, known_by)


def _inferred(
    cases: Sequence[Observation], case: Observation, last_at: dict[tuple[str | None, ...], int]
) -> tuple[int | None, str]:
    """Return the place of the attempt that one follows by all appearances, and what tells."""
    about = (case.material, case.category)
    same_image = last_at.get((*about, case.image_path)) if case.image_path else None
    for before, gap, how in ((same_image, IMAGE_GAP_DAYS, "path"), (last_at.get(about), GAP_DAYS, "time")):
        day = None if before is None else cases[before].day
        if day is not None and case.day is not None and case.day - day <= gap:
            return before, how
    return None, ""


class _Sets:
    """Sets that are joined: each is known by one of its places."""

    def __init__(self, n: int) -> None:
        self._above = list(range(n))

    def top(self, place: int) -> int:
        while self._above[place] != place:
            self._above[place] = self._above[self._above[place]]
            place = self._above[place]
        return place

    def join(self, one: int, other: int) -> None:
        one, other = self.top(one), self.top(other)
        self._above[max(one, other)] = min(one, other)
