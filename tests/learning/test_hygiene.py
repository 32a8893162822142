"""Which attempts count, and which belong together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imglearn.learning.chains import link
from imglearn.learning.hygiene import clean
from imglearn.logger import ImageGenerationLogger
from imglearn.store.database import Store
from imglearn.store.observations import observations

REAL = Path(__file__).parents[3] / "shared/data/origin/full-146-rows.db"
AT = "2026-03-02T10:{:02}:00Z"


def attempt(minute: int = 0, **fields: Any) -> dict[str, Any]:
    given = {"material": "Birch", "category": "wood", "timestamp": AT.format(minute), "model": "anvil"}
    return {**given, "realism_score": 60.0, "passed": False, "failure_category": "quality", **fields}


def hygiene(logger: ImageGenerationLogger, *records: dict[str, Any], **asked: Any) -> dict[str, Any]:
    assert all(isinstance(outcome, str) for outcome in logger.log_many(records))
    return logger.get_hygiene(**asked)


def reasons(found: dict[str, Any]) -> dict[str, tuple[int, str]]:
    return {one["reason"]: (one["attempts"], one["counts"]) for one in found["left_out"]}


REMARK = {
    "material": "Birch", "category": "wood", "timestamp": AT.format(1), "feedback_applied": True,
    "feedback_text": "Too clean.", "realism_score": 0, "passed": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (REMARK, "remark"),
        (attempt(status="running", realism_score=None, passed=None), "running"),
        (attempt(status="error", error="out of memory", realism_score=None, passed=None), "error"),
        (attempt(status="abandoned", realism_score=None, passed=None), "abandoned"),
        (attempt(validator_error="quota"), "validator error"),
        (attempt(realism_score=0, passed=True), "skipped validation"),
        (attempt(realism_score=None, passed=None), "no outcome"),
    ],
)
def test_what_says_nothing_is_left_out(logger: ImageGenerationLogger, record: dict[str, Any], reason: str) -> None:
    found = hygiene(logger, attempt(), record)
    assert reasons(found) == {reason: (1, "nothing")}
    assert (found["attempts"], found["learned_from"]) == (2, 1)
    assert found["left_out"][0]["examples"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (attempt(realism_score=82, passed=False, failure_category=None), "fail above the threshold"),
        (attempt(realism_score=60, passed=True), "pass below the threshold"),
    ],
)
def test_of_a_contradiction_the_score_counts(
    logger: ImageGenerationLogger, record: dict[str, Any], reason: str
) -> None:
    others = [attempt(realism_score=score, passed=score >= 75, failure_category=None) for score in range(50, 99, 2)]
    found = hygiene(logger, *others, record)
    assert reasons(found) == {reason: (1, "score")}
    assert (found["scored"], found["judged"]) == (len(others) + 1, len(others))


def test_a_fail_that_names_its_reason_is_no_contradiction(logger: ImageGenerationLogger) -> None:
    found = hygiene(logger, attempt(realism_score=92, failure_category="aesthetics"))
    assert not found["left_out"]
    assert found["explained_fails"] == 1


def test_the_threshold_is_the_one_that_the_verdicts_follow(logger: ImageGenerationLogger) -> None:
    records = [
        attempt(realism_score=score, passed=score >= 60, failure_category=None) for score in range(30, 99) for _ in "ab"
    ]
    found = hygiene(logger, *records)
    assert (found["pass_threshold"], found["configured_threshold"]) == (60.0, 75.0)
    assert not found["left_out"]


def test_text_that_was_not_applied_is_told(logger: ImageGenerationLogger) -> None:
    found = hygiene(logger, attempt(feedback_text="The image shows rust.", feedback_applied=False))
    assert found["unapplied_texts"] == 1
    assert logger.get_feedback_effects()[0]["n"] == 0


def test_a_filter_leaves_the_chains_as_they_are(logger: ImageGenerationLogger) -> None:
    found = hygiene(logger, attempt(0), attempt(5), attempt(9, model="bellows"), model="bellows")
    assert found["attempts"] == found["learned_from"] == 1
    assert found["chains"] == {
        "chains": 1, "longest": 1, "retries": 1, "by_parent": 0, "by_path": 0, "by_time": 1  # what it retries is not in it
    }  # fmt: skip


def chains(logger: ImageGenerationLogger, *records: dict[str, Any]) -> list[tuple[int, int, str | None]]:
    """Log attempts, and return of each the chain, the step and the id of what it retries."""
    outcomes = logger.log_many(records)
    assert all(isinstance(outcome, str) for outcome in outcomes), outcomes
    _, cases, _ = clean(observations(logger.store, 1000), 75.0)
    return [(case.chain, case.step, case.before and case.before.attempt.id) for case in cases]


def test_chains_by_parent(logger: ImageGenerationLogger) -> None:
    found = chains(
        logger,
        attempt(0, id="a", material="Oak"),
        attempt(1, id="b", material="Ash", parent_id="a"),
        attempt(2, id="c", material="Elm", parent_id="b"),
        attempt(3, id="d", material="Fir", parent_id="gone"),
        attempt(4, id="e", material="Yew", parent_id="gone"),
    )
    assert [(step, before) for _, step, before in found] == [(0, None), (1, "a"), (2, "b"), (1, None), (1, None)]
    assert len({chain for chain, _, _ in found[:3]}) == len({chain for chain, _, _ in found[3:]}) == 1
    assert found[0][0] != found[3][0]


def test_chains_by_path_time_and_a_pass_between(logger: ImageGenerationLogger) -> None:
    found = chains(
        logger,
        attempt(0, id="a"),
        attempt(20, id="b"),  # 20 minutes later
        attempt(25, id="c", realism_score=90, passed=True, failure_category=None),
        attempt(30, id="d"),  # after a pass: another request
        attempt(31, id="x", material="Elm", image_path="elm.png", passed=True, realism_score=90, failure_category=None),
        attempt(32, id="y", material="Elm", image_path="elm.png"),  # the image of one that passed, anew
        attempt(30, id="e", material="Oak", timestamp="2026-03-02T10:00:00Z", image_path="oak.png"),
        attempt(30, id="f", material="Oak", timestamp="2026-03-02T19:00:00Z", image_path="oak.png"),
        attempt(30, id="g", material="Oak", timestamp="2026-03-04T19:00:00Z", image_path="oak.png"),
        attempt(30, id="h", material="Oak", timestamp="2026-03-04T19:40:00Z", image_path="other.png"),
    )
    steps = {case: step for case, (_, step, _) in zip("aebcdxyfgh", found, strict=True)}
    assert steps == {"a": 0, "b": 1, "c": 2, "d": 0, "x": 0, "y": 0, "e": 0, "f": 1, "g": 0, "h": 0}
    chain = {case: number for case, (number, _, _) in zip("aebcdxyfgh", found, strict=True)}
    assert chain["a"] == chain["b"] == chain["c"]
    assert chain["e"] == chain["f"]
    assert chain["x"] == chain["y"]
    assert len({chain[case] for case in "adegxh"}) == 6


def test_who_states_parents_is_not_guessed_at(logger: ImageGenerationLogger) -> None:
    found = chains(
        logger, attempt(0, id="a"), attempt(1, id="b", parent_id="a"), attempt(2, id="c"), attempt(3, id="d")
    )
    assert [step for _, step, _ in found] == [0, 1, 0, 0]
    assert len({chain for chain, _, _ in found}) == 3


def test_attempts_that_retry_each_other_in_a_circle(logger: ImageGenerationLogger) -> None:
    found = chains(
        logger, attempt(0, id="a", parent_id="b"), attempt(1, id="b", parent_id="a"), attempt(2, id="c", parent_id="c")
    )
    assert found[0][0] == found[1][0]


ids = st.sampled_from("abcdefgh")
cases = st.lists(
    st.fixed_dictionaries(
        {
            "id": ids,
            "minute": st.integers(0, 59),
            "material": st.sampled_from(["Oak", "Ash"]),
            "parent_id": st.none() | ids,
            "image_path": st.none() | st.sampled_from(["x.png", "y.png"]),
            "passed": st.booleans(),
        }
    ),
    unique_by=lambda case: case["id"],
)


@given(cases)
def test_whatever_retries_whatever_it_is_a_chain(
    tmp_path_factory: pytest.TempPathFactory, given: list[dict[str, Any]]
) -> None:
    store = Store.open(tmp_path_factory.mktemp("chains") / "log.db")
    logger = ImageGenerationLogger(store)
    logger.log_many(
        [
            attempt(case["minute"], **{k: v for k, v in case.items() if k != "minute"}, failure_category=None)
            for case in given
        ]
    )
    found = observations(store, 1000)
    links = link(found, lambda place: bool(found[place].passed))
    counts = links.counts(range(len(found)))
    store.close()
    place_of = {case.id: place for place, case in enumerate(found)}
    assert counts.chains == len(set(links.chain))
    assert counts.retries == sum(step > 0 for step in links.step)
    for place, case in enumerate(found):
        before = links.previous[place]
        if before is not None:
            assert links.chain[before] == links.chain[place]
            assert links.step[place] > 0
        if case.parent_id in place_of and case.parent_id != case.id:
            assert links.chain[place_of[case.parent_id]] == links.chain[place]


@pytest.mark.skipif(not REAL.exists(), reason="the real log is not here")
def test_the_real_log(tmp_path: Path) -> None:
    from imglearn.exchange.importing import import_file

    store = Store.open(tmp_path / "log.db")
    import_file(store, REAL)
    found = ImageGenerationLogger(store).get_hygiene()
    assert (found["attempts"], found["learned_from"], found["remarks"]) == (117, 116, 29)
    assert reasons(found) == {"skipped validation": (1, "nothing")}
    assert found["explained_fails"] == 35
    assert found["unapplied_texts"] == 114
