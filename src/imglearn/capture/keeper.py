"""An attempt is kept: in the database, or in the spool as long as the database can't take it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from imglearn.errors import ConflictError, SpoolWarning, StoreError
from imglearn.process import ForkSafeLock
from imglearn.records import NewAttempt
from imglearn.store import attempts
from imglearn.store.database import Store

if TYPE_CHECKING:  # the spool itself is for bad days: nobody else waits for it to be imported
    from imglearn.capture.spool import Entry, Spool

RETRY_S = 30.0  # after the database failed, before it is tried again: each try may wait for a lock as long

T = TypeVar("T")


def warn(message: str) -> None:
    """Give a warning that names the line of the program that uses imglearn."""
    import warnings

    level = 1
    while sys._getframe(level).f_globals.get("__name__", "").partition(".")[0] == "imglearn":
        level += 1
    warnings.warn(message, SpoolWarning, stacklevel=level + 1)


class Keeper:
    """Keeps the attempts of one process. May be shared by threads.

    With a spool, no error of the database reaches the caller: one warning is given each time it begins to fail.
    Without, or where it is `strict`, it raises StoreError; and also where the spool can't be written, unless attempts
    may wait in memory.
    """

    def __init__(
        self,
        store: Store,
        open_spool: Callable[[], Spool] | None,
        tell: Callable[[str], None] = warn,
        in_memory: bool = True,
        strict: bool = False,
    ) -> None:
        self._store = store
        self._open_spool = open_spool
        self.strict = strict or open_spool is None
        self._tell = tell
        self._in_memory = in_memory
        self._process = os.getpid()
        self._lock = ForkSafeLock()
        self._try_again_at = 0.0
        self._why: str | None = None  # the database can't take attempts, in its own words
        self._has_spooled = False
        self._homeless: list[Entry] = []  # neither the database nor the spool could take them yet
        self._is_at_exit = False  # whether these are tried once more when the program ends
        self._to_tell: list[str] = []

    def log(self, new: NewAttempt) -> None:
        """Keep an attempt. Raises ConflictError where its id is stored with other content."""
        self._kept(lambda: attempts.log(self._store, new), lambda: [new], True)
        attempt = new.attempt
        if attempt.image_path is not None and attempt.image_sha256 is None and self._why is None:
            from imglearn.store import images

            with suppress(StoreError, OSError):
                images.take_over(self._store, attempt.id, os.path.abspath(attempt.image_path))  # noqa: PTH100

    def log_many(self, batch: Sequence[NewAttempt]) -> list[bool | ConflictError]:
        """Keep a batch, in one transaction; for each attempt say what `attempts.log` would."""
        return self._kept(lambda: attempts.log_many(self._store, batch), lambda: batch, [True] * len(batch))

    def change(self, id: str, fields: Mapping[str, object]) -> None:
        """Keep what became of an attempt: some of its fields, anew."""

        def entry() -> Sequence[Entry]:
            from imglearn.capture.spool import Change

            return [Change(id, dict(fields))]

        self._kept(lambda: attempts.change(self._store, id, fields), entry, True)

    def drop_double(self, id: str, sha256: str) -> None:
        """Delete the attempt that a watch made of this attempt's image, if the database is well."""
        if self._why is None:
            from imglearn.store import images

            with suppress(StoreError):
                images.drop_double(self._store, id, sha256)

    def applied_feedback(self) -> set[str]:
        """Return the ids of the remarks that attempts name which wait for the database."""
        if self._open_spool is None:
            return set()
        from imglearn.capture.spool import applied_in

        with self._lock:
            return self._open_spool().applied_feedback() | applied_in(self._homeless)

    def begin_failing(self, error: StoreError) -> None:
        """Use the spool for a while: the database couldn't be opened."""
        self._fail(error)
        self._tell_all()

    def close(self) -> None:
        """Put what waits into the database, if it takes it now."""
        if self._has_spooled or self._homeless:
            self._try_again_at = 0.0
            self._kept(lambda: None, list, None)

    def _kept(self, write: Callable[[], T], entries: Callable[[], Sequence[Entry]], spooled: T) -> T:
        if self.strict or self._open_spool is None:
            return write()
        if self._process != os.getpid():  # forked: what waits in memory is the parent's
            self._process, self._homeless = os.getpid(), []
        try:
            if time.monotonic() >= self._try_again_at:
                try:
                    # What happened before comes first, or it would undo what happened since.
                    if self._has_spooled or self._homeless:
                        self._catch_up(self._open_spool())
                    done = write()
                except StoreError as error:
                    self._fail(error)
                else:
                    self._why = None
                    return done
            self._put_by(self._open_spool(), entries())
            return spooled
        finally:
            self._tell_all()

    def _fail(self, error: StoreError) -> None:
        self._try_again_at = time.monotonic() + RETRY_S
        if self._why is None and self._open_spool is not None:
            self._why = str(error)
            self._to_tell.append(f"{error}. Attempts wait in {self._open_spool().folder} till it can take them")

    def _catch_up(self, spool: Spool) -> None:
        from imglearn.capture.spool import take_in

        with self._lock:
            taken = spool.take_in(self._store)
            self._has_spooled = False
            with self._store.write():
                refused = [entry for entry in self._homeless if not take_in(self._store, entry)]
            self._homeless.clear()
            set_aside = taken.set_aside + len(refused)
            if set_aside:
                where = f"they are set aside in {spool.folder}"
                try:
                    spool.set_aside(refused)
                except OSError as error:
                    where = f"and {spool.folder} can't be written ({error.strerror or error})"
                self._to_tell.append(f"attempts that can't be taken in: {set_aside}; {where}")

    def _put_by(self, spool: Spool, entries: Sequence[Entry]) -> None:
        """Put entries into the spool. What it can't take stays in memory, and is tried again."""
        with self._lock:
            self._homeless += entries
            if not self._homeless:
                return
            try:
                spool.add(self._homeless)
            except OSError as error:
                problem = f"{spool.folder} can't be written either ({error.strerror or error})"
                if not self._in_memory:
                    self._homeless.clear()
                    self._to_tell.clear()
                    raise StoreError(self._store.path, f"{self._why}; {problem}") from error
                if not self._is_at_exit:
                    self._is_at_exit = True
                    import atexit

                    atexit.register(self._at_exit)
                    self._to_tell[:] = [f"{self._why}; {problem}. Attempts wait in memory till one of them can be"]
            else:
                self._has_spooled = True
                self._homeless.clear()

    def _at_exit(self) -> None:
        self.close()
        if self._homeless:
            self._tell(f"{len(self._homeless)} attempts are lost: nothing can be written, wherever they could be kept")

    def _tell_all(self) -> None:
        """Say what there is to say, when everything is kept: where warnings are errors, the caller gets one."""
        while self._to_tell:
            self._tell(self._to_tell.pop(0))
