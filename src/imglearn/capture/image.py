"""Read what an image file says about how it was made: of a PNG, its text chunks."""

from __future__ import annotations

import os
import struct
from typing import Any

from imglearn.capture.image_record import ImageRecord
from imglearn.capture.parsers import infotext
from imglearn.text import storable_text


def read_image(path: str | os.PathLike[str]) -> ImageRecord:
    """Return what the file says about its image. It never raises: `error` says what went wrong."""
    name = storable_text(os.fspath(path))
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            content = file.read()
    except (OSError, ValueError) as error:
        return ImageRecord(file=name, error=f"can't be read: {error}")
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageRecord(file=name, error="is not an image")
    place, size = 8, (None, None)
    values: dict[str, Any] = {}
    while place + 8 <= len(content):
        (length,), kind = struct.unpack(">I", content[place : place + 4]), content[place + 4 : place + 8]
        body = content[place + 8 : place + 8 + length]
        if place + 12 + length > len(content):
            break
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        elif kind == b"tEXt" and (found := infotext.read(body.partition(b"\0")[2].decode("latin-1"))):
            values = {**found.values, "generator": "A1111"}
        elif kind == b"IEND":
            return ImageRecord(file=name, pixel_width=size[0], pixel_height=size[1], **values)
        place += 12 + length
    cut = "is incomplete: it ends within a chunk"
    return ImageRecord(file=name, pixel_width=size[0], pixel_height=size[1], error=cut, **values)
