"""An attempt as the `imglearn log` command that logs another one like it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import msgspec

from imglearn.records import FLAG_FIELDS, Attempt
from imglearn.text import safe_json

# Fields whose option is not called as they are.
_OPTIONS = {
    "gen_prompt_length": "prompt-length",
    "feedback_text": "feedback",
    "realism_score": "score",
    "parent_id": "retry-of",
    "image_path": "image",
    "duration_s": "duration",
    "notes": "note",
}
_EACH = {"patterns_used": "pattern", "physics_issues": "issue", "red_flags": "red-flag"}
_SWITCHES = {
    "passed": ("passed", "failed"),
    "feedback_applied": ("feedback-applied", "no-feedback-applied"),
    "val_truncated": ("truncated", "not-truncated"),
    "final_success": ("final-success", "final-failure"),
}
_OWN = ("id", "timestamp")  # another attempt has its own


def log_command(attempt: Attempt, database: Path | None = None) -> str:
    """Return a command for a shell that logs all that is known of an attempt, but for its id and time, once more.

    With flags, or where these can't say it (nested values, control characters, which a terminal that it is pasted
    into would obey) as a line of JSON. `database` is named in it where commands would take another one.
    """
    program = ["imglearn", *([] if database is None else ["--db", str(database)]), "log"]
    known = {
        name: value
        for name in attempt.__struct_fields__
        if name not in _OWN and (value := getattr(attempt, name)) is not None
    }
    if known["status"] in ("running", "done"):  # another one of it is logged when it has ended
        del known["status"]
    if _has_flags(known):
        return shlex.join([*program, *_flags(known)])
    return f"printf '%s\\n' {shlex.quote(safe_json(json.dumps(known)))} | {shlex.join([*program, '-'])}"


def _has_flags(known: dict[str, object]) -> bool:
    """Return whether flags can say everything."""
    params = known.get("params", {})
    texts = [text for value in known.values() for text in (value if isinstance(value, tuple) else (value,))]
    assert isinstance(params, dict)  # noqa: S101 - the record's check has seen to it
    return (
        "extra" not in known
        and known.get("status", "error") == "error"
        and known.get("params") != {}
        and all(known[name] for name in _EACH if name in known)
        and all(name and name == name.strip() and "=" not in name for name in params)
        and all(map(_is_harmless, [*filter(_is_text, texts), *params, *map(_param, params.values())]))
    )


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


def _is_harmless(text: str) -> bool:
    return safe_json(text) == text and text.replace("\n", "").replace("\t", "").isprintable()


def _flags(known: dict[str, object]) -> Iterator[str]:
    for name, value in known.items():
        if name == "params":
            assert isinstance(value, dict)  # noqa: S101 - the record's check has seen to it
            for key, inner in value.items():
                yield from ("--param", f"{key}={_param(inner)}")
        elif name in _EACH:
            assert isinstance(value, tuple)  # noqa: S101
            for text in value:
                yield from (f"--{_EACH[name]}", text)
        elif name in FLAG_FIELDS:
            yield f"--{_SWITCHES[name][0 if value else 1]}"
        else:
            yield from (f"--{_OPTIONS.get(name, name.replace('_', '-'))}", str(value))


def _param(value: object) -> str:
    """Return a value as `--param` reads it: a text as it is, unless it would be read as JSON."""
    if isinstance(value, str):
        try:
            msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return value
    return json.dumps(value, ensure_ascii=False)
