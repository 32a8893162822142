from __future__ import annotations

import enum
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from imglearn.errors import InvalidRecordError
from imglearn.intake import new_attempt
from imglearn.records import Attempt, check, utc_timestamp

BASE = {"material": "Birch", "category": "wood"}


def make(**fields: object) -> Any:
    return new_attempt({**BASE, **fields}).attempt


def test_groups_fill_their_fields_and_unknown_knobs_go_to_params() -> None:
    attempt = make(
        generation_params={"prompt_length": 3200, "guidance_scale": 0.35, "steps": 30, "seed": 2**64 - 1},
        validation_results={"prompt_length": 3940, "truncated": False, "realism_score": 82, "confidence": 0.9},
        outcome={"retry_count": 1, "cost": 0.04},
        image_metadata={"path": Path("out/birch.png"), "size_kb": 1457.6, "camera": "none"},
    )
    assert (attempt.gen_prompt_length, attempt.val_prompt_length) == (3200, 3940)
    assert attempt.params == {"steps": 30}
    assert attempt.seed == "18446744073709551615"
    assert attempt.image_path == "out/birch.png"
    assert attempt.extra == {
        "validation": {"confidence": 0.9},
        "outcome": {"cost": 0.04},
        "image": {"camera": "none"},
    }


def test_flat_names_and_groups_may_be_mixed_but_must_agree() -> None:
    assert make(model="flux-2", generation_params={"model": "flux-2"}).model == "flux-2"
    with pytest.raises(InvalidRecordError, match=r"generation_params.model.*the same as model"):
        make(model="flux-2", generation_params={"model": "imagen-4"})


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ({"realism_score": 75}, True),
        ({"realism_score": 74.9}, False),
        ({"realism_score": 90, "passed": False}, False),
        ({"realism_score": 0, "validator_error": "time-out"}, None),
        ({}, None),
    ],
)
def test_passed_follows_from_the_score_unless_given(given: dict[str, object], passed: bool | None) -> None:
    assert make(validation_results=given).passed is passed


def test_the_threshold_can_be_set() -> None:
    assert new_attempt({**BASE, "realism_score": 60}, pass_threshold=50).attempt.passed is True


def test_feedback_text_means_applied_feedback_unless_denied() -> None:
    assert make(feedback_text="Less dust.").feedback_applied is True
    assert make(feedback_text="Less dust.", feedback_applied=False).feedback_applied is False
    assert make().feedback_applied is None


@pytest.mark.parametrize(
    ("field", "value", "wants"),
    [
        ("realism_score", 101, "a number from 0 to 100"),
        ("realism_score", "82", "a number from 0 to 100"),
        ("realism_score", math.nan, "a number from 0 to 100"),
        ("realism_score", True, "a number from 0 to 100"),
        ("guidance_scale", math.inf, "a finite number"),
        ("retry_count", -1, "a whole number from 0 to 1,000,000,000,000"),
        ("retry_count", 1.5, "a whole number from 0 to 1,000,000,000,000"),
        ("gen_prompt_length", 2**63, "a whole number from 0 to 1,000,000,000,000"),
        ("passed", "yes", "true or false"),
        ("physics_issues", "dust", "a list of texts"),
        ("params", [1], "an object"),
        ("material", "  ", "a text that is not empty"),
        ("material", 5, "a text that is not empty"),
        ("status", "finished", "one of running, done, error"),
        ("timestamp", "yesterday", "an ISO 8601 time"),
        ("timestamp", 5, "an ISO 8601 time"),
        ("id", "", "a text that is not empty"),
        ("realism_scor", 5, "perhaps realism_score"),
    ],
)
def test_a_bad_value_names_its_field_and_what_it_wants(field: str, value: object, wants: str) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        make(**{field: value})
    assert caught.value.field == field
    assert wants in caught.value.wants
    assert str(caught.value).startswith(f"{field}: got ")


def test_a_bad_list_item_is_named_by_its_place() -> None:
    with pytest.raises(InvalidRecordError, match=r"^physics_issues\[1\]: got 5; wants a list of texts"):
        make(physics_issues=["dust", 5])


def test_a_group_that_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidRecordError, match="generation_params: got"):
        make(generation_params=["steps"])


def test_a_missing_name_is_told() -> None:
    with pytest.raises(InvalidRecordError, match="category: got None; wants a value: it is required"):
        new_attempt({"material": "Birch"})


class Array:
    """Behaves like a numpy array: comparing it gives no truth."""

    def __init__(self, *values: object) -> None:
        self._values = values

    def tolist(self) -> list[object]:
        return list(self._values)

    def __eq__(self, other: object) -> Array:  # type: ignore[override]
        return self

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise ValueError("the truth value of an array is ambiguous")


def test_arrays_and_nan_in_groups_are_no_trouble() -> None:
    attempt = make(
        generation_params={"res": Array(512, 512), "patterns_used": Array("dust"), "cfg": math.nan, "kind": Array},
        validation_results={"physics_issues": Array("edge")},
    )
    assert attempt.params == {"res": [512, 512], "cfg": "nan", "kind": str(Array)}
    assert (attempt.patterns_used, attempt.physics_issues) == (("dust",), ("edge",))


def test_what_the_groups_add_does_not_overwrite_what_was_given() -> None:
    attempt = make(
        params={"steps": 3}, extra={"validation": {"keep": 1}},
        generation_params={"cfg": 7, "params": {"eta": 1}}, validation_results={"new": 2},
    )  # fmt: skip
    assert attempt.params == {"steps": 3, "cfg": 7, "eta": 1}
    assert attempt.extra == {"validation": {"keep": 1, "new": 2}}
    with pytest.raises(InvalidRecordError, match=r"params.steps: got 4; wants the same as steps, which is 3"):
        make(params={"steps": 3}, generation_params={"steps": 4})


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "attempt: got None"),
        ({**BASE, 5: 1}, "5: got 1; wants a known field"),
        ({**BASE, "seed": 10**5000}, "seed: .*at most 1024 bits"),
        ({**BASE, "realism_score": Unprintable()}, "realism_score: got <.*Unprintable"),
        ({**BASE, "params": "[" * 5000}, "params: got"),
    ],
)
def test_strange_input_is_refused_in_our_own_words(given: Any, message: str) -> None:
    with pytest.raises(InvalidRecordError, match=message):
        new_attempt(given)


def test_a_value_that_cannot_be_told_does_not_cost_the_attempt() -> None:
    assert make(params={"odd": Unprintable()}).params == {"odd": "<Unprintable>"}


@pytest.mark.parametrize(
    ("group", "key", "meant"),
    [
        ("validation_results", "realism_scor", "realism_score"),
        ("validation_results", "score", "realism_score"),
        ("outcome", "retry_of", "parent_id"),
        ("outcome", "retry_cnt", "retry_count"),
    ],
)
def test_a_misspelt_result_is_refused_rather_than_counted_nowhere(group: str, key: str, meant: str) -> None:
    with pytest.raises(InvalidRecordError, match=f"{group}.{key}: got 1; wants a known name, perhaps {meant}"):
        make(**{group: {key: 1}})


class Mode(enum.Enum):
    FAST = "fast"


class Scalar:
    """Behaves like a numpy scalar."""

    def __init__(self, value: object) -> None:
        self._value = value

    def tolist(self) -> object:
        return self._value


class Endless:
    def tolist(self) -> Endless:
        return self


def test_values_of_python_code_are_taken_as_what_they_mean() -> None:
    attempt = make(
        realism_score=Scalar(82.5),
        passed=Scalar(True),
        retry_count=2.0,
        final_success=1,
        patterns_used={"b", "a"},
        physics_issues=("dust",),
        params={"mode": Mode.FAST, "path": Path("a/b"), "odd": math.inf, "when": datetime(2025, 1, 1), 3: object},
    )
    assert (attempt.realism_score, attempt.passed, attempt.retry_count, attempt.final_success) == (
        82.5,
        True,
        2,
        True,
    )
    assert attempt.patterns_used == ("a", "b")
    assert attempt.params == {
        "mode": "fast", "path": "a/b", "odd": "inf", "when": "2025-01-01T00:00:00", "3": "<class 'object'>",
    }  # fmt: skip


def test_lists_may_come_as_json_text_as_sqlite_exports_have_them() -> None:
    assert make(physics_issues='["dust", "edge"]', params='{"steps": 3}').physics_issues == ("dust", "edge")


def test_what_holds_itself_twice_at_every_level_is_refused() -> None:
    doubled: list[object] = [1]
    for _ in range(30):
        doubled = [doubled, doubled]
    with pytest.raises(InvalidRecordError, match="at most 1,000,000 values"):
        check(
            Attempt, {"id": "a", "material": "m", "category": "c", "timestamp": "2026-01-01", "params": {"x": doubled}}
        )


def test_endless_nesting_is_refused() -> None:
    loop: dict[str, object] = {}
    loop["again"] = loop
    with pytest.raises(InvalidRecordError, match="levels of nesting"):
        make(params=loop)
    with pytest.raises(InvalidRecordError, match="levels of nesting"):
        make(realism_score=Endless())


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2025-11-25T22:52:51.348768", "2025-11-25T22:52:51.348768Z"),
        ("2025-11-25T22:52:51Z", "2025-11-25T22:52:51.000000Z"),
        ("2025-11-26T00:52:51+02:00", "2025-11-25T22:52:51.000000Z"),
        ("2025-11-25", "2025-11-25T00:00:00.000000Z"),
        (datetime(2025, 11, 25, 22, tzinfo=UTC), "2025-11-25T22:00:00.000000Z"),
        (datetime(2025, 11, 25, 22, tzinfo=timezone(timedelta(hours=-3))), "2025-11-26T01:00:00.000000Z"),
    ],
)
def test_times_are_stored_as_utc_of_one_width(given: object, stored: str) -> None:
    assert utc_timestamp(given) == stored


def test_a_time_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidRecordError, match="timestamp"):
        utc_timestamp("0001-01-01T00:00:00+14:00")
