"""Every error that imglearn raises on purpose: each says what was wrong, where, and what to do."""

from __future__ import annotations

from pathlib import Path


class ImglearnError(Exception):
    """The root of the tree: catch this one to catch them all."""


class SpoolWarning(UserWarning):
    """The database can't take attempts just now; they are kept elsewhere till it can."""


class InvalidRecordError(ImglearnError, ValueError):
    """A record that can't be stored as it is. `field` names the culprit, `wants` what it should hold."""

    def __init__(self, field: str, got: object, wants: str) -> None:
        self.field = field
        self.wants = wants
        try:
            shown = repr(got)
        except Exception:
            shown = f"<{type(got).__name__}>"
        if len(shown) > 80:
            shown = shown[:77] + "..."
        self.got = shown
        super().__init__(f"{field}: got {shown}; wants {wants}")


class ConflictError(ImglearnError):
    """An id that is already stored with other content. The stored attempt is kept."""

    def __init__(self, id: str, fields: tuple[str, ...]) -> None:
        self.id = id
        self.fields = fields
        super().__init__(
            f"id {id!r} is already stored with other content (differs in {', '.join(fields)}); "
            "the stored one is kept; give this one another id"
        )


class SettingsError(ImglearnError):
    """A setting that can't be used, with the place that it came from."""


class StoreError(ImglearnError):
    """The database can't do what was asked. `path` is its file."""

    def __init__(self, path: Path, message: str) -> None:
        self.path = path
        super().__init__(message)


class DatabaseMissingError(StoreError):
    """There is no file at the path, and reading doesn't make one."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"no database at {path} yet; the first logged attempt makes it")


class DatabaseMovedError(StoreError):
    """The file was moved, removed or replaced by another one while it was open."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"{path} was moved, removed or replaced while it was in use; open it again")


class DatabaseLockedError(StoreError):
    """Another program holds the database, for longer than the time-out."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"{path} is locked by another program; end that program, or try again")


class DatabaseDamagedError(StoreError):
    """The file isn't a SQLite database, or its pages are broken."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            path, f"{path} can't be read as a database ({reason}); choose another path, or restore a backup"
        )


class DatabaseNewerError(StoreError):
    """The file was written by a newer imglearn than this one."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        self.found = found
        self.known = known
        super().__init__(
            path,
            f"{path} has schema version {found}, this imglearn knows up to {known}; "
            "upgrade it: pip install -U imglearn",
        )


class ForeignDatabaseError(StoreError):
    """A SQLite file that imglearn didn't make."""

    def __init__(self, path: Path, has_attempts: bool) -> None:
        self.has_attempts = has_attempts
        advice = (
            f"it has attempts made by an older program: take them in with: imglearn import {path}"
            if has_attempts
            else "choose another path with --db"
        )
        super().__init__(path, f"{path} is a SQLite database, but not imglearn's; {advice}")


class DatabaseUnwritableError(StoreError):
    """The file or its folder can't be opened or written: permissions, a full disk, a read-only mount."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, f"can't write {path} ({reason}); check the disk and the permissions")
