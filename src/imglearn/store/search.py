"""Full-text search over what was said: feedback applied to attempts, their issues and notes, and remarks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import itemgetter
from typing import Literal, NamedTuple

from msgspec import Struct

from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.store import full_text
from imglearn.store.database import Store
from imglearn.store.filtering import where, where_remark
from imglearn.store.query_language import full_text_query
from imglearn.store.rows import from_column
from imglearn.store.settling import SETTLED_ROW

Order = Literal["best", "newest"]
ORDERS: tuple[Order, ...] = ("best", "newest")
Condition = tuple[str, list[object]]

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


MOST_RANKED = 1_000  # matches, those stored last: of a common word, ranking all of them would take too long

_ATTEMPT_SAID = (
    "(a.feedback_text IS NOT NULL OR a.notes IS NOT NULL OR a.physics_issues <> '[]' OR a.red_flags <> '[]')"
)
_SAID_COLUMNS = "{feedback_text physics_issues red_flags notes material category}"


class _Index(NamedTuple):
    """A full-text index, what it is of and what is shown of that.

    `said` says how many of the index's columns, the first ones, hold what was said. Weights: that counts most, then
    issues and flags, then notes, then what it was said about.
    """

    name: str
    joined: str
    shown: str
    said: int
    weights: str


def _of_attempts(name: str) -> _Index:
    return _Index(
        name,
        joined=f"CROSS JOIN generation_attempts a ON a.row_id = {name}.rowid AND {_ATTEMPT_SAID}",
        shown="a.id, a.timestamp, a.material, a.category, a.feedback_text, a.feedback_category, a.feedback_source, "
        "a.realism_score, a.passed, a.id, 0",
        said=4,
        weights="8, 4, 4, 2, 0, 1, 1",
    )


_OF_REMARKS = _Index(
    "feedback_fts",
    joined="CROSS JOIN feedback f ON f.row_id = feedback_fts.rowid "
    "AND NOT EXISTS (SELECT 1 FROM feedback later WHERE later.supersedes = f.id)",
    shown="f.id, f.timestamp, f.material, f.category, f.text, f.feedback_category, f.source, NULL, NULL, "
    "f.attempt_id, 1",
    said=2,
    weights="8, 2, 1, 1",
)

_LATEST = """
SELECT * FROM (SELECT * FROM (
    SELECT id, timestamp, material, category, feedback_text, feedback_category, feedback_source,
        realism_score, passed, id AS attempt_id, 0, feedback_text
    FROM generation_attempts a WHERE feedback_text IS NOT NULL AND {of_attempts} ORDER BY timestamp DESC LIMIT ?)
UNION ALL SELECT * FROM (
    SELECT id, timestamp, material, category, text, feedback_category, source,
        NULL, NULL, attempt_id, 1, text
    FROM feedback f
    WHERE NOT EXISTS (SELECT 1 FROM feedback later WHERE later.supersedes = f.id) AND {of_remarks}
    ORDER BY timestamp DESC LIMIT ?)
) ORDER BY timestamp DESC LIMIT ?
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
    `prefix` the last word may be unfinished, as while a person types. The newest are
    those stored last, by their time. With a limit,
    of more than 1,000 matches the best of the 1,000 stored last are found.
    """
    query = full_text_query(term, prefix=prefix)
    if query is None or limit == 0:
        return []
    with store.read():
        of_attempts, of_remarks = where(store, asked, "a"), where_remark(asked, "f")
        settled, *fresh = [_of_attempts(name) for name in full_text.of_attempts(store)]
        said = f"{_SAID_COLUMNS} : ({query})"
        if order == "newest":
            attempts = [  # what waits to be settled was stored last
                found for index in (*fresh, settled) for found in _newest(store, index, said, of_attempts, limit)
            ]
            found = [(0.0, match) for match in attempts[:limit]]
            found += [(0.0, match) for match in _newest(store, _OF_REMARKS, query, of_remarks, limit)]
        else:
            found = _best(store, settled, said, of_attempts, limit)
            for index in fresh:
                scale = _scale(store, settled, index, said)
                matches = _best(store, index, said, of_attempts, limit)
                found += [(rank * scale, match) for rank, match in matches]
            found += _best(store, _OF_REMARKS, query, of_remarks, limit)
    found.sort(key=lambda ranked: ranked[1].timestamp, reverse=True)
    if order == "best":
        found.sort(key=itemgetter(0))
    return [match for _, match in found[:limit]]


def _scale(store: Store, settled: _Index, fresh: _Index, query: str) -> float:
    """Return what makes ranks of the few attempts that wait comparable with those of the others.

    A rank has the rarity of its words among all texts of an index as a factor (idf, as in FTS5's bm25), and among a few
    that is another one. It is put right for the query as a whole: exactly for one word, nearly for several.
    (Whether a text is a short one is still told by those few.)
    """
    (few,) = store.execute(f"SELECT count(*) FROM {fresh.name}").fetchone()
    (many,) = store.execute(f"SELECT max({SETTLED_ROW}, 1)").fetchone()
    return _rarity(store, settled.name, query, many) / _rarity(store, fresh.name, query, few)


def _rarity(store: Store, index: str, query: str, texts: int) -> float:
    (having,) = store.execute(f"SELECT count(*) FROM {index} WHERE {index} MATCH ?", (query,)).fetchone()
    return max(1e-6, math.log((max(texts, having) - having + 0.5) / (having + 0.5)))


def _newest(store: Store, index: _Index, query: str, condition: Condition, limit: int | None) -> list[FeedbackMatch]:
    """Return the matches stored last: the index's own order, so that it reads no further than need be."""
    more, values = condition
    sql = f"{_shown(index)} AND {more} ORDER BY {index.name}.rowid DESC LIMIT ?"
    rows = store.execute(sql, [query, *values, -1 if limit is None else limit]).fetchall()
    return [_match(row[1:]) for row in rows]


def _best(
    store: Store, index: _Index, query: str, condition: Condition, limit: int | None
) -> list[tuple[float, FeedbackMatch]]:
    """Return the best matches, each with its rank (BM25, lower is better).

    First they are ranked, then those that are returned are read: what is shown of a match, above all its snippet,
    costs more than its rank.
    """
    more, values = condition
    sql = (
        f"SELECT {index.name}.rowid, bm25({index.name}, {index.weights}) FROM {index.name} {index.joined} "
        f"WHERE {index.name} MATCH ? AND {more} ORDER BY {index.name}.rowid DESC LIMIT ?"
    )
    most = -1 if limit is None else max(limit, MOST_RANKED)
    ranked = store.execute(sql, [query, *values, most]).fetchall()
    ranked.sort(key=itemgetter(1))
    ranks = dict(ranked[:limit])
    if not ranks:
        return []
    # The matches in one go through the index: to look each up in it would begin at its start each time.
    wanted = f"{index.name}.rowid >= ? AND +{index.name}.rowid IN (SELECT value FROM json_each(?))"
    rows = store.execute(f"{_shown(index)} AND {wanted}", [query, min(ranks), str(list(ranks))]).fetchall()
    return [(ranks[row[0]], _match(row[1:])) for row in rows]


def _shown(index: _Index) -> str:
    """Return the SELECT of what is shown of matches, the row number before, and a snippet of each column after it."""
    snippets = ", ".join(
        f"snippet({index.name}, {place}, '{MATCH_START}', '{MATCH_END}', '…', 16)" for place in range(index.said)
    )
    return (
        f"SELECT {index.name}.rowid, {index.shown}, {snippets} FROM {index.name} {index.joined} "
        f"WHERE {index.name} MATCH ?"
    )


def latest_feedback(store: Store, limit: int, asked: AttemptFilter = ANY_ATTEMPT) -> list[FeedbackMatch]:
    """Return the newest feedback, of attempts and of people, newest first."""
    with store.read():
        (of_attempts, values), (of_remarks, remark_values) = where(store, asked, "a"), where_remark(asked, "f")
        sql = _LATEST.format(of_attempts=of_attempts, of_remarks=of_remarks)
        rows = store.execute(sql, [*values, limit, *remark_values, limit, limit]).fetchall()
    return [_match(row) for row in rows]


def _match(row: Sequence[object]) -> FeedbackMatch:
    """Return the match in a row: its snippet is that of the first column with a match, or else with any text."""
    texts = [str(text) for text in row[11:] if text is not None]
    snippet = next((text for text in texts if MATCH_START in text), texts[0] if texts else "")
    names = FeedbackMatch.__struct_fields__[:10]
    values = [from_column(name, value) for name, value in zip(names, row, strict=False)]
    return FeedbackMatch(*[*values, row[10] == 1, snippet])
