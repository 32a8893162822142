"""What did a retry change, and what came of it?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

from msgspec import Struct

from imglearn.plain import leaves
from imglearn.records import Attempt
from imglearn.store import attempts
from imglearn.store.database import Store

_SETTINGS = (
    "material", "category", "model", "seed", "guidance_scale", "contamination_uniformity", "view_mode",
    "patterns_used", "feedback_category", "feedback_source", "val_truncated",
)  # fmt: skip
_TEXTS = ("prompt", "negative_prompt", "feedback_text")
_WORD = re.compile(r"\s*(?:[\w.'-]*\w|[^\w\s])|\s+\Z")
_MOST_WORDS = 3_000  # of a text; comparing more takes too long


class SettingChange(Struct, frozen=True):
    """A field, or an entry of `params` by its dotted name, whose value differs. None is unknown or not there."""

    name: str
    before: object
    after: object


class Piece(Struct, frozen=True):
    """Part of two texts: words of both, of the earlier one only, or of the later one only."""

    kind: Literal["same", "removed", "added"]
    text: str


class TextChange(Struct, frozen=True):
    """A text that differs: the pieces that both are made of. None where they are too long to be compared."""

    name: str
    pieces: tuple[Piece, ...] | None


class AttemptChanges(Struct, frozen=True):
    """What differs between the attempt `before` and the one `after` that retries it.

    Scores are in points from 0 to 100, `score_change` is the later less the earlier one (None where either is
    unknown). Verdicts are a word each. Issues are those of physics and the red flags together, each once.
    """

    before: str
    after: str
    score_before: float | None
    score_after: float | None
    score_change: float | None
    verdict_before: str
    verdict_after: str
    settings: tuple[SettingChange, ...]
    texts: tuple[TextChange, ...]
    issues_gone: tuple[str, ...]
    issues_new: tuple[str, ...]
    issues_kept: tuple[str, ...]


def changes_of(store: Store, id: str) -> AttemptChanges | None:
    """Return what an attempt changed in the one that it retries; None where it retries none, or one not here."""
    with store.read():
        after = attempts.get(store, id)
        parent_id = None if after is None or after.parent_id == id else after.parent_id
        before = None if parent_id is None else attempts.get(store, parent_id)
    return None if after is None or before is None else attempt_changes(before, after)


def attempt_changes(before: Attempt, after: Attempt) -> AttemptChanges:
    """Compare two attempts."""
    scores = before.realism_score, after.realism_score
    issues_before, issues_after = _issues(before), _issues(after)
    # Of an attempt without a verdict nobody looked for issues: none of the others are gone.
    looked = after.physics_issues is not None or after.red_flags is not None
    return AttemptChanges(
        before=before.id,
        after=after.id,
        score_before=scores[0],
        score_after=scores[1],
        score_change=None if scores[0] is None or scores[1] is None else scores[1] - scores[0],
        verdict_before=verdict(before),
        verdict_after=verdict(after),
        settings=tuple(_setting_changes(before, after)),
        texts=tuple(_text_changes(before, after)),
        issues_gone=tuple(issue for issue in issues_before if looked and issue not in issues_after),
        issues_new=tuple(issue for issue in issues_after if issue not in issues_before),
        issues_kept=tuple(issue for issue in issues_before if issue in issues_after),
    )


def verdict(attempt: Attempt) -> str:
    """Return in a word or two how an attempt ended."""
    if attempt.status != "done":
        return attempt.status
    if attempt.passed is None:
        return "no verdict" if attempt.validator_error else "unknown"
    return "pass" if attempt.passed else "fail"


def word_changes(before: str, after: str) -> tuple[Piece, ...] | None:
    """Return the pieces of two texts, word by word; None where they are too long to be compared."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        return None
    comparing = SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new])
    pieces: list[Piece] = []
    for kind, old_start, old_end, new_start, new_end in comparing.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(new[new_start:new_end])))
            continue
        if old_end > old_start:
            pieces.append(Piece("removed", "".join(old[old_start:old_end])))
        if new_end > new_start:
            pieces.append(Piece("added", "".join(new[new_start:new_end])))
    return tuple(pieces)


def _setting_changes(before: Attempt, after: Attempt) -> Iterator[SettingChange]:
    old = {name: getattr(before, name) for name in _SETTINGS} | dict(leaves(before.params or {}))
    new = {name: getattr(after, name) for name in _SETTINGS} | dict(leaves(after.params or {}))
    for name in dict.fromkeys([*old, *new]):
        one, other = old.get(name), new.get(name)
        # What an attempt that hasn't ended as it should doesn't say is only not known yet.
        if one != other and (other is not None or after.status == "done"):
            yield SettingChange(name, one, other)


def _text_changes(before: Attempt, after: Attempt) -> Iterator[TextChange]:
    for name in _TEXTS:
        one, other = getattr(before, name) or "", getattr(after, name) or ""
        if one != other:
            yield TextChange(name, word_changes(one, other))


def _issues(attempt: Attempt) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*(attempt.physics_issues or ()), *(attempt.red_flags or ())]))
