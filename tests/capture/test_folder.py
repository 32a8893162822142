from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from imglearn.capture.folder import changed_since, is_image_name, walk


def found(root: Path, since: int = 0) -> set[str]:
    entries = changed_since(walk(str(root), lambda _: None, lambda _: None), since)
    return {os.path.relpath(entry.path, root) for entry in entries}


@pytest.mark.parametrize("name", ["a.png", "A.PNG", "b.jpeg", "c.webp", "d.avif", "x.png.png"])
def test_an_image_is_known_by_its_name(name: str) -> None:
    assert is_image_name(name)


@pytest.mark.parametrize(
    "name",
    [".a.png", "a.png.tmp", "a.tmp.png", "a.part.png", "a.png.part", "a.txt", "png", "ComfyUI_temp_x_00001_.png"],
)
def test_what_is_being_written_or_hidden_is_passed_over(name: str) -> None:
    assert not is_image_name(name)


def test_links_pipes_and_hidden_folders_are_passed_over(tmp_path: Path) -> None:
    for folder in ("root/sub/deep", "root/.git", "elsewhere"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("root/a.png", "root/sub/deep/b.png", "root/.git/c.png", "elsewhere/d.png", "root/e.png.json"):
        (tmp_path / name).touch()
    root = tmp_path / "root"
    os.mkfifo(root / "pipe.png")
    (root / "loop").symlink_to(".")
    (root / "out").symlink_to("../elsewhere")
    (root / "link.png").symlink_to("a.png")
    (root / "dangling.png").symlink_to("nowhere")
    assert found(root) == {"a.png", "sub/deep/b.png", "e.png.json"}


def test_what_was_moved_here_is_new_and_what_got_other_permissions_is_not(tmp_path: Path) -> None:
    old = time.time() - 10_000
    quiet, busy = tmp_path / "root/quiet", tmp_path / "root/busy"
    for folder in (quiet, busy):
        folder.mkdir(parents=True)
    for image in (quiet / "a.png", tmp_path / "b.png", busy / "c.png"):
        image.touch()
        os.utime(image, (old, old))
    os.utime(quiet, (old, old))
    moment = time.time_ns() - 10**9
    (quiet / "a.png").chmod(0o600)
    assert "quiet/a.png" not in found(tmp_path / "root", moment)
    (tmp_path / "b.png").rename(quiet / "b.png")
    assert "quiet/b.png" in found(tmp_path / "root", moment)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_folder_that_cant_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "no").mkdir(mode=0)
    told: list[str] = []
    assert list(walk(str(tmp_path), lambda _: None, told.append)) == []
    assert "can't be read" in told[0]
