"""The benchmarks run; what they find is for people to judge."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_benchmarks_run_on_a_small_log() -> None:
    script = Path(__file__).with_name("run.py")
    done = subprocess.run([sys.executable, str(script), "100", "150"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    header, *table = done.stdout.splitlines()
    assert header.split() == ["what", "ours", "floor", "unit", "ratio", "met", "wanted"]
    assert len(table) >= 40
    lost = [line for line in table if line.startswith("  lost")]
    assert [line.split()[1] for line in lost] == ["0.00", "0.00"]
