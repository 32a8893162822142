"""What every part of the main screen has: the database that it is about, and a way to tell the person something."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

from textual.screen import Screen

from imglearn.text import safe_text

NOTICE_S = 10.0


class TellingScreen(Screen[None]):
    """A screen about the database at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._told = ""
        self._told_until = 0.0

    def tell(self, message: str, *, is_problem: bool = False) -> None:
        """Show a notice for a while; the same one again only when it is gone."""
        now = time.monotonic()
        if message == self._told and now < self._told_until:
            return
        self._told, self._told_until = message, now + NOTICE_S
        severity: Literal["warning", "information"] = "warning" if is_problem else "information"
        self.notify(safe_text(message), severity=severity, timeout=NOTICE_S, markup=False)
