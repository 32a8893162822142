"""What the system tells of changes in folders: hints, since events get lost, and only the folder itself is the truth.

watchfiles follows links when it watches a tree, up to the root of the disk if one leads there. So it is given each
folder by itself, and `Hints` keeps the set of them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

_TOGETHER_MS, _QUIET_MS = 200, 20
_NEW, _GONE = 1, 3  # watchfiles' numbers


class Hints:
    """Files and folders that have changed. Without native events `wait` only waits, and the caller looks by itself."""

    def __init__(self, native: bool, tell: Callable[[str], object]) -> None:
        self.native = native
        self.lost = False  # a watched folder: one of the same name that comes at once would go unnoticed
        self._tell = tell
        self._folders: set[str] = set()
        self._watched: set[str] = set()
        self._notify: RustNotify | None = None

    def watch(self, folders: Iterable[str]) -> None:
        """Watch these folders, too, from the next `wait` on at the latest."""
        self._folders.update(folders)

    def forget(self, root: str) -> None:
        """Watch a folder and those below it no longer; what lies there later is another folder."""
        below = root.rstrip(os.sep) + os.sep
        for folders in (self._folders, self._watched):
            folders.difference_update([path for path in folders if path == root or path.startswith(below)])

    def apply(self) -> None:
        """Begin to watch what is to be watched. Where the system can't, say so and go on without."""
        if not self.native or self._folders == self._watched:
            return
        from watchfiles._rust_notify import RustNotify

        self._folders = {folder for folder in self._folders if _is_folder(folder)}
        try:
            notify = RustNotify(sorted(self._folders), False, False, 300, False, True) if self._folders else None
        except FileNotFoundError:  # gone just now: the next time
            return
        except Exception as error:  # the library's own error, or the system's, as of too many watches
            self.native = False
            self.close()
            self._tell(f"no native file events ({error}); looking into the folders every few seconds instead")
            return
        before, self._notify, self._watched = self._notify, notify, set(self._folders)
        if before is not None:
            before.close()

    def wait(self, seconds: float, stop: threading.Event) -> list[tuple[str, bool]]:
        """Wait for changes, at most so long; return the paths, and whether each is new in its folder."""
        if self._notify is None:
            stop.wait(seconds)
            return []
        try:
            found = self._notify.watch(_TOGETHER_MS, _QUIET_MS, max(1, int(seconds * 1000)), stop)
        except Exception as error:  # the library's own
            self._tell(f"native file events failed ({error}); looking into the folders every few seconds instead")
            self.native = False
            self.close()
            return []
        if isinstance(found, str):  # nothing came, or the watch is to end
            return []
        for change, path in found:
            if change == _GONE and path in self._watched:
                self.forget(path)
                self.lost = True
        return sorted(
            {(path, change == _NEW) for change, path in found if change != _GONE},
            key=lambda hint: (hint[0], not hint[1]),
        )

    def close(self) -> None:
        """Let go of all folders."""
        if self._notify is not None:
            self._notify.close()
        self._notify = None
        self._watched = set()


def _is_folder(path: str) -> bool:
    try:
        return os.path.isdir(path) and os.access(path, os.R_OK)  # noqa: PTH112
    except ValueError:
        return False
