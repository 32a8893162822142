"""Filters that a person has given a name, kept as texts of the filter language in the state folder."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from imglearn.errors import InvalidRecordError, SettingsError
from imglearn.filter_language import filter_from
from imglearn.store.files import replacing

FILE = "filters.json"
USE = "@"  # before a name where a filter is wanted

_NAME = re.compile(r"\w[\w.-]*")


class SavedFilters:
    """The filters saved in a state folder, by name: one file, written whole, never over one that can't be read.

    Every method raises SettingsError where the file is damaged or out of reach.
    """

    def __init__(self, state_folder: Path) -> None:
        self.path = state_folder / FILE

    def all(self) -> dict[str, str]:
        """Return the text of each filter by its name, in the order of the names."""
        try:
            found = msgspec.json.decode(self.path.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            return {}
        except (msgspec.DecodeError, ValueError, RecursionError, OSError) as error:
            raise SettingsError(
                f"{self.path} can't be read as saved filters ({error}); mend it, or move it away to begin anew"
            ) from None
        return dict(sorted(found.items()))

    def get(self, name: str) -> str:
        """Return the text of a filter, with or without @ before its name. Raises SettingsError where there is none."""
        saved = self.all()
        if (text := saved.get(_plain(name))) is None:
            raise SettingsError(f"no filter is saved as {_plain(name)!r}{_advice(saved)}")
        return text

    def save(self, name: str, text: str) -> None:
        """Save a filter, in place of one of that name. Raises InvalidRecordError for a name or a text that won't do."""
        name = checked_name(name)
        if filter_from(text).is_open:
            raise InvalidRecordError("filter", text, "something to filter by, such as category:wood passed:no")
        with self._changing() as saved:
            saved[name] = text

    def forget(self, name: str) -> None:
        """Forget a filter. Raises SettingsError where there is none of that name."""
        with self._changing() as saved:
            if saved.pop(_plain(name), None) is None:
                raise SettingsError(f"no filter is saved as {_plain(name)!r}{_advice(saved)}")

    @contextmanager
    def _changing(self) -> Generator[dict[str, str]]:
        """Give what is saved, to be changed and written while no other process does so."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self.path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                saved = self.all()
                yield saved
                with replacing(self.path) as path:
                    path.write_bytes(msgspec.json.format(msgspec.json.encode(saved, order="sorted")) + b"\n")
        except OSError as error:
            raise SettingsError(f"{self.path} can't be written ({error.strerror or error})") from None


def checked_name(name: str) -> str:
    """Return a name without @ before it. Raises InvalidRecordError where none can be saved by it."""
    name = _plain(name)
    if not _NAME.fullmatch(name):
        raise InvalidRecordError("name", name, "letters, digits, - _ and . only")
    return name


def _plain(name: str) -> str:
    return name.removeprefix(USE)


def _advice(saved: dict[str, str]) -> str:
    return f"; there are: {', '.join(saved)}" if saved else "; save one with: imglearn filters save NAME TEXT"
