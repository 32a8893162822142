from __future__ import annotations

from imglearn.analytics.recent_trend import recent_trend
from imglearn.filters import attempt_filter
from imglearn.logger import ImageGenerationLogger
from imglearn.tui.wording import sparkline, trend_in_words


def test_the_last_days_are_compared_with_those_before(logger: ImageGenerationLogger) -> None:
    for day in range(1, 21):
        for place in range(4):
            logger.log_record(
                {
                    "material": "Birch",
                    "category": "wood",
                    "timestamp": f"2025-11-{day:02d}T10:00:0{place}Z",
                    "realism_score": 90 if place == 0 or day > 13 else 50,
                }
            )
    found = recent_trend(logger.store, attempt_filter({"category": "wood"}))
    assert [found.days[0].bucket, found.days[-1].bucket] == ["2025-11-07", "2025-11-20"]
    assert (found.passed, found.judged, found.success_rate) == (28, 28, 100)
    assert (found.passed_before, found.judged_before, found.success_rate_before) == (7, 28, 25)
    assert sparkline([day.success_rate for day in found.days]) == "▃▃▃▃▃▃▃███████"
    said = trend_in_words(found)
    assert said.startswith(
        "100.0 % of 28 judged on the last 7 days with attempts, 25.0 % of 28 on the days before: better"
    )


def test_few_days_have_nothing_to_be_compared_with(logger: ImageGenerationLogger) -> None:
    assert trend_in_words(recent_trend(logger.store)) == "No verdicts yet."
    logger.log_attempt("Birch", "wood", {}, {"realism_score": 90})
    assert trend_in_words(recent_trend(logger.store)).endswith("nothing earlier to compare it with.")
    logger.log_record({"material": "a", "category": "b", "timestamp": "2025-01-01"})
    assert sparkline([None, 0, 50, 100]) == "·▁▅█"
