"""Image files, good and bad, and the characters that they become."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from pictures import drawn, png
from PIL import Image
from rich.color import ColorTriplet
from rich.style import Style
from textual.strip import Strip

from imglearn.tui.half_blocks import half_blocks, shades
from imglearn.tui.picture_file import PictureFiles, UnshowableError, check_image

BEHIND = (10, 20, 30)


@pytest.fixture
def files() -> PictureFiles:
    return PictureFiles()


def written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def colours(strip: Strip) -> list[tuple[ColorTriplet | None, ColorTriplet | None]]:
    """Return the upper and the lower colour of each cell."""
    found = []
    for text, style, _ in strip:
        assert set(text) == {"▀"}
        assert style is not None
        assert style.color is not None
        assert style.bgcolor is not None
        found += [(style.color.triplet, style.bgcolor.triplet)] * len(text)
    return found


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF"])
def test_a_picture_keeps_its_proportions_within_its_box(files: PictureFiles, tmp_path: Path, kind: str) -> None:
    path = written(tmp_path / "a", drawn(400, 200, kind))
    pixels = files.read(path, 80, 80)
    assert pixels is not None
    assert pixels.image.size == (80, 40)
    assert (pixels.width, pixels.height, pixels.file_bytes) == (400, 200, Path(path).stat().st_size)


def test_a_small_picture_is_not_enlarged(files: PictureFiles, tmp_path: Path) -> None:
    pixels = files.read(written(tmp_path / "a.png", png()), 80, 80)
    assert pixels is not None
    assert pixels.image.size == (2, 2)
    assert len(half_blocks(pixels.image, BEHIND)) == 1  # its pixels are here, though the file is closed by now


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16", "CMYK", "F"])
def test_pictures_of_every_kind_of_pixels_are_shown(files: PictureFiles, tmp_path: Path, mode: str) -> None:
    kind = "TIFF" if mode in ("CMYK", "F") else "PNG"
    path = tmp_path / "a"
    image = Image.open(io.BytesIO(drawn(40, 40)))
    image = (
        image.convert("L").convert("I").point(lambda v: v * 256).convert("I;16")
        if mode == "I;16"
        else image.convert(mode)
    )
    image.save(path, kind)
    pixels = files.read(str(path), 20, 20)
    assert pixels is not None
    strips = half_blocks(pixels.image, BEHIND)
    assert len(strips) == 10
    bright, dark = strips[0], strips[-1]
    (top, _), *_ = colours(bright)
    assert top is not None
    assert min(top) > 200, "the white square at the top left"
    assert dark.cell_length == 20


def test_a_photo_that_lies_on_its_side_is_set_up(files: PictureFiles, tmp_path: Path) -> None:
    image = Image.open(io.BytesIO(drawn(400, 200)))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif)
    pixels = files.read(str(tmp_path / "a.jpg"), 80, 80)
    assert pixels is not None
    assert pixels.image.size == (40, 80)
    assert (pixels.width, pixels.height) == (200, 400)


def test_each_cell_has_the_colours_of_two_pixels() -> None:
    image = Image.new("RGB", (2, 3), (255, 0, 0))
    image.putpixel((0, 1), (0, 255, 0))
    image.putpixel((1, 2), (0, 0, 255))
    first, last = half_blocks(image, BEHIND)
    assert colours(first) == [((255, 0, 0), (0, 255, 0)), ((255, 0, 0), (255, 0, 0))]
    assert colours(last) == [((255, 0, 0), BEHIND), ((0, 0, 255), BEHIND)]


def test_what_is_transparent_shows_the_background() -> None:
    image = Image.new("RGBA", (1, 2), (255, 255, 255, 0))
    image.putpixel((0, 1), (255, 255, 255, 255))
    assert colours(half_blocks(image, BEHIND)[0]) == [(BEHIND, (255, 255, 255))]


@pytest.mark.parametrize(("behind", "white", "black"), [((0, 0, 0), "█", " "), ((255, 255, 255), " ", "█")])
def test_without_colours_a_picture_is_in_shades(behind: tuple[int, int, int], white: str, black: str) -> None:
    image = Image.new("RGB", (4, 4), (255, 255, 255))
    image.paste((0, 0, 0), (0, 2, 4, 4))
    assert [strip.text for strip in shades(image, behind, Style.null())] == [white * 4, black * 4]
    grey = "".join(strip.text for strip in shades(Image.new("RGB", (8, 8), (100, 100, 100)), (0, 0, 0), Style.null()))
    assert set(grey) == {"░", "▒"}, "dithered between the two shades beside it"


def header(width: int, height: int) -> bytes:
    """Return a PNG that claims a size, and has no pixels."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", b""), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"not an image at all", "is no image that can be shown"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "is no image that can be shown"),
        (drawn(640, 640)[:1_500], "is damaged"),
        (drawn(640, 640, "JPEG")[:2000], "is damaged"),
        (drawn(64, 64)[:30], "is damaged|is no image"),
        (header(8_000, 8_000), "is too large to be shown: it has 8,000 × 8,000 pixels"),
        (header(10_000, 10_000), "is too large to be shown"),
        (header(60_000, 60_000), "is too large to be shown"),
        (header(0, 0), "is damaged|is no image"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_says_what_is_wrong(files: PictureFiles, tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(UnshowableError, match=why):
        files.read(written(tmp_path / "a.png", content), 80, 80)


def test_only_regular_files_are_opened(files: PictureFiles, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path, why in (
        (tmp_path / "pipe.png", "not a regular file"),
        (tmp_path, "can't be read"),
        (Path("/dev/zero"), "not a regular file"),
        (tmp_path / "nowhere.png", "is not there"),
        (tmp_path / ("x" * 5_000), "can't be read"),
    ):
        with pytest.raises(UnshowableError, match=why):
            files.read(str(path), 80, 80)
        with pytest.raises(UnshowableError, match=why):
            check_image(str(path))
    with pytest.raises(UnshowableError, match="can't be read"):
        files.read("nul\0byte.png", 80, 80)


def test_a_file_is_read_again_only_where_it_has_changed(
    files: PictureFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.png", drawn(64, 64))
    first = files.read(path, 32, 32)
    assert files.read(path, 32, 32) is first
    assert files.read(path, 16, 16) is not first
    written(tmp_path / "a.png", drawn(64, 32))
    again = files.read(path, 32, 32)
    assert again is not None
    assert again.image.size == (32, 16)


def test_a_picture_that_is_wanted_no_more_is_not_read(files: PictureFiles, tmp_path: Path) -> None:
    assert files.read(str(tmp_path / "nowhere.png"), 32, 32, lambda: False) is None


def test_large_pictures_do_not_pile_up(files: PictureFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imglearn.tui.picture_file.MAX_CACHED_PIXELS", 3 * 32 * 32)
    paths = [written(tmp_path / f"{n}.png", drawn(64, 64)) for n in range(5)]
    kept = [files.read(path, 32, 32) for path in paths]
    assert files.read(paths[-1], 32, 32) is kept[-1]
    assert files.read(paths[0], 32, 32) is not kept[0]
