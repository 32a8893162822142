"""The public Python API: log attempts, and ask what became of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from imglearn import settings
from imglearn.errors import ConflictError, InvalidRecordError
from imglearn.intake import new_attempt
from imglearn.questions import Questions
from imglearn.records import NewAttempt
from imglearn.store import attempts
from imglearn.store.database import Store


def create_logger(db_path: str | os.PathLike[str] | None = None) -> ImageGenerationLogger:
    """Open the log at `db_path`, or where the settings say, and return it. A missing database is made.

    Raises SettingsError and StoreError.
    """
    return open_logger(settings.resolve(db_path, db_origin="db_path"))


def open_logger(found: settings.Settings, *, create: bool = True) -> ImageGenerationLogger:
    """Open the log that the settings name; make it where it is missing, or not. Raises StoreError."""
    return ImageGenerationLogger(Store.open(found.database.value, create=create), found.pass_threshold.value)


class ImageGenerationLogger(Questions):
    """Keeps the attempts of an image generator. May be shared by threads; other processes open their own.

    Every method raises StoreError where the database can't do its part.
    """

    def __init__(self, store: Store, pass_threshold: float = settings.DEFAULT_PASS_THRESHOLD) -> None:
        super().__init__(store)
        self.pass_threshold = pass_threshold

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
        `feedback_source`, and any other knob, which is kept in `params`. `validation_results` takes
        `prompt_length`, `truncated`, `realism_score` (0-100), `passed`, `physics_issues` and `red_flags` (lists),
        `validator_error`. `outcome` takes `failure_category`, `retry_count`, `final_success`, `duration_s`,
        `status`. `image_metadata` takes `path`, `size_kb`, `sha256`. What isn't given stays unknown, but for
        `passed`, which a score alone decides by the pass threshold. `parent_id` is the attempt that this one
        retries; the retries are counted from it where no count is given. A `timestamp` without a zone is UTC.

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
        attempts.log(self.store, new)
        return new.attempt.id

    def log_records(self, records: Iterable[Mapping[str, object]]) -> list[str | Exception]:
        """Store a batch of mappings in one transaction; return the id or the error of each, in order.

        An invalid or conflicting record is left out, and the others are stored.
        """
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
        for place, outcome in zip(places, attempts.log_many(self.store, batch), strict=True):
            if isinstance(outcome, ConflictError):
                outcomes[place] = outcome
        return outcomes

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

    def close(self) -> None:
        """Close the calling thread's connection. The next call opens it again."""
        self.store.close()

    def __enter__(self) -> ImageGenerationLogger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
