"""The record: what an attempt and a remark consist of, checked in one place.

Attempts come from Python calls, flags, JSON lines and older databases. Each becomes an `Attempt` here, and what
doesn't fit says which field, what it got and what it wants.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, Struct

from imglearn.errors import InvalidRecordError
from imglearn.plain import plain
from imglearn.text import storable_text

Name = Annotated[str, Meta(pattern=r"\S", description="a text that is not empty")]
Text = Annotated[str, Meta(description="a text")]
Seed = Annotated[str, Meta(description="a text or a whole number")]
Texts = Annotated[tuple[str, ...], Meta(description="a list of texts")]
Flag = Annotated[bool, Meta(description="true or false")]
# Bounded, so that sums over any history stay exact in 64 bits.
Count = Annotated[int, Meta(ge=0, le=10**12, description="a whole number from 0 to 1,000,000,000,000")]
Amount = Annotated[float, Meta(ge=0, description="a number, 0 or more")]
Number = Annotated[float, Meta(description="a finite number")]
Score = Annotated[float, Meta(ge=0, le=100, description="a number from 0 to 100")]
Json = Annotated[dict[str, Any], Meta(description='an object, such as {"steps": 30}')]
Status = Annotated[
    Literal["running", "done", "error", "abandoned"], Meta(description="one of running, done, error, abandoned")
]


class Attempt(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One image asked of a generator. None means unknown, which is neither a pass nor a failure.

    `status` is running until the attempt has ended: done, in an error (`error` says which), or abandoned, where its
    process ended without another word. `timestamp` is UTC, ISO 8601 with microseconds and `Z`, so that text order is
    time order. `realism_score` is in points from 0 to 100, prompt lengths in characters, `image_size_kb` in kilobytes,
    `duration_s` in seconds. `feedback_id` is the remark that was applied.
    `params` holds every knob without a field of its own, `extra` what the validator, the outcome or the image
    said beyond the fields (kept apart from `params`: a result is never a knob).
    """

    id: Name
    timestamp: Name
    material: Name
    category: Name
    model: Text | None = None
    status: Status = "done"
    prompt: Text | None = None
    negative_prompt: Text | None = None
    seed: Seed | None = None
    gen_prompt_length: Count | None = None
    guidance_scale: Number | None = None
    contamination_uniformity: Number | None = None
    view_mode: Text | None = None
    patterns_used: Texts | None = None
    params: Json | None = None
    feedback_applied: Flag | None = None
    feedback_text: Text | None = None
    feedback_category: Text | None = None
    feedback_source: Text | None = None
    feedback_id: Name | None = None
    val_prompt_length: Count | None = None
    val_truncated: Flag | None = None
    realism_score: Score | None = None
    passed: Flag | None = None
    physics_issues: Texts | None = None
    red_flags: Texts | None = None
    validator_error: Text | None = None
    error: Text | None = None
    failure_category: Text | None = None
    retry_count: Count | None = None
    final_success: Flag | None = None
    parent_id: Name | None = None
    image_path: Text | None = None
    image_size_kb: Amount | None = None
    image_sha256: Text | None = None
    duration_s: Amount | None = None
    notes: Text | None = None
    extra: Json | None = None


class Feedback(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A remark of a person about an attempt, a material, a category or, with none of them, everything.

    It isn't an attempt and enters no rate. It is never changed: a later remark `supersedes` it.
    """

    id: Name
    timestamp: Name
    text: Name
    source: Name = "user"
    feedback_category: Text | None = None
    author: Text | None = None
    attempt_id: Name | None = None
    material: Text | None = None
    category: Text | None = None
    supersedes: Name | None = None
    notes: Text | None = None
    extra: Json | None = None


class Resolution(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Somebody's word that a remark needs no attempt any more or, where `resolved` is false, that it does after all.

    It is never changed: of several about a remark the last one counts.
    """

    id: Name
    timestamp: Name
    feedback_id: Name
    resolved: Flag
    author: Text | None = None
    notes: Text | None = None
    extra: Json | None = None


AnyRecord = Attempt | Feedback | Resolution
Record = TypeVar("Record", Attempt, Feedback, Resolution)

ATTEMPT_FIELDS = Attempt.__struct_fields__
_FIELDS = {record: frozenset(record.__struct_fields__) for record in (Attempt, Feedback, Resolution)}
FLAG_FIELDS = frozenset({"feedback_applied", "val_truncated", "passed", "final_success", "resolved"})
NUMBER_FIELDS = frozenset(
    {"guidance_scale", "contamination_uniformity", "realism_score", "image_size_kb", "duration_s"}
)
COUNT_FIELDS = frozenset({"gen_prompt_length", "val_prompt_length", "retry_count"})
_WHOLE_NUMBERS_AS_TEXT = frozenset({"seed", "id", "parent_id", "feedback_id"})
LIST_FIELDS = frozenset({"patterns_used", "physics_issues", "red_flags"})
OBJECT_FIELDS = frozenset({"params", "extra"})
_JSON_FIELDS = LIST_FIELDS | OBJECT_FIELDS


def _usual_type(name: str) -> type | None:
    """Return the type of a field's values that need no translation, None where all do."""
    if name in _JSON_FIELDS or name == "timestamp":
        return None
    return bool if name in FLAG_FIELDS else int if name in COUNT_FIELDS else float if name in NUMBER_FIELDS else str


_USUAL_TYPES: dict[type, dict[str, type | None]] = {
    record: {name: _usual_type(name) for name in fields} for record, fields in _FIELDS.items()
}

# What an attempt takes from the remark that was applied to it, where nobody says it of the attempt.
FROM_REMARK = ("feedback_applied", "feedback_text", "feedback_category", "feedback_source")

# What other programs logged as an attempt was a person's remark where it has a feedback text, no score (or the score
# 0), and none of these.
GENERATED_OR_VALIDATED = (
    "model", "prompt", "negative_prompt", "seed", "gen_prompt_length", "guidance_scale", "contamination_uniformity",
    "view_mode", "patterns_used", "params", "val_prompt_length", "val_truncated", "physics_issues", "red_flags",
    "validator_error", "error", "failure_category", "parent_id", "feedback_id", "image_path", "image_size_kb",
    "duration_s", "status",
)  # fmt: skip

# What people call a field: the flags of the command line, and short forms.
COMMON_NAMES = {
    "score": "realism_score",
    "prompt_length": "gen_prompt_length or val_prompt_length",
    "issue": "physics_issues",
    "issues": "physics_issues",
    "red_flag": "red_flags",
    "pattern": "patterns_used",
    "patterns": "patterns_used",
    "param": "params",
    "feedback": "feedback_text",
    "truncated": "val_truncated",
    "retry_of": "parent_id",
    "parent": "parent_id",
    "image": "image_path",
    "path": "image_path",
    "size_kb": "image_size_kb",
    "sha256": "image_sha256",
    "duration": "duration_s",
    "note": "notes",
}


class NewAttempt(NamedTuple):
    """An attempt, and which of its fields nobody gave: they follow from others, or from the clock."""

    attempt: Attempt
    derived: frozenset[str] = frozenset()


def check(record: type[Record], fields: Mapping[str, Any]) -> Record:
    """Make a record from flat fields, as they are: nothing is derived. Raises InvalidRecordError."""
    usual_types = _USUAL_TYPES[record]
    values: dict[str, object] = {}
    for name, value in fields.items():
        kind = type(value)
        if kind is usual_types.get(name) and (kind is not float or math.isfinite(value)):  # as nearly all are
            plain_ascii = kind is not str or (value.isascii() and "\0" not in value)
            values[name] = value if plain_ascii else storable_text(value)
            continue
        if name not in _FIELDS[record]:
            raise InvalidRecordError(str(name), value, _unknown_field_advice(str(name), _FIELDS[record]))
        known_value = _as_field_wants(name, plain(value, name, loose=name in OBJECT_FIELDS))
        if isinstance(known_value, float) and not math.isfinite(known_value):
            raise InvalidRecordError(name, known_value, field_wants(record, name))
        if known_value is not None:
            values[name] = known_value
    try:
        return msgspec.convert(values, record)
    except msgspec.ValidationError as error:
        raise _explained(error, record, values) from None


def _as_field_wants(name: str, value: Any) -> object:
    """Accept the spellings that flat column names, SQLite and numeric libraries use for the same value."""
    if value is None:
        return None
    if name == "timestamp":
        return utc_timestamp(value)
    if name in _WHOLE_NUMBERS_AS_TEXT and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name in FLAG_FIELDS and isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if name in COUNT_FIELDS and isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and name in _JSON_FIELDS and value[:1] in ("[", "{"):
        try:
            return plain(msgspec.json.decode(value), name, loose=True)
        except (msgspec.DecodeError, RecursionError):
            return value
    return value


def utc_timestamp(when: object = None) -> str:
    """Return `when` (ISO 8601 text or a datetime; default: now) as UTC text with microseconds and `Z`.

    A time without a zone is taken as UTC. Raises InvalidRecordError.
    """
    wants = "an ISO 8601 time, such as 2025-11-25T22:52:51Z"
    if when is None:
        moment = datetime.now(UTC)
    elif isinstance(when, datetime):
        moment = when
    elif isinstance(when, str):
        try:
            moment = datetime.fromisoformat(when.strip())
        except ValueError:
            raise InvalidRecordError("timestamp", when, wants) from None
    else:
        raise InvalidRecordError("timestamp", when, wants)
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise InvalidRecordError("timestamp", when, wants) from None
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


def differing_fields(one: Record, other: Record, ignore: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names of the fields in which two records differ."""
    skip = set(ignore)
    return tuple(
        name for name in one.__struct_fields__ if name not in skip and getattr(one, name) != getattr(other, name)
    )


def json_object(value: object, name: str) -> Mapping[str, object]:
    """Return an object given as such or as JSON text, empty where there is none. Raises InvalidRecordError."""
    found = _as_field_wants("params", value)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise InvalidRecordError(name, value, "an object with names and values")
    return found


def _explained(
    error: msgspec.ValidationError, record: type[Record], values: Mapping[str, object]
) -> InvalidRecordError:
    """Say what msgspec found in terms of the field: its name, what it got, what it wants."""
    message = str(error)
    if missing := re.search(r"missing required field `(\w+)`", message):
        return InvalidRecordError(missing[1], None, "a value: it is required")
    place = re.search(r"at `\$\.(\w+)(\[\S*\])?`$", message)
    if place is None:
        return InvalidRecordError(record.__name__.lower(), dict(values), message)
    field, inner = place[1], place[2] or ""
    got = values.get(field)
    if inner[1:-1].isdigit() and isinstance(got, list):
        got = got[int(inner[1:-1])]
    return InvalidRecordError(field + inner, got, field_wants(record, field))


def field_wants(record: type[Record], field: str) -> str:
    """Return in words what a field holds, such as 'a number from 0 to 100'."""
    hint = record.__annotations__[field]
    names = hint.replace(" | None", "") if isinstance(hint, str) else ""
    described = globals().get(names)
    meta = getattr(described, "__metadata__", (None,))[0]
    return getattr(meta, "description", None) or "another value"


def _unknown_field_advice(name: str, known: Iterable[str]) -> str:
    import difflib  # only to explain a mistake

    close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    meant = COMMON_NAMES.get(name) or (close[0] if close else None)
    return f"a known field, perhaps {meant}" if meant else "a known field (other knobs go into params)"
