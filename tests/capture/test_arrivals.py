from __future__ import annotations

from pathlib import Path

import pytest

from imglearn.capture import arrivals as arriving
from imglearn.capture.arrivals import Arrivals
from imglearn.capture.position import Position
from imglearn.capture.root import Root


def test_neither_what_waits_nor_what_is_done_grows_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "_MOST", 10)
    monkeypatch.setattr(arriving, "_MOST_DONE", 5)
    arrivals = Arrivals(settle=0, patience=1)
    for number in range(20):
        (tmp_path / f"{number:02}").touch()
        arrivals.add(str(tmp_path / f"{number:02}"))
    assert (len(arrivals), arrivals.left_out) == (10, True)
    due = arrivals.due()
    assert len(due) == 10
    for one in due:
        arrivals.done(one)
    assert (len(arrivals), arrivals.oldest_ns()) == (0, None)
    seen = [number for number in range(10) if arrivals.is_done(due[number].path, Path(due[number].path).stat())]
    assert seen == [5, 6, 7, 8, 9]


def test_a_file_that_changes_waits_on_and_one_that_goes_is_forgotten(tmp_path: Path) -> None:
    arrivals = Arrivals(settle=10, patience=60)
    for name in ("a", "b"):
        (tmp_path / name).touch()
        arrivals.add(str(tmp_path / name))
    (tmp_path / "b").unlink()
    assert arrivals.due() == []
    assert len(arrivals) == 1


def test_the_position_is_kept_and_is_somewhat_before_but_never_before_the_first_watch(tmp_path: Path) -> None:
    first = Position(tmp_path, tmp_path / "log.db", "/out")
    assert first.is_first
    begun = first.new_since
    later = begun + 3600 * 10**9
    first.reached(begun + 1, now=True)
    assert Position(tmp_path, tmp_path / "log.db", "/out").new_since == begun
    assert Position(tmp_path, tmp_path / "other.db", "/out").is_first
    first.reached(later, now=True)
    again = Position(tmp_path, tmp_path / "log.db", "/out")
    assert (again.is_first, again.clock_was_set_back, again.new_since) == (False, True, begun)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"begun_ns": "x", "seen_ns": 1}', "\udcff"])
def test_a_broken_note_of_the_position_is_none(tmp_path: Path, content: str) -> None:
    Position(tmp_path, tmp_path / "log.db", "/out").reached(1, now=True)
    (file,) = (tmp_path / "watch").iterdir()
    file.write_text(content, errors="surrogateescape")
    assert Position(tmp_path, tmp_path / "log.db", "/out").is_first


def test_what_comes_into_a_folder_while_it_is_away_is_new_when_it_is_back(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    root = Root(str(tmp_path / "out"), Position(tmp_path / "state", tmp_path / "log.db", str(tmp_path / "out")))
    assert (root.is_there, root.has_changed()) == (True, False)
    root.position.reached(1_000)
    (tmp_path / "out").rename(tmp_path / "away")
    assert (root.has_changed(), root.is_there) == (True, False)
    (tmp_path / "out").mkdir()  # as a mount point without its disk
    assert (root.has_changed(), root.is_there) == (True, True)
    root.position.reached(2_000)
    (tmp_path / "out").rmdir()
    (tmp_path / "away").rename(tmp_path / "out")
    assert (root.has_changed(), root.position.seen) == (True, 1_000)
    assert not root.has_changed()
