"""The viewer and the pager: which command, and what is said where there is none."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from pictures import drawn

from imglearn.tui.outside import NotPossibleError, page, pager_command, start, viewer_command

DISPLAY = {"DISPLAY": ":0"}


def program(folder: Path, name: str, script: str = "") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "-an image.png"
    path.write_bytes(drawn())
    return path


def test_the_systems_viewer_is_told_the_whole_path(
    programs: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(programs, "xdg-open")
    monkeypatch.chdir(image.parent)
    assert viewer_command(image.name, DISPLAY, "linux") == ["xdg-open", str(image)]
    assert viewer_command(image.name, {}, "darwin") == ["open", str(image)]


def test_without_a_display_the_path_is_told(programs: Path, image: Path) -> None:
    program(programs, "xdg-open")
    with pytest.raises(NotPossibleError, match="no display over ssh") as told:
        viewer_command(str(image), {"SSH_CONNECTION": "1"}, "linux")
    assert str(image) in str(told.value)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("gone.png", None, "is not there"),
        ("script.png", b"#!/bin/sh\nreboot", "is no image"),
        ("evil.desktop", drawn(), "is not called as an image is"),
    ],
)
def test_only_images_are_handed_to_the_system(tmp_path: Path, name: str, content: bytes | None, why: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(NotPossibleError, match=why):
        viewer_command(str(tmp_path / name), DISPLAY, "linux")


def test_a_viewer_is_started_and_its_failure_told(programs: Path, tmp_path: Path) -> None:
    told: list[str] = []
    failed = threading.Event()
    seen = tmp_path / "seen"
    viewer = program(programs, "viewer", f'printf %s "$1" > {seen}; exit 3')
    start([str(viewer), "/a b.png"], lambda message: (told.append(message), failed.set()))
    assert failed.wait(15)
    assert seen.read_text() == "/a b.png"
    assert told == [f"{viewer} ended with 3. The image is here: /a b.png"]
    with pytest.raises(NotPossibleError, match="can't be started"):
        start([str(tmp_path / "nothing")], told.append)


def test_the_pager_is_that_of_the_environment_split_as_a_shell_does(programs: Path) -> None:
    program(programs, "my pager")
    assert pager_command({"PAGER": "'my pager' -R --quit"}) == ["my pager", "-R", "--quit"]
    program(programs, "less")
    assert pager_command({}) == ["less"]
    assert pager_command({"PAGER": "  "}) == ["less"]


@pytest.mark.parametrize(
    ("pager", "why"), [("'unclosed", "can't be read as a command"), ("nothing-here -x", "no program 'nothing-here'")]
)
def test_a_pager_that_is_not_there_is_told(pager: str, why: str) -> None:
    with pytest.raises(NotPossibleError, match=why):
        pager_command({"PAGER": pager})


def test_without_any_pager_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotPossibleError, match="set PAGER, or install less"):
        pager_command({})


def test_a_text_reaches_the_pager_and_its_failure_is_told(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    page(["sh", "-c", f"cat > {seen}"], "漢字\n")
    assert seen.read_text() == "漢字\n"
    page(["true"], "x" * 10_000_000)  # it ends before it has read all
    page([sys.executable, "-c", "import os; os.kill(os.getppid(), 2)"], "Ctrl-C is for the pager")
    with pytest.raises(NotPossibleError, match="ended with 4"):
        page(["sh", "-c", "exit 4"], "")
    with pytest.raises(NotPossibleError, match="can't be started"):
        page([str(tmp_path)], "")
