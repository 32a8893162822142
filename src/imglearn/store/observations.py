"""What can be learned from: of each attempt what was asked, what became of it, and what it follows."""

from __future__ import annotations

from typing import NamedTuple

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.records import GENERATED_OR_VALIDATED
from imglearn.store.database import Store
from imglearn.store.filtering import where

# A row is a person's remark that was logged as an attempt: see `records.GENERATED_OR_VALIDATED`.
_IS_REMARK = (
    "a.feedback_text <> '' AND ifnull(a.realism_score, 0) = 0 AND "
    + " AND ".join(
        "a.status = 'done'" if name == "status" else f"ifnull(a.{name}, '') IN ('', '[]', '{{}}')"
        for name in GENERATED_OR_VALIDATED
    )
)  # fmt: skip


class Observation(NamedTuple):
    """An attempt as the statistics need it.

    `day` is its time in days (Julian, UTC), None where the text is no time. `feedback` is the kind of the feedback
    that was applied, empty where it has none, and None where none was. `patterns`, `params`, `issues` and `red_flags`
    are JSON.
    """

    row_id: int
    id: str
    timestamp: str
    day: float | None
    material: str
    category: str
    model: str | None
    status: str
    score: float | None
    passed: int | None
    is_remark: int
    validator_failed: int
    failure_category: str | None
    feedback: str | None
    has_verdict_text: int
    issues: str | None
    red_flags: str | None
    parent_id: str | None
    image_path: str | None
    retry_count: int | None
    guidance_scale: float | None
    contamination_uniformity: float | None
    view_mode: str | None
    gen_prompt_length: int | None
    seed: str | None
    patterns: str | None
    params: str | None


_COLUMNS = {
    "day": "julianday(a.timestamp)",
    "score": "a.realism_score",
    "is_remark": f"({_IS_REMARK})",
    "validator_failed": "ifnull(a.validator_error, '') <> ''",
    "feedback": "CASE WHEN a.feedback_applied = 1 THEN CAST(ifnull(a.feedback_category, '') AS TEXT) END",
    "has_verdict_text": "ifnull(a.feedback_text, '') <> '' AND a.feedback_applied IS NOT 1",
    "issues": "CAST(a.physics_issues AS TEXT)",
    "patterns": "CAST(a.patterns_used AS TEXT)",
    # Other programs may have written bytes where these are texts.
    **{
        name: f"CAST(a.{name} AS TEXT)"
        for name in ("red_flags", "params", "failure_category", "image_path", "parent_id", "view_mode", "seed")
    },
}


def observations(store: Store, most: int) -> list[Observation]:
    """Return the newest attempts, at most so many, oldest first."""
    columns = ", ".join(_COLUMNS.get(name, f"a.{name}") for name in Observation._fields)
    sql = f"SELECT {columns} FROM generation_attempts a ORDER BY a.timestamp DESC, a.row_id DESC LIMIT ?"
    found = [Observation._make(row) for row in store.execute(sql, (most,))]
    found.reverse()
    return found


def applied_texts(store: Store, most: int) -> dict[int, str]:
    """Return the feedback texts that were applied, by the row number of the attempt: the newest ones."""
    sql = (
        "SELECT row_id, CAST(feedback_text AS TEXT) FROM generation_attempts "
        "WHERE feedback_applied = 1 AND feedback_text <> '' ORDER BY timestamp DESC LIMIT ?"
    )
    return {int(row_id): str(text) for row_id, text in store.execute(sql, (most,))}


def counts(store: Store) -> tuple[int, int]:
    """Return how many attempts and how many remarks there are."""
    sql = "SELECT (SELECT count(*) FROM generation_attempts), (SELECT count(*) FROM feedback)"
    attempts, remarks = store.execute(sql).fetchone()
    return int(attempts), int(remarks)


def matching(store: Store, asked: AttemptFilter = ANY_ATTEMPT) -> frozenset[int]:
    """Return the row numbers of the attempts that a filter leaves. To be used within `Store.read`."""
    condition, values = where(store, asked)
    return frozenset(row_id for (row_id,) in store.execute(
        f"SELECT a.row_id FROM generation_attempts a WHERE {condition}", values))  # fmt: skip
