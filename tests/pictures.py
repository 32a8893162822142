"""Small images made in code."""

from __future__ import annotations

import struct
import zlib

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
