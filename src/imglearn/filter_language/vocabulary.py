"""The names that the language knows, and what kind of value each takes."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

from imglearn.records import COUNT_FIELDS, FLAG_FIELDS, NUMBER_FIELDS, Status
from imglearn.terms import PARAMS, REMARK, can_be_asked

Kind = Literal["text", "beginning", "number", "flag", "status", "knob", "moment", "retry", "has", "words", "prefix"]

# What people say for a field, or for what is none: since, until, retry, has, text.
SHORT_NAMES = {
    "category": "category",
    "material": "material",
    "model": "model",
    "passed": "passed",
    "score": "realism_score",
    "since": "since",
    "until": "until",
    "status": "status",
    "retry": "retry",
    "feedback": "feedback_category",
    "issue": "physics_issues",
    "failure": "failure_category",
    "pattern": "patterns_used",
    "image": "image_path",
    "seed": "seed",
    "id": "id",
    "has": "has",
    "text": "text",
}
_SYNONYMS = {
    "cat": "category",
    "mat": "material",
    "kind": "feedback_category",
    "result": "passed",
    "verdict": "passed",
    "after": "since",
    "before": "until",
    "issues": "physics_issues",
}
# What an attempt may have, besides the fields by their own names.
HAS_NAMES = {
    "score": "realism_score",
    "model": "model",
    "feedback": "feedback_text",
    "issue": "physics_issues",
    "failure": "failure_category",
    "image": "image_path",
    "prompt": "prompt",
    "seed": "seed",
    "notes": "notes",
    "error": "error",
    "remark": REMARK,
}
_KINDS: dict[str, Kind] = {
    "since": "moment",
    "until": "moment",
    "retry": "retry",
    "has": "has",
    "text": "words",
    "status": "status",
    "id": "beginning",
    "param": "prefix",
    "params": "prefix",
}
FLAG_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("yes", "y", "true", "pass", "passed", "ok", "1"), True),
    **dict.fromkeys(("no", "n", "false", "fail", "failed", "0"), False),
    **dict.fromkeys(("unknown", "none", "?"), None),
}
STATUSES: tuple[str, ...] = get_args(get_args(Status)[0])

WANTS: dict[Kind, str] = {
    "text": "a text: {name}:wood, or as a whole {name}:=wood",
    "beginning": "the beginning of an id: {name}:5a7e",
    "number": "a number: {name}:>80, {name}:<=75, {name}:70..80 or {name}:80",
    "flag": "yes, no or unknown: {name}:no",
    "status": f"one of {', '.join(STATUSES)}: {{name}}:done",
    "knob": "a number or a text: {name}:>30, {name}:20..30 or {name}:euler",
    "moment": "a time: {name}:2025-11-25, {name}:today, or how long ago: {name}:30m, {name}:12h, {name}:2d",
    "retry": "yes or no: {name}:yes",
    "has": f"what an attempt may have: {', '.join(HAS_NAMES)}, a field, or {{name}}:param.steps",
    "words": 'words: {name}:"dust OR rust"',
    "prefix": "a parameter's name: {name}.steps:>30",
}

PARAM = r'(?P<prefix>params?)\.(?:"(?P<quoted>(?:[^"]|"")*+)"|(?P<bare>[^\s:",]+))'
_PARAM = re.compile(PARAM)
QUOTE = '"'


class Name(NamedTuple):
    """A name as it was typed, the field (or knob, or else) that it means, and the kind of value that it takes."""

    typed: str
    field: str
    kind: Kind

    @property
    def wants(self) -> str:
        """What stands after it, in words."""
        return f"{self.typed} wants {WANTS[self.kind].format(name=self.typed)}"


def known_name(typed: str) -> Name | None:
    """Return what a name means, None where it means nothing."""
    if knob := _PARAM.fullmatch(typed):
        key = knob["bare"] if knob["quoted"] is None else knob["quoted"].replace('""', '"')
        if knob["prefix"] == "param" and key != REMARK and can_be_asked(key) and not key.startswith(PARAMS):
            return Name(typed, key, _kind(key))
        return Name(typed, PARAMS + (key.removeprefix(PARAMS) if knob["prefix"] == "param" else key), "knob")
    name = typed.lower()
    field = SHORT_NAMES.get(name) or _SYNONYMS.get(name) or name
    is_known = field in _KINDS or (field != REMARK and can_be_asked(field) and not field.startswith(PARAMS))
    return Name(typed, field, _kind(field)) if is_known else None


def _kind(field: str) -> Kind:
    if field in FLAG_FIELDS:
        return "flag"
    return "number" if field in NUMBER_FIELDS | COUNT_FIELDS else _KINDS.get(field, "text")


def what_it_has(typed: str) -> str | None:
    """Return the field, knob or remark that may be there or not, by its name after `has:`."""
    if found := HAS_NAMES.get(typed.lower()):
        return found
    name = known_name(typed)
    return name.field if name is not None and can_be_asked(name.field) else None


def has_name_of(field: str) -> str:
    """Return the name that means after `has:` that a field, a knob or a remark is there."""
    name = next((name for name, meant in HAS_NAMES.items() if meant == field), name_of(field))
    return name if what_it_has(name) == field else field


def name_of(field: str) -> str:
    """Return the name that means a field or a knob."""
    if field.startswith(PARAMS):
        key = field.removeprefix(PARAMS)
        prefix = "params" if can_be_asked(key) else "param"
        return f"{prefix}.{key}" if _PARAM.fullmatch(f"param.{key}") else f'{prefix}."{key.replace(QUOTE, 2 * QUOTE)}"'
    return next((name for name, meant in SHORT_NAMES.items() if meant == field), field)
