from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from imglearn.errors import InvalidRecordError
from imglearn.filters import AttemptFilter, attempt_filter
from imglearn.logger import ImageGenerationLogger


@pytest.mark.parametrize(
    ("given", "checked"),
    [
        ({"passed": "unknown"}, {"passed": "unknown"}),
        ({"passed": "failed"}, {"passed": False}),
        ({"since": "2025-11-25"}, {"since": "2025-11-25T00:00:00.000000Z"}),
        ({"since": date(2025, 11, 25)}, {"since": "2025-11-25T00:00:00.000000Z"}),
        ({"until": datetime(2025, 11, 25, tzinfo=UTC)}, {"until": "2025-11-25T00:00:00.000000Z"}),
        ({"until": "2025-11-25T02:00+02:00"}, {"until": "2025-11-25T00:00:00.000000Z"}),
        ({"min_score": 70}, {"min_score": 70.0}),
        ({"category": None, "text": " "}, {}),
        (AttemptFilter(model="flux-2"), {"model": "flux-2"}),
        (None, {}),
    ],
)
def test_a_filter_may_be_given_loosely(given: object, checked: dict[str, object]) -> None:
    assert attempt_filter(given).given() == checked  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ago", "delta"), [("90min", 5400), ("30m", 1800), ("1.5h", 5400), ("2d", 172_800), ("1w ago", 604_800)]
)
def test_a_time_may_be_how_long_ago(ago: str, delta: float) -> None:
    since = datetime.fromisoformat(str(attempt_filter({"since": ago}).since))
    assert abs(datetime.now(UTC) - timedelta(seconds=delta) - since) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"colour": "red"}, "colour: got 'red'; wants a field to filter by: category, material, "),
        ({"category": 3}, "category: got 3; wants a text"),
        ({"passed": "maybe"}, "passed: got 'maybe'; wants true, false, or one of the words"),
        ({"passed": 1}, "passed: got 1; wants true"),
        ({"since": "soon"}, "since: got 'soon'; wants a time such as 2025-11-25"),
        ({"until": "99999999w"}, "until: got '99999999w'; wants a time"),
        ({"min_score": "high"}, "min_score: got 'high'; wants a number"),
        ({"max_score": float("nan")}, "max_score: got nan; wants a number"),
        ("wood", "filter: got 'wood'; wants an AttemptFilter"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told(given: object, said: str) -> None:
    with pytest.raises(InvalidRecordError, match=f"^{said}"):
        attempt_filter(given)  # type: ignore[arg-type]


def test_a_filter_and_fields_go_together_unless_they_differ(logger: ImageGenerationLogger) -> None:
    logger.log_attempt("Oak", "wood", {}, {"realism_score": 90})
    logger.log_attempt("Oak", "metal", {}, {"realism_score": 90})
    logger.log_attempt("Elm", "wood", {}, {"realism_score": 90})
    assert len(logger.get_recent_attempts(10, {"material": "Oak"}, category="wood")) == 1
    assert logger.get_category_stats("wood", AttemptFilter(category="wood", material="Elm"))["total_attempts"] == 1
    with pytest.raises(InvalidRecordError, match="category: got 'wood'; wants the same as before, which was 'metal'"):
        logger.get_category_stats("wood", {"category": "metal"})
    with pytest.raises(InvalidRecordError, match="limit: got -1; wants a whole number"):
        logger.get_recent_attempts(-1)


TYPED = [
    "doesn't",
    "C++",
    "100%",
    "NOT",
    "a:b",
    '"',
    "*",
    "",
    " ",
    "AND OR",
    "(",
    "ünï",
    "漢字",
    "x" * 10_000,
    "\0",
    "-",
    "{}^",
]


@pytest.mark.parametrize("typed", TYPED)
def test_any_text_is_a_valid_filter(logger: ImageGenerationLogger, typed: str) -> None:
    logger.log_attempt("Oak", "wood", {"feedback_text": "It doesn't: 100% C++"}, {"realism_score": 90})
    for found in (
        logger.get_recent_attempts(text=typed),
        logger.get_feedback(text=typed),
        logger.search_feedback(typed, text=typed),
        logger.get_report(text=typed)["categories"],
    ):
        assert isinstance(found, list)
    assert len(logger.get_recent_attempts(text="doesn't")) == 1
    assert len(logger.get_recent_attempts(text="100%")) == 1
