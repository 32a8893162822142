"""Which texts say something like this one? By their meaning where the extra `semantic` is installed, else by words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np

from imglearn.learning.sentence_encoder import SentenceEncoder, Vectors, sentence_encoder
from imglearn.store.text_index import TextIndex

Compared = Literal["words", "meaning"]

_LEAST = 0.25  # cosine; what unrelated sentences have stays below it
_MOST_TOKENS = 4_000  # to be looked at: about a second
_SHRUNKEN_BY = 20  # texts, towards the middle of all sentences


class Index(Protocol):
    """Texts, known by their places."""

    def matches(self, query: str) -> dict[int, float]:
        """Return the places of texts that say something like a query, each with how well it matches, from 0 to 1."""
        ...


class MeaningIndex:
    """Texts, found by what they mean, whatever their words. May be shared by threads."""

    def __init__(self, texts: Sequence[str], encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._first = _first_within(_MOST_TOKENS, texts, encoder)
        self._older = TextIndex(texts[: self._first])
        vectors = encoder.encode(texts[self._first :])
        self._middle = vectors.sum(0) / (len(vectors) + _SHRUNKEN_BY)
        self._vectors = self._from_middle(vectors)

    def matches(self, query: str) -> dict[int, float]:
        """Return the places of the texts that mean something like a query, each with how well it matches, from 0 to 1.

        That is the square of the cosine between their sentence vectors, over that of the best match, so that the gap
        between what is meant and what is about the same subject shows. Vectors are told from the middle of all the
        texts, since all texts of such a log have much in common (J. Mu and P. Viswanath, "All-but-the-top", ICLR 2018).
        Beyond 4,000 tokens (some 300 sentences) the first texts are matched by their words.
        """
        cosine = self._vectors @ self._from_middle(self._encoder.encode([query]))[0]
        near = np.flatnonzero(cosine >= _LEAST)
        match = (cosine[near] / cosine[near].max(initial=_LEAST)) ** 2
        places = (near + self._first).tolist()
        return self._older.matches(query) | dict(zip(places, match.tolist(), strict=True))

    def _from_middle(self, vectors: Vectors) -> Vectors:
        centred = vectors - self._middle
        found: Vectors = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
        return found


def _first_within(most: int, texts: Sequence[str], encoder: SentenceEncoder) -> int:
    """Return the place from which on the texts cost so many tokens at most."""
    for place in range(len(texts) - 1, -1, -1):
        most -= encoder.cost(texts[place])
        if most < 0:
            return place + 1
    return 0


def index_of(texts: Sequence[str]) -> Index:
    """Return an index of texts by the best means that there are."""
    encoder = sentence_encoder()
    return TextIndex(texts) if encoder is None else MeaningIndex(texts, encoder)


def compared_by() -> Compared:
    """Return what texts are compared by here."""
    return "words" if sentence_encoder() is None else "meaning"
