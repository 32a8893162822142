"""Read what an image file says about how it was made. `read_image` never raises: a record says what went wrong."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

from imglearn.capture.containers import Contents, read_contents
from imglearn.capture.found import Found
from imglearn.capture.image_record import ImageRecord
from imglearn.capture.limits import MAX_FILE_BYTES, Budget, Unreadable
from imglearn.capture.parts import Part, Parts, unwrapped
from imglearn.capture.provenance import maker
from imglearn.text import storable_text

NOT_FORESEEN = "holds something that imglearn doesn't foresee: please report it"
_KINDS = {
    stat.S_ISDIR: "is a folder",
    stat.S_ISFIFO: "is a pipe",
    stat.S_ISSOCK: "is a socket",
    stat.S_ISCHR: "is a device",
    stat.S_ISBLK: "is a device",
}


def read_image(path: str | os.PathLike[str], *, raw: bool = False) -> ImageRecord:
    """Return what the file says about its image: the generator, its parameters, and the size in pixels.

    PNG, JPEG, WebP and AVIF, told by their content. With `raw`, the record also holds every text that was found. A file
    that can't be read gives a record with `error`; one that is cut off gives what stands before the cut, and `error`.
    """
    name = storable_text(os.fspath(path))
    try:
        with _opened(path) as file:
            return _read(name, file, raw)
    except Unreadable as wrong:
        return ImageRecord(file=name, error=str(wrong))
    except OSError as error:
        return ImageRecord(file=name, error=f"can't be read: {error.strerror or error}")
    except ValueError as error:  # a NUL in the path
        return ImageRecord(file=name, error=f"can't be read: {error}")
    except Exception as mistake:  # one file that nobody foresaw must not end the reading of the others
        return ImageRecord(file=name, error=f"{NOT_FORESEEN} ({type(mistake).__name__}: {mistake})")


def _opened(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file. What isn't one is not opened, and never waited for. Raises Unreadable and OSError."""
    _refuse_all_but_files(os.stat(path).st_mode)  # noqa: PTH116 - opening some devices does something
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _refuse_all_but_files(os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _refuse_all_but_files(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = next((words for is_kind, words in _KINDS.items() if is_kind(mode)), "is not a regular file")
        raise Unreadable(f"{kind}, not an image file")


def _read(name: str, file: BinaryIO, raw: bool) -> ImageRecord:
    before = os.fstat(file.fileno())
    if before.st_size > MAX_FILE_BYTES:
        raise Unreadable(f"has more than {MAX_FILE_BYTES // 2**20} MB")
    budget = Budget()
    contents = read_contents(file, before.st_size, budget)
    parts = Parts(unwrapped(contents.parts))
    found = _found_in(parts, contents)
    if found is None and contents.incomplete is None:
        hidden = _hidden_parts(file, before.st_size, contents)
        if hidden:
            parts = Parts([*parts, *unwrapped(hidden)])
            found = _found_in(parts, contents)
    error = _what_is_wrong(contents, budget)
    if error and os.fstat(file.fileno()).st_size != before.st_size:
        error = "is still being written"
    return _record(name, contents, found if found is not None else Found(), parts if raw else None, error)


def _found_in(parts: Parts, contents: Contents) -> Found | None:
    from imglearn.capture.parsers import parse

    found = parse(parts)
    return found if found is not None else maker(contents.provenance, parts)


def _hidden_parts(file: BinaryIO, size: int, contents: Contents) -> list[Part]:
    if contents.kind not in ("PNG", "WebP") or not contents.keeps_bits:
        return []
    from imglearn.capture import stealth

    return stealth.read(file, size, contents)


def _what_is_wrong(contents: Contents, budget: Budget) -> str | None:
    if contents.incomplete is not None:
        return f"is incomplete: it ends within {contents.incomplete}"
    return budget.refused


def _record(name: str, contents: Contents, found: Found, raw: Parts | None, error: str | None) -> ImageRecord:
    return ImageRecord(
        file=name,
        generator=found.generator,
        pixel_width=contents.width,
        pixel_height=contents.height,
        source=found.sources or None,
        raw=None if raw is None else _raw_texts(raw),
        error=error,
        **found.values,
    )


def _raw_texts(parts: Parts) -> dict[str, str]:
    """Return the texts by where they stand; of several in one place, the later ones are numbered."""
    texts: dict[str, str] = {}
    count: dict[str, int] = {}
    for part in parts:
        name = storable_text(part.source)
        count[name] = number = count.get(name, 0) + 1
        texts[name if number == 1 else f"{name} #{number}"] = storable_text(part.text)
    return texts
