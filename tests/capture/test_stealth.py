"""Texts hidden in the lowest bits of the pixels."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from image_files import INFOTEXT, chunk, png, read
from PIL import Image

MODES = ["alpha", "alpha packed", "rgb", "rgb packed"]


def hidden(said: str, mode: str) -> bytes:
    payload = gzip.compress(said.encode()) if "packed" in mode else said.encode()
    kind = ("rgb" if "rgb" in mode else "png") + ("comp" if "packed" in mode else "info")
    return f"stealth_{kind}".encode() + struct.pack(">I", len(payload) * 8) + payload


def image(said: bytes, mode: str, size: tuple[int, int] = (64, 48)) -> Image.Image:
    picture = Image.effect_noise(size, 90).convert("RGBA" if "alpha" in mode or size[0] % 2 else "RGB")
    bits = [byte >> shift & 1 for byte in said for shift in range(7, -1, -1)]
    channels = 1 if "alpha" in mode else 3
    for number in range(-(-len(bits) // channels)):
        where = divmod(number, size[1])
        values = list(picture.getpixel(where))  # type: ignore[arg-type]
        for place, bit in enumerate(bits[number * channels : (number + 1) * channels]):
            channel = 3 if channels == 1 else place
            values[channel] = (values[channel] & 254) | bit
        picture.putpixel(where, tuple(values))
    return picture


def saved(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}))
    return out.getvalue()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_hidden_infotexts(mode: str, kind: str, tmp_path: Path) -> None:
    found = read(tmp_path, saved(image(hidden(INFOTEXT, mode), mode), kind))
    assert (found.generator, found.prompt, found.seed) == ("A1111", "a castle in a field", "3438565066")
    assert found.source is not None
    assert "pixels" in found.source["seed"]


def test_every_filter_of_png_is_undone(tmp_path: Path) -> None:
    picture = image(hidden(INFOTEXT, "alpha packed"), "alpha")
    width, height = picture.size
    rows = [picture.tobytes()[start : start + 4 * width] for start in range(0, 4 * width * height, 4 * width)]
    filtered = b""
    above = bytes(4 * width)
    for number, row in enumerate(rows):
        filtered += bytes([number % 5]) + bytes(_difference(number % 5, row, above, place) for place in range(len(row)))
        above = row
    content = png(size=(width, height), color=6, idat=chunk(b"IDAT", zlib.compress(filtered)))
    assert read(tmp_path, content).seed == "3438565066"


def _difference(kind: int, row: bytes, above: bytes, place: int) -> int:
    left, corner = (row[place - 4], above[place - 4]) if place >= 4 else (0, 0)
    up = above[place]
    paeth = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
    return (row[place] - (0, left, up, (left + up) // 2, paeth)[kind]) & 255


def test_hidden_chunks_of_novelai(tmp_path: Path) -> None:
    comment = json.dumps(
        {"prompt": "a castle", "seed": 7, "steps": 28, "scale": 5, "uc": "fog", "noise_schedule": "karras"}
    )
    said = json.dumps({"Software": "NovelAI", "Source": "NovelAI V4", "Comment": comment})
    found = read(tmp_path, saved(image(hidden(said, "alpha packed"), "alpha"), "PNG"))
    assert (found.generator, found.prompt, found.seed, found.model) == ("NovelAI", "a castle", "7", "NovelAI V4")


@pytest.mark.parametrize("length", [0, 7, 2**31, 2**32 - 1, 8 * 10_000])
def test_lengths_that_lie(length: int, tmp_path: Path) -> None:
    said = b"stealth_pngcomp" + struct.pack(">I", length) + gzip.compress(b"x")
    assert read(tmp_path, saved(image(said, "alpha"), "PNG")).generator is None


def test_a_bomb(tmp_path: Path) -> None:
    said = hidden("a" * 5 * 2**20, "alpha packed")
    found = read(tmp_path, saved(image(said, "alpha", (256, 256)), "PNG"))
    assert (found.generator, found.prompt) == (None, None)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3)])
def test_other_pictures_say_nothing(mode: str, size: tuple[int, int], tmp_path: Path) -> None:
    found = read(tmp_path, saved(Image.new(mode, size), "PNG"))
    assert (found.generator, found.error, found.pixel_width) == (None, None, size[0])
