"""A watch: each new image in a folder is logged as it is completed, for as long as it runs."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from imglearn.capture import folder, sidecar
from imglearn.capture.arrivals import Arrivals, Due
from imglearn.capture.folder import changed_since, is_image, is_image_name, is_sidecar_name, walk
from imglearn.capture.hints import Hints
from imglearn.capture.position import Position
from imglearn.capture.root import Root, innermost
from imglearn.capture.taking_in import Candidate, Result, Wording, take_in
from imglearn.errors import StoreError
from imglearn.store.database import Store
from imglearn.store.images import Done

_LOOK_EVERY_S = 60.0  # beside native events, some of which get lost
_POLL_EVERY_S = 1.0
_LONGEST_TICK_S, _TICK_S = 1.0, 0.1
_FIRST_RETRY_S, _LAST_RETRY_S = 1.0, 30.0
_BATCH = 200
_LOCK_WAIT_S = 5.0


class Wanted(NamedTuple):
    """What to watch, and how: times in seconds."""

    folders: tuple[str, ...]
    wording: Wording
    pass_threshold: float
    settle: float = 0.5
    patience: float = 60.0
    poll: bool = False


class Watch:
    """Logs what comes into folders. `report` gets each attempt that is logged or changed, `tell` lines for a person."""

    def __init__(
        self,
        store: Store,
        state_folder: Path,
        wanted: Wanted,
        report: Callable[[Done], object],
        tell: Callable[[str], object],
    ) -> None:
        self._store = store
        self._wanted = wanted
        self._report = report
        self._tell = tell
        self._told: set[str] = set()
        self._roots = [Root(path, Position(state_folder, store.path, path)) for path in wanted.folders]
        self._arrivals = Arrivals(wanted.settle, wanted.patience)
        self._hints = Hints(not wanted.poll, tell)
        self._took_existing = False
        self._next_look = 0.0
        self._retry_at, self._retry_after = 0.0, 0.0
        self._stop = threading.Event()
        for root in self._roots:  # whatever ends this process, the next one knows since when
            root.position.reached(root.position.seen, now=True)

    def take_existing(self, stop: threading.Event, progress: Callable[[int, int | None], object]) -> None:
        """Log all images that are in the folders, in batches; those that are known by their content not again."""
        self._took_existing, self._stop = True, stop
        total = sum(is_image(entry) for root in self._roots for entry in self._walk(root.path))
        seen = 0
        for root in self._roots:
            for taken in self._take_all(root.path, root):
                seen += taken
                progress(seen, total)

    def _take_all(self, path: str, root: Root) -> Iterator[int]:
        """Log all images in a folder, and yield how many each batch has looked at."""
        found = (
            Candidate(entry.path, root.path, may_grow=self._may_grow(entry.found))
            for entry in self._walk(path)
            if is_image(entry)
        )
        while not self._stop.is_set() and (batch := list(islice(found, _BATCH))):
            while not self._stop.is_set() and not self._took_in(batch):
                self._stop.wait(self._retry_after)
            yield len(batch)

    def run(self, stop: threading.Event, once: bool = False) -> None:
        """Log what is new until `stop` is set, or `once` until nothing waits. What has settled by then is finished."""
        self._stop = stop
        try:
            self._begin()
            while not stop.is_set() and not (once and not len(self._arrivals)):
                tick = _TICK_S if len(self._arrivals) else _LONGEST_TICK_S
                self._follow(self._hints.wait(tick, stop))
                self._look_after_roots()
                if self._hints.lost:
                    self._hints.lost = False
                    self._look_twice(self._roots)
                if time.monotonic() >= self._next_look:
                    self._look(self._roots)
                self._hints.apply()
                self._take_due()
                self._note_position()
                if once and self._retry_after >= _LAST_RETRY_S:
                    raise StoreError(
                        self._store.path, f"{self._store.path} can't be written; images are left for later"
                    )
            self._take_due()
        finally:
            self._note_position(now=True)
            self._hints.close()

    def _begin(self) -> None:
        for root in self._roots:
            if root.position.clock_was_set_back:
                self._tell(f"{root.path}: the clock was set back; all that came since the first watch is looked at")
        self._look_twice(self._roots)
        for root in self._roots:
            if root.position.is_first and not self._took_existing:
                since = root.position.new_since
                older = sum(is_image(entry) and entry.found.st_mtime_ns < since for entry in self._walk(root.path))
                if older:
                    self._tell(
                        f"{root.path}: {older:,} image{'s were' if older != 1 else ' was'} here before the first "
                        "watch; --existing logs what is not logged yet"
                    )

    def _walk(self, path: str) -> Iterator[folder.Entry]:
        return walk(path, lambda found: self._hints.watch([found]), self._tell_once)

    def _look_twice(self, roots: Sequence[Root]) -> None:
        """Look through folders, have their events told, and look for what came before these began."""
        self._look(roots)
        self._hints.apply()
        self._look(roots)

    def _look(self, roots: Sequence[Root]) -> None:
        """Look through folders for what is new, and for folders that are."""
        began = time.monotonic()
        self._arrivals.left_out = False
        for root in roots:
            since = root.position.new_since
            for entry in changed_since(self._walk(root.path), since):
                if not self._arrivals.is_done(entry.path, entry.found):
                    self._arrivals.add(entry.path)
        took = time.monotonic() - began
        pause = max(_LOOK_EVERY_S, 200 * took) if self._hints.native else max(_POLL_EVERY_S, 10 * took)
        self._next_look = time.monotonic() + pause

    def _follow(self, hints: Iterable[tuple[str, bool]]) -> None:
        for path, is_new in hints:
            name = os.path.basename(path)  # noqa: PTH119
            if is_new and os.path.isdir(path):  # noqa: PTH112
                if not name.startswith(".") and not os.path.islink(path):  # noqa: PTH114
                    self._follow_into(path)
            elif (is_image_name(name) or is_sidecar_name(name)) and (is_new or self._was_written(path)):
                self._arrivals.add(path)

    def _follow_into(self, path: str) -> None:
        """Watch a folder that has come, and take on all that it came with."""
        self._hints.forget(path)  # it may be another one than before
        for again in (False, True):  # the second time for what came before the events began
            for entry in self._walk(path):
                if not again or not self._arrivals.is_done(entry.path, entry.found):
                    self._arrivals.add(entry.path)
            self._hints.apply()
        if self._arrivals.left_out and (root := innermost(self._roots, path)) is not None:
            for _ in self._take_all(path, root):
                pass

    def _was_written(self, path: str) -> bool:
        """Return whether a file that has changed was written, and not just given other permissions."""
        root = innermost(self._roots, path)
        try:
            return root is not None and os.lstat(path).st_mtime_ns >= root.position.new_since
        except OSError:
            return False

    def _look_after_roots(self) -> None:
        for root in self._roots:
            was_there = root.is_there
            if not root.has_changed():
                continue
            self._hints.forget(root.path)
            if not root.is_there:
                self._tell(f"{root.path} is gone; waiting for it to come back")
                continue
            if not was_there:
                self._tell(f"{root.path} is here again")
            self._look_twice([root])

    def _take_due(self) -> None:
        if time.monotonic() < self._retry_at:
            return
        due = {one.path: one for one in self._arrivals.due()}
        candidates = []
        for one in due.values():
            if is_sidecar_name(os.path.basename(one.path)):  # noqa: PTH119
                self._arrivals.done(one)
                for image in sidecar.images_of(one.path):
                    if image not in due and folder.is_regular(image):
                        self._arrivals.add(image, again=True)
            elif (root := innermost(self._roots, one.path)) is not None:
                candidates.append(Candidate(one.path, root.path, may_grow=not one.last_try))
            else:
                self._arrivals.done(one)
        if candidates:
            self._took_in(candidates, due)
        if self._arrivals.left_out and not len(self._arrivals):
            self._look(self._roots)

    def _took_in(self, candidates: list[Candidate], due: dict[str, Due] | None = None) -> bool:
        """Log images; where the database can't, say so once and return False: they are kept, and tried again."""
        try:
            if not self._store.path.exists():
                raise StoreError(self._store.path, f"{self._store.path} is gone")
            results = take_in(
                self._store, candidates, self._wanted.wording, self._wanted.pass_threshold, self._tell_once
            )
        except StoreError as error:
            if not self._retry_after:
                self._tell(f"{error}; images wait until it can be written again")
            self._retry_after = min(self._retry_after * 2 or _FIRST_RETRY_S, _LAST_RETRY_S)
            self._retry_at = time.monotonic() + self._retry_after
            self._reopen()
            return False
        if self._retry_after:
            self._tell(f"{self._store.path} can be written again")
            self._retry_after = self._retry_at = 0.0
        for result in results:
            self._finish(result, (due or {}).get(result.candidate.path))
        return True

    def _finish(self, result: Result, due: Due | None) -> None:
        if due is not None:
            if result.again:
                self._arrivals.later(due)
                return
            self._arrivals.done(due)
        elif result.again:
            self._arrivals.add(result.candidate.path)
            return
        if result.problem is not None:
            self._tell(f"{result.candidate.path}: {result.problem}")
        if result.done is not None and result.done.event != "known":
            self._report(result.done)

    def _reopen(self) -> None:
        """Open the database anew: its file may be another one now, or come back."""
        self._store.close()
        try:
            self._store = Store.open(self._store.path, create=False, timeout=_LOCK_WAIT_S)
        except StoreError:
            return

    def _note_position(self, now: bool = False) -> None:
        """Note that all has been seen to but for what waits."""
        if self._arrivals.left_out:
            return
        moment = time.time_ns()
        oldest = self._arrivals.oldest_ns()
        for root in self._roots:
            if root.is_there:  # else what comes into it meanwhile is new when it is back
                root.position.reached(min(moment, oldest or moment), now)

    def _may_grow(self, found: os.stat_result) -> bool:
        """Return whether a file changed so lately that it may still be written."""
        return time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) < self._wanted.patience * 1e9

    def _tell_once(self, line: str) -> None:
        """Tell what would be said each time that a folder is looked through."""
        if line not in self._told:
            if len(self._told) > 1000:
                self._told.clear()
            self._told.add(line)
            self._tell(line)


def opened(path: Path) -> Store:
    """Open the database as a watch needs it: it makes a missing one, and doesn't wait long for a lock."""
    return Store.open(path, timeout=_LOCK_WAIT_S)
