"""What is learned of a world whose laws are known: through the public API alone."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from studio import (
    BEST_GUIDANCE,
    CATEGORIES,
    EFFECT,
    HARMS,
    HELPS,
    ISSUE,
    NOTHING,
    REWORDED,
    TEXT,
    Break,
    points_of,
    studio,
)

from imglearn import create_logger
from imglearn.errors import InvalidRecordError
from imglearn.logger import ImageGenerationLogger

Log = ImageGenerationLogger


def test_suggested_settings_are_good_ones(studio_log: Log) -> None:
    for category in CATEGORIES:
        found = studio_log.suggest_parameters(category, model="anvil")
        best = points_of(category, BEST_GUIDANCE[category], ["dust"])
        suggested = points_of(category, found["params"]["guidance_scale"], found["params"]["patterns_used"])
        usual = points_of(category, found["usual"]["guidance_scale"], found["usual"]["patterns_used"])
        assert best - suggested < 4
        assert suggested >= usual
        assert found["low"] < found["score"] < found["high"]
        assert found["score"] >= found["usual_score"]
        assert found["evidence"] == "evidence"
        tried = {one["guidance_scale"] for one in studio_log.get_recent_attempts(None, category=category)}
        assert found["params"]["guidance_scale"] in tried


def test_a_suggestion_says_why_and_what_to_try_next(studio_log: Log) -> None:
    found = studio_log.suggest_parameters("glass")
    assert found["model"] in ("anvil", "bellows")
    changed = {name for name, value in found["params"].items() if value != found["usual"][name]}
    assert {reason["param"] for reason in found["why"]} == changed
    gains = sum(reason["points"] for reason in found["why"])
    assert gains == pytest.approx(found["score"] - found["usual_score"], abs=1e-6)  # it is additive
    probe = found["next"]
    assert probe["low"] < probe["gain"] < probe["high"]
    assert [name for name, value in probe["params"].items() if value != found["params"].get(name)] == [probe["param"]]
    assert [one["param"] for one in found["never_varied"]] == ["width"]
    assert found["never_varied"][0]["worth_trying"] == [820, 1230]
    assert isinstance(found["params"]["steps"], int)
    assert "seed" not in found["params"]


def test_a_new_category_borrows_from_the_others(studio_log: Log) -> None:
    found = studio_log.suggest_parameters("ceramic")
    assert (found["n"], found["evidence"]) == (0, "no data")
    assert set(found["params"]) <= set(found["borrowed"]) | {"width"}
    assert "rust" not in found["params"]["patterns_used"]


def test_little_data_says_so(logger: Log) -> None:
    assert logger.suggest_parameters("wood")["params"] == {}
    logger.log_many(studio(12))
    found = logger.suggest_parameters("wood")
    assert found["score"] is None
    assert "needs 30" in found["note"]
    assert found["evidence"] in ("no data", "anecdote")
    assert all(row["importance"] is None and row["note"] for row in logger.get_importance())
    assert logger.get_change_points() == []
    assert logger.replay_alerts() == []
    assert all(row["evidence"] in ("no data", "anecdote") for row in logger.get_feedback_effects())
    assert logger.get_correlation_matrix()["note"] is not None
    assert logger.get_drift()["pass_rate"]["direction"] == "not known"


def test_an_empty_log_has_no_advice(logger: Log) -> None:
    assert logger.get_hygiene()["attempts"] == 0
    assert logger.get_importance() == []
    assert logger.get_correlation_matrix()["n"] == 0
    assert logger.suggest_feedback() == logger.suggest_feedback("dust") == []
    assert logger.check_alerts() == logger.replay_alerts() == logger.get_change_points() == []
    assert logger.compare_models()["pairs"] == []
    assert [row["evidence"] for row in logger.get_feedback_effects()] == ["no data"]
    assert logger.next_feedback(issue="dust") == []


def test_what_matters(studio_log: Log) -> None:
    found = {row["param"]: row for row in studio_log.get_importance()}
    order = list(found)
    assert set(order[:2]) == {"guidance_scale", "patterns_used"}
    for name in ("guidance_scale", "patterns_used"):
        assert found[name]["q"] < 0.01
        assert found[name]["low"] > 0
    assert found["patterns_used"]["effect"] == pytest.approx(8, abs=3)
    nothing = ("steps", "node")
    assert found["seed"]["note"] == "nearly every attempt has another value"  # it is a name and no amount
    assert sum(found[name]["share"] for name in nothing) < 0.1
    assert sum(found[name]["q"] < 0.05 for name in nothing) <= 1
    assert sum(row["share"] or 0 for row in found.values()) == pytest.approx(1)
    assert found["width"]["note"] == "never varied"
    assert found["width"]["importance"] is None


def test_what_matters_in_one_category_or_with_one_model(studio_log: Log) -> None:
    within = studio_log.get_importance("wood")
    assert within[0]["param"] in ("guidance_scale", "patterns_used")
    assert within[0]["n"] == studio_log.get_hygiene(category="wood")["learned_from"]
    assert all(row["importance"] is None for row in studio_log.get_importance("no such category"))
    assert studio_log.get_importance(model="anvil")[0]["n"] < studio_log.get_importance()[0]["n"]


def test_twins_are_told(logger: Log) -> None:
    records = studio(300, feedback=False)
    for record in records:
        record["params"]["cfg_twin"] = 2 * record["guidance_scale"]
    logger.log_many(records)
    found = {row["param"]: row["note"] for row in logger.get_importance()}
    assert found["cfg_twin"] == "collinear with guidance_scale"
    assert found["guidance_scale"] == "collinear with cfg_twin"


def test_feedback_effects(studio_log: Log) -> None:
    found = {row["category"]: row for row in studio_log.get_feedback_effects()}
    assert set(found) == {"ALL", *EFFECT}
    for kind in (NOTHING, HARMS):
        assert found[kind]["low"] <= EFFECT[kind] <= found[kind]["high"]
    assert found[HELPS]["verdict"] == "helps"
    assert found[HARMS]["verdict"] == "harms"
    assert found[HARMS]["pass_effect"] < 0 < found[HELPS]["pass_effect"]
    assert found[HELPS]["odds_ratio_interval"][0] > 1
    assert found[NOTHING]["naive"] < -3  # as if it did harm
    assert "retries of what failed" in found[NOTHING]["naive_note"]


def test_issues_find_what_fixed_them_in_other_words(studio_log: Log) -> None:
    for issue in (ISSUE, REWORDED):
        best, *others = studio_log.suggest_feedback(issue)
        assert best["text"] == TEXT[HELPS]
        assert best["low"] > 0
        assert all(fix["text"] != TEXT[HARMS] for fix in (best, *others))
    (first, *_) = studio_log.suggest_feedback(ISSUE)
    assert first["fixed"] / first["tried"] > 0.6
    assert first["examples"]
    with pytest.raises(InvalidRecordError, match="attempt_id"):
        studio_log.suggest_feedback(attempt_id="nobody")


def test_advice_for_an_attempt_and_for_the_next_prompt(studio_log: Log) -> None:
    failed = next(one for one in studio_log.get_recent_attempts(None) if one["physics_issues"])
    assert studio_log.suggest_feedback(attempt_id=failed["id"]) == studio_log.suggest_feedback(ISSUE)
    (learned, *_) = studio_log.next_feedback(failed["material"], failed["category"], attempt_id=failed["id"])
    assert (learned["text"], learned["source"], learned["feedback_id"]) == (TEXT[HELPS], "learned", None)


def test_what_people_ask_for_comes_first(logger: Log) -> None:
    logger.log_many(studio(200))
    remark = logger.add_feedback("Less polish.", about_category="wood")
    first, second, *_ = logger.next_feedback(category="wood", issue=ISSUE)
    assert (first["text"], first["source"], first["feedback_id"]) == ("Less polish.", "person", remark)
    assert second["text"] == TEXT[HELPS]
    assert len(logger.next_feedback(category="wood", issue=ISSUE, limit=1)) == 1


def test_a_change_is_found_where_there_is_one(studio_log: Log, steady_log: Log) -> None:
    (found,) = studio_log.get_change_points()
    assert (found["scope"], found["name"]) == ("model", "bellows")
    assert found["low"] < -15 < found["high"]
    assert 950 < int(found["attempt_id"][1:]) < 1050
    assert steady_log.get_change_points() == []


def test_a_change_of_everything_is_nobodys(logger: Log) -> None:
    from studio import Break

    logger.log_many(studio(900, seed=4, breaks=(Break(0.5, None, 12.0),)))
    (found,) = logger.get_change_points()
    assert found["scope"] == "all"
    assert found["shift"] == pytest.approx(12, abs=4)


def test_alerts(studio_log: Log, steady_log: Log) -> None:
    raised = studio_log.replay_alerts()
    broken = [alert for alert in raised if int(alert["attempt_id"][1:]) >= 1000]
    assert broken[0]["name"] == "bellows"
    assert int(broken[0]["attempt_id"][1:]) < 1080
    assert broken[0]["since"] < broken[0]["before"] - 5
    assert broken[0]["message"].startswith("bellows: mean score")
    assert len(raised) - len(broken) + len(steady_log.replay_alerts()) <= 4
    current = studio_log.check_alerts()
    assert all(alert in raised for alert in current)


def test_errors_that_pile_up_raise_an_alert(logger: Log) -> None:
    records: list[dict[str, Any]] = studio(120, feedback=False)
    logger.log_many(records)
    for place in range(5):
        logger.log_record(
            {
                "id": f"late{place}",
                "material": "wood 1",
                "category": "wood",
                "model": "anvil",
                "validator_error": "quota",
            }
        )
    (alert,) = (alert for alert in logger.check_alerts() if alert["kind"] == "errors")
    assert alert["attempt_id"] in ("late1", "late2", "late3")
    assert "ended in errors" in alert["message"]


def test_pairs_of_models(studio_log: Log, steady_log: Log) -> None:
    (pair,) = steady_log.compare_models()["pairs"]
    sign = 1 if pair["a"] == "bellows" else -1
    assert pair["low"] < 5 * sign < pair["high"]
    assert pair["verdict"] == "bellows is better than anvil"
    assert pair["categories"] == len(CATEGORIES)
    assert pair["now"] is None
    (broken,) = studio_log.compare_models()["pairs"]
    assert broken["until"] is not None
    assert broken["now"]["estimate"] * broken["estimate"] < 0
    assert "since then anvil is better than bellows" in broken["verdict"]


def test_no_winner_while_the_interval_holds_zero(logger: Log) -> None:
    records = studio(200, feedback=False)
    for place, record in enumerate(records):
        record["model"] = "ab"[place % 2]
    logger.log_many(records)
    (pair,) = logger.compare_models()["pairs"]
    assert pair["low"] < 0 < pair["high"]
    assert pair["verdict"] == "no winner"


def test_what_goes_together(studio_log: Log) -> None:
    found = studio_log.get_correlation_matrix()
    pairs = {frozenset((pair["a"], pair["b"])): pair for pair in found["pairs"]}
    score = pairs[frozenset(("realism_score", "passed"))]
    assert score["value"] > 0.5
    assert score["q"] < 0.01
    assert pairs[frozenset(("patterns_used", "realism_score"))]["q"] < 0.05
    lucky = [pair for pair in found["pairs"] if {pair["a"], pair["b"]} & {"seed", "node"} and (pair["q"] or 1) < 0.05]
    assert len(lucky) <= 2
    assert {one["name"]: one["note"] for one in found["variables"]}["width"] == "never varied"
    count = len(found["variables"])
    assert len(found["pairs"]) == count * (count - 1) // 2


def test_how_results_drift(logger: Log, steady_log: Log) -> None:
    assert steady_log.get_drift()["adjusted_score"]["direction"] == "no direction beyond luck"
    records = studio(400, feedback=False)
    for place, record in enumerate(records):
        record["realism_score"] = min(100.0, record["realism_score"] + place / 20)
        record["passed"] = record["realism_score"] >= 75
    logger.log_many(records)
    found = logger.get_drift()
    assert found["score"]["direction"] == found["adjusted_score"]["direction"] == "rose"
    assert found["adjusted_score"]["low"] < 20 < found["adjusted_score"]["high"]


def test_a_trend_is_adjusted_to_the_usual_mix(logger: Log) -> None:
    easy = {"material": "Oak", "category": "wood", "realism_score": 90, "passed": True}
    hard = {"material": "Tin", "category": "metal", "realism_score": 50, "passed": False}
    for day, easy_ones in (("01", 8), ("02", 2)):
        logger.log_many(
            [{**(easy if place < easy_ones else hard), "timestamp": f"2026-03-{day}T10:00Z"} for place in range(10)]
        )
    first, second = logger.get_trend()
    assert (first["success_rate"], second["success_rate"]) == (80, 20)
    assert (first["adjusted_success_rate"], second["adjusted_success_rate"]) == pytest.approx((50, 50))
    assert (first["adjusted_avg_score"], second["adjusted_avg_score"]) == pytest.approx((70, 70))
    for day in (first, second):
        low, high = day["adjusted_success_rate_interval"]
        assert 0 < low < 50 < high < 100
        assert day["adjusted_avg_score_interval"][0] < 70 < day["adjusted_avg_score_interval"][1]


def test_answers_follow_the_log(logger: Log) -> None:
    logger.log_many(studio(60))
    assert logger.get_hygiene()["attempts"] == 60
    logger.log_record({"material": "wood 1", "category": "wood", "realism_score": 80})
    assert logger.get_hygiene()["attempts"] == 61
    with create_logger(logger.path) as other:
        other.log_record({"material": "wood 1", "category": "wood", "realism_score": 80})
    assert logger.get_hygiene()["attempts"] == 62


def test_the_same_log_has_the_same_answers(studio_log: Log) -> None:
    from imglearn.learning import history

    before = studio_log.get_importance(), studio_log.suggest_parameters("wood"), studio_log.get_change_points()
    history._kept.clear()
    assert (
        studio_log.get_importance(),
        studio_log.suggest_parameters("wood"),
        studio_log.get_change_points(),
    ) == before


def test_an_answer_is_worked_out_once(studio_log: Log) -> None:
    studio_log.suggest_parameters("wood")
    began = time.perf_counter()
    for category in CATEGORIES:
        studio_log.suggest_parameters(category)
    again = time.perf_counter() - began
    assert studio_log.suggest_parameters("wood") == studio_log.suggest_parameters("wood")
    assert again < 60  # the fit is shared by all categories


@pytest.mark.parametrize("value", [None, 5, b"wood"])
def test_names_are_texts(logger: Log, value: Any) -> None:
    with pytest.raises(InvalidRecordError):
        logger.suggest_parameters(value)


def test_guidance_scale_is_advised_within_a_model_only(logger: Log) -> None:
    """Two models take it otherwise: one from 2 to 8, the other from 0.2 to 0.8."""
    records = studio(400, feedback=False)
    for record in records:
        if record["model"] == "bellows":
            record["guidance_scale"] /= 10
    logger.log_many(records)
    for model in ("anvil", "bellows"):
        given = [one["guidance_scale"] for one in records if one["model"] == model]
        found = logger.suggest_parameters("wood", model)
        for setting in (found["params"], found["usual"], (found["next"] or found)["params"]):
            assert min(given) <= setting["guidance_scale"] <= max(given)


def test_whole_numbers_that_never_varied_are_worth_trying_as_whole_ones(logger: Log) -> None:
    logger.log_many([{**one, "params": {**one["params"], "clip_skip": 2}} for one in studio(60, feedback=False)])
    (found,) = (one for one in logger.suggest_parameters("wood")["never_varied"] if one["param"] == "clip_skip")
    assert found["worth_trying"] == [1, 3]


def test_a_change_that_all_shared_is_of_none_of_them(logger: Log) -> None:
    """Everything moves by 6 points, one model of few attempts by more: neither is taken for a change of that model."""
    from imglearn.learning.change_points import Found, _of_whom, first_attempts
    from imglearn.learning.history import history

    logger.log_many(studio(600, feedback=False))
    firsts = first_attempts(history(logger.store))
    half = firsts.n // 2
    noise = np.random.default_rng(1).normal(0, 5, firsts.n)
    since = np.arange(firsts.n) >= half
    ours = firsts.model.codes == 1
    one = Found("model", 1, half, 0.01)
    assert _of_whom(firsts, noise + since * (6 + 6 * ours), one).scope == "all"
    assert _of_whom(firsts, noise + since * 12 * ours, one) == one
    assert _of_whom(firsts, noise + since * (12 * ours - 6), one) == one  # the others moved the other way


def test_values_are_advised_as_they_are_logged(logger: ImageGenerationLogger) -> None:
    for place in range(80):
        good = place % 2 == 0
        knobs = {
            "hires": good, "steps": "040" if good else "20", "cfg": 3.5, "size": 512 + 512 * good, "tiled": False,
            "shift": "7.0" if good else "8.5", "loras": [1, "x"] if good else [2, "x"], "mode": 1 if good else "auto",
        }  # fmt: skip
        logger.log_record(
            {"material": f"oak {place}", "category": "wood", "params": knobs, "realism_score": 60 + 20 * good}
        )
    found = logger.suggest_parameters("wood")
    wanted = {
        "hires": True, "steps": "040", "cfg": 3.5, "size": 1024, "tiled": False, "shift": "7.0", "loras": [1, "x"], "mode": 1
    }  # fmt: skip
    assert found["params"] == wanted
    assert [type(found["params"][name]) for name in wanted] == [type(value) for value in wanted.values()]
    unvaried = {one["param"]: (one["value"], one["worth_trying"]) for one in found["never_varied"]}
    assert unvaried["tiled"] == (False, [True])


def test_a_category_that_says_nothing_of_its_own_is_as_unsure_as_all_are(logger: ImageGenerationLogger) -> None:
    logger.log_many(studio(300))
    (pair,) = logger.compare_models()["pairs"]
    assert len(pair["by_category"]) == 4
    for one in pair["by_category"]:
        assert one["estimate"] == pytest.approx(pair["estimate"], abs=0.5)  # both models differ alike everywhere
        assert one["high"] - one["low"] >= pair["high"] - pair["low"] - 1e-9


def test_a_change_is_in_what_is_expected_now(logger: ImageGenerationLogger) -> None:
    """The last one counts, however little came after it: what is expected is what will be, and not of the time before."""
    logger.log_many(studio(400, breaks=(Break(0.85, "bellows", -25.0),)))
    (change,) = logger.get_change_points()
    assert change["name"] == "bellows"
    found = {model: logger.suggest_parameters("wood", model=model) for model in ("anvil", "bellows")}
    (pair,) = logger.compare_models()["pairs"]
    now = pair["now"]["estimate"] if pair["a"] == "bellows" else -pair["now"]["estimate"]
    assert now < -15
    assert found["bellows"]["score"] - found["anvil"]["score"] == pytest.approx(now, abs=6)
