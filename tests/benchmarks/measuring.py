"""What all benchmarks share: a row of the table, and how a time is taken."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from typing import NamedTuple


class Row(NamedTuple):
    """A figure and its floor, which was measured in the same run, in the same unit; what is wanted of both, in words.

    A floor of None stands where nothing is to be compared.
    """

    what: str
    ours: float
    floor: float | None
    wanted: str
    unit: str = "ms"


def median_ms(action: Callable[[], object], times: int = 7) -> float:
    """Return the median time of an action in milliseconds, after one that doesn't count."""
    action()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1e3


def in_turn(actions: dict[str, Callable[[int], object]], times: int, block: int = 50) -> dict[str, list[float]]:
    """Return how long each action took each time in milliseconds, block by block in turn, so that all see the same
    machine. Each is given the number of the time.
    """
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for first in range(0, times, block):
        for name, action in actions.items():
            for number in range(first, min(first + block, times)):
                started = time.perf_counter()
                action(number)
                taken[name].append((time.perf_counter() - started) * 1e3)
    return taken


def run(command: list[str], **options: object) -> None:
    """Run a process to its end, its output thrown away. Raises CalledProcessError."""
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, **options)  # type: ignore[call-overload]
