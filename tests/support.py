"""What the tests import: texts that mean harm, and the types of fixtures."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

Cli = Callable[..., "subprocess.CompletedProcess[str]"]

HOSTILE = [
    "[/red]",
    "[@click=app.quit]x[/]",
    "[bold red]markup[/bold red]",
    "\x1b]52;c;aGk=\x07",
    "\x1b[2J\x1b[H\x1b[31mred",
    "\x9b31m\x90q\x9c",
    "\u202egnp.exe\u2066",
    "line one\r\nline two\u2028three",
    "x" * 100_000,
    "漢字かな" * 40,
    "שלום עולם مرحبا",
    "👩‍👩‍👧‍👦🇩🇪👍🏽 e\u0301\u0302",
    "nul\x00byte",
    "=cmd|' /C calc'!A0",
    "'; DROP TABLE generation_attempts; --",
    "tab\tand\x0bvertical\x7f",
    "$(reboot) `reboot` %s {0}",
    "\ufeffbom \ufffd",
    " ",
]
