"""Does the cost of a question grow with the history? Each at the largest size, beside the same at the smallest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dataset import MODELS, attempts
from measuring import Row, median_ms

from imglearn import ImageGenerationLogger
from imglearn.analytics.categories import category_stats
from imglearn.store.settling import MOST_FRESH

Question = Callable[[ImageGenerationLogger], object]

ABOUT_EVERYTHING: dict[str, Question] = {
    "overall totals": lambda log: category_stats(log.store),
    "stats of one category": lambda log: log.get_category_stats("category_00"),
    "stats of all categories": lambda log: log.get_category_stats(),
    "violations": lambda log: log.get_common_physics_violations(),
    "feedback effectiveness": lambda log: log.get_feedback_effectiveness(),
    "feedback patterns": lambda log: log.get_feedback_patterns(),
    "truncation": lambda log: log.get_prompt_truncation_impact(),
    "best examples": lambda log: log.get_best_feedback_examples(),
    "models": lambda log: log.compare_models(),
    "failures": lambda log: log.get_failure_breakdown(),
}
UNDER_A_FILTER: dict[str, Callable[..., object]] = {
    "stats": lambda log, asked: log.get_category_stats(filter=asked),
    "violations": lambda log, asked: log.get_common_physics_violations(filter=asked),
    "effectiveness": lambda log, asked: log.get_feedback_effectiveness(asked),
    "patterns": lambda log, asked: log.get_feedback_patterns(filter=asked),
    "truncation": lambda log, asked: log.get_prompt_truncation_impact(asked),
    "best examples": lambda log, asked: log.get_best_feedback_examples(filter=asked),
    "models": lambda log, asked: log.compare_models(asked),
    "failures": lambda log, asked: log.get_failure_breakdown(asked),
    "trend": lambda log, asked: log.get_trend("day", asked),
    "first page of 200": lambda log, asked: log.get_recent_attempts(200, asked),
}
FILTERS: dict[str, dict[str, object]] = {
    "one category": {"category": "category_03"},
    "one model": {"model": MODELS[1]},
    "last 7 days": {"since": "2025-12-25T10:11:12"},
    "failed": {"passed": False},
    "passed": {"passed": True},
}
WORDS = {"rare": "patina", "medium": "crevice", "common": "settling", "in a third": "weathered"}
BEST = {"rare": 3, "medium": 3, "common": None, "in a third": 15}


def rows(small: ImageGenerationLogger, large: ImageGenerationLogger) -> Iterator[Row]:
    """Yield a row for each question, under a filter the dearest of all questions.

    As many attempts as may wait to be settled do so on both logs: no question is ever dearer for them.
    """
    for log in (small, large):
        while _waiting(log) < MOST_FRESH:
            log.log_many(list(attempts(1, seed=_waiting(log) + 99)))

    def both(what: str, ask: Question, most: float | None, most_ratio: float | None = None) -> Row:
        ours, floor = median_ms(lambda: ask(large)), median_ms(lambda: ask(small))
        return Row(what, ours, floor, most=most, most_ratio=most_ratio)

    for what, ask in ABOUT_EVERYTHING.items():
        yield both(what, ask, 1, 1.5)
    yield both("trend by day", lambda log: log.get_trend(), 5)
    yield both("newest 50 attempts", lambda log: log.get_recent_attempts(50), 2)
    yield both("200 attempts from the middle", _page(small, large), 8)
    for how, word in WORDS.items():
        newest = f"newest 50 with a word: {how}"
        yield both(newest, lambda log, word=word: log.search_feedback(word, 50, order="newest"), 2)  # type: ignore[misc]
    for how, word in WORDS.items():
        best = f"best 50 with a word: {how}"
        yield both(best, lambda log, word=word: log.search_feedback(word, 50), BEST[how])  # type: ignore[misc]
    for which, asked in FILTERS.items():
        costs = {
            what: median_ms(lambda ask=ask, asked=asked: ask(large, asked), 5)  # type: ignore[misc]
            for what, ask in UNDER_A_FILTER.items()
        }
        dearest = max(costs, key=lambda what: costs[what])
        floor = median_ms(lambda dearest=dearest, asked=asked: UNDER_A_FILTER[dearest](small, asked))  # type: ignore[misc]
        yield Row(f"{which}: the dearest ({dearest})", costs[dearest], floor, most=20)


def _waiting(log: ImageGenerationLogger) -> int:
    sql = "SELECT max(row_id) - (SELECT settled_row FROM settling) FROM generation_attempts"
    return int(log.store.execute(sql).fetchone()[0])


def _page(*logs: ImageGenerationLogger) -> Question:
    """Return the question for a page that begins in the middle of the history."""
    middle = {}
    for log in logs:
        (count,) = log.store.execute("SELECT count(*) FROM generation_attempts").fetchone()
        (id,) = log.store.execute("SELECT id FROM generation_attempts WHERE row_id = ?", (count // 2,)).fetchone()
        middle[id_of(log)] = id
    return lambda log: log.get_recent_attempts(200, before=middle[id_of(log)])


def id_of(log: ImageGenerationLogger) -> str:
    """Return what tells a log from another."""
    return str(log.path)
