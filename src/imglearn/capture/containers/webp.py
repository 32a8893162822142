"""WebP: RIFF chunks, of which EXIF, XMP and C2PA hold texts."""

from __future__ import annotations

from struct import unpack
from typing import TYPE_CHECKING

from imglearn.capture.containers import exif, xmp
from imglearn.capture.containers.stream import Stream
from imglearn.capture.limits import MAX_TEXT_BYTES, Budget

if TYPE_CHECKING:
    from imglearn.capture.containers import Contents

KIND = "WebP"


def read(stream: Stream, contents: Contents, budget: Budget) -> None:
    """Read the chunks up to the end that the header names."""
    end = 8 + unpack("<I", stream.take(12, "its header")[4:8])[0]
    contents.keeps_bits = False
    while stream.place + 8 <= end:
        name, length = unpack("<4sI", stream.take(8, "its chunks (the end is missing)"))
        inside = f"its {name.decode('latin-1').strip()} chunk" if name.strip().isalnum() else "a broken chunk"
        start = stream.place
        stream.skip(length, inside)
        after = min(stream.place + length % 2, stream.size)
        stream.place = start
        if name in (b"EXIF", b"XMP ", b"C2PA"):
            if name == b"C2PA":
                length = min(length, MAX_TEXT_BYTES)
            if budget.allows(length):
                _read_chunk(name, stream.take(length, inside), contents, budget)
        elif name in (b"VP8X", b"VP8L", b"VP8 ", b"ALPH"):
            contents.keeps_bits |= name in (b"VP8L", b"ALPH")
            _read_size(name, stream.take(min(length, 10), inside), contents)
        stream.place = after


def _read_chunk(name: bytes, data: bytes, contents: Contents, budget: Budget) -> None:
    if name == b"EXIF":
        contents.parts.extend(exif.read(data.removeprefix(b"Exif\0\0"), "EXIF", budget))
    elif name == b"XMP ":
        contents.parts.extend(xmp.read(data, budget))
    else:
        contents.provenance = data


def _read_size(name: bytes, head: bytes, contents: Contents) -> None:
    if name == b"VP8X" and len(head) == 10:
        contents.has_alpha = bool(head[0] & 0x10)
        contents.width = 1 + int.from_bytes(head[4:7], "little")
        contents.height = 1 + int.from_bytes(head[7:10], "little")
    elif contents.width is None and name == b"VP8L" and len(head) >= 5:
        bits = int.from_bytes(head[1:5], "little")
        contents.width, contents.height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        contents.has_alpha = bool(bits >> 28 & 1)
    elif contents.width is None and name == b"VP8 " and len(head) == 10:
        contents.width, contents.height = (size & 0x3FFF for size in unpack("<HH", head[6:10]))
