"""What the app keeps between runs: theme, earlier filters and the sizes of the panes, in a file of the state folder.

It is written when it changes, since a terminal that is closed ends the app at once.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from imglearn.store.files import replacing
from imglearn.tui.filter_bar import MOST_KEPT
from imglearn.tui.pane_layout import Shares

FILE = "app.json"
MOST_SEEN = 200  # alerts


class Remembered(Struct):
    """What was chosen last."""

    theme: str | None = None
    filters: list[str] = []  # oldest first
    shares: Shares = Shares()
    seen_alerts: list[str] = []  # oldest first

    @classmethod
    def load(cls, folder: Path) -> Remembered:
        """Read what was kept. What can't be read counts as nothing: it is only comfort."""
        try:
            return msgspec.json.decode((folder / FILE).read_bytes(), type=cls)
        except (OSError, ValueError, RecursionError, msgspec.DecodeError):
            return cls()

    @classmethod
    def add(cls, folder: Path, **chosen: Any) -> Remembered:
        """Keep what was chosen, beside what another app has kept meanwhile, and return both.

        It is written whole or not at all; where that can't be done, the app goes on without.
        """
        found = cls.load(folder)
        if "filters" in chosen:
            own = chosen["filters"]
            chosen["filters"] = [*(one for one in found.filters if one not in own), *own][-MOST_KEPT:]
        if "seen_alerts" in chosen:
            own = chosen["seen_alerts"]
            chosen["seen_alerts"] = [*(one for one in found.seen_alerts if one not in own), *own][-MOST_SEEN:]
        found = msgspec.structs.replace(found, **chosen)
        with suppress(OSError, ValueError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with replacing(folder / FILE) as new:
                new.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
        return found
