"""Sidecars: what a file beside an image says about it, such as what its validator found.

`image.png.json` holds an object as `imglearn log -` takes it. `image.txt` holds the infotext that A1111 saves, lines
such as `score: 82`, or else notes: what it is tells its content.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from imglearn.capture.folder import IMAGE_SUFFIXES, is_image_name
from imglearn.capture.image_attempt import fields_of_record, together
from imglearn.capture.image_file import opened
from imglearn.capture.image_record import ImageRecord
from imglearn.capture.parsers import infotext
from imglearn.errors import InvalidRecordError
from imglearn.intake import flat_fields
from imglearn.records import ATTEMPT_FIELDS, COMMON_NAMES, LIST_FIELDS, Attempt, check

_MOST_BYTES = 2**20
_OF_THE_IMAGE = frozenset({"id", "timestamp", "image_path", "image_size_kb", "image_sha256", "status"})
_LINE = re.compile(r"\s*([A-Za-z][\w -]{0,40}?)\s*[:=]\s*(.*\S)\s*")
_INFOTEXT = re.compile(r"^Steps: \d+", re.MULTILINE)
_SHORT = {**{short: name for short, name in COMMON_NAMES.items() if " " not in name}, "score": "realism_score"}


class Sidecar(NamedTuple):
    """The fields that the files beside an image say, and what is wrong with these files."""

    fields: Mapping[str, object]
    problems: tuple[str, ...] = ()


def beside(image: str) -> Sidecar:
    """Return what is said beside an image. What can't be used is told, and the rest counts."""
    problems: list[str] = []
    found: list[Mapping[str, object]] = []
    stem = os.path.splitext(image)[0]  # noqa: PTH122
    for path, parse in (
        (f"{image}.json", _of_json),
        (f"{image}.JSON", _of_json),
        (f"{stem}.txt", _of_text),
        (f"{stem}.TXT", _of_text),
    ):
        try:
            text = _read(path)
            if text is not None and text.strip():
                found.append(_checked(parse(text), path, problems))
        except (OSError, ValueError) as error:
            problems.append(f"{path}: {error.strerror if isinstance(error, OSError) else error}")
    return Sidecar(together(*found), tuple(problems))


def images_of(path: str) -> list[str]:
    """Return the images that a file lies beside as their sidecar, none where it isn't one."""
    stem, suffix = os.path.splitext(path)  # noqa: PTH122
    if suffix.lower() == ".json":
        candidates = [stem]
    elif suffix.lower() == ".txt":
        candidates = [stem + written for ending in IMAGE_SUFFIXES for written in (ending, ending.upper())]
    else:
        return []
    return [image for image in candidates if is_image_name(os.path.basename(image)) and os.path.isfile(image)]  # noqa: PTH113, PTH119


def _read(path: str) -> str | None:
    try:
        with opened(path) as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    if len(content) > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES // 2**20} MB; a sidecar is read up to there")
    return content.decode("utf-8-sig")


def _of_json(text: str) -> Mapping[str, object]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise ValueError(f"no JSON ({error})") from None
    if not isinstance(found, dict):
        raise ValueError('wants one JSON object, such as {"realism_score": 82}')
    fields = {_SHORT.get(name, name): value for name, value in flat_fields(found).items()}
    known = {name: value for name, value in fields.items() if name in ATTEMPT_FIELDS}
    unknown = {name: value for name, value in fields.items() if name not in ATTEMPT_FIELDS}
    return together(known, {"extra": {"sidecar": unknown}}) if unknown else known


def _of_text(text: str) -> Mapping[str, object]:
    if _INFOTEXT.search(text) and (found := infotext.read(text)) is not None:
        return fields_of_record(ImageRecord(file="", **found.values))
    lines = [_LINE.fullmatch(line) for line in text.splitlines() if line.strip()]
    names = [_name(line[1]) if line else None for line in lines]
    if None in names:
        return {"notes": text.strip()}
    fields: dict[str, Any] = {}
    for name, line in zip(names, lines, strict=True):
        assert name is not None  # noqa: S101 - looked at just now
        assert line is not None  # noqa: S101
        if name in LIST_FIELDS:
            listed = _value(line[2])
            fields.setdefault(name, []).extend(listed if isinstance(listed, list) else [line[2]])
        else:
            fields[name] = _value(line[2])
    return fields


def _name(written: str) -> str | None:
    name = re.sub(r"[\s-]+", "_", written.lower())
    name = _SHORT.get(name, name)
    return name if name in ATTEMPT_FIELDS else None


def _value(text: str) -> object:
    words = {"yes": True, "no": False}
    try:
        return words.get(text.lower()) if text.lower() in words else msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text


def _checked(fields: Mapping[str, object], path: str, problems: list[str]) -> Mapping[str, object]:
    """Return the fields that an attempt can hold, and note what is wrong with the others."""
    left = {name: value for name, value in fields.items() if name not in _OF_THE_IMAGE}
    while True:
        try:
            attempt = check(Attempt, {"material": "-", "category": "-", **left, "id": "-", "timestamp": "2000-01-01"})
        except InvalidRecordError as error:
            problems.append(f"{path}: {error}")
            name = re.split(r"[.\[]", error.field)[0]
            if name not in left:
                return {}
            del left[name]
        else:
            return {name: value for name in left if (value := getattr(attempt, name)) is not None}
