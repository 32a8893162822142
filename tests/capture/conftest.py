from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imglearn import create_logger

WAIT_S = 20.0


def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(0.02)


class Watching:
    """A running `imglearn watch`."""

    def __init__(self, db: Path, *arguments: str, wait: bool = True) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "imglearn", "watch", "--settle", "0.15", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "IMGLEARN_DB": str(db), "PYTHONUNBUFFERED": "1"},
        )
        self.said: list[str] = []
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._readers = [threading.Thread(target=self._read_out), threading.Thread(target=self._read_errors)]
        for reader in self._readers:
            reader.start()
        if wait:
            until(lambda: any("watching" in line for line in self.said))

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)

    def next_line(self) -> str:
        return self.lines.get(timeout=WAIT_S)

    def has_said(self, words: str) -> bool:
        return any(words in line for line in self.said)

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(WAIT_S)
        for reader in self._readers:
            reader.join(WAIT_S)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        assert "Traceback" not in "".join(self.said), self.said
        return code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "outputs"
    folder.mkdir()
    return folder


@pytest.fixture
def watching(db: Path, folder: Path) -> Iterator[Callable[..., Watching]]:
    """Start `imglearn watch` on the test's folder."""
    started: list[Watching] = []

    def start(*arguments: str, wait: bool = True) -> Watching:
        started.append(Watching(db, str(folder), *arguments, wait=wait))
        return started[-1]

    yield start
    for watch in started:
        watch.process.kill()
        watch.end(signal.SIGKILL)


@pytest.fixture
def logged(db: Path) -> Callable[[], list[dict[str, object]]]:
    """Return what is in the log, oldest first by the names of the images."""

    def ask() -> list[dict[str, object]]:
        with create_logger(db) as logger:
            return sorted(logger.get_recent_attempts(1000), key=lambda attempt: str(attempt["image_path"]))

    return ask
