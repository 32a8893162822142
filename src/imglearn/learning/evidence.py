"""How much do we know? The four words for it, and what would settle the rest."""

from __future__ import annotations

import math
from typing import Literal

Evidence = Literal["no data", "anecdote", "hint", "evidence"]

SURE = 0.05  # q up to which something counts as found
LEAST_HINT = 10  # independent cases; fewer tell a story, not a rate
LEAST_EVIDENCE = 50
_MOST_SHRUNK = math.sqrt(20)


def evidence(n: int) -> Evidence:
    """Return the word for what `n` independent cases (chains of attempts, not attempts) can tell at best.

    An interval says how sure a figure is; the word says whether there is enough for an interval to be trusted.
    """
    if n == 0:
        return "no data"
    return "anecdote" if n < LEAST_HINT else "hint" if n < LEAST_EVIDENCE else "evidence"


def more_to_settle(n: int, half_width: float, difference: float) -> int | None:
    """Return how many more cases like these would tell a difference from 0; None where none are needed, or where it
    would take more than twenty times as many: then it is next to none.

    The half-width of an interval shrinks with the root of the cases.
    """
    if n == 0 or not abs(difference) <= half_width or half_width > _MOST_SHRUNK * abs(difference):
        return None
    return math.ceil(n * ((half_width / difference) ** 2 - 1)) or 1
