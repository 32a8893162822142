"""What all benchmarks share: a row of the table, and how a time is taken."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from typing import NamedTuple


class Row(NamedTuple):
    """A figure and its floor, which was measured in the same run, in the same unit, and what is wanted.

    A floor of None stands where nothing is to be compared. What is wanted is of the figure itself (`most`, `least`) and
    of its ratio to the floor (`most_ratio`, `least_ratio`).
    """

    what: str
    ours: float
    floor: float | None = None
    unit: str = "ms"
    most: float | None = None
    least: float | None = None
    most_ratio: float | None = None
    least_ratio: float | None = None

    def ratio(self) -> float | None:
        """Return the figure over its floor."""
        return self.ours / self.floor if self.floor else None

    def wanted(self) -> str:
        """Return in words what is wanted."""
        words = []
        for sign, bound, mark in (
            ("<=", self.most, ""),
            (">=", self.least, ""),
            ("<=", self.most_ratio, "x"),
            (">=", self.least_ratio, "x"),
        ):
            if bound is not None:
                words.append(f"{sign} {bound:,g}{mark}")
        return ", ".join(words)

    def is_met(self) -> bool:
        """Return whether all is as it is wanted."""
        ratio = self.ratio()
        return not (
            (self.most is not None and self.ours > self.most)
            or (self.least is not None and self.ours < self.least)
            or (ratio is not None and self.most_ratio is not None and ratio > self.most_ratio)
            or (ratio is not None and self.least_ratio is not None and ratio < self.least_ratio)
        )


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
