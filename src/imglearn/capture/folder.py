"""A folder of images: which files in it count, and which of them are new."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from typing import NamedTuple

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".avif")
_SIDECAR_SUFFIXES = (*(f"{suffix}.json" for suffix in IMAGE_SUFFIXES), ".txt")
_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", "~")
_PREVIEWS = ("ComfyUI_temp_",)


class Entry(NamedTuple):
    """A file that counts, and what the system says of it."""

    path: str
    found: os.stat_result


def is_image_name(name: str) -> bool:
    """Return whether a file of this name is an image, and none that is hidden or being written under a name of its own.

    `x.tmp.png` and ComfyUI's previews are such.
    """
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - for every file of a folder
    return (
        suffix.lower() in IMAGE_SUFFIXES
        and not name.startswith((".", *_PREVIEWS))
        and not stem.lower().endswith(_UNFINISHED)
    )


def is_image(entry: Entry) -> bool:
    """Return whether an entry is an image, and no sidecar."""
    return is_image_name(os.path.basename(entry.path))  # noqa: PTH119


def is_sidecar_name(name: str) -> bool:
    """Return whether a file of this name may say something of an image beside it."""
    return name.lower().endswith(_SIDECAR_SUFFIXES) and not name.startswith(".")


def is_regular(path: str) -> bool:
    """Return whether a path is a regular file itself: no link, since what it leads to counts where it lies."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def walk(root: str, on_folder: Callable[[str], object], tell: Callable[[str], object]) -> Iterator[Entry]:
    """Yield the images and sidecars in a folder and those below it; links to folders are not followed.

    `on_folder` is called for each folder that can be read, before what is in it, and `tell` for each that can't.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                on_folder(folder)
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith("."):
                            waiting.append(entry.path)
                    elif (is_image_name(entry.name) or is_sidecar_name(entry.name)) and entry.is_file(
                        follow_symlinks=False
                    ):
                        try:
                            yield Entry(entry.path, entry.stat(follow_symlinks=False))
                        except FileNotFoundError:  # gone since
                            continue
        except FileNotFoundError:
            continue
        except OSError as error:
            tell(f"{folder} can't be read ({error.strerror or error}); what is in it is passed over")


def changed_since(entries: Iterator[Entry], moment_ns: int) -> Iterator[Entry]:
    """Yield the files that were written, or came into their folder, from a moment on.

    A file that is moved here keeps the time when it was written. Its own change and that of its folder show that it
    came; the first alone may be a change of permissions, the second that another file came.
    """
    folder, folder_changed = "", False
    for entry in entries:
        if entry.found.st_mtime_ns >= moment_ns:
            yield entry
        elif entry.found.st_ctime_ns >= moment_ns:
            parent = os.path.dirname(entry.path)  # noqa: PTH120 - for every file of a folder
            if parent != folder:
                folder, folder_changed = parent, _changed_ns(parent) >= moment_ns
            if folder_changed:
                yield entry


def _changed_ns(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0
