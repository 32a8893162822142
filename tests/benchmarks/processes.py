"""Is a start noticed? Commands as whole processes, and the app beside a log that grows."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from measuring import Row, median_ms, run

from imglearn import create_logger

PEEWEE = """
import peewee, sqlite3, sys
db = sqlite3.connect(sys.argv[1]); db.execute("CREATE TABLE IF NOT EXISTS t (a)")
db.execute("INSERT INTO t VALUES (1)"); db.commit(); db.close()
"""
_LOG = ["log", "--material", "Oak", "--category", "wood", "--score", "80"]
_RATE = 5  # attempts a second


def commands(folder: Path, db: Path, times: int) -> Iterator[Row]:
    """Yield what commands cost, beside a process that imports peewee and inserts one row."""
    python, ours = sys.executable, [sys.executable, "-m", "imglearn", "--db", str(db)]
    floor = median_ms(lambda: run([python, "-c", PEEWEE, str(folder / "floor.db")]), times)
    log = median_ms(lambda: run([*ours, *_LOG]), times)
    yield Row("imglearn log, a process", log, floor, most_ratio=1.5)
    helped = median_ms(lambda: run([*ours, "--help"]), times)
    yield Row("imglearn --help, a process", helped, floor, most_ratio=1.5)
    peewee = median_ms(lambda: run([python, "-c", "import peewee"]), times)
    imported = median_ms(lambda: run([python, "-c", "import imglearn"]), times)
    yield Row("import imglearn", imported, peewee, most_ratio=1.3)
    report = median_ms(lambda: run([*ours, "report"]), times)
    yield Row("imglearn report, beside imglearn log", report, log, most_ratio=2)


def app(folder: Path, db: Path, seconds: int) -> Iterator[Row]:
    """Yield how long an attempt takes to the screen, and what the app costs, in a real terminal (tmux)."""
    if shutil.which("tmux") is None or not Path("/proc").is_dir():
        return
    tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
    program = f"exec {sys.executable} -m imglearn.tui --db {db}"
    run([*tmux, "new-session", "-d", "-x", "140", "-y", "40", program])
    try:
        (pid,) = subprocess.check_output([*tmux, "list-panes", "-F", "#{pane_pid}"], text=True).split()
        _until(tmux, "Attempts · following")
        time.sleep(2)
        idle = _cpu(pid, seconds, lambda: time.sleep(seconds))
        waits: list[float] = []
        busy = _cpu(pid, seconds, lambda: waits.extend(_stream(tmux, db, seconds)))
        memory = _status(pid, "VmHWM") / 1024
    finally:
        run([*tmux, "kill-server"])
    yield Row("commit to row on screen", statistics.median(waits) * 1e3, most=150)
    yield Row(f"the app at {_RATE} attempts a second", busy, unit="% CPU", most=5)
    yield Row("the app idle", idle, unit="% CPU", most=0.5)
    yield Row("memory of the app", memory, unit="MB", most=120)


def _stream(tmux: list[str], db: Path, seconds: int) -> Iterator[float]:
    """Log attempts at a rate; yield for some of them how many seconds they took to the screen."""
    with create_logger(db) as log:
        for number in range(_RATE * seconds):
            due = time.monotonic() + 1 / _RATE
            material = uuid.uuid4().hex[:8]
            log.log_attempt(material, "wood", {"feedback_text": "dust settles"}, {"realism_score": 80})
            if number % 4 == 0:
                started = time.monotonic()
                _until(tmux, material)
                yield time.monotonic() - started
            time.sleep(max(0, due - time.monotonic()))


def _until(tmux: list[str], text: str) -> None:
    for _ in range(2_000):
        if text in subprocess.check_output([*tmux, "capture-pane", "-p"], text=True):
            return
        time.sleep(0.005)
    raise TimeoutError(f"{text!r} never came to the screen")


def _cpu(pid: str, seconds: float, action: object) -> float:
    before = _ticks(pid)
    action()  # type: ignore[operator]
    return (_ticks(pid) - before) / seconds  # a tick is 10 ms


def _ticks(pid: str) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def _status(pid: str, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])
