"""How much of a file is read: files come from strangers, and a few bytes of them may stand for gigabytes."""

from __future__ import annotations

import json
import zlib
from typing import Any

MAX_FILE_BYTES = 256 * 2**20
MAX_TEXT_BYTES = 4 * 2**20  # of one text
MAX_ALL_BYTES = 16 * 2**20  # of all texts of a file, inflated
MAX_JSON_VALUES = 400_000  # each takes some hundred bytes as a Python object
MAX_PARTS = 50_000


class Unreadable(Exception):  # noqa: N818 - it ends in what it says of the file
    """What is wrong with a file, in words that follow its name."""


class Budget:
    """What may still be read of a file's texts. `refused` says why some were left out."""

    def __init__(self) -> None:
        self._left = self._left_inflated = MAX_ALL_BYTES
        self._parts = MAX_PARTS
        self.refused: str | None = None

    def allows(self, size: int) -> bool:
        """Return whether a text of this many bytes may be read, and count it."""
        if size > MAX_TEXT_BYTES:
            self.refused = f"a text of more than {MAX_TEXT_BYTES // 2**20} MB was left out"
            return False
        if size > self._left or not self._parts:
            self.refused = "more texts than are read: the rest was left out"
            return False
        self._left -= size
        self._parts -= 1
        return True

    def inflate(self, packed: bytes, wbits: int = zlib.MAX_WBITS) -> bytes | None:
        """Return what was compressed, None where it is broken, cut off or too much."""
        room = min(MAX_TEXT_BYTES, self._left_inflated)
        unpacking = zlib.decompressobj(wbits)
        try:
            text = unpacking.decompress(packed, room + 1)
        except zlib.error:
            self.refused = "a compressed text is broken"
            return None
        self._left_inflated -= min(len(text), room)
        if len(text) > room:
            self.refused = "a compressed text that unpacks to too much was left out"
            return None
        if not unpacking.eof:
            self.refused = "a compressed text is cut off"
            return None
        return text


def read_json(text: str) -> Any:
    """Return the value of a JSON text, None where it isn't one.

    NaN counts as null (ComfyUI writes it bare); nesting and sizes beyond all measure count as no JSON.
    """
    text = text.strip().rstrip("\0")
    if text[:1] not in ("{", "[") or text.count(",") + text.count("[") + text.count("{") > MAX_JSON_VALUES:
        return None
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def json_object(text: object) -> dict[str, Any] | None:
    """Return an object, given as such or as JSON text; None where it is something else."""
    found = read_json(text) if isinstance(text, str) else text
    return found if isinstance(found, dict) else None
