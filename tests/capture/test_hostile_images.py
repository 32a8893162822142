"""Files that mean harm: each gets an answer, soon, and without much memory."""

from __future__ import annotations

import json
import os
import socket
import stat
import struct
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from image_files import (
    INFOTEXT,
    MAKE,
    USER_COMMENT,
    app1_exif,
    app1_xmp,
    avif,
    chunk,
    exif,
    itxt,
    jpeg,
    pixels,
    png,
    read,
    text,
    webp,
    xmp,
    ztxt,
)

from imglearn.capture.image import NOT_FORESEEN, read_image
from imglearn.capture.image_record import ImageRecord

GOOD = text("parameters", INFOTEXT)


def test_bombs_are_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    bomb = ztxt("x", b"A" * 50_000_000)
    found = read(tmp_path, png(bomb, itxt("y", "B" * 5_000_000, compressed=True), GOOD))
    assert (found.seed, found.error) == ("3438565066", "a compressed text that unpacks to too much was left out")
    many = [ztxt("x", b"A" * 1_000_000)] * 100
    assert read(tmp_path, png(*many, GOOD)).seed == "3438565066"


def test_texts_that_are_too_long_are_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, png(text("parameters", "a" * 5_000_000), GOOD))
    assert (found.seed, found.error) == ("3438565066", "a text of more than 4 MB was left out")


def test_very_many_texts(tmp_path: Path) -> None:
    assert read(tmp_path, png(*[text(f"k{number}", "v") for number in range(20_000)], GOOD)).seed == "3438565066"


@pytest.mark.parametrize(
    "nested",
    [
        "[" * 200_000,
        '{"a":' * 100_000,
        '{"prompt":' * 50_000 + "1" + "}" * 50_000,
        "[" + "[]," * 600_000 + "1]",
        '{"1":' + "9" * 20_000 + "}",
    ],
)
def test_json_beyond_all_measure(nested: str, tmp_path: Path) -> None:
    for key in ("prompt", "workflow", "parameters", "Comment"):
        found = read(tmp_path, png(text(key, nested)))
        assert (found.generator, found.prompt) == (None, None)


@pytest.mark.parametrize(
    "broken", ["", "{", "[1,2,3]", "42", "null", '{"3": null}', '{"3": {"class_type": 5}}', '{"nodes": {}}']
)
def test_json_of_other_shapes(broken: str, tmp_path: Path) -> None:
    names = (
        "prompt",
        "workflow",
        "parameters",
        "prompt",
        "extraMetadata",
        "Comment",
        "invokeai_metadata",
        "sd-metadata",
        "generation_data",
        "parameters-json",
    )
    for key in names:
        assert read(tmp_path, png(text(key, broken))).prompt is None


def test_values_of_other_types(tmp_path: Path) -> None:
    odd = {
        "seed": {"a": 1},
        "steps": [5],
        "cfg_scale": "high",
        "positive_prompt": 5,
        "model": [],
        "width": -5,
        "height": 1e400,
        "loras": {"a": 1},
    }
    found = read(tmp_path, png(text("invokeai_metadata", json.dumps(odd))))
    fields = (
        found.seed,
        found.steps,
        found.guidance_scale,
        found.prompt,
        found.model,
        found.width,
        found.height,
        found.loras,
    )
    assert (found.generator, fields) == ("InvokeAI", (None,) * 8)


def test_numbers_beyond_all_measure(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        png(
            text(
                "parameters", f"a\nSteps: {'9' * 30}, Sampler: Euler a, Seed: {'9' * 5000}, CFG scale: 1e999, Size: 8x8"
            )
        ),
    )
    assert (found.seed, found.steps, found.guidance_scale, found.width) == (None, None, None, 8)


def test_half_a_letter_and_a_nul(tmp_path: Path) -> None:
    said = json.dumps({"positive_prompt": "a\ud800b\0c", "app_version": "5"})
    assert read(tmp_path, png(text("invokeai_metadata", said))).prompt == "a\\ud800bc"


def test_directories_of_exif_in_circles(tmp_path: Path) -> None:
    circle = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIIHHIII", 2, 0x8769, 4, 1, 8, 0x8769, 4, 1, 8, 8)
    wide = b"MM\0*\0\0\0\x08" + struct.pack(">H", 65535) + struct.pack(">HHII", 0x8769, 4, 1, 8) * 5000
    outside = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIII", 1, USER_COMMENT, 7, 4_000_000_000, 8, 0)
    for tiff in (circle, wide, outside, b"MM\0*\xff\xff\xff\xff", b"II", b"MM\0*\0\0\0\x08"):
        for content in (
            jpeg(app1_exif(tiff)),
            webp((b"EXIF", tiff)),
            png(chunk(b"eXIf", tiff)),
            avif((b"Exif", b"\0\0\0\0" + tiff)),
        ):
            assert read(tmp_path, content).prompt is None


@pytest.mark.parametrize(
    "packet",
    [
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'.encode("utf-16"),
        b"<a>" * 100_000,
        xmp("<dc:description>" + "<rdf:li>" * 1000 + "x" + "</rdf:li>" * 1000 + "</dc:description>"),
        b"<x>" + b"&#0;" * 10 + b"</x>",
        b"\xff\xfe<",
    ],
)
def test_xml_that_means_harm(packet: bytes, tmp_path: Path) -> None:
    for content in (
        jpeg(app1_xmp(packet)) if len(packet) < 65_000 else webp((b"XMP ", packet)),
        avif((b"mime", packet)),
    ):
        found = read(tmp_path, content)
        assert (found.generator, found.prompt) == (None, None)


def test_avif_tables_that_lie(tmp_path: Path) -> None:
    good = avif((b"mime", xmp(f"<dc:description>{INFOTEXT}</dc:description>")))
    at = good.index(b"iloc")
    for place in range(at, at + 40):
        for value in (0, 0xFF):
            read(tmp_path, good[:place] + bytes([value]) + good[place + 1 :])


# Not a file at all
def test_what_is_no_regular_file_has_an_error_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket may not be long
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        (tmp_path / "empty").touch()
        (tmp_path / "text").write_text("not an image")
        errors = {
            name: read_image(tmp_path / name).error for name in ("pipe", "socket", "empty", "text", "missing", ".")
        }
    assert errors["pipe"] == "is a pipe, not an image file"
    assert errors["socket"] == "is a socket, not an image file"
    assert errors["empty"] == "is empty"
    assert errors["text"] == "is not a PNG, JPEG, WebP or AVIF image"
    assert errors["missing"] == "can't be read: No such file or directory"
    assert errors["."] == "is a folder, not an image file"
    assert read_image("/dev/zero").error == "is a device, not an image file"
    assert "can't be read" in str(read_image("a\0b").error)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    file = tmp_path / "image.png"
    file.write_bytes(png(GOOD))
    file.chmod(stat.S_IWUSR)
    assert read_image(file).error == "can't be read: Permission denied"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "image.png"
    with file.open("wb") as out:
        out.truncate(257 * 2**20)
    assert read_image(file).error == "has more than 256 MB"


def test_a_large_picture_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "image.png"
    with file.open("wb") as out:
        out.write(png(GOOD, idat=b"", end=False))
        out.write(struct.pack(">I4s", 200 * 2**20, b"IDAT"))
        out.seek(200 * 2**20 + 4, os.SEEK_CUR)
        out.write(chunk(b"IEND", b""))
    start = time.perf_counter()
    found = read_image(file)
    assert (found.seed, found.error) == ("3438565066", None)
    assert time.perf_counter() - start < 1


# Anything
def answer(file: Path) -> ImageRecord:
    found = read_image(file, raw=True)
    assert NOT_FORESEEN not in str(found.error)
    return found


GOOD_FILES = [
    png(
        GOOD,
        ztxt("prompt", '{"3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 2, "positive": ["3", 0]}}}'),
    ),
    png(
        chunk(b"eXIf", exif({MAKE: b"workflow:{}\0"}, {USER_COMMENT: b"UNICODE\0" + INFOTEXT.encode("utf-16-le")})),
        itxt("a", "b", True),
    ),
    png(idat=pixels(4, 4, 4), color=6),
    jpeg(app1_exif(exif(sub={USER_COMMENT: INFOTEXT.encode()})), app1_xmp(xmp("<dc:description>x</dc:description>"))),
    webp(
        (b"EXIF", exif(sub={USER_COMMENT: INFOTEXT.encode()})),
        (b"XMP ", xmp("<exif:UserComment>{}</exif:UserComment>")),
    ),
    avif((b"mime", xmp("<dc:description>x</dc:description>")), (b"Exif", b"\0\0\0\0" + exif(sub={USER_COMMENT: b"x"}))),
]
STARTS = [
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe1",
    b"RIFF\xff\xff\xff\xffWEBP",
    b"\0\0\0\x18ftypavif\0\0\0\0avifmif1",
]


@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_random_bytes_never_raise(tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "random.png"
    file.write_bytes(start + rest)
    answer(file)


@settings(max_examples=200)
@given(
    st.sampled_from(GOOD_FILES),
    st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=4)), max_size=6),
    st.integers(0, 5000),
)
@example(GOOD_FILES[0], [], 5000)
def test_changed_files_never_raise(
    tmp_path_factory: pytest.TempPathFactory, good: bytes, changes: list[tuple[int, bytes]], length: int
) -> None:
    changed = bytearray(good)
    for place, piece in changes:
        start = place % len(changed)
        changed[start : start + len(piece)] = piece
    file = tmp_path_factory.getbasetemp() / "changed.png"
    file.write_bytes(changed[: max(length % (2 * len(changed)), 1)])
    answer(file)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([["3", 0], ["4", 1], ["5", 0]]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "text", "seed", "positive", "model", "widget"]), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = ["seed", "steps", "positive", "negative", "model", "latent_image", "text", "guider", "sigmas", "noise", "pipe", "on_true", "switch", "select",
         "input1", "conditioning_1", "lora_name", "width", "text_a", "text_b", "value", "image", "images"]  # fmt: skip
KINDS = [
    "KSampler",
    "SaveImage",
    "CLIPTextEncode",
    "LoraLoader",
    "EmptyLatentImage",
    "Switch",
    "StringConcatenate",
    "Reroute",
    "Nobody's",
]
NODE = st.fixed_dictionaries(
    {"class_type": st.sampled_from(KINDS), "inputs": st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8)}
)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(["3", "4", "5", "6"]), NODE, min_size=1))
def test_any_graph_is_read(tmp_path_factory: pytest.TempPathFactory, nodes: dict[str, object]) -> None:
    file = tmp_path_factory.getbasetemp() / "graph.png"
    file.write_bytes(png(text("prompt", json.dumps(nodes))))
    assert answer(file).generator == "ComfyUI"


@given(st.lists(st.fixed_dictionaries({"id": st.sampled_from([3, 4, "5"]), "type": st.sampled_from(KINDS), "inputs": JSON, "widgets_values": JSON}), max_size=5),
       JSON)  # fmt: skip
def test_any_workflow_is_read(tmp_path_factory: pytest.TempPathFactory, nodes: list[object], links: object) -> None:
    file = tmp_path_factory.getbasetemp() / "workflow.png"
    file.write_bytes(png(text("workflow", json.dumps({"nodes": nodes, "links": links}))))
    answer(file)


@pytest.mark.parametrize(
    "key",
    [
        "parameters",
        "prompt",
        "extraMetadata",
        "Comment",
        "invokeai_metadata",
        "sd-metadata",
        "generation_data",
        "parameters-json",
        "imagemetahub_data",
    ],
)
@given(st.dictionaries(st.sampled_from(["prompt", "seed", "steps", "model", "loras", "image", "images", "lora_paths", "mflux_version", "sui_image_params",
                                        "c", "sampler", "scale", "uc", "v2", "resolution", "base_model", "full_prompt", "baseModel", "models", "size",
                                        "use_stable_diffusion_model", "software", "extraMetadata", "resources", "PositivePrompt"]), JSON, max_size=8))  # fmt: skip
def test_any_object_is_read(tmp_path_factory: pytest.TempPathFactory, key: str, said: dict[str, object]) -> None:
    file = tmp_path_factory.getbasetemp() / "object.png"
    file.write_bytes(png(text(key, json.dumps(said))))
    answer(file)
