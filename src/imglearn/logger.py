"""The public Python API: log attempts, and ask what became of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from imglearn import settings
from imglearn.advice import Advice
from imglearn.capture.keeper import Keeper, warn
from imglearn.capture.opening import SPOOL, catch_up
from imglearn.errors import (
    ConflictError,
    DatabaseDamagedError,
    DatabaseLockedError,
    DatabaseUnwritableError,
    InvalidRecordError,
    StoreError,
)
from imglearn.intake import new_attempt
from imglearn.records import NewAttempt
from imglearn.store.database import Store

if TYPE_CHECKING:
    from imglearn.attempt import RunningAttempt
    from imglearn.capture.spool import Spool

MOST_AT_ONCE = 4_000  # attempts that are stored in one transaction

Function = TypeVar("Function", bound=Callable[..., Any])
Item = TypeVar("Item")


def create_logger(db_path: str | os.PathLike[str] | None = None, *, strict: bool = False) -> ImageGenerationLogger:
    """Open the log at `db_path`, or where the settings say, and return it. A missing database is made.

    While the database can't take attempts (locked past the time-out, a full disk, read-only, damaged, out of reach),
    they are kept in files of the user's state folder, a warning is given, and they are taken in when it can; with
    `strict`, StoreError is raised instead. Raises SettingsError, and StoreError for a file that isn't imglearn's or is
    a newer one's.
    """
    return open_logger(settings.resolve(db_path, db_origin="db_path"), strict=strict)


def open_logger(
    found: settings.Settings,
    *,
    create: bool = True,
    strict: bool = True,
    tell: Callable[[str], None] = warn,
    in_memory: bool = True,
) -> ImageGenerationLogger:
    """Open the log that the settings name; make it where it is missing, or not.

    `tell` is told, a line each, of what happens to attempts that the database can't take. They may wait `in_memory`,
    if they can't be stored elsewhere either, in a process that goes on. Raises StoreError, but for what
    `create_logger` says where it isn't strict.
    """
    store = Store(found.database.value, create=create)

    def open_spool() -> Spool:
        from imglearn.capture.spool import Spool

        return Spool(found.state_folder.value / SPOOL, store.path)

    keeper = Keeper(store, open_spool, tell, in_memory, strict)
    try:
        store.prepare()
    except (DatabaseLockedError, DatabaseUnwritableError, DatabaseDamagedError) as error:
        if strict:
            raise
        keeper.begin_failing(error)
    else:
        catch_up(store, found.state_folder.value)
    return ImageGenerationLogger(store, found.pass_threshold.value, keeper)


class ImageGenerationLogger(Advice):
    """Keeps the attempts of an image generator. May be shared by threads and forked; other processes open their own.

    Every method raises StoreError where the database can't do its part, unless it has a spool to put attempts into.
    """

    def __init__(
        self, store: Store, pass_threshold: float = settings.DEFAULT_PASS_THRESHOLD, keeper: Keeper | None = None
    ) -> None:
        super().__init__(store, pass_threshold)
        self._keeper = keeper if keeper is not None else Keeper(store, None)

    @property
    def path(self) -> Path:
        """The database's file."""
        return self.store.path

    def log_attempt(
        self,
        material: str,
        category: str,
        generation_params: Mapping[str, object],
        validation_results: Mapping[str, object],
        outcome: Mapping[str, object] | None = None,
        image_metadata: Mapping[str, object] | None = None,
        notes: str | None = None,
        *,
        model: str | None = None,
        prompt: str | None = None,
        negative_prompt: str | None = None,
        seed: str | int | None = None,
        parent_id: str | None = None,
        timestamp: str | datetime | None = None,
        id: str | None = None,
    ) -> str:
        """Store one attempt durably and return its id: the one given, or a new UUID.

        `generation_params` takes `prompt_length` (characters), `guidance_scale`, `contamination_uniformity`,
        `view_mode`, `patterns_used` (list), `feedback_applied`, `feedback_text`, `feedback_category`,
        `feedback_source`, `feedback_id`, and any other knob, which is kept in `params`. `validation_results` takes
        `prompt_length`, `truncated`, `realism_score` (0-100), `passed`, `physics_issues` and `red_flags` (lists),
        `validator_error`. `outcome` takes `error`, `failure_category`, `retry_count`, `final_success`,
        `duration_s`, `status`. `image_metadata` takes `path`, `size_kb`, `sha256`. What isn't given stays unknown, but
        for `passed`, which a score alone decides by the pass threshold. `parent_id` is the attempt that this one
        retries; the retries are counted from it where no count is given. `feedback_id` is the remark that was applied:
        what nobody says of the feedback is taken from it, and it is no longer pending. An id that no remark has is
        kept, and nothing follows from it. A `timestamp` without a zone is UTC.

        Logging an id again with the same content does nothing. Raises InvalidRecordError, and ConflictError
        where the id is stored with other content.
        """
        given = {
            "material": material,
            "category": category,
            "generation_params": generation_params,
            "validation_results": validation_results,
            "outcome": outcome,
            "image_metadata": image_metadata,
            "notes": notes,
            "model": model,
            "prompt": prompt,
            "negative_prompt": negative_prompt,
            "seed": seed,
            "parent_id": parent_id,
            "timestamp": timestamp,
            "id": id,
        }
        return self.log_record(given)

    def log_record(self, record: Mapping[str, object]) -> str:
        """Store one attempt given as a mapping: the arguments of `log_attempt`, flat field names, or both mixed."""
        new = new_attempt(record, self.pass_threshold)
        self._keeper.log(new)
        return new.attempt.id

    def log_many(self, records: Iterable[Mapping[str, object]]) -> list[str | Exception]:
        """Store any number of mappings, 4,000 in a transaction; return the id or the error of each, in order.

        An invalid or conflicting record is left out, and the others are stored.
        """
        return [outcome for batch in batched(records, MOST_AT_ONCE) for outcome in self._log_batch(batch)]

    def _log_batch(self, records: Iterable[Mapping[str, object]]) -> list[str | Exception]:
        outcomes: list[str | Exception] = []
        batch: list[NewAttempt] = []
        places: list[int] = []
        for place, record in enumerate(records):
            try:
                new = new_attempt(record, self.pass_threshold)
            except InvalidRecordError as error:
                outcomes.append(error)
                continue
            outcomes.append(new.attempt.id)
            batch.append(new)
            places.append(place)
        for place, outcome in zip(places, self._keeper.log_many(batch), strict=True):
            if isinstance(outcome, ConflictError):
                outcomes[place] = outcome
        return outcomes

    def attempt(
        self,
        material: str,
        category: str,
        *,
        model: str | None = None,
        params: Mapping[str, object] | None = None,
        **fields: Any,
    ) -> RunningAttempt:
        """Return an attempt that is about to be made, for a `with` or `async with` statement.

        It is stored as running when the block begins, and as done when it ends. `fields` are any others of the record
        that are known before, such as `prompt`, `seed`, `guidance_scale`, `feedback_text` or `feedback_id`. Raises
        InvalidRecordError.
        """
        from imglearn.attempt import RunningAttempt

        given = {"material": material, "category": category, "model": model, "params": params, **fields}
        return RunningAttempt(self._keeper, self.pass_threshold, given)

    def log_image(self, path: str | os.PathLike[str], record: Mapping[str, object]) -> str:
        """Store an image as an attempt, with what it says that the record doesn't say, and return its id.

        An image is known by its content and logged once: where it is here already, what the record says beyond that is
        added. Raises InvalidRecordError.
        """
        from imglearn.capture.image_attempt import completed, image_fields
        from imglearn.store import images

        found = completed(record, image_fields(path))
        sha256 = found.get("image_sha256")
        if not isinstance(sha256, str):
            return self.log_record(found)
        new = new_attempt({**found, "id": images.content_id(sha256)}, self.pass_threshold)
        try:
            (done,) = images.log(self.store, [images.Arrival(new, frozenset(record))])
        except StoreError:
            self._keeper.log(new)
            return new.attempt.id
        return done.attempt.id

    def knows_image(self, path: str | os.PathLike[str]) -> bool:
        """Return whether an image is that of an attempt already, other than one that a watch has made of it."""
        from imglearn.capture.image_file import read_file
        from imglearn.store import images

        with suppress(StoreError, OSError, ValueError):
            sha256 = read_file(os.path.abspath(path), follow=True).sha256  # noqa: PTH100
            return images.is_taken(self.store, sha256)
        return False

    def logged(self, **fields: Any) -> Callable[[Function], Function]:
        """Return a decorator for a function that generates, async or not: each call is an attempt.

        Arguments that are named like a field of the record (`prompt`, `seed`, `material` ...) become that field, other
        numbers, texts, paths and lists of these become parameters; `fields` are those that no argument says. Where the
        function has a parameter `attempt`, it is given the `RunningAttempt`. Where it returns the path of a file, that
        is the image.
        """
        from imglearn.decorating import logged

        return lambda function: logged(self.attempt, fields, function)

    def add_feedback(
        self,
        text: str,
        attempt_id: str | None = None,
        category: str | None = None,
        source: str = "user",
        author: str | None = None,
        supersedes: str | None = None,
        *,
        material: str | None = None,
        about_category: str | None = None,
    ) -> str:
        """Store what a person says and return the remark's id.

        It is about an attempt (whose material and category it takes), about a `material`, a category of attempts
        (`about_category`) or, with none of them, everything. `category` is what kind of feedback it is: physics,
        material_behavior, contamination, object_realism, aesthetics, scale, or any other word. `source` is user,
        automated or system. A remark is never changed: a later one that `supersedes` it takes its place.

        Raises InvalidRecordError, also where the attempt or the remark to supersede is not here, or was superseded.
        """
        from imglearn import remarks

        return remarks.add(
            self.store,
            text=text,
            attempt_id=attempt_id,
            feedback_category=category,
            source=source,
            author=author,
            supersedes=supersedes,
            material=material,
            category=about_category,
        )

    def pending_feedback(
        self,
        material: str | None = None,
        category: str | None = None,
        *,
        model: str | None = None,
        source: str | None = "user",
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return the remarks that wait for an attempt, oldest first.

        An attempt that is logged with the id of one as its `feedback_id` applies it.
        A remark is pending while no later one supersedes it, no attempt has been logged with it, and nobody has
        resolved it. An edit is a remark of its own: it is pending also where the one before was applied. An attempt
        counts whatever became of it, unless it says that the feedback was not applied (`feedback_applied` false).

        With a `material`, a `category` of attempts or a `model`, only what is about it, or about all of them: a remark
        about an attempt is about that attempt's, any other about what it names. `source` None means any source.

        Keys: `id, timestamp, text, feedback_category, source, author, attempt_id, material, category, model`. Where the
        database can't be read, StoreError is raised by a logger without a spool; with one, a warning is given and there
        are none.
        """
        asked = {"material": material, "category": category, "model": model, "source": source}
        try:
            return self._pending_feedback(limit, self._keeper.applied_feedback(), asked)
        except StoreError as error:
            if self._keeper.strict:
                raise
            self._keeper.begin_failing(error)
            return []

    def next_feedback(
        self,
        material: str | None = None,
        category: str | None = None,
        *,
        model: str | None = None,
        attempt_id: str | None = None,
        issue: str | None = None,
        limit: int | None = 3,
    ) -> list[dict[str, Any]]:
        """Return what to put into the next prompt: what people asked for first, then what fixed such an issue before.

        Remarks of people that wait for an attempt at this `material`, `category` and `model` come first, oldest first;
        an attempt that is logged with its `feedback_id` applies one. Then, of what is wrong with the attempt
        `attempt_id` or of an `issue`, feedback that helped after such ones or fits them (see `suggest_feedback`).

        Keys: `text, feedback_category`, `source` (person or learned), `feedback_id` (of a remark, else None) and `why`,
        in words. Raises InvalidRecordError where the attempt is not here.
        """
        found = [
            {
                "text": remark["text"],
                "feedback_category": remark["feedback_category"],
                "source": "person",
                "feedback_id": remark["id"],
                "why": f"asked for by {remark['author'] or remark['source']}",
            }
            for remark in self.pending_feedback(material, category, model=model, limit=limit)
        ]
        issues = [] if attempt_id is None and issue is None else self.issues_of(issue, attempt_id)
        left = None if limit is None else max(0, limit - len(found))
        if issues and left != 0:
            for fix in self._fixes_of(issues, None, left):
                tried = (
                    f"tried {fix['tried']} times after such an issue, which was gone {fix['fixed']} times"
                    if fix["tried"]
                    else f"used {fix['used']} times, never after such an issue"
                )
                found.append(
                    {
                        "text": fix["text"],
                        "feedback_category": fix["feedback_category"],
                        "source": "learned",
                        "feedback_id": None,
                        "why": f"{fix['gain']:+.1f} points expected ({fix['low']:+.1f} to {fix['high']:+.1f}); {tried}",
                    }
                )
        return found

    def resolve_feedback(
        self, id: str, *, undo: bool = False, author: str | None = None, note: str | None = None
    ) -> bool:
        """Store that a remark needs no attempt any more or, with `undo`, that it does after all.

        Return whether that is new. Both are stored beside the remark, which stays as it is. Raises InvalidRecordError
        where the remark is not here, or was superseded.
        """
        from imglearn import remarks

        return remarks.resolve(self.store, id, not undo, author=author, notes=note)

    def close(self) -> None:
        """Close the calling thread's connection. The next call opens it again."""
        self._keeper.close()
        self.store.close()

    def __enter__(self) -> ImageGenerationLogger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of that many items, the last one shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
