"""What a start imports: the headless half never pays for the app."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from imglearn import create_logger

HEAVY = ("textual", "rich", "numpy", "PIL", "asyncio", "tomllib", "playhouse")


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stderr.split())


def test_importing_the_package_imports_nothing_of_weight() -> None:
    assert not modules_after("import imglearn") & {*HEAVY, "peewee", "msgspec", "click", "sqlite3"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["log", "--help"],
        ["log", "--material", "a", "--category", "b", "--score", "80"],
    ],
)
def test_logging_imports_neither_the_app_nor_rich(arguments: list[str], db: object) -> None:
    code = (
        "from imglearn.cli import cli\n"
        f"try: cli(['--db', {str(db)!r}, *{arguments!r}])\n"
        "except SystemExit as done: assert not done.code, done.code"
    )
    loaded = modules_after(code)
    assert not loaded & {*HEAVY, "peewee"}
    assert not [name for name in loaded if name.startswith("imglearn.tui")]


def test_help_does_not_open_the_store() -> None:
    code = "from imglearn.cli import cli\ntry: cli(['--help'])\nexcept SystemExit: pass"
    assert not modules_after(code) & {"peewee", "msgspec", "sqlite3"}


def test_reading_an_image_imports_neither_rich_nor_the_store_nor_pillow(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    code = (
        "from imglearn.cli import cli\n"
        f"try: cli(['inspect', '--json', {str(tmp_path / 'a.png')!r}])\n"
        "except SystemExit as done: assert done.code == 1, done.code"
    )
    assert not modules_after(code) & {*HEAVY, "peewee", "sqlite3", "imglearn.store", "imglearn.logger"}


@pytest.mark.parametrize("fed", [False, True])
def test_a_report_learns_only_where_feedback_was_applied(db: Path, fed: bool) -> None:
    feedback = {"feedback_applied": fed, "feedback_text": "Dust settles.", "feedback_category": "physics"}
    with create_logger(db) as logger:
        logger.log_record({"material": "Oak", "category": "wood", "realism_score": 80, **feedback})
    code = (
        "from imglearn.cli import cli\n"
        f"try: cli(['--db', {str(db)!r}, 'report'])\n"
        "except SystemExit as done: assert not done.code, done.code"
    )
    assert ("numpy" in modules_after(code)) == fed
