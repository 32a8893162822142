"""JPEG: marker segments up to the first scan, and whether the end of the image is there."""

from __future__ import annotations

from struct import unpack
from typing import TYPE_CHECKING

from imglearn.capture.containers import exif, xmp
from imglearn.capture.containers.stream import CutOff, Stream
from imglearn.capture.containers.texts import utf8_or_latin1
from imglearn.capture.limits import MAX_TEXT_BYTES, Budget
from imglearn.capture.parts import Part

if TYPE_CHECKING:
    from imglearn.capture.containers import Contents

KIND = "JPEG"
_EXIF, _XMP, _MORE_XMP = b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END = b"\xff\xd9"
_TAIL_BYTES, _BLOCK_BYTES = 2**16, 2**20


def read(stream: Stream, contents: Contents, budget: Budget) -> None:
    """Read the segments before the pixels."""
    stream.skip(2, "its signature")
    more_xmp: list[tuple[int, bytes]] = []
    while (marker := _next_marker(stream)) not in (0xD9, 0xDA):
        if 0xD0 <= marker <= 0xD7 or marker == 0x01:
            continue
        inside = f"its segment FF{marker:02X}"
        length = unpack(">H", stream.take(2, inside))[0] - 2
        if length < 0:
            raise CutOff("a broken segment")
        if marker in _FRAMES:
            frame = stream.take(length, inside)
            if len(frame) >= 5:
                contents.height, contents.width = unpack(">HH", frame[1:5])
        elif marker in (0xE1, 0xEB, 0xFE) and budget.allows(length):
            _read_segment(marker, stream.take(length, inside), contents, more_xmp, budget)
        else:
            stream.skip(length, inside)
    if more_xmp:
        packet = b"".join(piece for _, piece in sorted(more_xmp))
        contents.parts.extend(xmp.read(packet, budget))
    _look_for_end(stream)


def _next_marker(stream: Stream) -> int:
    """Return the next marker. Bytes between segments, which a few programs leave, are passed over."""
    inside = "its segments (the picture is missing)"
    for _ in range(_TAIL_BYTES):
        if stream.take(1, inside) != b"\xff":
            continue
        while (code := stream.take(1, inside)[0]) == 0xFF:
            pass
        if code:
            return code
    raise CutOff("broken segments")


def _read_segment(
    marker: int, data: bytes, contents: Contents, more_xmp: list[tuple[int, bytes]], budget: Budget
) -> None:
    if marker == 0xFE:
        contents.parts.append(Part("Comment", utf8_or_latin1(data), "JPEG COM"))
    elif marker == 0xEB:
        if data.startswith(b"JP") and len(contents.provenance) + len(data) <= MAX_TEXT_BYTES:
            contents.provenance += data[8:]
    elif data.startswith(_EXIF):
        contents.parts.extend(exif.read(data[6:], "EXIF", budget))
    elif data.startswith(_XMP):
        contents.parts.extend(xmp.read(data[len(_XMP) :], budget))
    elif data.startswith(_MORE_XMP):  # a digest of 32 bytes, the whole length, and the place of this piece
        header = len(_MORE_XMP) + 40
        if len(data) > header:
            more_xmp.append((unpack(">I", data[header - 4 : header])[0], data[header:]))


def _look_for_end(stream: Stream) -> None:
    """Raise CutOff where the end marker is missing: it can't be part of the pixels.

    It is the last of the file, but for what some programs append: so the last bytes are looked at before the others.
    """
    begin = stream.place
    stream.place = max(begin, stream.size - _TAIL_BYTES)
    if _END in stream.peek(_TAIL_BYTES):
        return
    for place in range(begin, stream.size, _BLOCK_BYTES):
        stream.place = place
        if _END in stream.peek(_BLOCK_BYTES + 1):
            return
    raise CutOff("its picture (the end is missing)")
