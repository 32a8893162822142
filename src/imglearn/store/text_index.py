"""Texts that are at hand, found by how well they match another one: full-text search in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from threading import Lock

from imglearn.store.similar import telling_words


class TextIndex:
    """An index of texts, known by their places. May be shared by threads."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._lock = Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute("CREATE VIRTUAL TABLE texts USING fts5 (body, tokenize = 'porter unicode61')")
        self._database.executemany("INSERT INTO texts (rowid, body) VALUES (?, ?)", enumerate(texts))

    def matches(self, query: str) -> dict[int, float]:
        """Return the places of the texts that share a telling word with a query, each with how well it matches.

        That is BM25 (S. Robertson and H. Zaragoza, "The probabilistic relevance framework", Foundations and Trends in
        Information Retrieval 3, 2009) over the best match, from 0 to 1. Words are stemmed (Porter): endings don't
        matter.
        """
        words = telling_words(query)
        if not words:
            return {}
        asked = " OR ".join(f'"{word}"' for word in words)
        with self._lock:
            sql = "SELECT rowid, -bm25(texts) FROM texts WHERE texts MATCH ?"
            rows = self._database.execute(sql, (asked,)).fetchall()
        best = max((match for _, match in rows), default=0.0)
        return {int(place): float(match / best) for place, match in rows if match > 0}
