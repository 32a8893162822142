"""What could luck have done? Tests by turning the signs of whole chains, and the correction for many looks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from imglearn.learning.frame import Floats, Ints

_BATCH = 1_000
_MOST_FLIPS = 20_000
_MOST_WORK = 4_000_000_000  # products of a sign and a number
_FINENESS = 10  # times as many flips as the smallest chance that counts needs
_PLAIN = 50


def false_discovery_rates(chances: Floats) -> Floats:
    """Return p values as q values: of the findings up to such a q, that share is expected to be luck.

    Source: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995).
    """
    n = len(chances)
    order = np.argsort(chances, kind="stable")
    rates = chances[order] * n / np.arange(1, n + 1)
    found = np.empty(n)
    found[order] = np.minimum(1.0, np.minimum.accumulate(rates[::-1])[::-1])
    return found


class Flips:
    """Random signs for some chains, the same ones whenever they are asked for as many."""

    def __init__(self, chains: int) -> None:
        self._chains = chains
        self._random = np.random.default_rng(chains)
        self._batches: list[NDArray[np.int8]] = []

    def batch(self, number: int) -> NDArray[np.float32]:
        """Return a thousand rows of signs, a column a chain."""
        while len(self._batches) <= number:
            bits = self._random.integers(0, 2, size=(_BATCH, self._chains), dtype=np.int8)
            self._batches.append(2 * bits - 1)
        return self._batches[number].astype(np.float32)

    def chance(self, columns: Floats, residuals: Floats, chain: Ints, looks: int = 1) -> float:
        """Return how often luck alone would join residuals with some columns as closely: the p value.

        `columns` have the shape (n, d), `residuals` (n,) or (n, e). What joins them is the length of their products,
        summed by chain; luck is what turning the sign of all that is of a chain, at random, makes of it, which leaves
        the likeness within a chain and any spread as they are. It is told finely enough for the best of `looks` tests.
        That is the score test for a variance component, with the wild bootstrap by clusters. Sources: M. C. Wu et al.,
        "Rare-variant association testing for sequencing data with the sequence kernel association test", American
        Journal of Human Genetics 89 (2011); P. Kline and A. Santos, "A score based approach to wild bootstrap
        inference", Journal of Econometric Methods 1 (2012).
        """
        theirs = residuals.reshape(len(residuals), -1)
        each = (columns[:, :, None] * theirs[:, None, :]).reshape(len(columns), -1)
        products = np.zeros((self._chains, each.shape[1]))
        np.add.at(products, chain, each)
        seen = float((products.sum(axis=0) ** 2).sum())
        if not seen:
            return 1.0
        scaled = (products / np.sqrt(seen)).astype(np.float32)
        affordable = _MOST_WORK // max(1, scaled.size)
        batches = max(1, min(affordable, _MOST_FLIPS, math.ceil(_FINENESS * looks / 0.05)) // _BATCH)
        reached = tried = 0
        for number in range(batches):
            by_luck = ((self.batch(number) @ scaled) ** 2).sum(axis=1)
            reached += int((by_luck >= 1 - 1e-5).sum())
            tried += _BATCH
            if reached > _PLAIN:  # luck is plain
                break
        return (1 + reached) / (1 + tried)
