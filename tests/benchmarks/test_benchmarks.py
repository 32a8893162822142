"""The benchmarks run; what they find is for people to judge."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_benchmarks_run_on_a_small_log() -> None:
    script = Path(__file__).with_name("run.py")
    done = subprocess.run([sys.executable, str(script), "100", "200"], capture_output=True, text=True, check=True)
    table = done.stdout.splitlines()
    assert table[0].split() == ["what", "ms", "floor", "ratio"]
    assert len(table) == 1 + 2 * 17 + 2 + 3
