"""Which feedback led to the best pictures?"""

from __future__ import annotations

import re

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import attempts
from imglearn.store.attempts import FedAttempt
from imglearn.store.database import Store

_SAME = 0.8  # share of words in common from which two texts say the same


def best_feedback_examples(store: Store, limit: int | None = 5, asked: AttemptFilter = ANY_ATTEMPT) -> list[FedAttempt]:
    """Return passed attempts with feedback applied, highest score first, near-identical feedback once.

    Two texts are near-identical where they share four fifths of their words (Jaccard index of the word sets).
    """
    found: list[FedAttempt] = []
    seen: list[frozenset[str]] = []
    exact: set[str] = set()
    best = attempts.best_fed(store, asked)
    for attempt in best:
        if limit is not None and len(found) >= limit:
            break
        if attempt.feedback_text in exact:
            continue
        exact.add(attempt.feedback_text)
        words = frozenset(re.findall(r"\w+", attempt.feedback_text.casefold()))
        if any(_alike(words, other) for other in seen):
            continue
        seen.append(words)
        found.append(attempt)
    best.close()
    return found


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    if not one and not other:
        return True
    return len(one & other) >= _SAME * len(one | other)
