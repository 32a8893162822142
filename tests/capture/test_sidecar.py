from __future__ import annotations

import json
from pathlib import Path

import pytest
from pictures import INFOTEXT

from imglearn.capture import sidecar


@pytest.fixture
def image(tmp_path: Path) -> Path:
    image = tmp_path / "a.png"
    image.touch()
    return image


def said(image: Path, name: str, content: object) -> dict[str, object]:
    text = content if isinstance(content, str) else json.dumps(content)
    (image.parent / name).write_text(text)
    found = sidecar.beside(str(image))
    assert found.problems == ()
    return dict(found.fields)


def test_the_ending_may_be_in_capitals(image: Path) -> None:
    assert said(image, "a.png.JSON", {"score": 71}) == {"realism_score": 71}


def test_json_has_flat_names_short_ones_or_groups(image: Path) -> None:
    assert said(image, "a.png.json", {"realism_score": 82, "material": "Oak"}) == {
        "realism_score": 82.0,
        "material": "Oak",
    }
    assert said(image, "a.png.json", {"score": 82, "issues": ["Dust"]}) == {
        "realism_score": 82.0,
        "physics_issues": ("Dust",),
    }
    assert said(image, "a.png.json", {"validation_results": {"passed": False}}) == {"passed": False}


def test_what_has_no_field_is_kept_and_the_image_speaks_for_itself(image: Path) -> None:
    found = said(
        image, "a.png.json", {"judge": "gpt", "id": "x", "image_path": "/etc/passwd", "timestamp": "2020-01-01"}
    )
    assert found == {"extra": {"sidecar": {"judge": "gpt"}}}


def test_text_is_an_infotext_or_lines_or_notes(image: Path) -> None:
    found = said(image, "a.txt", INFOTEXT.format(prompt="a plank", seed=5))
    assert (found["prompt"], found["seed"], found["model"]) == ("a plank", "5", "v1-5")
    assert found["params"]["steps"] == 28  # type: ignore[index]
    assert said(image, "a.txt", "Score: 82\npassed: yes\n\nissue: Dust\nissue: Rust, no edges\n") == {
        "realism_score": 82.0,
        "passed": True,
        "physics_issues": ("Dust", "Rust, no edges"),
    }
    assert said(image, "a.txt", "Looks: fine\nto me") == {"notes": "Looks: fine\nto me"}
    assert said(image, "a.txt", " \n") == {}


def test_both_may_be_there(image: Path) -> None:
    (image.parent / "a.txt").write_text("score: 10\nnote: soft")
    assert said(image, "a.png.json", {"score": 82}) == {"realism_score": 82.0, "notes": "soft"}


@pytest.mark.parametrize(
    ("content", "problem", "left"),
    [
        (b"{", "no JSON", {}),
        (b"[1]", "wants one JSON object", {}),
        (b"\xff\xfe", "utf-8", {}),
        (b" " * (2**20 + 1), "more than 1 MB", {}),
        (b'{"realism_score": 182, "notes": "n"}', "a number from 0 to 100", {"notes": "n"}),
        (b'{"physics_issues": [1], "params": {"a": 1}}', "physics_issues", {"params": {"a": 1}}),
        (b"[" * 100_000, "no JSON", {}),
    ],
)
def test_what_is_wrong_is_told_and_the_rest_counts(
    image: Path, content: bytes, problem: str, left: dict[str, object]
) -> None:
    (image.parent / "a.png.json").write_bytes(content)
    found = sidecar.beside(str(image))
    assert found.fields == left
    assert problem in found.problems[0]
    assert found.problems[0].startswith(str(image))


def test_a_link_is_not_followed(image: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a key")
    (tmp_path / "a.txt").symlink_to("secret")
    found = sidecar.beside(str(image))
    assert found.fields == {}
    assert len(found.problems) == 1


def test_it_knows_its_image(image: Path) -> None:
    assert sidecar.images_of(f"{image}.json") == [str(image)]
    assert sidecar.images_of(str(image.with_suffix(".txt"))) == [str(image)]
    assert sidecar.images_of(str(image.parent / "b.txt")) == []
    assert sidecar.images_of(str(image.parent / "package.json")) == []
