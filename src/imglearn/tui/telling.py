"""What every part of the main screen has: the database that it is about, and a way to tell the person something."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from textual.screen import Screen

from imglearn.text import safe_text


class TellingScreen(Screen[None]):
    """A screen about the database at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def tell(self, message: str, *, is_problem: bool = False) -> None:
        """Show a notice for a while."""
        severity: Literal["warning", "information"] = "warning" if is_problem else "information"
        self.notify(safe_text(message), severity=severity, timeout=10, markup=False)
