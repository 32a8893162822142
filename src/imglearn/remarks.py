"""What people say about attempts: the kinds of feedback there are, and adding a remark."""

from __future__ import annotations

import uuid

from imglearn.errors import InvalidRecordError
from imglearn.records import Feedback, check, utc_timestamp
from imglearn.store import attempts, feedback
from imglearn.store.database import Store

# The kinds that are known, each with what to write about. Any other word is accepted and kept.
GUIDE = {
    "physics": "Light, gravity, shadows, reflections: what could not be so. 'Dust should settle in low points.'",
    "material_behavior": "How this material ages, wears, stains, rusts. 'Rust starts at edges and follows runoff.'",
    "contamination": "Kind, amount and place of dirt, dust, oil, scale. 'Less, and in patches, not evenly.'",
    "object_realism": "Whether the object itself is right: shape, parts, proportions. 'The handle has two shafts.'",
    "aesthetics": "Composition, colour, mood, style. 'Softer light, plainer background.'",
    "scale": "Sizes against each other. 'The grain is too coarse for a board of that width.'",
}
SOURCES = {
    "user": "a person",
    "automated": "a validator or another program that judges pictures",
    "system": "imglearn or the generator itself",
}


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
    before = feedback.get(store, id)
    if before is None:
        raise InvalidRecordError("supersedes", id, "the id of a remark that is here")
    if (later := feedback.successor(store, id)) is not None:
        raise InvalidRecordError("supersedes", id, f"a remark that stands; this one was superseded by {later}")
    kept = ("attempt_id", "material", "category", "feedback_category")
    return {name: getattr(before, name) for name in kept if getattr(before, name) is not None}
