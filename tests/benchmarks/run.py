"""How fast is it? Prints a table of ratios: each figure beside a floor that was measured in the same run.

    python tests/benchmarks/run.py 1000 100000

Times depend on the machine and its mood; ratios less so. Questions have as their floor the same question at the
first size; what writes has plain sqlite3, and a command a process that imports peewee and inserts one row.
"""

from __future__ import annotations

import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from dataset import attempts

from imglearn import ImageGenerationLogger, create_logger
from imglearn.records import ATTEMPT_FIELDS, Attempt, check
from imglearn.store import bulk
from imglearn.store.rows import to_row

Row = tuple[str, float, float]

QUESTIONS: dict[str, Callable[[ImageGenerationLogger], object]] = {
    "stats of one category": lambda log: log.get_category_stats("category_00"),
    "stats of all categories": lambda log: log.get_category_stats(),
    "violations": lambda log: log.get_common_physics_violations(),
    "feedback effectiveness": lambda log: log.get_feedback_effectiveness(),
    "feedback patterns": lambda log: log.get_feedback_patterns(),
    "truncation": lambda log: log.get_prompt_truncation_impact(),
    "best examples": lambda log: log.get_best_feedback_examples(),
    "models": lambda log: log.compare_models(),
    "failures": lambda log: log.get_failure_breakdown(),
    "trend by day": lambda log: log.get_trend(),
    "newest 50 attempts": lambda log: log.get_recent_attempts(50),
    "search, a rare word": lambda log: log.search_feedback("patina", 50),
    "search, a medium word": lambda log: log.search_feedback("crevice", 50),
    "search, a common word": lambda log: log.search_feedback("settling", 50),
    "stats of the last 7 days": lambda log: log.get_category_stats(since="2025-12-25"),
    "stats of one model": lambda log: log.get_category_stats(model="flux-2"),
    "stats of passed attempts": lambda log: log.get_category_stats(passed=True),
}
PEEWEE = """
import peewee, sqlite3, sys
db = sqlite3.connect(sys.argv[1]); db.execute("CREATE TABLE IF NOT EXISTS t (a)")
db.execute("INSERT INTO t VALUES (1)"); db.commit(); db.close()
"""


def main(sizes: list[int]) -> None:
    """Measure at each size and print."""
    with tempfile.TemporaryDirectory(prefix="imglearn-benchmark-") as name:
        folder = Path(name)
        rows = list(of_questions(folder, sizes))
        rows += of_writing(folder, sizes[-1])
        rows += of_commands(folder, sizes[-1])
    print(f"{'what':<44} {'ms':>9} {'floor':>9} {'ratio':>7}")
    for what, ours, floor in rows:
        print(f"{what:<44} {ours:9.3f} {floor:9.3f} {ours / floor:7.2f}")


def of_questions(folder: Path, sizes: list[int]) -> Iterator[Row]:
    """Yield each question's time at each size, beside its time at the first."""
    floors: dict[str, float] = {}
    for size in sizes:
        with create_logger(folder / f"{size}.db") as logger:
            started = time.perf_counter()
            records = (check(Attempt, attempt) for attempt in attempts(size))
            while batch := list(islice(records, 2_000)):
                bulk.merge(logger.store, batch)
            took = time.perf_counter() - started
            print(
                f"{size:,} attempts in {took:.1f} s, {size_of(logger) / size:,.0f} bytes each",
                file=sys.stderr,
            )
            for what, ask in QUESTIONS.items():
                ours = median_ms(lambda ask=ask, logger=logger: ask(logger), 7)  # type: ignore[misc]
                yield f"{what}, {size:,}", ours, floors.setdefault(what, ours)


def size_of(logger: ImageGenerationLogger) -> int:
    (size,) = logger.store.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
    return int(size)


def of_writing(folder: Path, size: int) -> Iterator[Row]:
    """Yield the time of one durable attempt in a running process, beside plain SQL into a table with two indexes."""
    fresh = list(attempts(300, seed=11))
    floor = one_each(raw_inserts(folder / "raw.db", fresh))
    for name in ("empty.db", f"{size}.db"):
        with create_logger(folder / name) as logger:
            yield f"log_record, {name.removesuffix('.db')}", one_each(logs(logger, fresh)), floor


def of_commands(folder: Path, size: int) -> Iterator[Row]:
    """Yield the time of commands as processes, beside one that imports peewee and inserts a row."""
    floor = median_ms(lambda: run([sys.executable, "-c", PEEWEE, str(folder / "floor.db")]), 7)
    ours = [sys.executable, "-m", "imglearn", "--db", str(folder / f"{size}.db")]
    for arguments in (["--help"], ["log", "--material", "Oak", "--category", "wood", "--score", "80"], ["report"]):
        yield (
            f"imglearn {arguments[0]}, a process",
            median_ms(lambda arguments=arguments: run([*ours, *arguments]), 7),
            floor,
        )  # type: ignore[misc]


def raw_inserts(path: Path, records: list[dict[str, object]]) -> Iterator[None]:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"CREATE TABLE t (row_id INTEGER PRIMARY KEY, {', '.join(ATTEMPT_FIELDS)})")
    db.execute("CREATE UNIQUE INDEX by_id ON t (id)")
    db.execute("CREATE INDEX by_time ON t (timestamp)")
    sql = f"INSERT INTO t ({', '.join(ATTEMPT_FIELDS)}) VALUES ({', '.join('?' * len(ATTEMPT_FIELDS))})"
    for row in [to_row(check(Attempt, record)) for record in records]:
        db.execute("BEGIN IMMEDIATE")
        db.execute(sql, row)
        db.execute("COMMIT")
        yield
    db.close()


def logs(logger: ImageGenerationLogger, records: list[dict[str, object]]) -> Iterator[None]:
    for record in records:
        logger.log_record(record)
        yield


def one_each(steps: Iterable[None]) -> float:
    """Return the median time of a step in milliseconds."""
    times = []
    started = time.perf_counter()
    for _ in steps:
        now = time.perf_counter()
        times.append(now - started)
        started = now
    return statistics.median(times) * 1e3


def median_ms(action: Callable[[], object], times: int) -> float:
    action()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1e3


def run(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000, 100_000])
