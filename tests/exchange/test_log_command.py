from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import drawn
from support import HOSTILE

from imglearn.exchange.log_command import log_command
from imglearn.logger import ImageGenerationLogger, create_logger
from imglearn.records import ATTEMPT_FIELDS, Attempt
from imglearn.store import attempts
from imglearn.text import storable_text

OWN = ("id", "timestamp")
FULL: dict[str, Any] = {
    "material": "Birch $(reboot) 'quoted' \"twice\"",
    "category": "-wood",
    "model": "imagen-4",
    "status": "error",
    "prompt": "line one\nline two; rm -rf / # `x` %s !\n",
    "negative_prompt": "",
    "seed": 2**63,
    "gen_prompt_length": 3200,
    "guidance_scale": -7.5,
    "contamination_uniformity": 0.1,
    "view_mode": "--help",
    "patterns_used": ["dust", "dirt"],
    "params": {"steps": 30, "sampler": "euler", "text": "30", "quoted": '"x"', "on": True, "none": None, "lora": {"w": [0.5]}},
    "feedback_applied": False,
    "feedback_text": "Dust should settle.",
    "feedback_category": "physics",
    "feedback_source": "user",
    "val_prompt_length": 1500,
    "val_truncated": True,
    "realism_score": 61.25,
    "passed": True,
    "physics_issues": ["Dust floats", "Edge"],
    "red_flags": ["Text"],
    "validator_error": "time-out",
    "error": "out of memory",
    "failure_category": "quality",
    "retry_count": 3,
    "final_success": False,
    "parent_id": "the-first",
    "image_size_kb": 1500.5,
    "image_sha256": "ab" * 32,
    "duration_s": 8.125,
    "notes": "漢字 👍",
}  # fmt: skip


def logged_by(command: str, db: Path) -> Attempt:
    """Run a command in a shell on another database, and return what it logged."""
    program = f'imglearn() {{ "{sys.executable}" -m imglearn "$@"; }}\n'
    done = subprocess.run(
        ["sh", "-c", program + command],
        env={**os.environ, "IMGLEARN_DB": str(db)},
        capture_output=True,
        text=True,
        check=True,
    )
    with create_logger(db) as logger:
        found = attempts.get(logger.store, done.stdout.strip())
    assert found is not None
    return found


def stored(logger: ImageGenerationLogger, record: dict[str, Any]) -> Attempt:
    found = attempts.get(logger.store, logger.log_record(record))
    assert found is not None
    return found


def content(attempt: Attempt) -> dict[str, Any]:
    return {name: getattr(attempt, name) for name in ATTEMPT_FIELDS if name not in OWN}


def test_the_command_logs_the_same_again(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    attempt = stored(logger, FULL)
    command = log_command(attempt)
    assert command.startswith("imglearn log --material ")
    again = logged_by(command, tmp_path / "other.db")
    assert content(again) == content(attempt)
    assert again.id != attempt.id


@pytest.mark.parametrize(
    "more",
    [
        {"extra": {"judge": {"sure": 0.5}}},
        {"patterns_used": [], "physics_issues": []},
        {"params": {}},
        {"params": {"a=b": 1, " c ": 2}},
        {"status": "abandoned"},
        {"prompt": "\x1b[201~\nreboot\n\x1b]52;c;aGk=\x07", "notes": "a\\nb\\\\c 'x'"},
        {"material": "\u202ereversed", "prompt": "% \\x41 %s"},
    ],
)
def test_what_flags_cant_say_is_said_as_json(
    logger: ImageGenerationLogger, tmp_path: Path, more: dict[str, Any]
) -> None:
    attempt = stored(logger, {**FULL, **more})
    command = log_command(attempt)
    assert command.endswith(" | imglearn log -")
    assert content(logged_by(command, tmp_path / "other.db")) == content(attempt)


def test_an_image_is_named_and_read_again(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    image = tmp_path / "an image.png"
    image.write_bytes(drawn())
    attempt = stored(logger, {"material": "Birch", "category": "wood", "image_path": str(image)})
    again = logged_by(log_command(attempt), tmp_path / "other.db")
    assert again.image_path == str(image)


def test_a_running_attempt_is_logged_as_one_that_has_ended(logger: ImageGenerationLogger) -> None:
    with logger.attempt("Oak", "wood") as running:
        attempt = attempts.get(logger.store, running.id)
        assert attempt is not None
        assert "running" not in log_command(attempt)


def test_another_database_than_the_default_is_named(logger: ImageGenerationLogger) -> None:
    attempt = stored(logger, {"material": "Birch", "category": "wood"})
    assert log_command(attempt, Path("/a b/c.db")).startswith("imglearn --db '/a b/c.db' log --material Birch")


@given(st.sampled_from(HOSTILE) | st.text(max_size=30))
def test_no_control_character_is_in_a_command(text: str) -> None:
    material = storable_text(text) + "x"
    attempt = Attempt(id="a", timestamp="2025", material=material, category="wood", prompt=material, notes=material)
    command = log_command(attempt)
    assert not [sign for sign in command if not sign.isprintable() and sign not in "\n\t"]
