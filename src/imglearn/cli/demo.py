"""`imglearn demo`: the app on a scratch log that a simulated generator fills."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click


@click.command(epilog="\b\nExample:\n  imglearn demo")
def command() -> None:
    """Open the app on a simulated generator that logs in real time.

    It uses a scratch database and state folder, which are gone afterwards; your own are never touched.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.ClickException("the demo needs a terminal")
    with tempfile.TemporaryDirectory(prefix="imglearn-demo-") as scratch:
        db = str(Path(scratch) / "demo.db")
        # Two processes, as in real use: one that logs, and one that watches.
        with subprocess.Popen([sys.executable, "-P", "-m", "imglearn.demo", db]) as generator:  # noqa: S603
            try:
                app = subprocess.run(  # noqa: S603
                    [sys.executable, "-P", "-m", "imglearn.tui", "--db", db],
                    env={**os.environ, "IMGLEARN_STATE": str(Path(scratch) / "state")},
                    check=False,
                )
            finally:
                generator.terminate()
    sys.exit(app.returncode)
