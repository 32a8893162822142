"""The history that the analyses learn from: read once for a state of the log, and cleaned once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import wraps
from threading import Lock, RLock
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.learning.hygiene import Case, Hygiene, clean
from imglearn.settings import DEFAULT_PASS_THRESHOLD
from imglearn.store import observations
from imglearn.store.database import Store
from imglearn.store.observations import Observation

MOST_ATTEMPTS = 100_000  # the newest; older ones tell little of how models and judges are today
_KEPT = 4  # histories: of all and of the filter, of the newest for alerts, and the one before

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class History:
    """What the attempts of a log teach, at one of its states: the cases, oldest first, what was left out, and the
    attempts in which something `broke` so that nothing was judged.

    Answers are kept with it (see `remembered`), so that what was worked out once is not worked out again.
    """

    def __init__(
        self, hygiene: Hygiene, cases: list[Case], broke: list[Observation], applied: Mapping[int, str]
    ) -> None:
        self.hygiene = hygiene
        self.cases = cases
        self.broke = broke
        self._applied = applied
        self._answers: dict[object, Any] = {}
        self._lock = RLock()

    def applied_text(self, row_id: int) -> str | None:
        """Return the text of the feedback that was applied to an attempt, None where there is none."""
        return self._applied.get(row_id)

    def answer(self, key: object, work_out: Callable[[], Answer]) -> Answer:
        """Return the answer that is kept under a key, worked out at first."""
        with self._lock:
            if key not in self._answers:
                self._answers[key] = work_out()
            return cast("Answer", self._answers[key])


_kept: dict[object, History] = {}
_lock = Lock()


def history(
    store: Store,
    asked: AttemptFilter = ANY_ATTEMPT,
    pass_threshold: float = DEFAULT_PASS_THRESHOLD,
    most: int = MOST_ATTEMPTS,
) -> History:
    """Return what can be learned from the attempts of a filter: of all, the newest, `most` of them and up to as many
    more, so that it begins with the same one for a while.

    Chains and what is left out are worked out over all attempts, before the filter takes some away: which attempt
    retries which doesn't depend on who asks.
    """
    key = (*_state_of(store), asked, pass_threshold, most)
    with _lock:
        if key not in _kept:
            found = _read(store, asked, pass_threshold, most)
            while len(_kept) >= _KEPT:
                del _kept[next(iter(_kept))]
            _kept[key] = found
        _kept[key] = _kept.pop(key)  # used last
        return _kept[key]


def _read(store: Store, asked: AttemptFilter, pass_threshold: float, most: int) -> History:
    with store.read():
        attempts, remarks = observations.counts(store)
        most += attempts % most if most < MOST_ATTEMPTS else 0
        found = observations.observations(store, most)
        wanted = None if asked.is_open else observations.matching(store, asked)
        applied = observations.applied_texts(store, most)
    older = attempts - len(found)
    cleaned = clean(found, pass_threshold, wanted=wanted, chosen_by=asked.outcomes, older=older, remarks=remarks)
    return History(*cleaned, applied)


def _state_of(store: Store) -> tuple[object, ...]:
    """Return what changes with every commit: the sizes and times of the files that it may be in."""
    files: list[tuple[int, int, int] | None] = []
    for name in (str(store.path), f"{store.path}-wal"):
        try:
            file = os.stat(name)  # noqa: PTH116
        except OSError:
            files.append(None)
        else:
            files.append((file.st_ino, file.st_size, file.st_mtime_ns))
    return tuple(files)


def remembered(
    work_out: Callable[Concatenate[History, Given], Answer],
) -> Callable[Concatenate[History, Given], Answer]:
    """Keep the answers of a function of a history with it. The other arguments must be hashable."""

    @wraps(work_out)
    def answer(past: History, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        key = (work_out, args, tuple(sorted(kwargs.items())))
        return past.answer(key, lambda: work_out(past, *args, **kwargs))

    return answer
