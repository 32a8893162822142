"""The texts of an image file by name, whatever its format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from imglearn.capture.limits import json_object


class Part(NamedTuple):
    """A text of the file: what it is called there, such as `parameters`, and where that is, such as `PNG tEXt`."""

    key: str
    text: str
    place: str

    @property
    def source(self) -> str:
        """Return the place and the name in one."""
        return f"{self.place} {self.key}"


class Parts:
    """All texts of a file, in the order of the file. Objects within JSON are parsed once."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = list(parts)
        self._objects: dict[int, dict[str, Any] | None] = {}

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts)

    def __bool__(self) -> bool:
        return bool(self._parts)

    def named(self, *keys: str) -> Iterator[Part]:
        """Yield the parts of these names: all of the first name, then of the second."""
        for key in keys:
            for part in self._parts:
                if part.key == key:
                    yield part

    def first(self, *keys: str) -> Part | None:
        """Return the first part of these names that isn't blank."""
        return next((part for part in self.named(*keys) if part.text.strip()), None)

    def text(self, *keys: str) -> str:
        """Return the text of the first part of these names, empty where there is none."""
        part = self.first(*keys)
        return part.text.strip("\0 \r\n\t") if part else ""

    def json(self, part: Part) -> dict[str, Any] | None:
        """Return the JSON object that a part holds, None where it holds something else."""
        place = id(part)
        if place not in self._objects:
            self._objects[place] = json_object(part.text) if part.text.lstrip()[:1] == "{" else None
        return self._objects[place]

    def objects(self, *keys: str) -> Iterator[tuple[Part, dict[str, Any]]]:
        """Yield the parts of these names that are JSON objects, with the objects."""
        for part in self.named(*keys):
            found = self.json(part)
            if found is not None:
                yield part, found


# Where a JPEG or WebP says what a PNG says in chunks of its own, as far as any program writes it there.
COMMENT_KEYS = ("UserComment", "Comment", "ImageDescription", "XPComment", "description", "Description")

# Chunks that programs put into one JSON object, or one after another with their names before a colon.
_CHUNK_NAMES = frozenset(
    {
        "prompt", "workflow", "parameters", "Comment", "Description", "Software", "Source", "Title", "generation_data",
        "invokeai_metadata", "sd-metadata", "Dream", "smproj", "parameters-json", "fooocus_scheme", "extraMetadata",
        "imagemetahub_data", "invokeai_graph", "invokeai_workflow",
    }
)  # fmt: skip
_NAMED_TEXT = re.compile(
    r"\s*(prompt|workflow|parameters|extra_pnginfo|[A-Za-z_]{1,40})\s*:\s*(?=[{\[])", re.IGNORECASE
)


def unwrapped(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield the parts, and those that are wrapped in one: `prompt:{...}`, or a JSON object of chunks."""
    for part in parts:
        yield part
        yield from _inner(part)


def _inner(part: Part, depth: int = 0) -> Iterator[Part]:
    if part.place.startswith("PNG t") and part.key not in COMMENT_KEYS:
        return
    named = _NAMED_TEXT.match(part.text)
    if named:
        yield Part(named[1].lower(), part.text[named.end() :].strip("\0"), part.source)
    if depth > 1 or (part.key not in COMMENT_KEYS and part.key != "stealth"):
        return
    found = json_object(part.text) if part.text.lstrip()[:1] == "{" else None
    if found is None or not _is_set_of_chunks(found):
        return
    for name, value in found.items():
        if name in _CHUNK_NAMES:
            text = value if isinstance(value, str) else _as_text(value)
            if text is not None:
                yield Part(name, text, part.source)


def _is_set_of_chunks(found: dict[str, Any]) -> bool:
    """Tell `{"prompt": {graph}}` and `{"Comment": "{...}"}` from an object that is itself the parameters."""
    return any(
        isinstance(found.get(name), dict) or str(found.get(name, "")).lstrip()[:1] == "{" or name == "parameters"
        for name in _CHUNK_NAMES
        if name in found
    )


def _as_text(value: object) -> str | None:
    import json

    try:
        return json.dumps(value) if isinstance(value, dict | list) else None
    except (ValueError, RecursionError):
        return None
