"""Attempts by their image: what is known by its content, logged once, completed later, and found again."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from imglearn.records import ATTEMPT_FIELDS, OBJECT_FIELDS, Attempt, NewAttempt, utc_timestamp
from imglearn.store import applied, attempts
from imglearn.store.database import Store
from imglearn.store.settling import MOST_FRESH, settling_at_the_end
from imglearn.text import storable_text

_OF_IMAGES = uuid.UUID("3d0f6d0e-5f0c-5a55-9c0f-6e3a1f6b7c2d")
_NEAR, _MOST_NEAR = timedelta(hours=2), 20_000  # how long before or after an image its attempt is looked for
_LATELY = 100  # attempts, among which the one that a watch has made of an image stands when its own is logged
_LATELY_OF_PATH = (
    "SELECT id, image_sha256 FROM (SELECT id, image_path, image_sha256 FROM generation_attempts "
    "ORDER BY timestamp DESC, row_id DESC LIMIT ?) WHERE image_path = ? AND image_sha256 IS NOT NULL AND id <> ?"
)
_SIZE_TOLERANCE_KB = 0.001
_SAID_BY_PEOPLE = (
    "passed", "realism_score", "physics_issues", "red_flags", "validator_error", "failure_category", "feedback_text",
    "feedback_applied", "feedback_id", "notes", "final_success", "parent_id",
)  # fmt: skip
# What follows from another field, where nobody says it.
_FOLLOWS = {"passed": "realism_score", "feedback_applied": "feedback_text"}

_Unhashed = dict[str, list[tuple[str, str, object]]]  # ids, paths and sizes of attempts, by the names of their files
Event = Literal["logged", "completed", "moved", "known"]


class Known(NamedTuple):
    """The attempt whose image has this content."""

    id: str
    image_path: str | None


class Arrival(NamedTuple):
    """An image to be logged: the attempt that it makes, and which fields are said of an attempt that is here already.

    `said` are those that somebody says beside the image, and that may come later than it.
    """

    new: NewAttempt
    said: frozenset[str] = frozenset()


class Done(NamedTuple):
    """What became of an image, and the attempt as it is now."""

    event: Event
    attempt: Attempt


def content_id(sha256: str) -> str:
    """Return the id of the attempt that is made of an image: the same for whoever makes it."""
    return str(uuid.uuid5(_OF_IMAGES, sha256))


def known(store: Store, hashes: Iterable[str]) -> dict[str, Known]:
    """Return the attempts whose images have these SHA-256 sums; of several, the one that was stored first."""
    with store.read():
        found = {sha256: _known(store, sha256) for sha256 in hashes}
    return {sha256: attempt for sha256, attempt in found.items() if attempt is not None}


def is_taken(store: Store, sha256: str) -> bool:
    """Return whether an image is that of an attempt other than the one that is made of it."""
    sql = "SELECT 1 FROM generation_attempts WHERE image_sha256 = ? AND id <> ? LIMIT 1"
    return store.execute(sql, (sha256, content_id(sha256))).fetchone() is not None


def log(store: Store, arrivals: Sequence[Arrival]) -> list[Done]:
    """Log images in one transaction, each once, and say what became of each.

    One that is known by its content is not logged again: what is said of it beside fills in what its attempt doesn't
    know, and where its old path is gone the new one takes its place. An attempt of the same path without a hash, which
    the generator itself has logged, is completed with what the image says.
    """
    with store.write(), settling_at_the_end(store) if len(arrivals) > MOST_FRESH else nullcontext():
        near = _near(store, arrivals) if arrivals else {}
        return [_log(store, arrival, near) for arrival in arrivals]


def fill_in(store: Store, id: str, new: NewAttempt, said: frozenset[str]) -> tuple[str, ...]:
    """Fill in what an attempt doesn't know yet from the fields of `new` that are `said`; return which ones changed.

    What is known is never overwritten, but for what was only guessed. In `params` and `extra`, names are added.
    """
    with store.write():
        return _fill_in(store, _here(store, id), new, said)


def would_contradict(store: Store, id: str, new: NewAttempt, said: frozenset[str]) -> bool:
    """Return whether an attempt knows another value of a field that is said."""
    ours = attempts.get(store, id)
    if ours is None:
        return True
    free = guessed(ours)
    return any(_differs(getattr(ours, name), getattr(new.attempt, name)) for name in said - free)


def guessed(attempt: Attempt) -> frozenset[str]:
    """Return the fields that nobody said: a folder's name, or a word for want of one."""
    watch = (attempt.extra or {}).get("watch")
    names = watch.get("guessed") if isinstance(watch, dict) else None
    return frozenset(map(str, names)) & {"material", "category"} if isinstance(names, list) else frozenset()


def take_over(store: Store, id: str, path: str) -> bool:
    """Let an attempt that was logged with an image's path have what a watch has logged of that image a moment before.

    Return whether there was such a one; it is gone then, as `drop_double` says.
    """
    for double, sha256 in store.execute(_LATELY_OF_PATH, (_LATELY, path, id)).fetchall():
        if double == content_id(sha256):
            with store.write():
                theirs, ours = attempts.get(store, double), attempts.get(store, id)
                if theirs is None or ours is None or not drop_double(store, id, sha256):
                    continue
                _complete(store, ours, NewAttempt(theirs))
                return True
    return False


def drop_double(store: Store, id: str, sha256: str) -> bool:
    """Delete the attempt that a watch made of an image before its own attempt `id` said that it is its image.

    It says nothing that the image doesn't say, unless somebody has said more of it, remarked on it or retried it: then
    it stays.
    """
    unsaid = " AND ".join(f"{name} IS NULL" for name in _SAID_BY_PEOPLE)
    sql = (
        f"DELETE FROM generation_attempts WHERE id = ? AND id <> ? AND {unsaid} "
        "AND NOT EXISTS (SELECT 1 FROM feedback WHERE attempt_id = ?) "
        "AND NOT EXISTS (SELECT 1 FROM generation_attempts WHERE parent_id = ?)"
    )
    double = content_id(sha256)
    with store.write():
        return store.execute(sql, (double, id, double, double)).rowcount > 0


def with_hash(store: Store) -> Iterator[tuple[str, str, float | None, str]]:
    """Yield id, path, size in KB and SHA-256 of every attempt that has a path and a hash. To be read to the end."""
    sql = (
        "SELECT id, image_path, image_size_kb, image_sha256 FROM generation_attempts "
        "WHERE image_sha256 IS NOT NULL AND image_path IS NOT NULL"
    )
    with store.read():
        yield from ((str(id), str(path), size, str(sha256)) for id, path, size, sha256 in store.execute(sql))


def move(store: Store, paths: Iterable[tuple[str, str]]) -> None:
    """Give attempts, named by their ids, the paths where their images are now, in one transaction."""
    with store.write():
        for id, path in paths:
            _move(store, id, path)


def _log(store: Store, arrival: Arrival, near: _Unhashed) -> Done:
    attempt = arrival.new.attempt
    assert attempt.image_sha256 is not None  # noqa: S101 - an image that arrives has been read
    assert attempt.image_path is not None  # noqa: S101
    if found := _known(store, attempt.image_sha256):
        return _seen_again(store, found, arrival)
    if (id := _unhashed(near, attempt)) is not None:
        _complete(store, _here(store, id), arrival.new)
        return Done("completed", _here(store, id))
    (added,) = attempts.log_many(store, [arrival.new])
    return Done("logged" if added is True else "known", _here(store, attempt.id))


def _seen_again(store: Store, found: Known, arrival: Arrival) -> Done:
    event: Event = "known"
    path = arrival.new.attempt.image_path
    if found.image_path is None or (path != found.image_path and not os.path.lexists(found.image_path)):
        _move(store, found.id, str(path))
        event = "moved"
    if arrival.said and _fill_in(store, _here(store, found.id), arrival.new, arrival.said):
        event = "completed"
    return Done(event, _here(store, found.id))


def _known(store: Store, sha256: str) -> Known | None:
    sql = "SELECT id, image_path FROM generation_attempts WHERE image_sha256 = ? ORDER BY row_id LIMIT 1"
    row = store.execute(sql, (sha256,)).fetchone()
    return None if row is None else Known(str(row[0]), row[1])


def _near(store: Store, arrivals: Sequence[Arrival]) -> _Unhashed:
    """Return the attempts of about the images' time that were logged with a path and without a hash, by file name.

    They are looked for in the order of time, once for all images: an index of paths would cost each attempt more than
    this is worth. Of very many, the last ones.
    """
    moments = [datetime.fromisoformat(arrival.new.attempt.timestamp) for arrival in arrivals]
    found: _Unhashed = {}
    try:
        span = [utc_timestamp(min(moments) - _NEAR), utc_timestamp(max(moments) + _NEAR)]
    except OverflowError:  # the beginning or the end of all time
        return found
    sql = (
        "SELECT id, image_path, image_size_kb FROM (SELECT id, image_path, image_size_kb, image_sha256 "
        "FROM generation_attempts WHERE timestamp BETWEEN ? AND ? ORDER BY timestamp DESC LIMIT ?) "
        "WHERE image_path IS NOT NULL AND image_sha256 IS NULL"
    )
    for id, path, size in store.execute(sql, [*span, _MOST_NEAR]):
        found.setdefault(Path(str(path)).name, []).append((str(id), str(path), size))
    return found


def _unhashed(near: _Unhashed, attempt: Attempt) -> str | None:
    """Return the attempt that was logged with this image's path, as a whole or from some folder on, without a hash.

    Of another size, it is an earlier image of the same name.
    """
    path = Path(str(attempt.image_path))
    candidates = near.get(path.name, [])
    for candidate in candidates:
        id, logged, size = candidate
        same_size = isinstance(size, float) and abs(size - (attempt.image_size_kb or 0)) < _SIZE_TOLERANCE_KB
        is_whole = logged == str(path) and (size is None or same_size)
        if is_whole or (same_size and not logged.startswith("/") and str(path).endswith(f"/{logged}")):
            candidates.remove(candidate)  # it has its image now
            return id
    return None


def _move(store: Store, id: str, path: str) -> None:
    store.execute("UPDATE generation_attempts SET image_path = ? WHERE id = ?", (storable_text(path), id))


def _complete(store: Store, ours: Attempt, new: NewAttempt) -> None:
    """Let an attempt that was logged with an image's path have all that the image says, and none of what is guessed."""
    free = guessed(new.attempt)
    certain = msgspec.structs.replace(new.attempt, extra=_without_guesses(new.attempt.extra, frozenset()))
    named = frozenset(name for name in ATTEMPT_FIELDS if getattr(certain, name) is not None)
    _fill_in(store, ours, NewAttempt(certain, new.derived), named - free)
    if certain.image_path is not None:
        _move(store, ours.id, certain.image_path)  # the same, from the root on


def _fill_in(store: Store, ours: Attempt, new: NewAttempt, said: frozenset[str]) -> tuple[str, ...]:
    free = guessed(ours)
    changes: dict[str, Any] = {}
    if ours.prompt is not None:
        said -= {"gen_prompt_length"}  # it is that of the other prompt
    for name in said - {"id", "timestamp", "status"}:
        if name in OBJECT_FIELDS or name in free or getattr(ours, name) is None:
            changes[name] = _merged(name, ours, new.attempt)
    for name, source in _FOLLOWS.items():
        if name in new.derived and source in changes and getattr(ours, name) is None:
            changes[name] = getattr(new.attempt, name)
    if settled := free & changes.keys():
        changes["extra"] = _without_guesses(changes.get("extra", ours.extra), free - settled)
    changed = msgspec.structs.replace(ours, **changes)
    if changes.get("feedback_id") is not None:
        changed = applied.with_remark(store, changed, applied.unsaid(store, ours) - changes.keys())
    return attempts.replace(store, ours, changed)


def _without_guesses(extra: Mapping[str, Any] | None, left: frozenset[str]) -> dict[str, Any] | None:
    kept = {name: value for name, value in (extra or {}).items() if name != "watch"}
    return {**kept, "watch": {"guessed": sorted(left)}} if left else kept or None


def _merged(name: str, ours: Attempt, theirs: Attempt) -> Any:
    mine, other = getattr(ours, name), getattr(theirs, name)
    return _united(mine, other) if name in OBJECT_FIELDS else other


def _united(mine: Any, other: Any) -> Any:
    """Return an object with what only the other has added to it, at any depth."""
    if not isinstance(mine, dict) or not isinstance(other, dict):
        return other if mine is None else mine
    return {**other, **{name: _united(value, other.get(name)) for name, value in mine.items()}}


def _differs(mine: Any, other: Any) -> bool:
    """Return whether two objects say different things of the same name."""
    if not isinstance(mine, dict) or not isinstance(other, dict):
        return mine is not None and other is not None and mine != other
    return any(_differs(mine[name], other[name]) for name in mine.keys() & other.keys())


def _here(store: Store, id: str) -> Attempt:
    found = attempts.get(store, id)
    assert found is not None  # noqa: S101 - we hold the write lock, and have just found it
    return found
