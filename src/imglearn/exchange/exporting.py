"""Writing the log to a file: in which format, whole or in part."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar, get_args

import msgspec

from imglearn.errors import ImglearnError, InvalidRecordError
from imglearn.exchange import csvfile, jsonlines
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.records import ATTEMPT_FIELDS, AnyRecord, Attempt, Feedback, Resolution
from imglearn.store import bulk, listing
from imglearn.store.database import Store
from imglearn.store.files import SIDE_SUFFIXES, replacing, side_files
from imglearn.store.listing import Listing
from imglearn.text import safe_json

Format = Literal["jsonl", "csv", "sqlite"]
STDOUT = Path("-")
_ENDINGS: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".db": "sqlite",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
}
_TOLD_EVERY = 100  # records
_REQUIRED = ("id", "timestamp", "material", "category", "status", "text", "source")
_REDACTABLE = tuple(
    dict.fromkeys(name for name in (*ATTEMPT_FIELDS, *Feedback.__struct_fields__) if name not in _REQUIRED)
)

Progress = Callable[[int, int], object]


class _SafeOnTerminal:
    """Passes JSON lines on with their control characters escaped: the same values, and safe on a terminal."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, line: bytes) -> int:
        return self._out.write(safe_json(line.decode()).encode())


Record = TypeVar("Record", Attempt, Feedback, Resolution)


def format_of(target: Path, named: str | None) -> Format:
    """Return the format that was named, or that the file's ending stands for. Raises ImglearnError."""
    if named in get_args(Format):
        return named  # type: ignore[return-value]
    if target == STDOUT:
        return "jsonl"
    found = _ENDINGS.get(target.suffix.lower())
    if found is None:
        raise InvalidRecordError(
            "file", str(target), f"an ending that tells the format ({', '.join(_ENDINGS)}), or --format"
        )
    return found


def export(
    store: Store,
    target: Path,
    kind: Format,
    asked: AttemptFilter = ANY_ATTEMPT,
    redact: Iterable[str] = (),
    progress: Progress = lambda *_: None,
) -> tuple[int, int]:
    """Write attempts, remarks and which of these need no attempt any more, as of one moment.

    Return how many attempts and remarks were written. A file appears at once and whole, or not at all. CSV holds
    attempts only. The fields in `redact` are left out, also where `params` or `extra` have entries of that name, and of
    `params` what is named as params.NAME.

    Raises InvalidRecordError for a field that can't be, ImglearnError where the target won't do, StoreError, OSError.
    """
    if kind == "csv" and target == STDOUT and sys.stdout.isatty():
        raise ImglearnError("a CSV may hold signs that harm a terminal; write it to a file with -o, or into a pipe")
    hidden = frozenset(redact)
    for name in hidden:
        if name not in _REDACTABLE and not name.startswith("params."):
            raise InvalidRecordError(
                "redact", name, f"params.NAME, or a field that may be missing: {', '.join(_REDACTABLE)}"
            )
    with bulk.one_moment(store):
        attempts, remarks = bulk.count(store, asked)
        if kind == "csv":
            remarks = 0
        done = _counted(progress, attempts + remarks)
        found = (_redacted(attempt, hidden) for attempt in done(listing.every(store, Listing(asked, descending=False))))
        said = (_redacted(remark, hidden) for remark in done(bulk.every_remark(store, asked)))
        words = () if "feedback_id" in hidden else bulk.every_resolution(store, asked)
        resolved = (_redacted(word, hidden) for word in words)
        if kind == "sqlite":
            _write_database(target, chain(found, said, resolved))
        else:
            with _written(target) as out:
                if kind == "jsonl":
                    jsonlines.write(out, chain(found, said, resolved))
                else:
                    _write_csv(out, found, hidden)
    return attempts, remarks


def export_listing(store: Store, target: Path, listed: Listing) -> int:
    """Write the attempts of a list as CSV, in its order; return how many. Raises StoreError and OSError."""
    with bulk.one_moment(store):
        attempts = listing.count(store, listed)
        with _written(target) as out:
            _write_csv(out, listing.every(store, listed))
    return attempts


def _write_csv(out: BinaryIO, attempts: Iterable[Attempt], without: frozenset[str] = frozenset()) -> None:
    text = io.TextIOWrapper(out, "utf-8", errors="surrogateescape", newline="", write_through=False)
    csvfile.write(text, attempts, without=without)
    text.flush()
    text.detach()


def _redacted(record: Record, hidden: frozenset[str]) -> Record:
    """Return the record without the hidden fields, and without entries of these names in its open objects."""
    if not hidden:
        return record
    changes: dict[str, object] = {
        name: _without(getattr(record, name), hidden, f"{name}.")
        for name in ("params", "extra")
        if getattr(record, name, None) is not None
    }
    changes |= dict.fromkeys(hidden.intersection(record.__struct_fields__))
    return msgspec.structs.replace(record, **changes)


def _without(value: object, hidden: frozenset[str], place: str = "") -> object:
    if isinstance(value, dict):
        kept = {name: inner for name, inner in value.items() if name not in hidden and place + name not in hidden}
        return {name: _without(inner, hidden) for name, inner in kept.items()}
    return [_without(inner, hidden) for inner in value] if isinstance(value, list) else value


def _counted(progress: Progress, total: int) -> Callable[[Iterable[Record]], Iterator[Record]]:
    seen = 0

    def counted(records: Iterable[Record]) -> Iterator[Record]:
        nonlocal seen
        for record in records:
            yield record
            seen += 1
            if seen % _TOLD_EVERY == 0 or seen == total:
                progress(seen, total)

    return counted


def _write_database(target: Path, records: Iterator[AnyRecord]) -> None:
    if target == STDOUT:
        raise ImglearnError("a SQLite database can't go to standard output; give the path of a file")
    with _checked_replacing(target) as path:
        store = Store.open(path)
        try:
            for batch in bulk.batches(records, lambda record: record):
                bulk.merge(store, batch)
        finally:
            store.close()


@contextmanager
def _written(target: Path) -> Generator[BinaryIO]:
    if target == STDOUT:
        sys.stdout.flush()
        yield _SafeOnTerminal(sys.stdout.buffer) if sys.stdout.isatty() else sys.stdout.buffer  # type: ignore[misc]
        sys.stdout.buffer.flush()
        return
    if target.exists() and not target.is_file():  # a pipe or a device: it is written to, not replaced
        with target.open("wb") as out:
            yield out
        return
    with _checked_replacing(target) as path, path.open("wb") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def _checked_replacing(target: Path) -> Generator[Path]:
    """Give a file that takes the target's name when it is done. Raises ImglearnError where that would harm others."""
    if not target.parent.is_dir():
        raise ImglearnError(f"there is no folder {target.parent}")
    if target.exists() and not target.is_file():
        raise ImglearnError(f"{target} is not a file; give the path of one")
    if target.name.endswith(SIDE_SUFFIXES):
        raise ImglearnError(f"{target} is the name of a database's own side file; choose another name")
    target = target.resolve()  # what a link leads to is replaced, not the link
    for left in side_files(target):
        if left.exists():  # SQLite would take it for the new file's own
            raise ImglearnError(f"{left} lies there, so {target} is a database in use; choose another name")
    with replacing(target) as path:
        yield path
