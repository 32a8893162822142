from __future__ import annotations

import pytest

from imglearn.analytics.retry_chain import beside, in_order, place_of
from imglearn.logger import ImageGenerationLogger
from imglearn.store import attempts


@pytest.fixture
def family(logger: ImageGenerationLogger) -> ImageGenerationLogger:
    """a was retried by b; b twice, by c and d; c by e, which came last."""
    for place, (id, parent) in enumerate([("a", None), ("b", "a"), ("c", "b"), ("d", "b"), ("e", "c")]):
        timestamp = f"2025-11-25T10:0{place}:00Z"
        logger.log_record(
            {"id": id, "material": "Birch", "category": "wood", "parent_id": parent, "timestamp": timestamp}
        )
    return logger


def test_each_retry_follows_what_it_retries_branch_after_branch(family: ImageGenerationLogger) -> None:
    for id in "abcde":
        links = in_order(attempts.chain(family.store, id).attempts)
        assert [(link.attempt.id, link.depth, link.starts_branch) for link in links] == [
            ("a", 0, None),
            ("b", 0, None),
            ("c", 1, 1),
            ("e", 1, None),
            ("d", 1, 2),
        ]


def test_one_walks_along_to_the_ends(family: ImageGenerationLogger) -> None:
    links = in_order(attempts.chain(family.store, "a").attempts)
    assert [place_of(links, id) for id in "abcde?"] == [1, 2, 3, 5, 4, None]
    assert beside(links, "a", -1) is None
    assert beside(links, "d", 1) is None
    assert beside(links, "?", 1) is None
    there = beside(links, "e", 1)
    assert there is not None
    assert there.id == "d"


def test_attempts_that_retry_each_other_in_a_circle_are_each_there_once(logger: ImageGenerationLogger) -> None:
    for id, parent in (("a", "c"), ("b", "a"), ("c", "b"), ("d", "d")):
        logger.log_record({"id": id, "material": "Birch", "category": "wood", "parent_id": parent})
    links = in_order(attempts.chain(logger.store, "b").attempts)
    assert sorted(link.attempt.id for link in links) == ["a", "b", "c"]
    assert len(in_order(attempts.chain(logger.store, "d").attempts)) == 1
