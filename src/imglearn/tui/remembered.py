"""What the app keeps between runs: theme, earlier filters and the sizes of the panes, in a file of the state folder.

It is written when it changes, since a terminal that is closed ends the app at once.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from imglearn.tui.pane_layout import Shares

FILE = "app.json"


class Remembered(Struct):
    """What was chosen last."""

    theme: str | None = None
    filters: list[str] = []  # oldest first
    shares: Shares = Shares()

    @classmethod
    def load(cls, folder: Path) -> Remembered:
        """Read what was kept. What can't be read counts as nothing: it is only comfort."""
        try:
            return msgspec.json.decode((folder / FILE).read_bytes(), type=cls)
        except (OSError, ValueError, RecursionError, msgspec.DecodeError):
            return cls()

    def save(self, folder: Path) -> None:
        """Write it, whole or not at all; where that can't be done, the app goes on without."""
        path = folder / FILE
        with suppress(OSError, ValueError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = path.with_name(f"{FILE}.{os.getpid()}")
            new.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1))
            new.replace(path)
