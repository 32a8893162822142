from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imglearn import create_logger
from imglearn.filters import attempt_filter
from imglearn.logger import ImageGenerationLogger
from imglearn.store import listing
from imglearn.store.listing import SORT_COLUMNS, Listing, SortColumn


def log(logger: ImageGenerationLogger, id: str, **fields: object) -> None:
    logger.log_record({"material": "Birch", "category": "wood", **fields, "id": id})


def whole(logger: ImageGenerationLogger, where: Listing) -> list[str]:
    total = listing.count(logger.store, where)
    return [attempt.id for attempt in listing.page(logger.store, where, 0, total, total)]


@pytest.mark.parametrize(
    ("column", "descending", "ids"),
    [
        ("timestamp", True, "dcba"),
        ("timestamp", False, "abcd"),
        ("realism_score", True, "dcab"),  # of equal ones the later first; what is unknown last
        ("realism_score", False, "acdb"),
        ("material", False, "dbac"),
        ("material", True, "cabd"),
    ],
)
def test_attempts_are_listed_in_any_order(
    logger: ImageGenerationLogger, column: SortColumn, descending: bool, ids: str
) -> None:
    for id, score, material in (("a", 50, "oak"), ("b", None, "Birch"), ("c", 90, "steel"), ("d", 90, "Ash")):
        log(logger, id, realism_score=score, material=material, timestamp=f"2025-01-0{'abcd'.index(id) + 1}")
    assert whole(logger, Listing(column=column, descending=descending)) == list(ids)


def test_of_a_chain_only_the_outcome_may_be_listed(logger: ImageGenerationLogger) -> None:
    for id, parent in (("a", None), ("b", "a"), ("c", "a"), ("d", "c"), ("e", "gone")):
        log(logger, id, parent_id=parent, passed=id != "c")
    assert whole(logger, Listing(final_only=True)) == ["e", "d", "b"]
    assert listing.count(logger.store, Listing(attempt_filter({"passed": False}), final_only=True)) == 0


def test_an_attempt_that_is_gone_has_no_surroundings(logger: ImageGenerationLogger) -> None:
    log(logger, "a")
    assert listing.page_around(logger.store, Listing(), "nobody", 5, 5) == []
    assert listing.page(logger.store, Listing(), 7, 5, 1) == []


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> ImageGenerationLogger:
    logger = create_logger(tmp_path_factory.mktemp("listing") / "log.db")
    logger.log_many(
        {
            "id": f"{n:03}",
            "material": ("oak", "Oak", "ash")[n % 3],
            "category": f"c{n % 2}",
            "model": None if n % 4 == 0 else f"m{n % 3}",
            "realism_score": None if n % 5 == 0 else n % 7,
            "timestamp": f"2025-01-{1 + n % 9:02}",
            "retry_count": None if n % 3 else n % 4,
            "parent_id": f"{n - 5:03}" if n % 6 == 0 and n > 5 else None,
            "feedback_applied": (None, True, False)[n % 3],
            "duration_s": n % 4 or None,
        }
        for n in range(120)
    )
    return logger


@given(
    st.sampled_from(SORT_COLUMNS),
    st.booleans(),
    st.booleans(),
    st.sampled_from([{}, {"category": "c1"}, {"passed": False}]),
    st.integers(0, 130),
    st.integers(0, 40),
    st.integers(1, 40),
)
def test_every_page_is_a_piece_of_the_whole(
    many: ImageGenerationLogger,
    column: SortColumn,
    descending: bool,
    final_only: bool,
    asked: dict[str, Any],
    first: int,
    before: int,
    limit: int,
) -> None:
    where = Listing(attempt_filter(asked), column, descending, final_only)
    ids = whole(many, where)
    assert len(ids) == len(set(ids)) == listing.count(many.store, where)
    page = listing.page(many.store, where, first, limit, len(ids))
    assert [attempt.id for attempt in page] == ids[first : first + limit]
    if page:
        around = listing.page_around(many.store, where, ids[first], before, limit)
        assert [attempt.id for attempt in around] == ids[max(0, first - before) : first + limit]
