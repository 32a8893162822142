"""Which attempts can be learned from, which can't, and why: the one view that every analysis reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from imglearn.learning.chains import ChainCounts, link
from imglearn.store.observations import Observation

_EXAMPLES = 5
_MOST_CONTRADICTING = 0.1  # of the verdicts; more are given by another threshold than that of the settings

# Why nothing is learned from an attempt; the first that holds is the reason.
_NOTHING = {
    "remark": "a person's remark that was logged as an attempt: it says nothing of an image",
    "running": "not ended yet",
    "abandoned": "its process ended without another word",
    "error": "it ended in an error, so nothing was judged",
    "validator error": "the validator failed, so nothing was judged",
    "skipped validation": "a pass with the score 0: nothing was judged",
    "no outcome": "neither a score nor a verdict",
    "no time": "its time can't be read, so nothing tells what it follows",
}
_BROKEN = ("abandoned", "error", "validator error", "skipped validation")
# Why only its score is learned from.
_SCORE_ONLY = {
    "fail above the threshold": "the score reaches the pass threshold, the verdict is a fail, and nobody says why",
    "pass below the threshold": "the verdict is a pass, and the score does not reach the pass threshold",
}


class Case(NamedTuple):
    """An attempt that is learned from: its score and its verdict, as far as they count, and what it follows.

    `chain` is the number of its chain, `step` how many attempts it retries in a row, `before` the last of these, where
    that one is learned from too.
    """

    attempt: Observation
    score: float | None
    passed: bool | None
    chain: int
    step: int
    before: Case | None


class LeftOut(Struct, frozen=True):
    """How many attempts are not learned from, or from which only the score `counts`, the reason, and the newest."""

    reason: str
    attempts: int
    counts: str
    meaning: str
    examples: tuple[str, ...]


class Hygiene(Struct, frozen=True):
    """What can be learned from.

    Of the newest attempts, `attempts` were looked at and `older` were not. `learned_from` of them count, `scored` with
    their score, `judged` with their verdict. `remarks` are kept apart from attempts and count nowhere.
    `unapplied_texts` attempts have a feedback text that was not applied to them: the judge's words, never a cause.
    `explained_fails` failed with a score that reaches the threshold and say why: they count in full.
    `pass_threshold` is the one that the verdicts were held against, `configured_threshold` that of the settings: where
    more than a tenth of the verdicts contradict it, and less than half as many another one, they were given by that.
    `chosen_by` are the outcomes that a filter asks for: what is learned of attempts that were chosen by how they ended
    says little of what leads to it.
    """

    attempts: int
    older: int
    learned_from: int
    scored: int
    judged: int
    learned_by: Literal["score", "verdict"]
    pass_threshold: float
    configured_threshold: float
    left_out: tuple[LeftOut, ...]
    remarks: int
    unapplied_texts: int
    explained_fails: int
    chains: ChainCounts
    chosen_by: tuple[str, ...]


def clean(
    attempts: Sequence[Observation],
    pass_threshold: float,
    *,
    wanted: Collection[int] | None = None,
    chosen_by: tuple[str, ...] = (),
    older: int = 0,
    remarks: int = 0,
) -> tuple[Hygiene, list[Case], list[Observation]]:
    """Return what can be learned from, the cases, and the attempts in which something broke so that nothing was judged:
    of attempts given oldest first, or of the `wanted` row numbers among them, which a filter for the outcomes
    `chosen_by` left.

    A score and a verdict are taken apart: where they contradict each other, the score counts, which is the judge's
    word, and not the verdict, which somebody overruled or another threshold gave. A fail that names what failed is no
    contradiction: not only the score decides.
    """
    threshold = _threshold_of(attempts, pass_threshold)
    reasons = [_reason(attempt, threshold) for attempt in attempts]
    real = [place for place, reason in enumerate(reasons) if reason != "remark"]
    links = link(
        [attempts[place] for place in real],
        lambda place: attempts[real[place]].passed == 1 and reasons[real[place]] != "skipped validation",
    )
    cases: dict[int, Case] = {}
    for place, (chain, step, before, _) in enumerate(zip(*links, strict=True)):
        attempt, reason = attempts[real[place]], reasons[real[place]]
        if reason not in _NOTHING:
            passed = None if attempt.passed is None or reason is not None else bool(attempt.passed)
            follows = None if before is None else cases.get(before)
            cases[place] = Case(attempt, attempt.score, passed, chain, step, follows)
    counted = [case for case in cases.values() if wanted is None or case.attempt.row_id in wanted]
    looked_at = [(attempt, reason) for attempt, reason in zip(attempts, reasons, strict=True)
                 if wanted is None or attempt.row_id in wanted]  # fmt: skip
    found = Hygiene(
        attempts=len(looked_at),
        older=older,
        learned_from=len(counted),
        scored=sum(case.score is not None for case in counted),
        judged=sum(case.passed is not None for case in counted),
        learned_by="score" if 2 * sum(case.score is not None for case in counted) >= len(counted) else "verdict",
        pass_threshold=threshold,
        configured_threshold=pass_threshold,
        left_out=_left_out(looked_at),
        remarks=remarks,
        unapplied_texts=sum(case.attempt.has_verdict_text for case in counted),
        explained_fails=sum(
            case.passed is False and case.score is not None and case.score >= threshold for case in counted
        ),
        chains=links.counts(
            [place for place, one in enumerate(real) if wanted is None or attempts[one].row_id in wanted]
        ),
        chosen_by=chosen_by,
    )
    return found, counted, [attempt for attempt, reason in looked_at if reason in _BROKEN]


def _threshold_of(attempts: Sequence[Observation], configured: float) -> float:
    """Return the pass threshold that the verdicts were given by. Fails that name what failed tell nothing of it."""
    verdicts = sorted(
        (attempt.score, attempt.passed)
        for attempt in attempts
        if attempt.score is not None
        and (attempt.passed or (attempt.passed == 0 and not attempt.failure_category))
        and _reason(attempt, attempt.score) not in _NOTHING
    )
    contradicting = sum((score >= configured) != bool(passed) for score, passed in verdicts)
    if contradicting <= _MOST_CONTRADICTING * len(verdicts):
        return configured
    wrong = sum(not passed for _, passed in verdicts)  # where every score reaches the threshold
    best, fewest = configured, contradicting / 2
    for place, (score, passed) in enumerate(verdicts):
        if (place == 0 or verdicts[place - 1][0] < score) and wrong <= fewest:
            best, fewest = score, wrong
        wrong += 1 if passed else -1
    return best


def _reason(attempt: Observation, pass_threshold: float) -> str | None:
    """Return why an attempt, or its verdict, does not count; None where both do."""
    if attempt.is_remark:
        return "remark"
    if attempt.status != "done":
        return attempt.status
    if attempt.validator_failed:
        return "validator error"
    if attempt.score is None and attempt.passed is None:
        return "no outcome"
    if attempt.day is None:
        return "no time"
    if attempt.score is None or attempt.passed is None:
        return None
    if attempt.passed:
        if attempt.score == 0:
            return "skipped validation"
        return "pass below the threshold" if attempt.score < pass_threshold else None
    if attempt.score >= pass_threshold and not attempt.failure_category:
        return "fail above the threshold"
    return None


def issues_of(physics_issues: Sequence[str] | None, red_flags: Sequence[str] | None) -> tuple[str, ...]:
    """Return what was wrong with an attempt: its physics issues and its red flags, each once."""
    return tuple(dict.fromkeys([*(physics_issues or ()), *(red_flags or ())]))


def _left_out(looked_at: Sequence[tuple[Observation, str | None]]) -> tuple[LeftOut, ...]:
    found: defaultdict[str | None, list[str]] = defaultdict(list)
    for attempt, reason in reversed(looked_at):
        found[reason].append(attempt.id)
    return tuple(
        LeftOut(reason, len(found[reason]), counts, meaning, tuple(found[reason][:_EXAMPLES]))
        for counts, meanings in (("nothing", _NOTHING), ("score", _SCORE_ONLY))
        for reason, meaning in meanings.items()
        if reason in found
    )
