"""Stealth metadata: a text in the lowest bits of the pixels, column by column, in alpha or in red, green and blue.

Looked for only where nothing else was found. Of a PNG, only as many columns are decoded as the text has pixels: an
image of any size costs little. A WebP has to be decoded whole, by Pillow.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from struct import unpack
from typing import BinaryIO

from imglearn.capture.containers import Contents
from imglearn.capture.containers.stream import CutOff, Stream
from imglearn.capture.containers.texts import utf8_or_latin1
from imglearn.capture.limits import MAX_TEXT_BYTES, Budget
from imglearn.capture.parts import Part

_SIGNATURE_BYTES = 15
_HEADER_BYTES = _SIGNATURE_BYTES + 4
_MODES = {b"stealth_pnginfo": ("A", False), b"stealth_pngcomp": ("A", True),
          b"stealth_rgbinfo": ("RGB", False), b"stealth_rgbcomp": ("RGB", True)}  # fmt: skip
_MAX_PAYLOAD_BYTES = 2**16
_MAX_WEBP_PIXELS = 2048 * 2048  # decoding takes four times as many bytes, several times over
_MAX_COLUMNS = 4096

# Gives the values of a channel of the leftmost columns, column by column.
Columns = Callable[[int, int], bytes | None]


def read(file: BinaryIO, size: int, contents: Contents) -> list[Part]:
    """Return the hidden text as a part, an empty list where there is none."""
    width, height = contents.width or 0, contents.height or 0
    if not width or not height:
        return []
    columns = _png_columns(file, size) if contents.kind == "PNG" else _webp_columns(file, contents)
    if columns is None:
        return []
    for channels in ("A", "RGB") if contents.has_alpha else ("RGB",):
        header = _bytes_of(columns, channels, _HEADER_BYTES, width, height)
        mode = _MODES.get(header[:_SIGNATURE_BYTES])
        if mode is None or mode[0] != channels:
            continue
        length = unpack(">I", header[_SIGNATURE_BYTES:_HEADER_BYTES])[0] // 8
        if not 0 < length <= _MAX_PAYLOAD_BYTES:
            return []
        payload = _bytes_of(columns, channels, _HEADER_BYTES + length, width, height)[_HEADER_BYTES:]
        return list(_parts(payload, length, packed=mode[1]))
    return []


def _parts(payload: bytes, length: int, packed: bool) -> Iterator[Part]:
    if len(payload) < length:
        return
    text = Budget().inflate(payload, zlib.MAX_WBITS | 16) if packed else payload
    if text is not None and len(text) <= MAX_TEXT_BYTES:
        found = utf8_or_latin1(text)
        yield Part("stealth", found, "pixels")
        if found.lstrip()[:1] != "{":
            yield Part("parameters", found, "pixels stealth")


def _bytes_of(columns: Columns, channels: str, count: int, width: int, height: int) -> bytes:
    """Return the first bytes that the lowest bits spell, in the order of columns and, within a pixel, of channels."""
    pixels = -(-count * 8 // len(channels))
    needed = min(-(-pixels // height), width, _MAX_COLUMNS)
    planes = [columns("RGBA".index(channel), needed) for channel in channels]
    if any(plane is None for plane in planes):
        return b""
    if len(planes) == 1:
        values = planes[0] or b""
    else:
        values = bytes(value for pixel in zip(*(plane or b"" for plane in planes), strict=True) for value in pixel)
    bits = values[: count * 8].translate(_LOWEST_BIT)
    bits = bits[: len(bits) // 8 * 8]
    return int(bits, 2).to_bytes(len(bits) // 8, "big") if bits else b""


_LOWEST_BIT = bytes(b"01"[value & 1] for value in range(256))


def _png_columns(file: BinaryIO, size: int) -> Columns | None:
    """Return a decoder of the leftmost columns of a PNG with 8 bits a channel, not interlaced; None for others."""
    stream = Stream(file, size)
    stream.place = 16
    width, height, depth, color, _, _, interlaced = unpack(">IIBBBBB", stream.take(13, "its header"))
    samples = {2: 3, 6: 4}.get(color)
    if depth != 8 or samples is None or interlaced:
        return None

    def columns(channel: int, count: int) -> bytes | None:
        if channel >= samples:
            return None
        row_bytes = 1 + width * samples
        rows = _rows(Stream(file, size), row_bytes, 1 + count * samples)
        decoded = []
        above = bytearray(count)
        for _ in range(height if count > 1 else min(height, 8 * _HEADER_BYTES)):
            row = next(rows, None)
            if row is None:
                return None
            above = _unfiltered(row[0], row[1 + channel :: samples], above)
            decoded.append(bytes(above))
        return b"".join(bytes(row[place] for row in decoded) for place in range(count))

    return columns


def _rows(stream: Stream, row_bytes: int, wanted: int) -> Iterator[bytes]:
    """Yield the beginning of each row, with its filter, as the pixels are unpacked piece by piece."""
    unpacking = zlib.decompressobj()
    waiting = b""
    for piece in _idat_pieces(stream):
        rest = piece
        while rest:
            try:
                waiting += unpacking.decompress(rest, 2**18)
            except zlib.error:
                return
            rest = unpacking.unconsumed_tail
            place = 0
            while len(waiting) - place >= row_bytes:
                yield waiting[place : place + wanted]
                place += row_bytes
            waiting = waiting[place:]


def _idat_pieces(stream: Stream) -> Iterator[bytes]:
    stream.place = 8
    try:
        while True:
            length, name = unpack(">I4s", stream.take(8, "its chunks"))
            if name == b"IEND":
                return
            while name == b"IDAT" and length:
                piece = min(length, 2**18)
                yield stream.take(piece, "its pixels")
                length -= piece
            stream.skip(length + 4, "its chunks")
    except CutOff:
        return


def _unfiltered(kind: int, row: bytes, above: bytearray) -> bytearray:
    """Undo a PNG filter for one channel: each depends only on its own to the left and above."""
    found = bytearray(row)
    if kind == 0:
        return found
    left = corner = 0
    for place, difference in enumerate(row):
        up = above[place]
        if kind == 1:
            predicted = left
        elif kind == 2:
            predicted = up
        elif kind == 3:
            predicted = (left + up) // 2
        else:
            guess = left + up - corner
            by_left, by_up, by_corner = abs(guess - left), abs(guess - up), abs(guess - corner)
            predicted = left if by_left <= by_up and by_left <= by_corner else up if by_up <= by_corner else corner
        left = found[place] = (difference + predicted) & 255
        corner = up
    return found


def _webp_columns(file: BinaryIO, contents: Contents) -> Columns | None:
    if (contents.width or 0) * (contents.height or 0) > _MAX_WEBP_PIXELS:
        return None
    from PIL import Image

    try:
        file.seek(0)
        with Image.open(file, formats=["WEBP"]) as image:
            if getattr(image, "n_frames", 1) != 1:
                return None
            image.load()
            pixels: Image.Image = image if image.mode in ("RGB", "RGBA") else image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):
        return None

    def columns(channel: int, count: int) -> bytes | None:
        if channel >= len(pixels.getbands()):
            return None
        strip = pixels.crop((0, 0, count, pixels.height)).getchannel(channel)
        return strip.transpose(Image.Transpose.TRANSPOSE).tobytes()

    return columns
