"""How far a watch of a folder has come: what came before that moment has been seen to."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from imglearn.store.files import replacing

_SAVED_EVERY_S = 60.0
_OVERLAP_NS = 600 * 10**9  # clocks are set, and other machines' clocks differ: what is seen twice is logged once


class Position:
    """The moment from which on files of a folder are new to a database. Kept in a small file, written whole.

    Several processes may keep it: each is right about what it has seen to, and content decides what is logged.
    """

    def __init__(self, state_folder: Path, database: Path, folder: str) -> None:
        names = f"{database.absolute()}\n{folder}"
        key = hashlib.sha256(names.encode(errors="surrogateescape")).hexdigest()[:24]
        self._file = state_folder / "watch" / f"{key}.json"
        self._about = {"database": str(database.absolute()), "folder": folder}
        self._saved_at = 0.0
        now = time.time_ns()
        found = self._read()
        self.is_first = found is None
        self._begun, self.seen = found if found is not None else (now, now)
        self.clock_was_set_back = self.seen > now + _OVERLAP_NS

    @property
    def new_since(self) -> int:
        """Return from when on files are new (Unix time in ns): somewhat before, but never before the first watch."""
        seen = self._begun if self.clock_was_set_back else self.seen
        return min(max(self._begun, seen - _OVERLAP_NS), time.time_ns())

    def reached(self, moment: int, now: bool = False) -> None:
        """Note that all that came before a moment was seen to; on disk every minute, or `now`."""
        self.seen = moment
        self.clock_was_set_back = moment > time.time_ns() + _OVERLAP_NS
        if now or time.monotonic() - self._saved_at >= _SAVED_EVERY_S:
            self._saved_at = time.monotonic()
            self._write()

    def _read(self) -> tuple[int, int] | None:
        try:
            found: Any = json.loads(self._file.read_text("utf-8"))
            return int(found["begun_ns"]), int(found["seen_ns"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self) -> None:
        state = {**self._about, "begun_ns": self._begun, "seen_ns": self.seen}
        with suppress(OSError):  # without it the next start looks at more than it must
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with replacing(self._file) as path:
                path.write_text(json.dumps(state), "utf-8")
