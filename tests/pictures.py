"""Small images made in code."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

INFOTEXT = (
    "{prompt}\nNegative prompt: blurry\nSteps: 28, Sampler: DPM++ 2M, CFG scale: 7.0, Seed: {seed}, Size: 512x768, "
    "Model hash: 6ce0161689, Model: v1-5, Version: v1.9.4"
)


def png(seed: int = 1, prompt: str = "an oak plank", extra: int = 0) -> bytes:
    """Return a PNG of 2 by 2 pixels as A1111 writes it; of each seed another one. `extra` bytes make it larger."""
    text = INFOTEXT.format(prompt=prompt, seed=seed)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)),
        (b"tEXt", b"parameters\0" + text.encode("latin-1")),
        (b"IDAT", zlib.compress((b"\0" + b"\x10\x20\x30" * 2) * 2)),
        *([(b"teXt", b"padding\0" + b"x" * extra)] if extra else []),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def drawn(width: int = 64, height: int = 64, kind: str = "PNG", mode: str = "RGB") -> bytes:
    """Return a picture to be looked at: red grows to the right, green downwards, with a white square at the top left.

    With transparency (RGBA) its lower half is not there.
    """
    image = Image.new("RGB", (width, height))
    image.putdata([(255 * x // width, 255 * y // height, 90) for y in range(height) for x in range(width)])
    image.paste((255, 255, 255), (0, 0, width // 4, height // 4))
    if mode == "RGBA":
        image.putalpha(Image.new("L", (width, height), 255))
        image.paste((0, 0, 0, 0), (0, height // 2, width, height))
    written = io.BytesIO()
    (image if mode == "RGBA" else image.convert(mode)).save(written, kind)
    return written.getvalue()
