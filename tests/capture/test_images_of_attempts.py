"""The image of an attempt in code, or of a command, says what nobody else has said."""

from __future__ import annotations

import sys
from pathlib import Path

from image_files import png, text
from support import Cli

from imglearn import create_logger
from imglearn.logger import ImageGenerationLogger

INFOTEXT = (
    "a plank of birch\nNegative prompt: fog\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 11, Size: 512x512, Model: v1-5, Version: v1.9.4"
)


def test_what_the_code_says_wins_over_the_image(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    image = tmp_path / "out.png"
    image.write_bytes(png(text("parameters", INFOTEXT)))
    with logger.attempt("Birch", "wood", model="mine", params={"steps": 30}, guidance_scale=3.5) as attempt:
        attempt.image(image)
    found = logger.get_attempt(attempt.id)
    assert found is not None
    assert (found["model"], found["guidance_scale"], found["params"]["steps"]) == ("mine", 3.5, 30)
    assert (found["prompt"], found["negative_prompt"], found["seed"]) == ("a plank of birch", "fog", "11")
    assert (found["params"]["sampler"], found["params"]["generator"]) == ("Euler a", "A1111")
    assert found["gen_prompt_length"] == len("a plank of birch")
    assert (found["status"], found["timestamp"]) == ("done", attempt.record.timestamp)


def test_a_second_image_takes_the_place_of_the_first(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    with logger.attempt("Birch", "wood") as attempt:
        for name in ("draft", "final"):
            (tmp_path / f"{name}.png").write_bytes(png(text("parameters", name)))
            attempt.image(tmp_path / f"{name}.png")
    found = logger.get_attempt(attempt.id)
    assert found is not None
    assert found["image_path"] == str(tmp_path / "final.png")
    assert len(found["image_sha256"]) == 64
    attempt.image(tmp_path / "gone.png")
    found = logger.get_attempt(attempt.id)
    assert found is not None
    assert (found["image_path"], found["image_sha256"]) == (str(tmp_path / "gone.png"), None)


def test_an_image_that_can_not_be_read_costs_no_attempt(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    with logger.attempt("Birch", "wood") as attempt:
        attempt.image(tmp_path / "nowhere.png")
    found = logger.get_attempt(attempt.id)
    assert found is not None
    assert (found["image_path"], found["image_sha256"]) == (str(tmp_path / "nowhere.png"), None)


def test_the_image_of_a_command_says_how_it_was_made(cli: Cli, db: Path, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(png(text("parameters", INFOTEXT)))
    script = f"import shutil; shutil.copy({str(tmp_path / 'source')!r}, {str(tmp_path / 'out.png')!r})"
    done = cli(
        "run", "--material", "Birch", "--category", "wood", "--seed", "5", "--images", str(tmp_path),
        "--", sys.executable, "-c", script,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with create_logger(db) as logger:
        (found,) = logger.get_recent_attempts()
    assert (found["prompt"], found["seed"], found["image_path"]) == ("a plank of birch", "5", str(tmp_path / "out.png"))


def test_a_prompt_keeps_its_own_length(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    image = tmp_path / "out.png"
    image.write_bytes(png(text("parameters", INFOTEXT)))
    with logger.attempt("Birch", "wood", prompt="short") as attempt:
        attempt.image(image)
    found = logger.get_attempt(attempt.id)
    assert found is not None
    assert (found["prompt"], found["gen_prompt_length"]) == ("short", None)


def test_an_image_is_logged_once_by_whoever_logs_it(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    image = tmp_path / "out.png"
    image.write_bytes(png(text("parameters", INFOTEXT)))
    first = logger.log_image(image, {"material": "Birch", "category": "wood"})
    assert not logger.knows_image(image)  # by none but one that is made of it
    assert logger.log_image(image, {"material": "Birch", "category": "wood", "notes": "again"}) == first
    (found,) = logger.get_recent_attempts()
    assert (found["prompt"], found["notes"]) == ("a plank of birch", "again")
    with logger.attempt("Oak", "wood") as attempt:
        attempt.image(image)
    assert logger.knows_image(image)
