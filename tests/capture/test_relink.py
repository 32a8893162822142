from __future__ import annotations

import json
from pathlib import Path

import pytest
from pictures import png
from support import Cli

from imglearn import create_logger
from imglearn.capture import relink as relinking


@pytest.fixture
def moved(cli: Cli, tmp_path: Path) -> Path:
    """Log three images, then move the folder that they are in; a file of the same size lies there as well."""
    folder = tmp_path / "outputs"
    folder.mkdir()
    for seed in (1, 2, 3):
        (folder / f"{seed}.png").write_bytes(png(seed))
    assert cli("watch", str(folder), "--existing", "--once", "--settle", "0").returncode == 0
    archive = tmp_path / "archive"
    archive.mkdir()
    folder.rename(archive / "2025")
    (archive / "2025/3.png").write_bytes(png(4))
    return archive


def paths(db: Path) -> list[str]:
    with create_logger(db) as logger:
        return sorted(str(attempt["image_path"]) for attempt in logger.get_recent_attempts())


def test_moved_images_are_found_by_their_content(cli: Cli, moved: Path, db: Path) -> None:
    before = paths(db)
    done = cli("relink", str(moved), "--dry-run")
    assert (done.returncode, done.stdout.count("\n")) == (0, 2)
    assert "2 found again, 1 still missing (dry run)" in done.stderr
    assert paths(db) == before

    done = cli("relink", str(moved), "--json")
    assert {json.loads(line)["new"] for line in done.stdout.splitlines()} == {
        str(moved / "2025/1.png"),
        str(moved / "2025/2.png"),
    }
    assert paths(db) == [str(moved / "2025/1.png"), str(moved / "2025/2.png"), before[2]]
    assert cli("doctor").returncode == 0

    done = cli("relink", str(moved))
    assert (done.stdout, "0 found again, 1 still missing" in done.stderr) == ("", True)


def test_only_files_of_a_missing_size_are_read(moved: Path, db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (moved / "large.png").write_bytes(png(1, extra=100))
    read: list[str] = []
    whole = relinking.read_file
    monkeypatch.setattr(relinking, "read_file", lambda path: (read.append(path), whole(path))[1])
    with create_logger(db) as logger:
        found = relinking.relink(logger.store, [str(moved)], pytest.fail)
    assert len(found.moves) == 2
    assert sorted(Path(path).name for path in read) == ["1.png", "2.png", "3.png"]


def test_without_a_log_or_a_folder_it_says_so(cli: Cli) -> None:
    assert cli("relink").returncode == 1
    assert cli("relink", "nowhere").returncode == 2
