"""Files by format: what is in them is told by their first bytes, never by their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from imglearn.capture.containers.stream import CutOff, Stream
from imglearn.capture.limits import Budget, Unreadable
from imglearn.capture.parts import Part


@dataclass
class Contents:
    """What a reader finds in a file: its size in pixels, its texts, its provenance (C2PA).

    `keeps_bits`: some channel is stored without loss. `incomplete` says what the file ends within, where it is cut off.
    """

    kind: str
    width: int | None = None
    height: int | None = None
    parts: list[Part] = field(default_factory=list)
    provenance: bytes = b""
    has_alpha: bool = False
    keeps_bits: bool = True
    incomplete: str | None = None


def read_contents(file: BinaryIO, size: int, budget: Budget) -> Contents:
    """Read a file's texts. Raises Unreadable for what isn't an image of a known format."""
    stream = Stream(file, size)
    head = stream.peek(32)
    if not head:
        raise Unreadable("is empty")
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        from imglearn.capture.containers import png as reader
    elif head.startswith(b"\xff\xd8"):
        from imglearn.capture.containers import jpeg as reader  # type: ignore[no-redef]
    elif head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        from imglearn.capture.containers import webp as reader  # type: ignore[no-redef]
    elif head[4:8] == b"ftyp":
        from imglearn.capture.containers import bmff as reader  # type: ignore[no-redef]
    else:
        raise Unreadable("is not a PNG, JPEG, WebP or AVIF image")
    contents = Contents(reader.KIND)
    try:
        reader.read(stream, contents, budget)
    except CutOff as cut:
        contents.incomplete = str(cut)
    return contents
