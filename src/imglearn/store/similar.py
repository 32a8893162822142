"""Feedback that is like a text, and of which kind it is.

Likeness is the share of a text's words that another one has too, rare words counting more. Each word is looked up by
itself, and only where it was said last: that costs the same in a log of any size.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from typing import NamedTuple

import msgspec

from imglearn.store import full_text
from imglearn.store.database import Store

MOST = 50  # texts, the most similar ones
_LEAST = 0.1  # the share of the words that makes texts similar
_MOST_WORDS = 24
_OF_EACH_WORD = 400  # texts, those stored last
_NEWEST_ATTEMPTS = 5_000  # among which applied feedback is looked for: its index holds their prompts too

# Words that say nothing about what a text is about. (What stands in most texts counts for little anyway, but a young
# log can't tell.)
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        """a about again all also an and any are as at be been but by can could do does for from had has have here if in
        into is it its just less like look looks make makes more most much must no not of off on only or out over should
        so some still such than that the their them then there these they this those to too up very was were what when
        where which while with without would you""",
    )
)


class SimilarText(NamedTuple):
    """Feedback with a kind, and how much of the words it shares, from 0 to 1."""

    text: str
    feedback_category: str
    likeness: float


class _Source(NamedTuple):
    """Where feedback stands: its full-text index, the index's column, the table, and its columns."""

    full_text: str
    words: str
    table: str
    text: str
    newest: int | None = None


_REMARKS = _Source("feedback_fts", "text", "feedback", "text")


def telling_words(text: str) -> list[str]:
    """Return the words of a text that say what it is about, each once, the first 24."""
    words = dict.fromkeys(re.findall(r"[^\W_]+", text.casefold()))
    return [word for word in words if word not in _EMPTY][:_MOST_WORDS]


def similar_texts(store: Store, text: str) -> list[SimilarText]:
    """Return remarks that stand, and feedback applied to late attempts, most similar first; each text once."""
    words = telling_words(text)
    found: dict[str, SimilarText] = {}
    with store.read():
        sources = [_REMARKS]
        while sources and words and len(found) < MOST:
            source = sources.pop(0)
            for similar in _similar(store, source, words):
                found.setdefault(similar.text, similar)
            if source is _REMARKS:
                sources += [_attempts(index) for index in full_text.of_attempts(store)]
    return sorted(found.values(), key=lambda similar: -similar.likeness)[:MOST]


def _attempts(index: str) -> _Source:
    return _Source(index, "feedback_text", "generation_attempts", "feedback_text", _NEWEST_ATTEMPTS)


def _similar(store: Store, source: _Source, words: list[str]) -> list[SimilarText]:
    (last,) = store.execute(f"SELECT ifnull(max(row_id), 0) FROM {source.table}").fetchone()
    first = 0 if source.newest is None else max(0, last - source.newest)
    shared: dict[int, float] = defaultdict(float)
    whole = 0.0
    index = source.full_text
    sql = f"SELECT rowid FROM {index} WHERE {index} MATCH ? AND rowid > ? ORDER BY rowid DESC LIMIT ?"
    for word in words:
        match = f'{source.words} : "{word}"'
        rows = [row for (row,) in store.execute(sql, (match, first, _OF_EACH_WORD))]
        weight = _rarity(rows, first, last)
        whole += weight
        for row in rows:
            shared[row] += weight
    ranked = sorted(shared, key=lambda row: (-shared[row], -row))
    near = {row: shared[row] / whole for row in ranked[: 4 * MOST] if shared[row] >= _LEAST * whole}
    return _read(store, source, near)


def _rarity(rows: list[int], first: int, last: int) -> float:
    """Return how much a word says (as idf does): of one that is in many texts, by how close the last ones stand."""
    texts = last - first
    having = len(rows) if len(rows) < _OF_EACH_WORD else texts * len(rows) / (last - rows[-1] + 1)
    return math.log(1 + texts / (having + 0.5))


def _read(store: Store, source: _Source, near: dict[int, float]) -> list[SimilarText]:
    """Return the feedback in some rows that has a kind, in their order."""
    standing = "NOT EXISTS (SELECT 1 FROM feedback later WHERE later.supersedes = t.id)" if source is _REMARKS else "1"
    sql = (
        f"SELECT t.row_id, t.{source.text}, t.feedback_category FROM json_each(?) wanted "
        f"JOIN {source.table} t ON t.row_id = wanted.value WHERE t.feedback_category IS NOT NULL AND {standing}"
    )
    rows = store.execute(sql, (msgspec.json.encode(list(near)).decode(),)).fetchall()
    return [SimilarText(str(text), str(kind), near[row]) for row, text, kind in rows]
