"""The shapes in which an attempt may be given: the public call's groups, flat field names, or both mixed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import msgspec

from imglearn.errors import InvalidRecordError
from imglearn.plain import plain
from imglearn.records import COMMON_NAMES, FROM_REMARK, Attempt, NewAttempt, check, json_object, utc_timestamp
from imglearn.settings import DEFAULT_PASS_THRESHOLD


def _named(names: str) -> dict[str, str]:
    return {name: name for name in names.split()}


# The groups of the public call: which field each of their keys fills (short names first), and where an unknown
# key goes.
_GROUPS: dict[str, tuple[dict[str, str], str]] = {
    "generation_params": (
        {
            "prompt_length": "gen_prompt_length",
            **_named(
                "gen_prompt_length guidance_scale contamination_uniformity view_mode patterns_used "
                "feedback_applied feedback_text feedback_category feedback_source feedback_id "
                "model prompt negative_prompt seed"
            ),
        },
        "params",
    ),
    "validation_results": (
        {
            "prompt_length": "val_prompt_length",
            "truncated": "val_truncated",
            **_named("val_prompt_length val_truncated realism_score passed physics_issues red_flags validator_error"),
        },
        "extra.validation",
    ),
    "outcome": (
        _named("error failure_category retry_count final_success parent_id status duration_s"),
        "extra.outcome",
    ),
    "image_metadata": (
        {
            "path": "image_path",
            "size_kb": "image_size_kb",
            "sha256": "image_sha256",
            **_named("image_path image_size_kb image_sha256"),
        },
        "extra.image",
    ),
}


def new_attempt(given: Mapping[str, object], pass_threshold: float = DEFAULT_PASS_THRESHOLD) -> NewAttempt:
    """Make an attempt from the public call's arguments, one line of JSON, or flat column names.

    `given` may hold the groups `generation_params`, `validation_results`, `outcome` and `image_metadata` as well
    as any field of `Attempt`. What isn't given stays unknown, but for: a new `id` and the present time; `passed`,
    which is `realism_score >= pass_threshold` where a score is given without a verdict and the validator had no
    error; `feedback_applied`, which a given `feedback_text` means; `retry_count`, which the store counts from the
    parent; and what the remark `feedback_id` says, which the store looks up.

    Raises InvalidRecordError.
    """
    if not isinstance(given, Mapping):
        raise InvalidRecordError("attempt", given, "an object with names and values")
    fields = flat_fields(given)
    derived: dict[str, object] = {}
    if fields.get("id") is None:
        fields["id"] = derived["id"] = str(uuid.uuid4())
    if fields.get("timestamp") is None:
        fields["timestamp"] = derived["timestamp"] = utc_timestamp()
    attempt = check(Attempt, fields)
    if attempt.passed is None and attempt.realism_score is not None and attempt.validator_error is None:
        derived["passed"] = attempt.realism_score >= pass_threshold
    if attempt.feedback_applied is None and attempt.feedback_text is not None:
        derived["feedback_applied"] = True
    if attempt.retry_count is None and attempt.parent_id is not None:
        derived["retry_count"] = None
    if attempt.feedback_id is not None:
        unsaid = [name for name in FROM_REMARK if getattr(attempt, name) is None]
        derived = {**dict.fromkeys(unsaid), **derived}
    if derived:
        attempt = msgspec.structs.replace(attempt, **derived)
    return NewAttempt(attempt, frozenset(derived))


def flat_fields(given: Mapping[str, object]) -> dict[str, object]:
    """Lay the groups of the public call out as flat fields."""
    fields: dict[str, object] = {
        name: value for name, value in given.items() if name not in _GROUPS and value is not None
    }
    for group, (targets, rest) in _GROUPS.items():
        content = given.get(group)
        if content is None:
            continue
        if not isinstance(content, Mapping):
            raise InvalidRecordError(group, content, "an object with names and values")
        unknown: dict[str, object] = {}
        for key, value in content.items():
            target = targets.get(key)
            if target is None:
                if group != "generation_params":  # whose other keys are knobs of any name
                    _refuse_misspelling(group, str(key), value, targets)
                unknown[str(key)] = value
            elif value is not None:
                _put(fields, target, value, f"{group}.{key}")
        if unknown:
            _keep_unknown(fields, unknown, rest)
    return fields


def _refuse_misspelling(group: str, key: str, value: object, targets: Mapping[str, str]) -> None:
    """Raise where a result was probably meant for a field: kept as it is, it would count nowhere."""
    import difflib  # only where there is an unknown name

    close = difflib.get_close_matches(key, targets, n=1, cutoff=0.8)
    meant = COMMON_NAMES.get(key) if COMMON_NAMES.get(key) in targets.values() else None
    if meant or close:
        raise InvalidRecordError(f"{group}.{key}", value, f"a known name, perhaps {meant or close[0]}")


def _keep_unknown(fields: dict[str, object], unknown: dict[str, object], rest: str) -> None:
    """Put what has no field into `params` or into its corner of `extra`."""
    column, _, corner = rest.partition(".")
    if not corner and isinstance(unknown.get("params"), Mapping):
        inner = unknown.pop("params")
        _keep_unknown(fields, dict(inner), rest)  # type: ignore[call-overload]
    kept = dict(json_object(fields.get(column), column))
    target = kept if not corner else dict(json_object(kept.get(corner), f"{column}.{corner}"))
    for key, value in unknown.items():
        _put(target, key, value, f"{rest}.{key}")
    if corner:
        kept[corner] = target
    fields[column] = kept


def _put(fields: dict[str, object], name: str, value: object, place: str) -> None:
    """Set a field that is not set yet; one that is must have the same value."""
    if name in fields and plain(fields[name], name, loose=True) != plain(value, name, loose=True):
        raise InvalidRecordError(place, value, f"the same as {name}, which is {fields[name]!r}")
    fields.setdefault(name, value)
