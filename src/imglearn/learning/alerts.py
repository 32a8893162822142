"""What broke? Alerts for models that got worse and for errors that pile up, at the attempt that made it plain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

from imglearn.learning.detector import LEAST_KNOWN, Alarm, Detector
from imglearn.learning.history import History, remembered
from imglearn.learning.hygiene import Case
from imglearn.store.observations import Observation

MOST_NOW = 5_000  # attempts, the newest ones, that tell what is worse now
RUN_LENGTH = 250  # first attempts of a model between false alarms, on average at least, without any change
_LEAST_OF_CATEGORY = 5  # outcomes; before, nothing is usual in a category
_CATEGORY_PRIOR, _PAIR_PRIOR = 4, 8  # attempts that the deviation of a category, and of a model in it, are shrunk by

_MIX = "for the usual mix of categories"

Kind = Literal["score", "pass rate", "errors"]


class Alert(Struct, frozen=True):
    """Something got worse: the attempt that made it plain, and what is known of it.

    `scope` is "model" and `name` whose (None: of the attempts without one); `kind` is what got worse. `statistic`
    exceeded `threshold`, which is the least number of outcomes between false alarms on average. `before` and `since`
    are means: of scores in points, of passes and of attempts that ended in errors in percent; `since` is over the last
    `n` outcomes, from the attempt `began_id` on, where it began by all appearances: since these raised the alarm, it
    looks worse than it will turn out. Both are for the usual mix of categories.
    """

    id: str
    attempt_id: str
    timestamp: str
    scope: str
    name: str | None
    kind: Kind
    message: str
    statistic: float
    threshold: float
    before: float
    since: float
    n: int
    began_id: str


class Watch(Struct, frozen=True):
    """What is watched: the statistic of a stream now, its threshold, and how many outcomes its usual level rests on."""

    scope: str
    name: str | None
    kind: Kind
    statistic: float
    threshold: float
    known: int
    needs: int


class Alerts(NamedTuple):
    """All alerts of a history, oldest first; those that are `current`; and what is watched."""

    raised: tuple[Alert, ...]
    current: tuple[Alert, ...]
    watches: tuple[Watch, ...]


@remembered
def alerts(past: History) -> Alerts:
    """Replay a history attempt by attempt, as it came, and return the alerts that were raised on the way.

    Of each model the first attempt of each chain is watched: its score, or where there is none its verdict, freed of
    what the category and the model in it usually bring (means of the attempts before, shrunken). The others of a chain
    are like it, and retries come in runs. And all attempts of each model are watched for errors: of the generator, of
    the validator. What is a change and what is luck the `Detector` tells: without any change it raises a false alarm in
    a stream at most once in 250 outcomes on average. An alert is current until 30 outcomes have told what is usual
    since.
    """
    watched: dict[tuple[str | None, Kind], Detector] = defaultdict(lambda: Detector(RUN_LENGTH))
    ids: dict[tuple[str | None, Kind], list[str]] = defaultdict(list)
    last: dict[tuple[str | None, Kind], Alert] = {}
    expected = _Expected()
    raised: list[Alert] = []
    for attempt, kind, outcome in _outcomes(past):
        stream = (attempt.model, kind)
        detector = watched[stream]
        deviation = 0.0 if kind == "errors" else expected.deviation(attempt, kind)
        is_usual = not detector.is_learning or detector.known < LEAST_KNOWN
        if kind != "errors" and is_usual:
            expected.learn(attempt, kind, outcome, detector.level)
        if kind != "errors" and not expected.knows(attempt, kind):  # a new category may be a harder one
            continue
        ids[stream].append(attempt.id)
        alarm = detector.observe(outcome - deviation)
        if alarm is not None:
            last[stream] = _alert(attempt, kind, alarm, ids[stream][-alarm.began])
            raised.append(last[stream])
    return Alerts(
        tuple(raised),
        tuple(alert for stream, alert in last.items() if watched[stream].is_learning),
        tuple(
            Watch("model", model, kind, one.statistic, RUN_LENGTH, one.known, LEAST_KNOWN)
            for (model, kind), one in watched.items()
        ),
    )


def _outcomes(past: History) -> Iterator[tuple[Observation, Kind, float]]:
    """Yield what is watched, by time: of an attempt that it went through, and of a first one how it did."""
    all_of_them: list[tuple[Observation, Case | None]] = [(case.attempt, case) for case in past.cases]
    all_of_them += [(attempt, None) for attempt in past.broke]
    opened: set[int] = set()
    for attempt, case in sorted(all_of_them, key=lambda one: (one[0].timestamp, one[0].row_id)):
        yield attempt, "errors", 0.0 if case is None else 100.0
        if case is None or case.chain in opened:
            continue
        opened.add(case.chain)
        if case.step == 0:
            if case.score is not None:
                yield attempt, "score", case.score
            elif case.passed is not None:
                yield attempt, "pass rate", 100.0 * case.passed


class _Expected:
    """What a category, and a model in it, bring beyond the model's level: means of the past, shrunken towards 0."""

    def __init__(self) -> None:
        self._sums: defaultdict[tuple[object, ...], float] = defaultdict(float)
        self._counts: defaultdict[tuple[object, ...], int] = defaultdict(int)

    def knows(self, attempt: Observation, kind: Kind) -> bool:
        return self._counts[kind, attempt.category] > _LEAST_OF_CATEGORY

    def deviation(self, attempt: Observation, kind: Kind) -> float:
        return self._of_category(attempt, kind) + self._mean((kind, attempt.category, attempt.model), _PAIR_PRIOR)

    def learn(self, attempt: Observation, kind: Kind, outcome: float, level: float | None) -> None:
        beyond = outcome - (outcome if level is None else level)
        self._add((kind, attempt.category), beyond)
        self._add((kind, attempt.category, attempt.model), beyond - self._of_category(attempt, kind))

    def _of_category(self, attempt: Observation, kind: Kind) -> float:
        return self._mean((kind, attempt.category), _CATEGORY_PRIOR)

    def _mean(self, key: tuple[object, ...], prior: int) -> float:
        return self._sums[key] / (self._counts[key] + prior)

    def _add(self, key: tuple[object, ...], value: float) -> None:
        self._sums[key] += value
        self._counts[key] += 1


def _alert(attempt: Observation, kind: Kind, alarm: Alarm, began_id: str) -> Alert:
    before, since = alarm.before, alarm.since
    if kind == "errors":
        before, since = 100 - before, 100 - since
    return Alert(
        id=f"{kind}:{attempt.id}",
        attempt_id=attempt.id,
        timestamp=attempt.timestamp,
        scope="model",
        name=attempt.model,
        kind=kind,
        message=_message(attempt.model or "no model given", kind, before, since, alarm.began),
        statistic=alarm.statistic,
        threshold=RUN_LENGTH,
        before=before,
        since=since,
        n=alarm.began,
        began_id=began_id,
    )


def _message(name: str, kind: Kind, before: float, since: float, n: int) -> str:
    if kind == "score":
        return f"{name}: mean score {since:.0f} in the last {n} first attempts, {before:.0f} before, {_MIX}"
    if kind == "pass rate":
        since, before = (min(100.0, max(0.0, rate)) for rate in (since, before))
        return f"{name}: {since:.0f} % of the last {n} first attempts passed, {before:.0f} % before, {_MIX}"
    return f"{name}: {since:.0f} % of the last {n} attempts ended in errors, {before:.1f} % before"
