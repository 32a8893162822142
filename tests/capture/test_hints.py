from __future__ import annotations

import threading
from pathlib import Path

import pytest
from watchfiles import _rust_notify

from imglearn.capture.hints import Hints


def test_where_the_system_can_watch_no_more_it_says_so_once_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(*_: object) -> None:
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr(_rust_notify, "RustNotify", no_more)
    told: list[str] = []
    hints = Hints(native=True, tell=told.append)
    hints.watch([str(tmp_path)])
    for _ in range(2):
        hints.apply()
    assert not hints.native
    assert len(told) == 1
    assert "no native file events (OS file watch limit reached)" in told[0]
    assert hints.wait(0, threading.Event()) == []


def test_links_to_folders_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root/link").symlink_to("../elsewhere")
    hints = Hints(native=True, tell=pytest.fail)
    hints.watch([str(tmp_path / "root")])
    hints.apply()
    (tmp_path / "elsewhere/a.png").touch()
    (tmp_path / "root/b.png").touch()
    assert {Path(path).name for path, _ in hints.wait(5, threading.Event())} == {"b.png"}
    hints.close()
