"""What does it cost to keep an attempt? Beside plain sqlite3, which inserts the same row as durably."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from dataset import attempts
from measuring import Row, in_turn, run

from imglearn import create_logger
from imglearn.records import ATTEMPT_FIELDS, Attempt, check
from imglearn.store.database import Store
from imglearn.store.rows import to_row

_INSERT = f"INSERT INTO t ({', '.join(ATTEMPT_FIELDS)}) VALUES ({', '.join('?' * len(ATTEMPT_FIELDS))})"
Record = dict[str, object]


def fresh(count: int, seed: int = 11) -> list[Record]:
    """Return attempts up to now, one a second, with ids of their own."""
    first = datetime.now(UTC) - timedelta(seconds=count)
    return [
        {**record, "id": uuid.uuid4().hex, "timestamp": (first + timedelta(seconds=number)).isoformat()}
        for number, record in enumerate(attempts(count, seed))
    ]


def rows_of(records: list[Record]) -> list[tuple[object, ...]]:
    return [to_row(check(Attempt, record)) for record in records]


def raw(path: Path) -> sqlite3.Connection:
    """Make a table with two indexes, and connect to it as durably as imglearn does."""
    db = sqlite3.connect(path, isolation_level=None, timeout=30)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"CREATE TABLE IF NOT EXISTS t (row_id INTEGER PRIMARY KEY, {', '.join(ATTEMPT_FIELDS)})")
    db.execute("CREATE UNIQUE INDEX IF NOT EXISTS by_id ON t (id)")
    db.execute("CREATE INDEX IF NOT EXISTS by_time ON t (timestamp)")
    return db


def insert(db: sqlite3.Connection, row: tuple[object, ...]) -> None:
    db.execute(_INSERT, row)  # a transaction of its own


def one_by_one(
    folder: Path, where: str, most_ratio: float, large: Path | None = None, times: int = 1_000
) -> Iterator[Row]:
    """Yield what one attempt costs in a running process, on an empty log and, where one is given, on a large one."""
    records = fresh(times)
    rows = rows_of(records)
    with create_logger(folder / "one.db") as log:
        db = raw(folder / "raw.db")
        actions: dict[str, Callable[[int], object]] = {
            "raw": lambda number: insert(db, rows[number]),
            "ours": lambda number: log.log_record(records[number]),
        }
        if large is not None:
            full = create_logger(large)
            actions["full"] = lambda number: full.log_record({**records[number], "id": uuid.uuid4().hex})
        taken = in_turn(actions, times)
        db.close()
    median = {name: statistics.median(times) for name, times in taken.items()}
    yield Row(f"log one attempt, {where}", median["ours"], median["raw"], most_ratio=most_ratio)
    mean = {name: statistics.fmean(times) for name, times in taken.items()}
    yield Row(f"the same, on the average, {where}", mean["ours"], mean["raw"], most_ratio=most_ratio)
    if large is not None:
        yield Row("the same on the largest log", median["full"], median["ours"], most_ratio=1.3)


def many(folder: Path, count: int) -> Iterator[Row]:
    """Yield how many attempts a second are taken in, beside plain sqlite3 a batch a transaction."""
    lines = folder / "attempts.jsonl"
    with create_logger(folder / "source.db") as log:
        log.log_many(attempts(count))
    ours = [sys.executable, "-m", "imglearn", "--db"]
    run([*ours, str(folder / "source.db"), "export", "-o", str(lines)])
    rows = rows_of(list(attempts(count)))
    db = raw(folder / "raw-many.db")
    started = time.perf_counter()
    for first in range(0, count, 4_000):
        db.execute("BEGIN IMMEDIATE")
        db.executemany(_INSERT, rows[first : first + 4_000])
        db.execute("COMMIT")
    floor = count / (time.perf_counter() - started)
    db.close()
    for what, command in (("imglearn log -", ["log", "-"]), ("imglearn import", ["import", "--no-backup", str(lines)])):
        target = folder / f"{command[0]}.db"
        started = time.perf_counter()
        with lines.open("rb") as stdin:
            run([*ours, str(target), *command], stdin=stdin)
        yield Row(f"{what}, {count:,}", count / (time.perf_counter() - started), floor, "/s", least=12_000)


def changes(folder: Path, few: int, many: int) -> Iterator[Row]:
    """Yield what it costs to change and to delete attempts long after they came, on a small log and on a large one.

    All have the same time, as in logs that only know the day: where the last of them was named is hardest to say then.
    """
    times: dict[str, dict[str, float]] = {}
    for name, size in (("few", few), ("many", many)):
        changed = max(1, min(few // 2, 2_000))
        with create_logger(folder / f"{name}-of-one-time.db") as log:
            log.log_many({**record, "timestamp": "2026-01-01"} for record in attempts(size))
            ids = [attempt["id"] for attempt in islice(attempts(size), size - changed, None)]
            times[name] = {
                what: _each(log.store, sql, ids)
                for what, sql in (("change", _CHANGE), ("delete", "DELETE FROM generation_attempts WHERE id = ?"))
            }
    for what in ("change", "delete"):
        yield Row(f"{what} an old attempt of {many:,}", times["many"][what], times["few"][what])


_CHANGE = """UPDATE generation_attempts SET physics_issues = '["Dust floats in mid-air"]' WHERE id = ?"""


def _each(store: Store, sql: str, ids: list[object]) -> float:
    """Return what it takes in milliseconds to run SQL for an id, of many in one transaction."""
    started = time.perf_counter()
    with store.write():
        for id in ids:
            store.execute(sql, (id,))
    return (time.perf_counter() - started) / len(ids) * 1e3


def together(folder: Path, writers: int, times: int) -> Iterator[Row]:
    """Yield how many attempts a second several processes log at once, the longest wait, and how many are lost."""
    raw(folder / "raw-together.db").close()
    create_logger(folder / "together.db").close()
    floor, _ = _all_at_once(_raw_writer, folder, writers, times)
    ours, waits = _all_at_once(_writer, folder, writers, times)
    with create_logger(folder / "together.db") as log:
        (kept,) = log.store.execute("SELECT count(*) FROM generation_attempts").fetchone()
    four = writers == 4
    yield Row(f"{writers} processes log at once", ours, floor, "/s", least_ratio=0.7 if four else None)
    worst = max(sorted(one)[int(len(one) * 0.99)] for one in waits)
    yield Row("  worst p99 of one of them", worst, most=20 if four else None)
    yield Row("  lost", writers * times - kept, unit="", most=0)
    for left in folder.glob("*together.db*"):
        left.unlink()


def _all_at_once(
    writer: Callable[..., None], folder: Path, writers: int, times: int
) -> tuple[float, list[list[float]]]:
    context = multiprocessing.get_context("spawn")
    ready, answers = context.Barrier(writers + 1), context.Queue()
    processes = [context.Process(target=writer, args=(folder, seed, times, ready, answers)) for seed in range(writers)]
    for process in processes:
        process.start()
    ready.wait()
    started = time.perf_counter()
    waits = [answers.get() for _ in processes]
    took = time.perf_counter() - started
    for process in processes:
        process.join()
    return writers * times / took, waits


def _writer(folder: Path, seed: int, times: int, ready: object, answers: object) -> None:
    records = fresh(times, seed)
    with create_logger(folder / "together.db") as log:
        _take_part(lambda number: log.log_record(records[number]), times, ready, answers)


def _raw_writer(folder: Path, seed: int, times: int, ready: object, answers: object) -> None:
    rows = rows_of(fresh(times, seed))
    db = raw(folder / "raw-together.db")
    _take_part(lambda number: insert(db, rows[number]), times, ready, answers)
    db.close()


def _take_part(action: Callable[[int], object], times: int, ready: object, answers: object) -> None:
    ready.wait()  # type: ignore[attr-defined]
    answers.put(in_turn({"": action}, times)[""])  # type: ignore[attr-defined]


def room_in_memory(folder: Path) -> Path | None:
    """Return a new folder whose files are in memory, where only software counts; None where there is none."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        return None
    place = memory / folder.name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return place
