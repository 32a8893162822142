"""Full-text search over what was said: feedback applied to attempts, their issues and notes, and remarks."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store.database import Store
from imglearn.store.filtering import where, where_remark
from imglearn.store.query_language import full_text_query
from imglearn.store.rows import from_column

MATCH_START, MATCH_END = "\x02", "\x03"  # round each matching word of a snippet


class FeedbackMatch(Struct, frozen=True):
    """Feedback that was found: an attempt's, or (`remark` true, `score` and `passed` unknown) a person's remark.

    In `snippet` the matching words stand between MATCH_START and MATCH_END.
    """

    id: str
    timestamp: str
    material: str | None
    category: str | None
    feedback_text: str | None
    feedback_category: str | None
    feedback_source: str | None
    realism_score: float | None
    passed: bool | None
    attempt_id: str | None
    remark: bool
    snippet: str


_ATTEMPT_SAID = (
    "(a.feedback_text IS NOT NULL OR a.notes IS NOT NULL OR a.physics_issues <> '[]' OR a.red_flags <> '[]')"
)


def _snippets(index: str, columns: int) -> str:
    """Return SQL for the first of the columns that has a match in its snippet, or else the first that has text."""
    found = [f"snippet({index}, {place}, '{MATCH_START}', '{MATCH_END}', '…', 16)" for place in range(columns)]
    matching = " ".join(f"WHEN instr({one}, '{MATCH_START}') THEN {one}" for one in found)
    return f"CASE {matching} ELSE coalesce({', '.join(found)}) END"


# Weights: what was said counts most, then issues and flags, then notes, then what it was said about.
_ATTEMPTS = f"""
    SELECT a.id, a.timestamp, a.material, a.category, a.feedback_text, a.feedback_category, a.feedback_source,
        a.realism_score, a.passed, a.id, 0,
        {_snippets("attempts_fts", 4)},
        bm25(attempts_fts, 8, 4, 4, 2, 0, 1, 1) AS rank
    FROM attempts_fts JOIN generation_attempts a ON a.row_id = attempts_fts.rowid
    WHERE attempts_fts MATCH ? AND {_ATTEMPT_SAID}
"""
_REMARKS = f"""
    SELECT f.id, f.timestamp, f.material, f.category, f.text, f.feedback_category, f.source,
        NULL, NULL, f.attempt_id, 1,
        {_snippets("feedback_fts", 2)},
        bm25(feedback_fts, 8, 2, 1, 1) AS rank
    FROM feedback_fts JOIN feedback f ON f.row_id = feedback_fts.rowid
    WHERE feedback_fts MATCH ?
        AND NOT EXISTS (SELECT 1 FROM feedback later WHERE later.supersedes = f.id)
"""

_LATEST = """
SELECT * FROM (SELECT * FROM (
    SELECT id, timestamp, material, category, feedback_text, feedback_category, feedback_source,
        realism_score, passed, id AS attempt_id, 0, feedback_text
    FROM generation_attempts WHERE feedback_text IS NOT NULL ORDER BY timestamp DESC LIMIT :limit)
UNION ALL SELECT * FROM (
    SELECT id, timestamp, material, category, text, feedback_category, source,
        NULL, NULL, attempt_id, 1, text
    FROM feedback f
    WHERE NOT EXISTS (SELECT 1 FROM feedback later WHERE later.supersedes = f.id)
    ORDER BY timestamp DESC LIMIT :limit)
) ORDER BY timestamp DESC LIMIT :limit
"""


def search_feedback(
    store: Store,
    term: str,
    limit: int | None = None,
    *,
    prefix: bool = False,
    asked: AttemptFilter = ANY_ATTEMPT,
) -> list[FeedbackMatch]:
    """Return feedback that has all the words of `term`, best match (BM25) first.

    Any text is a valid term: words, "a phrase", OR, -not, begin*. One without a word in it finds nothing. With
    `prefix` the last word may be unfinished, as while a person types.
    """
    query = full_text_query(term, prefix=prefix)
    if query is None:
        return []
    attempt_conditions, attempt_values = where(asked, "a")
    remark_conditions, remark_values = where_remark(asked, "f")
    sql = (
        f"SELECT * FROM ({_ATTEMPTS} AND {attempt_conditions} UNION ALL {_REMARKS} AND {remark_conditions}) "
        "ORDER BY rank, timestamp DESC LIMIT ?"
    )
    values = (
        "{feedback_text physics_issues red_flags notes material category} : (" + query + ")",
        *attempt_values,
        query,
        *remark_values,
        -1 if limit is None else limit,
    )
    with store.read():
        return [_match(row) for row in store.execute(sql, values).fetchall()]


def latest_feedback(store: Store, limit: int) -> list[FeedbackMatch]:
    """Return the newest feedback, of attempts and of people, newest first."""
    with store.read():
        rows = store.execute(_LATEST, {"limit": limit}).fetchall()
    return [_match(row) for row in rows]


def _match(row: Sequence[object]) -> FeedbackMatch:
    values = [from_column(name, value) for name, value in zip(FeedbackMatch.__struct_fields__, row, strict=False)]
    values[10] = row[10] == 1
    values[11] = values[11] or ""
    return FeedbackMatch(*values)
