"""How fast is it? Prints a table: each figure beside a floor that was measured in the same run, and what is wanted.

    python tests/benchmarks/run.py 1000 1000000

Times depend on the machine and its mood; ratios less so. What is wanted is of a million attempts: at small sizes what
every database and every process costs anyway weighs more. Questions have as their floor the same question at the
first size; what writes has plain sqlite3, and a command a process that imports peewee and inserts one row.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import processes
import questions
import writing
from dataset import attempts
from measuring import Row

from imglearn import ImageGenerationLogger, create_logger
from imglearn.records import Attempt, check
from imglearn.store import bulk


def main(small: int, large: int) -> None:
    """Measure at both sizes and print, a row as soon as it is known."""
    print(f"{'what':<46} {'ours':>9} {'floor':>9} {'unit':<6} {'ratio':>6}  {'met':<4} wanted")
    with tempfile.TemporaryDirectory(prefix="imglearn-benchmark-") as name:
        folder = Path(name)
        for row in measured(folder, small, large):
            floor = "" if row.floor is None else f"{row.floor:,.2f}"
            ratio = "" if row.ratio() is None else f"{row.ratio():.2f}"
            met = "" if not row.wanted() else "yes" if row.is_met() else "no"
            line = f"{row.what:<46} {row.ours:>9,.2f} {floor:>9} {row.unit:<6} {ratio:>6}  {met:<4} {row.wanted()}"
            print(line.rstrip(), flush=True)


def measured(folder: Path, small: int, large: int) -> Iterator[Row]:
    """Yield the rows."""
    few, many = folder / "small.db", folder / "large.db"
    for path, size in ((few, small), (many, large)):
        with create_logger(path) as log:
            fill(log, size)
    with create_logger(few) as one, create_logger(many) as other:
        yield from questions.rows(one, other)
    yield Row("disk an attempt", many.stat().st_size / 1024 / large, unit="KB", most=1)
    times = min(large, 1_000)
    yield from writing.one_by_one(folder, "on disk", 1.5, many, times)
    memory = writing.room_in_memory(folder)
    if memory is not None:
        yield from writing.one_by_one(memory, "in memory", 4, times=times)
        shutil.rmtree(memory)
    yield from writing.many(folder, min(large, 100_000))
    yield from writing.changes(folder, min(large, 4_000), min(large, 40_000))
    yield from writing.together(folder, 4, times)
    yield from writing.together(folder, 24, times // 10)
    yield from processes.commands(folder, many, max(1, times // 66))
    yield from processes.app(folder, many, max(1, times // 160))


def fill(log: ImageGenerationLogger, size: int) -> None:
    """Take in so many attempts, and empty the log file, so that the database's size is known."""
    started = time.perf_counter()
    records = (check(Attempt, attempt) for attempt in attempts(size))
    while batch := list(islice(records, 4_000)):
        bulk.merge(log.store, batch)
    log.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(f"{size:,} attempts in {time.perf_counter() - started:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]] or [1_000, 100_000]
    main(sizes[0], sizes[-1])
