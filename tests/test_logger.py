from __future__ import annotations

import inspect
import threading
from pathlib import Path

import pytest

import imglearn
from imglearn import ImageGenerationLogger, InvalidRecordError, create_logger

FULL = {
    "material": "Birch",
    "category": "wood_hardwood",
    "generation_params": {
        "prompt_length": 3200, "guidance_scale": 0.35, "contamination_uniformity": 3,
        "view_mode": "natural_placement", "patterns_used": ["dust", "dirt"],
        "feedback_applied": True, "feedback_text": "Dust should settle in low points.",
        "feedback_category": "physics", "feedback_source": "user",
    },
    "validation_results": {
        "prompt_length": 3940, "truncated": False, "realism_score": 82, "passed": True,
        "physics_issues": [], "red_flags": [],
    },
    "outcome": {"failure_category": None, "retry_count": 1, "final_success": True},
    "image_metadata": {"path": "out/birch.png", "size_kb": 1457.6},
    "notes": None,
}  # fmt: skip


def test_the_documented_call_works_by_name_and_by_place(logger: ImageGenerationLogger) -> None:
    by_name = logger.log_attempt(**FULL)
    by_place = logger.log_attempt(*FULL.values())
    one, other = logger.get_attempt(by_name), logger.get_attempt(by_place)
    assert one is not None
    assert other is not None
    for field in ("id", "timestamp"):
        assert one.pop(field) != other.pop(field)
    assert one == other
    assert one["gen_prompt_length"] == 3200
    assert one["val_prompt_length"] == 3940
    assert one["patterns_used"] == ["dust", "dirt"]
    assert one["image_size_kb"] == 1457.6


def test_the_signature_is_the_published_one() -> None:
    parameters = inspect.signature(ImageGenerationLogger.log_attempt).parameters
    assert list(parameters)[1:] == [
        "material", "category", "generation_params", "validation_results", "outcome", "image_metadata", "notes",
        "model", "prompt", "negative_prompt", "seed", "parent_id", "timestamp", "id",
    ]  # fmt: skip
    assert [name for name, parameter in parameters.items() if parameter.kind is parameter.KEYWORD_ONLY] == [
        "model", "prompt", "negative_prompt", "seed", "parent_id", "timestamp", "id",
    ]  # fmt: skip


def test_category_stats_count_the_unknown_apart(logger: ImageGenerationLogger) -> None:
    for score in (80, 90, 60, None):
        logger.log_attempt("Birch", "wood", {"prompt_length": 100}, {"realism_score": score})
    stats = logger.get_category_stats("wood")
    assert stats == {
        "category": "wood",
        "total_attempts": 4,
        "passed": 2,
        "failed": 1,
        "unknown": 1,
        "success_rate": pytest.approx(66.6667, abs=1e-3),
        "success_rate_interval": pytest.approx([20.7655, 93.8508], abs=1e-3),  # Wilson, 2 of 3
        "avg_realism_score": pytest.approx(76.6667, abs=1e-3),
        "avg_gen_prompt_length": 100,
        "avg_val_prompt_length": None,
        "common_physics_issues": [],
    }
    assert logger.get_category_stats() == [stats]


def test_a_category_without_attempts_has_no_rate(logger: ImageGenerationLogger) -> None:
    stats = logger.get_category_stats("nothing")
    assert (stats["total_attempts"], stats["success_rate"], stats["success_rate_interval"]) == (0, None, None)
    assert logger.get_category_stats() == []


def test_violations_count_issues_and_attempts(logger: ImageGenerationLogger) -> None:
    logger.log_attempt("a", "wood", {}, {"physics_issues": ["dust", "dust", "edge"]}, timestamp="2025-01-01")
    logger.log_attempt("a", "metal", {}, {"physics_issues": ["dust"]}, timestamp="2025-01-02")
    assert logger.get_common_physics_violations() == [
        {
            "issue": "dust", "count": 3, "percentage": 75.0, "attempts": 2,
            "last_seen": "2025-01-02T00:00:00.000000Z",
        },
        {
            "issue": "edge", "count": 1, "percentage": 25.0, "attempts": 1,
            "last_seen": "2025-01-01T00:00:00.000000Z",
        },
    ]  # fmt: skip
    assert len(logger.get_common_physics_violations(limit=1)) == 1
    assert [found["issue"] for found in logger.get_common_physics_violations(category="metal")] == ["dust"]


def test_an_invalid_attempt_stores_nothing(logger: ImageGenerationLogger) -> None:
    with pytest.raises(InvalidRecordError, match="realism_score: got 182; wants a number from 0 to 100"):
        logger.log_attempt("Birch", "wood", {}, {"realism_score": 182})
    assert logger.get_recent_attempts() == []


def test_a_batch_stores_what_is_good_and_returns_the_errors_in_place(logger: ImageGenerationLogger) -> None:
    good = {"material": "a", "category": "b", "id": "good"}
    outcomes = logger.log_many([good, {"material": "a"}, {**good, "category": "c"}, good])
    assert [type(outcome).__name__ for outcome in outcomes] == ["str", "InvalidRecordError", "ConflictError", "str"]
    assert len(logger.get_recent_attempts()) == 1


def test_threads_share_a_logger(logger: ImageGenerationLogger) -> None:
    def log() -> None:
        for _ in range(20):
            logger.log_attempt("a", "b", {}, {"realism_score": 80})
        logger.close()

    threads = [threading.Thread(target=log) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert logger.get_category_stats("b")["passed"] == 100


def test_the_environment_names_the_database(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGLEARN_DB", str(db))
    monkeypatch.setenv("IMGLEARN_PASS_THRESHOLD", "50")
    with create_logger() as logger:
        assert logger.path == db
        id = logger.log_attempt("a", "b", {}, {"realism_score": 60})
        assert logger.get_attempt(id)["passed"] is True  # type: ignore[index]


def test_the_package_offers_what_it_lists() -> None:
    for name in imglearn.__all__:
        assert getattr(imglearn, name) is not None
    with pytest.raises(AttributeError):
        imglearn.nothing_like_it  # noqa: B018
