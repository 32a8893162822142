"""Full-text search over what was said: feedback applied to attempts, their issues and notes, and remarks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import full_text
from imglearn.store.database import Store
from imglearn.store.filtering import where, where_remark
from imglearn.store.query_language import full_text_query
from imglearn.store.rows import from_column

Order = Literal["best", "newest"]

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


MOST_LOOKED_AT = 2_000  # matches, those stored last: for a common word, ranking all of them would take too long

_ATTEMPT_SAID = (
    "(a.feedback_text IS NOT NULL OR a.notes IS NOT NULL OR a.physics_issues <> '[]' OR a.red_flags <> '[]')"
)
_SAID_COLUMNS = "{feedback_text physics_issues red_flags notes material category}"


def _snippets(index: str, columns: int) -> str:
    """Return SQL for the first of the columns that has a match in its snippet, or else the first that has text."""
    found = [f"snippet({index}, {place}, '{MATCH_START}', '{MATCH_END}', '…', 16)" for place in range(columns)]
    matching = " ".join(f"WHEN instr({one}, '{MATCH_START}') THEN {one}" for one in found)
    return f"CASE {matching} ELSE coalesce({', '.join(found)}) END"


class _Index(NamedTuple):
    """A full-text index: how it is joined to what it is of, and what is shown of that.

    Weights: what was said counts most, then issues and flags, then notes, then what it was said about.
    """

    joined: str
    shown: str
    weights: str
    snippet_columns: int


_OF_ATTEMPTS = _Index(
    joined=f"CROSS JOIN generation_attempts a ON a.row_id = found.rowid AND {_ATTEMPT_SAID}",
    shown="a.id, a.timestamp, a.material, a.category, a.feedback_text, a.feedback_category, a.feedback_source, "
    "a.realism_score, a.passed, a.id, 0",
    weights="8, 4, 4, 2, 0, 1, 1",
    snippet_columns=4,
)
_OF_REMARKS = _Index(
    joined="CROSS JOIN feedback f ON f.row_id = found.rowid "
    "AND NOT EXISTS (SELECT 1 FROM feedback later WHERE later.supersedes = f.id)",
    shown="f.id, f.timestamp, f.material, f.category, f.text, f.feedback_category, f.source, NULL, NULL, "
    "f.attempt_id, 1",
    weights="8, 2, 1, 1",
    snippet_columns=2,
)
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
    order: Order = "best",
    prefix: bool = False,
    asked: AttemptFilter = ANY_ATTEMPT,
) -> list[FeedbackMatch]:
    """Return feedback that has all the words of `term`, best match (BM25) or newest first.

    Any text is a valid term: words, "a phrase", OR, -not, begin*. One without a word in it finds nothing. With
    `prefix` the last word may be unfinished, as while a person types. The newest are those stored last. With a limit,
    of more than 2,000 matches the best of those stored last are found.
    """
    query = full_text_query(term, prefix=prefix)
    if query is None or limit == 0:
        return []
    found: list[tuple[float, FeedbackMatch]] = []
    with store.read():
        condition, is_open = where(store, asked, "a"), asked.is_open
        for index in full_text.of_attempts(store):
            said = f"{_SAID_COLUMNS} : ({query})"
            found += _matches(store, index, _OF_ATTEMPTS, said, condition, is_open, order, limit)
        of_remarks = where_remark(asked, "f")
        found += _matches(store, "feedback_fts", _OF_REMARKS, query, of_remarks, is_open, order, limit)
    found.sort(key=lambda ranked: ranked[1].timestamp, reverse=True)
    if order == "best":
        found.sort(key=lambda ranked: ranked[0])
    return [match for _, match in found[:limit]]


def _matches(
    store: Store,
    name: str,
    index: _Index,
    query: str,
    condition: tuple[str, list[object]],
    is_open: bool,
    order: Order,
    limit: int | None,
) -> list[tuple[float, FeedbackMatch]]:
    """Return the matches of one index, each with its rank.

    They are looked at from the last one back, which is the index's own order, and no further than need be. What is
    shown of them, and above all their snippets, which are dear, is made only for those that are returned.
    """
    cut = -1 if limit is None else limit
    looked_at = cut if order == "newest" or cut < 0 else max(cut, MOST_LOOKED_AT)
    joined, conditions, values = "", "1", list[object]()
    if order == "newest" or not is_open:  # else those of the best that don't count are passed over below
        joined, (conditions, values) = index.joined.replace("found.", f"{name}."), condition
    sql = (
        f"WITH found AS MATERIALIZED (SELECT {name}.rowid AS rowid, bm25({name}, {index.weights}) AS rank "
        f"FROM {name} {joined} WHERE {name} MATCH ? AND {conditions} ORDER BY {name}.rowid DESC LIMIT ?) "
        f"SELECT found.rank, {index.shown}, {_snippets(name, index.snippet_columns)} "
        f"FROM (SELECT * FROM found {'ORDER BY rank' if order == 'best' else ''}) AS found {index.joined} "
        f"CROSS JOIN {name} ON {name}.rowid = found.rowid WHERE {name} MATCH ? LIMIT ?"
    )
    rows = store.execute(sql, [query, *values, looked_at, query, cut]).fetchall()
    return [(rank, _match(row)) for rank, *row in rows]


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
