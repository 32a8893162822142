"""PNG: chunks with their length before them. What is text in them is read, the pixels are passed over."""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Iterator
from struct import unpack
from typing import TYPE_CHECKING

from imglearn.capture.containers import exif, xmp
from imglearn.capture.containers.stream import Stream
from imglearn.capture.containers.texts import utf8_or_latin1
from imglearn.capture.limits import MAX_TEXT_BYTES, Budget
from imglearn.capture.parts import Part

if TYPE_CHECKING:
    from imglearn.capture.containers import Contents

KIND = "PNG"


def read(stream: Stream, contents: Contents, budget: Budget) -> None:
    """Read the chunks up to the end. Checksums are ignored: they are of no use where the text makes sense."""
    stream.skip(8, "its signature")
    while True:
        length, name = unpack(">I4s", stream.take(8, "its chunks (the end is missing)"))
        inside = f"its {name.decode('latin-1')} chunk" if name.isalpha() else "a broken chunk"
        start = stream.place
        stream.skip(length, inside)
        after = stream.place
        if name == b"IHDR" and length >= 13:
            stream.place = start
            header = stream.take(13, inside)
            contents.width, contents.height = unpack(">II", header[:8])
            contents.has_alpha = header[9] in (4, 6)
        elif name in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"caBX") and length:
            if name == b"caBX" and length > MAX_TEXT_BYTES:
                length = MAX_TEXT_BYTES
            if budget.allows(length):
                stream.place = start
                data = stream.take(length, inside)
                if name == b"caBX":
                    contents.provenance = data
                else:
                    contents.parts.extend(_parts(name, data, budget))
        elif name == b"IEND":
            return
        stream.place = after
        stream.skip(4, inside)


def _parts(name: bytes, data: bytes, budget: Budget) -> Iterator[Part]:
    if name == b"eXIf":
        yield from exif.read(data.removeprefix(b"Exif\0\0"), "PNG eXIf", budget)
        return
    key, _, rest = data.partition(b"\0")
    keyword, text = key.decode("latin-1"), rest
    if name == b"zTXt":
        unpacked = budget.inflate(rest[1:])
        if unpacked is None:
            return
        text = unpacked
    elif name == b"iTXt":
        compressed, rest = rest[:1], rest[2:]
        text = rest.partition(b"\0")[2].partition(b"\0")[2]
        if compressed == b"\1":
            unpacked = budget.inflate(text)
            if unpacked is None:
                return
            text = unpacked
    place = f"PNG {name.decode()}"
    if keyword == "XML:com.adobe.xmp":
        yield from xmp.read(text, budget)
    elif keyword.startswith("Raw profile type "):
        yield from _raw_profile(keyword.removeprefix("Raw profile type "), text, budget)
    else:
        yield Part(keyword, utf8_or_latin1(text), place)


def _raw_profile(kind: str, text: bytes, budget: Budget) -> Iterator[Part]:
    """Read what ImageMagick makes of EXIF and XMP in a PNG: a name, a length, and hexadecimal digits."""
    lines = text.split(None, 2)
    if len(lines) < 3:
        return
    try:
        raw = unhexlify(b"".join(lines[2].split()))
    except ValueError:
        return
    if kind in ("exif", "APP1") and not raw.startswith(b"http"):
        yield from exif.read(raw.removeprefix(b"Exif\0\0"), "PNG raw profile", budget)
    elif kind in ("xmp", "APP1"):
        yield from xmp.read(raw[raw.find(b"<") :], budget)
