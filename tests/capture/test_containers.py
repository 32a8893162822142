"""Texts come out of every place of every format, told by the bytes; what is cut off is never data."""

from __future__ import annotations

import struct
from binascii import hexlify
from pathlib import Path

import pytest
from image_files import (
    DESCRIPTION,
    INFOTEXT,
    MAKE,
    MODEL,
    SOFTWARE,
    USER_COMMENT,
    XP_COMMENT,
    app1_exif,
    app1_xmp,
    avif,
    chunk,
    exif,
    itxt,
    jpeg,
    png,
    read,
    segment,
    text,
    webp,
    xmp,
    ztxt,
)

UNICODE = b"UNICODE\0"
IN_EXIF = {
    "utf-16 big-endian": UNICODE + INFOTEXT.encode("utf-16-be"),
    "utf-16 little-endian": UNICODE + INFOTEXT.encode("utf-16-le"),
    "utf-16 with its mark": UNICODE + b"\xff\xfe" + INFOTEXT.encode("utf-16-le"),
    "utf-8 called unicode": UNICODE + INFOTEXT.encode(),
    "an odd byte at the end": UNICODE + INFOTEXT.encode("utf-16-be") + b"\0",
    "ascii": b"ASCII\0\0\0" + INFOTEXT.encode(),
    "undefined": b"\0" * 8 + INFOTEXT.encode(),
    "bare": INFOTEXT.encode(),
    "bare utf-16": INFOTEXT.encode("utf-16-le"),
    "padded": b"ASCII\0\0\0" + INFOTEXT.encode() + b"\0" * 40,
}
IN_PNG = {
    "tEXt": text("parameters", INFOTEXT),
    "zTXt": ztxt("parameters", INFOTEXT),
    "iTXt": itxt("parameters", INFOTEXT),
    "compressed iTXt": itxt("parameters", INFOTEXT, compressed=True),
    "eXIf": chunk(b"eXIf", exif(sub={USER_COMMENT: UNICODE + INFOTEXT.encode("utf-16-be")})),
    "eXIf with a header of JPEG": chunk(b"eXIf", b"Exif\0\0" + exif(sub={USER_COMMENT: INFOTEXT.encode()})),
    "XMP": itxt("XML:com.adobe.xmp", xmp(f"<dc:description>{INFOTEXT}</dc:description>").decode()),
    "a raw profile": ztxt(
        "Raw profile type exif",
        b"\nexif\n     300\n" + hexlify(b"Exif\0\0" + exif(sub={USER_COMMENT: INFOTEXT.encode()})) + b"\n",
    ),
}


@pytest.mark.parametrize("place", IN_PNG)
def test_png_texts(place: str, tmp_path: Path) -> None:
    found = read(tmp_path, png(IN_PNG[place], size=(30, 20)))
    assert (found.generator, found.seed, found.error) == ("A1111", "3438565066", None)
    assert (found.pixel_width, found.pixel_height, found.width, found.height) == (30, 20, 512, 768)


def test_texts_behind_the_pixels_count(tmp_path: Path) -> None:
    whole = png(end=False) + text("parameters", INFOTEXT) + chunk(b"IEND", b"")
    assert read(tmp_path, whole).seed == "3438565066"


def test_png_text_is_utf8_or_else_latin1(tmp_path: Path) -> None:
    settings = "\nSteps: 20, Sampler: Euler a, Seed: 1, Size: 8x8"
    assert read(tmp_path, png(text("parameters", "テスト é" + settings))).prompt == "テスト é"
    assert read(tmp_path, png(text("parameters", ("é" + settings).encode("latin-1")))).prompt == "é"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("encoding", IN_EXIF)
def test_user_comments(encoding: str, order: str, tmp_path: Path) -> None:
    tiff = exif(sub={USER_COMMENT: IN_EXIF[encoding]}, order=order)
    for content in (jpeg(app1_exif(tiff)), webp((b"EXIF", tiff)), avif((b"Exif", b"\0\0\0\0" + tiff))):
        found = read(tmp_path, content)
        assert (found.prompt, found.negative_prompt, found.seed, found.model) == (
            "a castle in a field",
            "fog",
            "3438565066",
            "v1-5",
        )
        assert found.source is not None
        assert found.source["seed"] == "EXIF UserComment"


def test_japanese_without_a_zero_byte(tmp_path: Path) -> None:
    japanese = "桜の城\nNegative prompt: 霧\nSteps: 20, Sampler: Euler a, Seed: 7, Size: 8x8"
    tiff = exif(sub={USER_COMMENT: UNICODE + japanese.encode("utf-16-le")})
    assert read(tmp_path, jpeg(app1_exif(tiff))).prompt == "桜の城"


def test_a_user_comment_in_the_first_directory(tmp_path: Path) -> None:
    assert read(tmp_path, jpeg(app1_exif(exif({USER_COMMENT: INFOTEXT.encode()})))).seed == "3438565066"


@pytest.mark.parametrize(
    "tags", [{DESCRIPTION: INFOTEXT.encode() + b"\0"}, {XP_COMMENT: INFOTEXT.encode("utf-16-le") + b"\0\0"}]
)
def test_other_exif_texts(tags: dict[int, bytes], tmp_path: Path) -> None:
    assert read(tmp_path, jpeg(app1_exif(exif(tags)))).seed == "3438565066"


def test_jpeg_comments_and_xmp(tmp_path: Path) -> None:
    assert read(tmp_path, jpeg(segment(0xFE, INFOTEXT.encode()))).seed == "3438565066"
    in_xmp = app1_xmp(
        xmp(f'<exif:UserComment><rdf:Alt><rdf:li xml:lang="x-default">{INFOTEXT}</rdf:li></rdf:Alt></exif:UserComment>')
    )
    found = read(tmp_path, jpeg(in_xmp, size=(31, 17)))
    assert (found.seed, found.pixel_width, found.pixel_height) == ("3438565066", 31, 17)
    assert found.source is not None
    assert found.source["seed"] == "XMP exif UserComment"


def test_xmp_that_is_spread_over_segments(tmp_path: Path) -> None:
    packet = xmp(f"<dc:description>{INFOTEXT}</dc:description>")
    pieces = [packet[:300], packet[300:]]
    head = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">I", len(packet))
    segments = [segment(0xE1, head + struct.pack(">I", 300 * place) + pieces[place]) for place in (1, 0)]
    assert read(tmp_path, jpeg(*segments)).seed == "3438565066"


def test_webp_xmp_and_size(tmp_path: Path) -> None:
    found = read(tmp_path, webp((b"XMP ", xmp(f"<dc:description>{INFOTEXT}</dc:description>")), size=(1216, 832)))
    assert (found.seed, found.pixel_width, found.pixel_height) == ("3438565066", 1216, 832)


@pytest.mark.parametrize("in_idat", [False, True])
def test_avif_items_in_the_file_and_in_idat(in_idat: bool, tmp_path: Path) -> None:
    packet = xmp(f"<dc:description>{INFOTEXT}</dc:description>")
    found = read(tmp_path, avif((b"mime", packet), size=(64, 48), in_idat=in_idat))
    assert (found.seed, found.pixel_width, found.pixel_height, found.error) == ("3438565066", 64, 48, None)


def test_extensions_lie(tmp_path: Path) -> None:
    assert read(tmp_path, png(text("parameters", INFOTEXT)), "image.jpg").seed == "3438565066"
    assert read(tmp_path, jpeg(segment(0xFE, INFOTEXT.encode())), "image.png").seed == "3438565066"


def test_a_graph_in_make_and_model(tmp_path: Path) -> None:
    graph = '{"3": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 9, "positive": ["6", 0]}}}'
    tags = {MAKE: b"workflow:{}\0", MODEL: b"prompt:" + graph.encode() + b"\0", SOFTWARE: b"x\0"}
    found = read(tmp_path, webp((b"EXIF", exif(tags))))
    assert (found.generator, found.seed, found.steps) == ("ComfyUI", "5", 9)


def test_what_is_cut_off_is_no_data(tmp_path: Path) -> None:
    whole = png(text("parameters", INFOTEXT))
    for length in range(len(whole) - 4):  # the checksum of the last chunk is of no use
        found = read(tmp_path, whole[:length])
        assert found.error is not None, length
        assert found.seed in (None, "3438565066"), length
    cut_within_the_text = read(tmp_path, whole[: whole.index(b"3438565066") + 3])
    assert cut_within_the_text.seed is None
    assert cut_within_the_text.error == "is incomplete: it ends within its tEXt chunk"


def test_a_picture_that_is_cut_off_still_says_what_stands_before(tmp_path: Path) -> None:
    whole = png(text("parameters", INFOTEXT))
    found = read(tmp_path, whole[: whole.index(b"IDAT") + 6])
    assert (found.seed, found.error) == ("3438565066", "is incomplete: it ends within its IDAT chunk")
    jpg = read(tmp_path, jpeg(segment(0xFE, INFOTEXT.encode()), end=False))
    assert jpg.seed == "3438565066"
    assert "the end is missing" in str(jpg.error)
    content = webp((b"EXIF", exif(sub={USER_COMMENT: INFOTEXT.encode()})))
    cut = read(tmp_path, content[:-40])
    assert (cut.seed, cut.error) == (None, "is incomplete: it ends within its EXIF chunk")


def test_what_programs_append_to_a_jpeg_is_no_cut(tmp_path: Path) -> None:
    film = b"ftypmp42" + b"\0" * 3_000_000
    found = read(tmp_path, jpeg(segment(0xFE, INFOTEXT.encode())) + film)
    assert (found.seed, found.error) == ("3438565066", None)


def test_raw_texts_by_their_places(tmp_path: Path) -> None:
    content = png(text("parameters", INFOTEXT), text("Note", "one"), text("Note", "two"))
    assert read(tmp_path, content).raw is None
    assert read(tmp_path, content, raw=True).raw == {
        "PNG tEXt parameters": INFOTEXT,
        "PNG tEXt Note": "one",
        "PNG tEXt Note #2": "two",
    }


def test_without_parameters_everything_is_unknown(tmp_path: Path) -> None:
    plain = png(
        text("Software", "GIMP"), text("Comment", "Created with GIMP"), text("Description", "Steps: to the left")
    )
    for content in (plain, jpeg(app1_exif(exif({MAKE: b"Canon\0", MODEL: b"PowerShot\0"}))), webp()):
        found = read(tmp_path, content)
        assert (found.generator, found.prompt, found.seed, found.source, found.error) == (None,) * 5
