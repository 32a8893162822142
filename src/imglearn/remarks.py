"""What people say about attempts: the kinds of feedback there are, adding a remark, and what is to become of it."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from typing import Literal

from msgspec import Struct

from imglearn.errors import InvalidRecordError
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.records import Feedback, check, utc_timestamp
from imglearn.store import attempts, feedback, pending, resolutions, similar
from imglearn.store.database import Store
from imglearn.store.pending import PendingRemark

# The kinds that are known, each with what to write about. Any other word is accepted and kept.
GUIDE = {
    "physics": "Light, gravity, shadows, reflections: what could not be so. 'Dust should settle in low points.'",
    "material_behavior": "How this material ages, wears, stains, rusts. 'Rust starts at edges and follows runoff.'",
    "contamination": "Kind, amount and place of dirt, dust, oil, scale. 'Less, and in patches, not evenly.'",
    "object_realism": "Whether the object itself is right: shape, parts, proportions. 'The handle has two shafts.'",
    "aesthetics": "Composition, colour, mood, style. 'Softer light, plainer background.'",
    "scale": "Sizes against each other. 'The grain is too coarse for a board of that width.'",
}
BY_PEOPLE = "user"  # whose remarks a loop is handed, unless it asks for others
SOURCES = {
    BY_PEOPLE: "a person",
    "automated": "a validator or another program that judges pictures",
    "system": "imglearn or the generator itself",
}


class CategorySuggestion(Struct, frozen=True):
    """A kind that a text may be: `count` of the texts like it are, with this `share` (percent) of their likeness.

    By the guide alone, no text is (0), and the share is unknown.
    """

    category: str
    count: int
    share: float | None
    basis: Literal["similar texts", "guide"]


def add(store: Store, **fields: object) -> str:
    """Store a new remark and return its id; one about an attempt takes its material and category.

    Raises InvalidRecordError where a field doesn't fit, and where the attempt, or the remark that it supersedes, is
    not here or was superseded already.
    """
    source = fields.get("source")
    if not isinstance(source, str) or source not in SOURCES:
        raise InvalidRecordError("source", source, f"one of {', '.join(SOURCES)}")
    remark = check(Feedback, {**fields, "id": str(uuid.uuid4()), "timestamp": utc_timestamp()})
    with store.write():
        about = {**_of_superseded(store, remark.supersedes), **_of_attempt(store, remark.attempt_id)}
        given = {name: value for name, value in fields.items() if value is not None}
        remark = check(Feedback, {**about, **given, "id": remark.id, "timestamp": remark.timestamp})
        (outcome,) = feedback.add_many(store, [remark])
    if isinstance(outcome, Exception):
        raise outcome
    return remark.id


def _of_attempt(store: Store, attempt_id: str | None) -> dict[str, object]:
    if attempt_id is None:
        return {}
    attempt = attempts.get(store, attempt_id)
    if attempt is None:
        raise InvalidRecordError("attempt_id", attempt_id, "the id of an attempt that is logged")
    return {"material": attempt.material, "category": attempt.category}


def _of_superseded(store: Store, id: str | None) -> dict[str, object]:
    """Return what a new remark takes over from the one in whose place it comes."""
    if id is None:
        return {}
    before = _standing(store, id, "supersedes")
    kept = ("attempt_id", "material", "category", "feedback_category")
    return {name: getattr(before, name) for name in kept if getattr(before, name) is not None}


def _standing(store: Store, id: str, field: str) -> Feedback:
    found = feedback.get(store, id)
    if found is None:
        raise InvalidRecordError(field, id, "the id of a remark that is here")
    if (later := feedback.successor(store, id)) is not None:
        raise InvalidRecordError(field, id, f"a remark that stands; this one was superseded by {later}")
    return found


def is_asked_for(remark: PendingRemark) -> bool:
    """Whether a loop is handed a remark without asking for its source."""
    return remark.source == BY_PEOPLE


class Inbox(Struct, frozen=True):
    """Pending remarks, first those that a loop is handed, oldest first, then those of other sources; and how many of
    each are pending in all, whatever is asked for.
    """

    remarks: list[PendingRemark]
    handed_out: int
    others: int


def in_the_inbox(store: Store, most: int, asked: AttemptFilter = ANY_ATTEMPT) -> Inbox:
    """Return the pending remarks that a filter leaves, at most so many."""
    with store.read():
        handed = pending.waiting(store, most, source=BY_PEOPLE, asked=asked)
        found = pending.waiting(store, most + len(handed), asked=asked)
        others = [one for one in found if not is_asked_for(one)]
        return Inbox((handed + others)[:most], *pending.counts(store, BY_PEOPLE))


def resolve(store: Store, id: object, resolved: bool, *, author: str | None = None, notes: str | None = None) -> bool:
    """Store that a remark needs no attempt any more, or that it does after all; return whether that is new.

    Raises InvalidRecordError where the remark is not here, or was superseded.
    """
    if not isinstance(id, str):
        raise InvalidRecordError("id", id, "the id of a remark")
    with store.write():
        _standing(store, id, "id")
        return resolutions.add(store, id, resolved, author=author, notes=notes) is not None


def suggest_category(store: Store, text: str) -> list[CategorySuggestion]:
    """Return the kinds that a text may be, likeliest first: those of texts like it, or else by the guide's words."""
    counts: Counter[str] = Counter()
    likeness: dict[str, float] = defaultdict(float)
    for found in similar.similar_texts(store, text):
        counts[found.feedback_category] += 1
        likeness[found.feedback_category] += found.likeness
    if not counts:
        return _by_the_guide(text)
    whole = sum(likeness.values())
    return [
        CategorySuggestion(kind, counts[kind], round(100 * likeness[kind] / whole, 1), "similar texts")
        for kind in sorted(likeness, key=lambda kind: -likeness[kind])
    ]


def _by_the_guide(text: str) -> list[CategorySuggestion]:
    said = set(map(_stem, similar.telling_words(text)))
    shared = {
        kind: len(said.intersection(map(_stem, similar.telling_words(f"{kind} {line}"))))
        for kind, line in GUIDE.items()
    }
    likely = sorted((kind for kind in shared if shared[kind]), key=lambda kind: -shared[kind])
    return [CategorySuggestion(kind, 0, None, "guide") for kind in likely]


def _stem(word: str) -> str:
    """Return what a word has in common with its other forms, near enough."""
    return word[:5].removesuffix("s")
