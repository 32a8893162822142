"""Images that were moved: found again by their content, and their attempts given the new paths."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from imglearn.capture.folder import Entry, walk
from imglearn.capture.image_file import read_file
from imglearn.store import images
from imglearn.store.database import Store


class Move(NamedTuple):
    """An attempt, and where its image was and is now."""

    id: str
    old: str
    new: str


class Relinked(NamedTuple):
    """The attempts whose images were found, and how many were not."""

    moves: list[Move]
    missing: int


def relink(
    store: Store,
    folders: Iterable[str],
    tell: Callable[[str], object],
    progress: Callable[[int, int | None], object] = lambda *_: None,
    dry_run: bool = False,
) -> Relinked:
    """Find the images that are not where their attempts say in these folders, by content, and note where they are.

    Only files of the size of a missing one are read. Attempts without a hash can't be found so. Raises StoreError.
    """
    missing: dict[int | None, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    wanted = 0
    for id, path, size_kb, sha256 in images.with_hash(store):
        if not os.path.lexists(path):
            missing[None if size_kb is None else round(size_kb * 1024)][sha256].append((id, path))
            wanted += 1
    moves: list[Move] = []
    looked_at = 0
    for folder in folders if wanted else ():
        for entry in walk(folder, lambda _: None, tell):
            looked_at += 1
            progress(looked_at, None)
            moves += _found(entry, missing, tell)
    if moves and not dry_run:
        images.move(store, ((move.id, move.new) for move in moves))
    return Relinked(moves, wanted - len(moves))


def _found(
    entry: Entry, missing: dict[int | None, dict[str, list[tuple[str, str]]]], tell: Callable[[str], object]
) -> list[Move]:
    """Return the attempts whose missing image a file is, and take them off the missing ones."""
    sizes = [size for size in (entry.found.st_size, None) if missing.get(size)]
    if not sizes:
        return []
    try:
        file = read_file(entry.path)
    except (OSError, ValueError) as error:
        tell(f"{entry.path} can't be read ({error})")
        return []
    found = [Move(id, old, file.path) for size in sizes for id, old in missing[size].pop(file.sha256, ())]
    return [move for move in found if move.old != move.new]  # of a name that isn't valid UTF-8
