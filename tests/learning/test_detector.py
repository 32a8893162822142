"""Alarms: seldom where nothing changed, and soon where something did."""

from __future__ import annotations

import random

import pytest

from imglearn.learning.detector import LEAST_KNOWN, Detector


def alarms(outcomes: list[float], run_length: float) -> list[int]:
    detector = Detector(run_length)
    return [place for place, outcome in enumerate(outcomes) if detector.observe(outcome) is not None]


@pytest.mark.parametrize("kind", ["normal", "skewed", "coarse", "rare"])
def test_false_alarms_are_as_rare_as_stated(kind: str) -> None:
    lot = random.Random(kind)
    draw = {
        "normal": lambda: lot.gauss(70, 10),
        "skewed": lambda: 100 - lot.expovariate(0.1),
        "coarse": lambda: float(lot.choice([65, 70, 75, 85])),
        "rare": lambda: 100.0 * (lot.random() > 0.01),
    }[kind]
    n = 40 * 600
    raised = sum(len(alarms([draw() for _ in range(600)], 300)) for _ in range(40))
    assert raised <= 1.3 * n / 300


@pytest.mark.parametrize(("drop", "most"), [(10, 60), (20, 16)])
def test_a_drop_is_noticed(drop: float, most: int) -> None:
    delays = []
    for seed in range(20):
        lot = random.Random(seed)
        outcomes = [lot.gauss(70 - drop * (place >= 200), 10) for place in range(400)]
        found = [place for place in alarms(outcomes, 400) if place >= 200]
        delays.append(found[0] - 200 if found else 200)
    assert sorted(delays)[10] <= most


def test_an_alarm_tells_since_when_and_from_what_to_what() -> None:
    lot = random.Random(3)
    detector = Detector(400)
    for _ in range(150):
        assert detector.observe(lot.gauss(80, 4)) is None
    for place in range(50):  # noqa: B007 - it is told below
        alarm = detector.observe(lot.gauss(60, 4))
        if alarm is not None:
            break
    assert alarm is not None
    assert place < 12
    assert abs(alarm.began - (place + 1)) <= 2
    assert alarm.before == pytest.approx(80, abs=2)
    assert alarm.since == pytest.approx(60, abs=4)
    assert alarm.statistic > 400


def test_what_is_usual_is_learned_anew_after_an_alarm() -> None:
    lot = random.Random(4)
    detector = Detector(400)
    outcomes = [lot.gauss(80 - 20 * (place >= 150), 4) for place in range(600)]
    raised = [place for place, outcome in enumerate(outcomes) if detector.observe(outcome) is not None]
    assert raised
    assert all(150 <= place < 150 + 3 * LEAST_KNOWN for place in raised)
    assert not detector.is_learning
    assert detector.level == pytest.approx(60, abs=2)


def test_too_little_is_known_for_an_alarm() -> None:
    assert alarms([90.0] * (LEAST_KNOWN - 1) + [0.0], 10) == []
