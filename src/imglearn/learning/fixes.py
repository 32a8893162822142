"""What fixed this before? Feedback that helped after such issues, by how well it fits and how much it helped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from imglearn.analytics.rates import Z_90
from imglearn.learning.evidence import Evidence, evidence
from imglearn.learning.feedback_effects import gains
from imglearn.learning.frame import Floats, Ints
from imglearn.learning.history import History, remembered
from imglearn.learning.hygiene import Case, issues_of
from imglearn.learning.likeness import Compared, Index, compared_by, index_of
from imglearn.store.rows import from_json

_USE_WEIGHT = 0.5  # of that a text was used after such issues, beside that it fits itself
_SUCH = 0.5  # of the best match among the issues: from there on an issue counts as such a one
_LEAST_VARIANCE = 1.0  # points squared, between texts
_USUAL_VARIANCE = 25.0  # points squared: of what texts gain on average, before any was seen
_EXAMPLES = 3
_LEAST_FIT = 0.02  # relevance; what fits less is not for such an issue


class Fix(Struct, frozen=True):
    """A feedback text for an issue, and what is known of it.

    It was `tried` after so many attempts with such an issue and `fixed` it after so many of these (None: of no issue in
    particular); of `unfed` retries
    without feedback after such attempts, `chance` percent were rid of it as well. `gain` is what it adds to the score
    of a retry in points after such issues, shrunken towards what it adds after any, with a 90 % interval; it was `used`
    after any so many times. `relevance` from 0 to 1 says how well it fits the issue. `evidence` is of the tries: "no
    data" says that it is untested here. `examples` are attempts that it was applied to, the best gain first.
    `matched_by` says what texts and issues were compared by (None: no issue was given).
    """

    text: str
    feedback_category: str | None
    tried: int
    fixed: int | None
    chance: float | None
    unfed: int
    gain: float
    low: float
    high: float
    used: int
    relevance: float
    evidence: Evidence
    examples: tuple[str, ...]
    matched_by: Compared | None


class _Use(NamedTuple):
    """A text that was applied to a retry: what that gained, and which issues were there before and after."""

    text: int
    gain: float
    case: Case
    before: tuple[int, ...]
    after: tuple[int, ...]


class _Gains(NamedTuple):
    """Of each text how often it was used, what that gains in points, and the variance of not knowing it."""

    uses: Floats | Ints
    mean: Floats
    variance: Floats


class _Library:
    """The texts and issues of a history, and what became of them."""

    def __init__(self, past: History) -> None:
        retries, gained, self._noise = gains(past)
        kinds: dict[str, str | None] = {}
        for case in past.cases:
            text = past.applied_text(case.attempt.row_id)
            if text is not None:
                kinds[text] = kinds.pop(text, case.attempt.feedback or None)  # the one that was used last is last
        self.texts, self.kinds = tuple(kinds), tuple(kinds.values())
        self.issues = _used_last_is_last(retries.cases)
        texts, issues = ({name: place for place, name in enumerate(names)} for names in (self.texts, self.issues))
        self.uses: list[_Use] = []
        self.unfed: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        for case, gain in zip(retries.cases, gained.tolist(), strict=True):
            before = () if case.before is None else tuple(issues[issue] for issue in _issues_of(case.before))
            after = tuple(issues[issue] for issue in _issues_of(case))
            text = past.applied_text(case.attempt.row_id)
            if text is not None:
                self.uses.append(_Use(texts[text], gain, case, before, after))
            elif case.attempt.feedback is None:
                self.unfed.append((before, after))
        self.used = Counter(use.text for use in self.uses)
        self._learn()

    @cached_property
    def text_index(self) -> Index:
        """The texts, to be found."""
        return index_of(self.texts)

    @cached_property
    def issue_index(self) -> Index:
        """The issues, to be found."""
        return index_of(self.issues)

    def _learn(self) -> None:
        """Learn how much texts differ in what they gain: by empirical Bayes, from their means."""
        count, mean = self._sums(np.ones(len(self.uses)))
        n = int(count.sum())
        self._usual = float((count * mean).sum()) / (n + self._noise / _USUAL_VARIANCE)
        self._usual_variance = 1 / (n / self._noise + 1 / _USUAL_VARIANCE)
        spread = float((count * (mean - self._usual) ** 2).sum()) - self._noise * int((count > 0).sum())
        self._between = max(_LEAST_VARIANCE, spread / max(1, n))
        self.gains = self.gains_of(np.zeros(len(self.uses)))

    def gains_of(self, weight: Floats) -> _Gains:
        """Return what each text gains after an issue; its uses weigh from 0 (after another) to 1 (after such a one).

        What it gains after any issue is told by the other uses, shrunken towards what texts gain on average; what it
        gains after such an issue differs from that as much as texts differ from each other, and is told by its uses
        after such issues. Each use counts once, and what is not known of the average stays in the variance.
        """
        near, near_mean = self._sums(weight)
        far, far_mean = self._sums(1 - weight)
        known = far / self._noise + 1 / self._between
        mean = (far * far_mean / self._noise + self._usual / self._between) / known
        variance = 1 / known + self._usual_variance / (self._between * known) ** 2
        if weight.any():
            prior = variance + self._between
            known = near / self._noise + 1 / prior
            mean = (near * near_mean / self._noise + mean / prior) / known
            variance = 1 / known
        return _Gains(near, mean, variance)

    def _sums(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return of each text the weight of its uses, and the mean of what they gained."""
        of = np.array([use.text for use in self.uses], dtype=int)
        gain = np.array([use.gain for use in self.uses], dtype=float)
        total = np.bincount(of, weights, minlength=len(self.texts)).astype(float)
        mean = np.bincount(of, weights * gain, minlength=len(self.texts)) / np.maximum(total, 1e-12)
        return total, mean


_library = remembered(_Library)


@remembered
def fixes(
    past: History, issues: tuple[str, ...] = (), category: str | None = None, limit: int | None = 5
) -> tuple[Fix, ...]:
    """Return feedback texts for an attempt with some issues, best first; without an issue, those that help most at all.

    A text's gain is what retries with it scored beyond what retries without feedback do after such an attempt (see
    `feedback_effects`), shrunken: the few uses after such an issue towards all its uses, these towards those of all
    texts. How well it fits is how well it matches the issue (see `likeness`), and half as much how often it was used
    after issues that do. Texts are ranked by the product. Those that do no good are left out, harmful ones with them.
    With a `category`, only what happened in it counts as use after such an issue.
    """
    known = _library(past)
    if not known.texts:
        return ()
    such = _such(known, issues)
    weights = [
        (_most(such, use.before) if issues else 1.0) * (category is None or use.case.attempt.category == category)
        for use in known.uses
    ]
    here = known.gains_of(np.array(weights)) if issues or category is not None else known.gains
    relevance = _relevance(known, issues, here.uses)
    rank = relevance * np.maximum(here.mean, 0)
    fits = (here.mean > 0) & (relevance >= _LEAST_FIT if issues else True)
    helpful = sorted(np.flatnonzero(fits).tolist(), key=lambda text: (-rank[text], -here.mean[text], text))
    unfed = [(before, after) for before, after in known.unfed if issues and _most(such, before) >= _SUCH]
    gone = sum(_is_gone(such, *one) for one in unfed)
    found = []
    for text in helpful[:limit]:
        tried = [use for use, weight in zip(known.uses, weights, strict=True) if use.text == text and weight >= _SUCH]
        half = Z_90 * float(np.sqrt(here.variance[text]))
        found.append(
            Fix(
                text=known.texts[text],
                feedback_category=known.kinds[text],
                tried=len(tried),
                fixed=sum(_is_gone(such, use.before, use.after) for use in tried) if issues else None,
                chance=100 * gone / len(unfed) if unfed else None,
                unfed=len(unfed),
                gain=float(here.mean[text]),
                low=float(here.mean[text]) - half,
                high=float(here.mean[text]) + half,
                used=known.used[text],
                relevance=float(relevance[text]),
                evidence=evidence(len({use.case.chain for use in tried})),
                examples=tuple(use.case.attempt.id for use in sorted(tried, key=lambda use: -use.gain)[:_EXAMPLES]),
                matched_by=compared_by() if issues else None,
            )
        )
    return tuple(found)


def _such(known: _Library, issues: Sequence[str]) -> Floats:
    """Return how well each issue of the log matches what is asked, from 0 to 1."""
    such = np.zeros(len(known.issues))
    for issue in issues:
        for place, match in known.issue_index.matches(issue).items():
            such[place] = max(such[place], match)
    return such


def _relevance(known: _Library, issues: Sequence[str], count: Floats | Ints) -> Floats:
    """Return how well each text fits: by itself, and by how much more than others it is used after such issues."""
    if not issues:
        return np.ones(len(known.texts))
    itself = np.zeros(len(known.texts))
    for issue in issues:
        for place, match in known.text_index.matches(issue).items():
            itself[place] = max(itself[place], match)
    used = np.array([known.used[text] for text in range(len(known.texts))], dtype=float)
    usual = used / max(1.0, float(used.sum()))
    special = np.where(count > 0, (count + usual) / (count.sum() + 1) / np.maximum(usual, 1e-9), 0)
    return np.asarray((itself + _USE_WEIGHT * special / max(1e-9, float(special.max()))) / (1 + _USE_WEIGHT))


def _most(such: Floats, issues: Collection[int]) -> float:
    return max((float(such[one]) for one in issues), default=0.0)


def _is_gone(such: Floats, before: Collection[int], after: Collection[int]) -> bool:
    return _most(such, after) < _SUCH * _most(such, before)


def _used_last_is_last(retries: Iterable[Case]) -> tuple[str, ...]:
    """Return the issues of retries, and of what they retry."""
    found: dict[str, None] = {}
    for case in retries:
        for one in (case.before, case):
            for issue in () if one is None else _issues_of(one):
                found.pop(issue, None)
                found[issue] = None
    return tuple(found)


def _issues_of(case: Case) -> tuple[str, ...]:
    return issues_of(_texts(case.attempt.issues), _texts(case.attempt.red_flags))


def _texts(found: str | None) -> list[str]:
    items = from_json(found) if found else None
    return [str(item) for item in items] if isinstance(items, list) else []
