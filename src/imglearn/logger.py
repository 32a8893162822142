"""The public Python API: log attempts, and ask what became of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from imglearn import settings
from imglearn.errors import ConflictError, InvalidRecordError
from imglearn.intake import new_attempt
from imglearn.records import Attempt, NewAttempt
from imglearn.store import attempts
from imglearn.store.database import Store


def create_logger(db_path: str | os.PathLike[str] | None = None) -> ImageGenerationLogger:
    """Open the log at `db_path`, or where the settings say, and return it. A missing database is made.

    Raises SettingsError and StoreError.
    """
    return open_logger(settings.resolve(db_path, db_origin="db_path"))


def open_logger(found: settings.Settings) -> ImageGenerationLogger:
    """Open the log that the settings name. Raises StoreError."""
    return ImageGenerationLogger(Store.open(found.database.value), found.pass_threshold.value)


class ImageGenerationLogger:
    """Keeps the attempts of an image generator. May be shared by threads; other processes open their own.

    Every method raises StoreError where the database can't do its part.
    """

    def __init__(self, store: Store, pass_threshold: float = settings.DEFAULT_PASS_THRESHOLD) -> None:
        self.store = store
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

    def get_attempt(self, id: str) -> dict[str, Any] | None:
        """Return the attempt with this id, a value for each field of the record, or None."""
        found = attempts.get(self.store, id)
        return None if found is None else _plain(found)

    def get_recent_attempts(self, limit: int = 10) -> list[dict[str, Any]]:
        """Return the newest attempts in full, newest first."""
        return [_plain(found) for found in attempts.newest(self.store, limit)]

    def get_category_stats(self, category: str | None = None) -> Any:
        """Return the figures of one category as a dict, or without a category a list of those of all.

        Keys: `category, total_attempts, passed, failed, unknown, success_rate, success_rate_interval,
        avg_realism_score, avg_gen_prompt_length, avg_val_prompt_length, common_physics_issues` (a list of
        `issue, count`). The rate and its 95 % interval (low, high) are percentages of the attempts with a known
        verdict; None where there is none.
        """
        from imglearn.analytics.categories import all_category_stats, category_stats

        with self.store.read():
            if category is None:
                return [self._category(stats) for stats in all_category_stats(self.store)]
            return self._category(category_stats(self.store, category))

    def get_common_physics_violations(self, limit: int = 10, category: str | None = None) -> list[dict[str, Any]]:
        """Return the physics issues named most often: `issue, count, percentage, attempts, last_seen`.

        `percentage` is the share of all physics issues that were logged, `attempts` how many attempts named it.
        """
        from imglearn.analytics.violations import common_physics_violations

        return [msgspec.structs.asdict(found) for found in common_physics_violations(self.store, limit, category)]

    def search_feedback(self, term: str, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the feedback that has all the words of `term`, best match first; any text is a valid term.

        Keys: `id, material, category, feedback_text, feedback_category, feedback_source, realism_score, passed,
        timestamp, snippet`, and for a person's remark `remark` is true and `attempt_id` what it is about, if one.
        """
        from imglearn.store.search import MATCH_END, MATCH_START, search_feedback

        found = [msgspec.structs.asdict(match) for match in search_feedback(self.store, term, limit)]
        for match in found:
            match["snippet"] = match["snippet"].replace(MATCH_START, "").replace(MATCH_END, "")
        return found

    def close(self) -> None:
        """Close the calling thread's connection. The next call opens it again."""
        self.store.close()

    def __enter__(self) -> ImageGenerationLogger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _category(self, stats: Any) -> dict[str, Any]:
        from imglearn.analytics.categories import common_physics_issues

        interval = None if stats.rate.percent is None else [stats.rate.low, stats.rate.high]
        return {
            "category": stats.category,
            "total_attempts": stats.attempts,
            "passed": stats.passed,
            "failed": stats.failed,
            "unknown": stats.unknown,
            "success_rate": stats.rate.percent,
            "success_rate_interval": interval,
            "avg_realism_score": stats.mean_score,
            "avg_gen_prompt_length": stats.mean_gen_prompt_length,
            "avg_val_prompt_length": stats.mean_val_prompt_length,
            "common_physics_issues": [
                {"issue": found.issue, "count": found.count}
                for found in common_physics_issues(self.store, stats.category)
            ],
        }


def _plain(record: Attempt) -> dict[str, Any]:
    """Return the record as a dict of JSON's own types."""
    fields = msgspec.structs.asdict(record)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
