"""Every command in the README runs as it is written. `.ci/run` runs the two that set up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pictures import png

import imglearn
from imglearn import create_logger

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETUP = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
SHELL = [block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if block.strip() not in SETUP]
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def environment(db: Path) -> dict[str, str]:
    return {**os.environ, "IMGLEARN_DB": str(db), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def test_two_commands_set_up_everything() -> None:
    run, test = SETUP
    assert run.endswith(".venv/bin/imglearn demo")
    assert test.endswith(".venv/bin/pytest")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "imglearn demo$" in ci
    assert "/pytest$" in ci


def test_the_shell_blocks_run_one_after_the_other(environment: dict[str, str], tmp_path: Path) -> None:
    for block in SHELL:
        if "imglearn-tui" in block:
            continue
        done = subprocess.run(
            ["bash", "-eu", "-c", block], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (block, done.stderr)
        assert "Traceback" not in done.stderr
        assert done.stdout, block


def test_the_app_of_the_readme_is_installed(environment: dict[str, str]) -> None:
    first, *others = [block for block in SHELL if "imglearn-tui" in block]
    assert first == "imglearn-tui\n"
    for command in others:  # its arguments are looked at before the terminal
        done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, "this needs a terminal" in done.stderr) == (1, True), done.stderr
    done = subprocess.run(["imglearn-tui", "--version"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"imglearn-tui {imglearn.__version__}\n"


def test_the_python_blocks_run(environment: dict[str, str], db: Path) -> None:
    one, running, advised, steered = PYTHON
    subprocess.run([sys.executable, "-c", one], env=environment, check=True)
    (attempt,) = create_logger(db).get_recent_attempts()
    assert attempt["params"] == {"steps": 30}
    assert attempt["seed"] == "18446744073709551615"
    subprocess.run([sys.executable, "-c", running], env=environment, check=True)
    oak, second, first, _ = create_logger(db).get_recent_attempts()
    assert (first["passed"], first["failure_category"], first["status"]) == (False, "physics", "done")
    assert (second["parent_id"], second["passed"], second["params"]) == (first["id"], True, {"steps": 40})
    assert (oak["material"], oak["prompt"], oak["params"]) == ("Oak", "a plank of oak", {"steps": 30})
    (remark,) = create_logger(db).pending_feedback()  # of the first block
    said = subprocess.run([sys.executable, "-c", advised], env=environment, check=True, capture_output=True, text=True)
    assert said.stdout.startswith(remark["text"])
    subprocess.run([sys.executable, "-c", steered], env=environment, check=True)
    oak, birch = create_logger(db).get_recent_attempts(2)
    assert (birch["feedback_id"], birch["prompt"]) == (remark["id"], f"a plank of Birch; {remark['text']}")
    assert (oak["feedback_id"], oak["prompt"]) == (None, "a plank of Oak; as it grew")


def test_the_import_looks_as_the_readme_shows_it(environment: dict[str, str], real_data: Path, tmp_path: Path) -> None:
    (tmp_path / "attempts.db").write_bytes((real_data / "full-146-rows.db").read_bytes())
    done = subprocess.run(
        ["imglearn", "import", "attempts.db"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"$ imglearn import attempts.db\n{done.stdout}" in README


def test_a_watch_of_the_readme_logs_what_it_finds(environment: dict[str, str], tmp_path: Path) -> None:
    watches = re.findall(r"^\$ (imglearn watch .*)$", README.split("## All commands")[0], re.MULTILINE)
    rules = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "rules.toml").write_text("\n".join(rules), encoding="utf-8")
    (tmp_path / "outputs/wood/Birch").mkdir(parents=True)
    for seed, command in enumerate(watches):
        (tmp_path / f"outputs/wood/Birch/{seed}.png").write_bytes(png(seed))
        done = subprocess.run(
            ["bash", "-c", f"{command} --once --existing --settle 0"],
            env={**environment, "IMGLEARN_CONFIG": str(tmp_path / "rules.toml")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.endswith(f"/outputs/wood/Birch/{seed}.png\n")
    found = {
        (one["material"], one["category"]) for one in create_logger(environment["IMGLEARN_DB"]).get_recent_attempts()
    }
    assert found == {("wood", "wood_hardwood"), ("Birch", "wood")}


def test_the_reference_of_commands_is_that_of_the_code() -> None:
    from imglearn.cli.reference import in_readme

    assert in_readme(README) == README, "it has drifted: python -m imglearn.cli.reference README.md"


def test_every_command_and_method_of_the_table_of_questions_is_there() -> None:
    from imglearn.cli.reference import commands
    from imglearn.logger import ImageGenerationLogger

    lines = re.findall(r"^\| .*\? \| (`.*`) \| (`.*`) \|$", README, re.MULTILINE)
    assert len(lines) == 23
    names = {context.command_path.removeprefix("imglearn ") for _, context in commands()}
    for shell, python in lines:
        assert {re.match(r"[a-z ]+[a-z]", found)[0] for found in re.findall(r"`(.*?)`", shell)} <= names  # type: ignore[index]
        assert all(hasattr(ImageGenerationLogger, name) for name in re.findall(r"(\w+)\(", python))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shells_get_their_completion(shell: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["imglearn"],
        env={**environment, "_IMGLEARN_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_imglearn_completion" in done.stdout
    words = {"COMP_WORDS": "imglearn tru", "COMP_CWORD": "1", "_IMGLEARN_COMPLETE": "bash_complete"}
    done = subprocess.run(["imglearn"], env={**environment, **words}, capture_output=True, text=True, check=True)
    assert done.stdout == "plain,truncation\n"


def test_every_key_of_the_table_is_bound() -> None:
    from imglearn.tui.key_groups import key_groups
    from imglearn.tui.key_names import key_name

    bound = {key for bindings in key_groups().values() for binding in bindings for key in binding.key.split(",")}
    table = README.split("| key | does |")[1].split("\n\n")[0]
    named = {key for row in table.splitlines() for key in re.findall(r"`([^`]+)`", row.split(" | ")[0])}
    assert len(named) > 30
    assert {key_name(key) for key in named} <= bound


def test_pictures_are_there() -> None:
    pictures = re.findall(r"\]\((assets/\S+)\)", README)
    assert len(pictures) == 5
    for picture in pictures:
        assert "<svg" in (ROOT / picture).read_text(encoding="utf-8")[:200]


def test_no_stray_files_at_the_top() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    top = {name.split("/")[0] for name in tracked if not name.startswith(".")}
    assert top <= {"pyproject.toml", "src", "tests", "assets", "README.md", "CHANGELOG.md", "LICENSE"}
