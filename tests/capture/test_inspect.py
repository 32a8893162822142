"""`imglearn inspect` as a process, and `imglearn.read_image`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from image_files import INFOTEXT, jpeg, png, text
from support import HOSTILE, Cli

import imglearn

FIELDS = ["file", "generator", "prompt", "negative_prompt", "seed", "steps", "guidance_scale", "distilled_guidance", "sampler", "scheduler", "model",
          "model_hash", "loras", "denoise_strength", "width", "height", "pixel_width", "pixel_height", "source", "error"]  # fmt: skip


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.png"
    file.write_bytes(png(text("parameters", INFOTEXT), size=(6, 5)))
    return file


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    file = tmp_path / "plain.jpg"
    file.write_bytes(jpeg())
    return file


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    file = tmp_path / "broken.png"
    file.write_bytes(b"not an image")
    return file


def test_an_object_a_file_in_order(cli: Cli, good: Path, plain: Path) -> None:
    done = cli("inspect", "--json", str(plain), str(good), str(plain))
    assert (done.returncode, done.stderr) == (0, "")
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(one) for one in said] == [FIELDS] * 3
    assert [one["file"] for one in said] == [str(plain), str(good), str(plain)]
    assert said[1] == dict.fromkeys(FIELDS) | {
        "file": str(good),
        "generator": "A1111",
        "prompt": "a castle in a field",
        "negative_prompt": "fog",
        "seed": "3438565066",
        "steps": 20,
        "guidance_scale": 7.0,
        "sampler": "Euler a",
        "model": "v1-5",
        "model_hash": "abc123",
        "width": 512,
        "height": 768,
        "pixel_width": 6,
        "pixel_height": 5,
        "source": said[1]["source"],
    }
    assert said[1]["source"]["seed"] == "PNG tEXt parameters"


def test_raw_texts_where_asked_for(cli: Cli, good: Path) -> None:
    said = json.loads(cli("inspect", "--json", "--raw", str(good)).stdout)
    assert list(said) == [*FIELDS[:-1], "raw", "error"]
    assert said["raw"] == {"PNG tEXt parameters": INFOTEXT}


def test_exit_codes(cli: Cli, good: Path, broken: Path, tmp_path: Path) -> None:
    some = cli("inspect", "--json", str(good), str(broken))
    assert (some.returncode, len(some.stdout.splitlines())) == (3, 2)
    assert json.loads(some.stdout.splitlines()[1])["error"] == "is not a PNG, JPEG, WebP or AVIF image"
    assert some.stderr == f"imglearn: {broken} is not a PNG, JPEG, WebP or AVIF image\n"
    assert cli("inspect", str(broken), str(tmp_path / "missing.png")).returncode == 1
    assert cli("inspect").returncode == 2


def test_what_a_person_reads(cli: Cli, good: Path, plain: Path) -> None:
    done = cli("inspect", str(good), str(plain))
    assert done.returncode == 0
    lines = [line.split(None, 1) for line in done.stdout.splitlines() if "  " in line]
    assert ["seed", "3438565066"] in lines
    assert ["prompt", "a castle in a field"] in lines
    assert "It says nothing about how it was made." in done.stdout


def test_texts_are_safe_to_show(cli: Cli, tmp_path: Path) -> None:
    files = []
    for number, harm in enumerate(HOSTILE):
        file = tmp_path / f"{number}.png"
        said = json.dumps({"positive_prompt": harm[:2000], "app_version": "5", "seed": 1})
        file.write_bytes(png(text("invokeai_metadata", said), text(f"k{number}", harm.encode()[:5000])))
        files.append(str(file))
    for form in ([], ["--json"], ["--raw"], ["--json", "--raw"]):
        done = cli("inspect", *form, *files)
        assert done.returncode == 0
        assert not set(done.stdout + done.stderr) & {"\x1b", "\x07", "\x9b", "\x90", "\x7f", "\u202e", "\r", "\x00"}


def test_names_of_any_bytes(cli: Cli, good: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[2J.png")
    os.rename(good, odd)  # noqa: PTH104
    done = cli("inspect", "--json", odd)
    assert done.returncode == 0
    assert json.loads(done.stdout)["seed"] == "3438565066"
    assert "\x1b" not in done.stdout + cli("inspect", odd).stdout


def test_an_output_that_cannot_say_everything(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(png(text("parameters", "城\nSteps: 20, Sampler: Euler a, Seed: 5, Size: 8x8")))
    done = cli("inspect", "--json", str(file), PYTHONIOENCODING="ascii")
    assert json.loads(done.stdout)["prompt"] == "城"


def test_from_python(good: Path, tmp_path: Path) -> None:
    assert imglearn.read_image(good).seed == "3438565066"
    assert imglearn.read_image(str(good), raw=True).raw == {"PNG tEXt parameters": INFOTEXT}
    assert imglearn.read_image(tmp_path / "missing.png").error == "can't be read: No such file or directory"
