"""JSON lines: one object a line, read in batches as they arrive, and written."""

from __future__ import annotations

import select
import sys
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol

import msgspec

from imglearn.errors import InvalidRecordError
from imglearn.exchange.source import Item, Source, kind_of, to_record
from imglearn.records import AnyRecord

MAX_LINE_BYTES = 16 * 2**20
_CHUNK_BYTES = 2**18
_BATCH_BYTES = 2**22


class Stream(Protocol):
    """Bytes as they arrive: an unbuffered file."""

    def read(self, size: int, /) -> bytes | None:
        """Return at most `size` bytes, as soon as there are any; empty at the end."""

    def fileno(self) -> int:
        """Return the file's descriptor."""


Line = tuple[int, dict[str, object] | InvalidRecordError]


def write(out: BinaryIO, records: Iterable[AnyRecord]) -> None:
    """Write a line a record: its known fields, flat, and its kind where it is no attempt."""
    encode = msgspec.json.Encoder().encode
    for record in records:
        fields = {name: value for name, value in msgspec.structs.asdict(record).items() if value is not None}
        kind = kind_of(record)
        out.write(encode({"kind": kind, **fields} if kind else fields) + b"\n")


def read(stream: Stream, total: int | None) -> Source:
    """Read records as `write` writes them, or as `imglearn log -` takes them, with an id and a time."""

    def items() -> Iterator[Item]:
        position = 0
        for batch in batches(stream):
            if total is not None:
                position = stream.tell()  # type: ignore[attr-defined]
            for number, line in batch:
                yield Item(f"line {number}", _record(line), position)

    return Source(items(), total)


def _record(line: dict[str, object] | InvalidRecordError) -> AnyRecord | InvalidRecordError:
    try:
        if isinstance(line, InvalidRecordError):
            return line
        return to_record(line)
    except InvalidRecordError as error:
        if error.field in ("id", "timestamp") and error.got == "None":
            wants = f"a value; log lines without {error.field} with: imglearn log -"
            return InvalidRecordError(error.field, None, wants)
        return error


def batches_from_stdin() -> Iterator[list[Line]]:
    """Yield what standard input holds, a batch at a time; see `batches`."""
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stream:
        yield from batches(stream)


def batches(stream: Stream) -> Iterator[list[Line]]:
    """Yield the lines of an unbuffered stream in batches: each with its number, and its object or its error.

    A batch holds what is there without waiting, at most about 4 MB: a slow writer's line is passed on at once,
    and a fast one's share a transaction. Blank lines are passed over.
    """
    number = 0
    for lines in _line_batches(stream):
        batch: list[Line] = []
        for line in lines:
            number += 1
            if line.strip():
                batch.append((number, _parsed(line)))
        if batch:
            yield batch


def _line_batches(stream: Stream) -> Iterator[list[bytes]]:
    rest = b""
    skipping = False  # the rest of a line that was too long to keep
    first = True
    while chunk := _available(stream):
        if first:
            chunk, first = chunk.removeprefix(b"\xef\xbb\xbf"), False
        *lines, rest = (rest + chunk).split(b"\n")
        if skipping and lines:
            lines, skipping = lines[1:], False
        if len(rest) > MAX_LINE_BYTES:
            if not skipping:
                lines.append(rest)
            skipping, rest = True, b""
        elif skipping:
            rest = b""
        if lines:
            yield lines
    if rest:
        yield [rest]


def _available(stream: Stream) -> bytes:
    """Return what can be read now, waiting only for the first byte; empty at the end."""
    chunk = stream.read(_CHUNK_BYTES)
    while chunk is None:  # nothing is there yet, and the stream doesn't wait by itself
        select.select([stream], [], [])
        chunk = stream.read(_CHUNK_BYTES)
    while chunk and len(chunk) < _BATCH_BYTES and _ready(stream):
        more = stream.read(_CHUNK_BYTES)
        if not more:
            break
        chunk += more
    return chunk


def _ready(stream: Stream) -> bool:
    try:
        return bool(select.select([stream], [], [], 0)[0])
    except (OSError, ValueError):  # not something that can be waited for
        return False


def _parsed(line: bytes) -> dict[str, object] | InvalidRecordError:
    if len(line) > MAX_LINE_BYTES:
        return InvalidRecordError("JSON", f"{len(line):,} bytes", f"a line of at most {MAX_LINE_BYTES:,} bytes")
    try:
        found = msgspec.json.decode(line)
    except UnicodeDecodeError as error:
        return InvalidRecordError("JSON", line[max(0, error.start - 10) : error.start + 10], "text in UTF-8")
    except (msgspec.DecodeError, RecursionError) as error:
        return InvalidRecordError("JSON", line.decode(errors="replace"), f"one JSON object ({error})")
    if not isinstance(found, dict):
        return InvalidRecordError("JSON", found, 'one JSON object, such as {"material": ...}')
    return found
