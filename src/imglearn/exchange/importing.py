"""Taking a file in: which format it has, and what becomes of each of its records."""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from imglearn.errors import ImglearnError, InvalidRecordError
from imglearn.exchange import csvfile, jsonlines
from imglearn.exchange.database import reading_database
from imglearn.exchange.source import Item, Source
from imglearn.records import AnyRecord, Attempt, Feedback
from imglearn.store import bulk
from imglearn.store.bulk import Merge, Merged, Preference
from imglearn.store.database import Store

STDIN = Path("-")
_HEAD = 4096

Tell = Callable[[str], object]
Progress = Callable[[int, int | None], object]


class Imported(Struct, frozen=True):
    """What an import did: how many records were added (attempts, remarks, and words that a remark needs no attempt any
    more), were here already with the same content, took the place of ours, and were left out (invalid, or here already
    with other content).
    """

    attempts: int
    remarks: int
    resolutions: int
    already_there: int
    replaced: int
    skipped: int


def import_file(
    store: Store,
    file: Path,
    prefer: Preference = "ours",
    tell: Tell = lambda _: None,
    progress: Progress = lambda *_: None,
    before_change: Callable[[], object] | None = None,
) -> Imported:
    """Take in every record of a file, or of standard input (`-`): JSON lines, CSV, or a SQLite database.

    The format is found out by what the file holds. Records are merged by id, in batches that are each stored whole:
    an import that was broken off is taken up by doing it again. `tell` gets a line for each record that was left out
    or replaced, `progress` how much of how much was read, and `before_change` is called once, before anything is.

    Raises ImglearnError where the file can't be read as any of them.
    """
    counts: Counter[str] = Counter()
    with _opened(file) as source:
        for note in source.notes:
            tell(note)
        for batch in bulk.batches(source.items, lambda item: item.record):
            records = [item.record for item in batch if not isinstance(item.record, InvalidRecordError)]
            if before_change is not None and bulk.would_change(store, records, prefer):
                before_change()
                before_change = None
            _tell_outcomes(batch, bulk.merge(store, records, prefer), counts, tell)
            progress(batch[-1].position, source.total)
    return Imported(**{name: counts[name] for name in Imported.__struct_fields__})


def _tell_outcomes(batch: list[Item], merged: list[Merge], counts: Counter[str], tell: Tell) -> None:
    """Count and tell what became of each item; `merged` has the outcomes of those that are records, in order."""
    merges = iter(merged)
    for item in batch:
        if isinstance(item.record, InvalidRecordError):
            counts["skipped"] += 1
            tell(f"skipped: {item.place}: {item.record}")
            continue
        done = next(merges)
        if done.detached and done.outcome is Merged.ADDED:
            tell(
                f"{item.place}: remark {item.record.id!r} supersedes one that has a successor here: it stands by itself"
            )
        if done.outcome is Merged.ADDED:
            counts[_added(item.record)] += 1
        elif done.outcome is Merged.SAME:
            counts["already_there"] += 1
        else:
            counts["replaced" if done.outcome is Merged.REPLACED else "skipped"] += 1
            tell(_conflict(item, done))


def _added(record: AnyRecord) -> str:
    return "attempts" if isinstance(record, Attempt) else "remarks" if isinstance(record, Feedback) else "resolutions"


def _conflict(item: Item, done: Merge) -> str:
    assert not isinstance(item.record, InvalidRecordError)  # noqa: S101 - only records are merged
    where = f"{item.place}: id {item.record.id!r} is here with other content (differs in {', '.join(done.differing)})"
    if done.outcome is Merged.REPLACED:
        return f"replaced: {where}"
    return f"skipped: {where}; ours is kept (--theirs and --newer choose otherwise)"


@contextmanager
def _opened(file: Path) -> Generator[Source]:
    """Find out the format and open the file for it. Raises ImglearnError."""
    with _bytes_of(file) as stream:
        head = stream.peek(_HEAD)
        if not head:
            raise ImglearnError(f"{file}: the file is empty; there is nothing to import")
        if head.startswith(b"SQLite format 3\0"):
            if file == STDIN:
                raise ImglearnError("a SQLite database can't come from standard input; give the path of its file")
            with reading_database(file) as source:
                yield source
            return
        if problem := _no_text(head):
            raise ImglearnError(f"{file}: {problem}")
        total = None if file == STDIN else file.stat().st_size
        try:
            yield _of_text(stream, head, total)
        except ImglearnError as error:
            raise type(error)(f"{file}: {error}") if type(error) is ImglearnError else error from None


def _of_text(stream: io.BufferedReader, head: bytes, total: int | None) -> Source:
    """Tell the format by the first lines: one that is damaged must not hide what the others are."""
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if csvfile.looks_like_csv(begins):
        return csvfile.read(stream, total)
    if any(line.lstrip().startswith(b"{") for line in begins.split(b"\n")):
        return jsonlines.read(stream, total)
    if begins.startswith(b"["):
        raise ImglearnError("one JSON array; wants JSON lines, an object a line, as: jq -c '.[]' FILE makes them")
    if b"," in begins.split(b"\n", 1)[0]:
        return csvfile.read(stream, total)
    raise ImglearnError("neither JSON lines, nor a CSV with a header, nor a SQLite database")


def _no_text(head: bytes) -> str | None:
    """Return why a file that begins so can't hold records, if it can't."""
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd", b"PK\x03\x04")):
        return "the file is compressed; unpack it first, as with gunzip or unzip"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the text is UTF-16; save it as UTF-8"
    if b"\0" in head:
        return "a binary file; wants JSON lines, CSV or a SQLite database"
    return None


@contextmanager
def _bytes_of(file: Path) -> Generator[io.BufferedReader]:
    if file == STDIN:
        with open(sys.stdin.fileno(), "rb", closefd=False) as stream:
            yield stream
        return
    if not file.exists():
        raise ImglearnError(f"{file} is not there; give the path of a file to import")
    if not file.is_file():
        raise ImglearnError(f"{file} is not a file; give the path of a file to import")
    with file.open("rb") as stream:
        yield stream
