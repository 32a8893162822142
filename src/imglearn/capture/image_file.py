"""A file on the disk: opened only where it is a regular one, and read once for its hash."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from imglearn.records import utc_timestamp
from imglearn.text import storable_text

_MOST_BYTES = 2**30  # of an image; what is larger isn't one


class Signature(NamedTuple):
    """What changes where a file does: another inode, size or time of change."""

    inode: int
    size: int
    modified_ns: int


class ImageFile(NamedTuple):
    """A regular file that was read whole: its size in bytes, its SHA-256, and when it was last written (UTC)."""

    path: str
    size: int
    sha256: str
    timestamp: str
    signature: Signature


def signature_of(found: os.stat_result) -> Signature:
    """Return the signature of a file."""
    return Signature(found.st_ino, found.st_size, found.st_mtime_ns)


def read_file(path: str, follow: bool = False) -> ImageFile:
    """Read a file for its hash. Raises OSError, also for what is not a regular file or changes meanwhile.

    A link is not followed unless somebody named it: it may lead anywhere.
    """
    with opened(path, follow) as file:
        before = os.fstat(file.fileno())
        if before.st_size > _MOST_BYTES:
            raise OSError(errno.EFBIG, f"it has more than {_MOST_BYTES // 2**20:,} MB", path)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        after = os.fstat(file.fileno())
    if signature_of(before) != signature_of(after):
        raise OSError(errno.EAGAIN, "it changed while it was read", path)
    return ImageFile(storable_text(path), after.st_size, sha256, _time_of(after), signature_of(after))


@contextmanager
def opened(path: str, follow: bool = False) -> Generator[io.BufferedReader]:
    """Open a regular file for reading: a pipe or a device is never waited for. Raises OSError."""
    only_itself = 0 if follow else os.O_NOFOLLOW
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | only_itself)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        with os.fdopen(handle, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(handle)


def _time_of(found: os.stat_result) -> str:
    """Return when the file was written; a time that nobody can mean, or that is yet to come, is now."""
    now = datetime.now(UTC)
    try:
        written = datetime.fromtimestamp(found.st_mtime_ns / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        written = now
    return utc_timestamp(written if datetime(1990, 1, 1, tzinfo=UTC) < written < now else now)
