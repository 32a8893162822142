"""Every command has examples in its help, and each of them runs."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pictures import png

from imglearn.cli.reference import commands, examples
from imglearn.exchange.exporting import export
from imglearn.logger import ImageGenerationLogger
from imglearn.records import Feedback, check
from imglearn.saved_filters import SavedFilters
from imglearn.settings import resolve
from imglearn.store import feedback
from imglearn.store.database import Store

NEEDS_A_TERMINAL = {"imglearn demo"}  # `.ci/run` opens it in one
WATCHES_ON = {"imglearn watch outputs", "imglearn watch outputs --poll --category wood_hardwood"}
SAYS_THAT_THERE_IS_NONE = ("imglearn advise", "imglearn changes", "imglearn alerts")  # in a log of five attempts
EXAMPLES = [example for command, _ in commands() for example in examples(command)]
RUNS_ON = {example for example in EXAMPLES if "--follow" in example}


def test_every_command_has_an_example() -> None:
    for command, context in commands():
        assert examples(command), context.command_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a log and the files that the examples name."""
    with ImageGenerationLogger(Store.open(tmp_path / "log.db")) as logger:
        wood = {
            "steps": 30,
            "patterns_used": ["dust"],
            "feedback_text": "Dust in low points.",
            "feedback_category": "physics",
        }
        issues = ["Dust floats"]
        logger.log_attempt(
            "Birch",
            "wood_hardwood",
            wood,
            {"realism_score": 92, "physics_issues": issues},
            id="5a7e8db1-0001",
            model="imagen-4",
        )
        logger.log_attempt("Nylon", "polymer", {"guidance_scale": 3.5}, {"passed": False}, timestamp="2024-01-01")
        logger.log_attempt("Nylon", "polymer", {"guidance_scale": 7}, {"passed": False}, model="imagen-4")
        logger.log_attempt(
            "Steel", "metal_ferrous", {}, {"passed": False, "physics_issues": issues}, parent_id="5a7e8db1-0001"
        )
        remark = {"id": "0b9f6c1e-0001", "timestamp": "2025-01-01", "text": "Dust settles low.", "material": "Birch"}
        feedback.add_many(logger.store, [check(Feedback, remark)])
        moved = {"path": "/gone/1.png", "sha256": hashlib.sha256(png(1)).hexdigest(), "size_kb": len(png(1)) / 1024}
        logger.log_attempt("Birch", "wood_hardwood", {}, {}, image_metadata=moved)
        for name in ("log.jsonl", "a.csv", "b.csv", "older.db"):
            kind = {"jsonl": "jsonl", "csv": "csv", "db": "sqlite"}[name.rpartition(".")[2]]
            export(logger.store, tmp_path / name, kind)  # type: ignore[arg-type]
    SavedFilters(resolve().state_folder.value).save("dusty", "dust passed:no")
    (tmp_path / "outputs/wood_hardwood/Birch").mkdir(parents=True)
    (tmp_path / "archive").mkdir()
    (tmp_path / "outputs/wood_hardwood/Birch/1.png").write_bytes(png(1))
    (tmp_path / "2.png").write_bytes(png(2))
    (tmp_path / "generate.py").write_text("print('made')")
    (tmp_path / "generate.sh").write_text("#!/bin/sh\necho made")
    (tmp_path / "generate.sh").chmod(0o700)
    return tmp_path


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example not in NEEDS_A_TERMINAL])
def test_an_example_runs(example: str, folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "birch.png").write_bytes(png(3))
    for name in ("log.jsonl", "a.csv", "b.csv", "older.db"):
        if "export" in example:  # what is written is not there yet
            (folder / name).rename(folder / "out" / name)
    environment = {
        **os.environ, "IMGLEARN_DB": str(folder / "log.db"), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    }  # fmt: skip
    command = f"timeout --foreground --preserve-status -s INT 3 {example}" if example in RUNS_ON else example
    if example in WATCHES_ON:
        command = (
            f"(sleep 0.6; cp 2.png outputs/) & timeout --foreground --preserve-status -s INT 2 {example} --settle 0.1"
        )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=folder, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout or "export" in example or (example.startswith(SAYS_THAT_THERE_IS_NONE) and done.stderr)
