"""Files by real generators, with values that were read off them by hand, where they lie beside the checkout."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from imglearn.capture.image import read_image

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture(scope="module")
def images() -> Path:
    folder = SHARED / "data" / "images"
    if not (folder / "expected.json").is_file():
        pytest.skip("the real images are not here")
    return folder


def test_what_real_files_say(images: Path) -> None:
    scorer = SHARED / "tools" / "score_images.py"
    if not scorer.is_file():
        pytest.skip("the scorer is not here")
    command = [sys.executable, str(scorer), str(images), "--imglearn", f"{sys.executable} -m imglearn", "-v"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    score = re.search(
        r"right (\d+)/(\d+) .* wrong (\d+), invented (\d+), false positives (\d+)/\d+, hostile broke (\d+)/\d+, recovered (\d+)/(\d+)",
        done.stdout,
    )
    assert score is not None, done.stdout
    right, total, wrong, invented, false, broke, recovered, recoverable = map(int, score.groups())
    assert right >= 0.98 * total, done.stdout
    assert (wrong, invented, false, broke, recovered) == (0, 0, 0, 0, recoverable), done.stdout


def test_generators_and_sizes_of_real_files(images: Path) -> None:
    for name, expected in json.loads((images / "expected.json").read_text()).items():
        found = read_image(images / name)
        assert found.error is None, name
        assert found.generator in (expected["generator"], *expected.get("alt", {}).get("generator", [])), name
        assert (found.pixel_width, found.pixel_height) == (expected["pixel_width"], expected["pixel_height"]), name
        sizes = [(expected["width"], expected["height"])]
        alternatives = expected.get("alt", {})
        sizes += zip(alternatives.get("width", []), alternatives.get("height", []), strict=True)
        assert (found.width, found.height) in sizes, name


def test_hostile_files_take_no_long_time(images: Path) -> None:
    for name in json.loads((images / "hostile_expected.json").read_text()):
        start = time.perf_counter()
        read_image(images / name, raw=True)
        assert time.perf_counter() - start < 2, name
