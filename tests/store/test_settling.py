"""Attempts that wait to be settled are in every answer, and those that are settled are found by the same means."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from imglearn.logger import ImageGenerationLogger
from imglearn.records import ATTEMPT_FIELDS, COUNT_FIELDS, FLAG_FIELDS, NUMBER_FIELDS
from imglearn.store import upkeep
from imglearn.store.settling import MOST_FRESH

INSERT = (
    "INSERT INTO generation_attempts (id, timestamp, material, category, passed, physics_issues, feedback_text) "
    "VALUES (?, '2025-01-02T00:00:00.000000Z', 'Oak', 'wood', 0, '[\"Dust floats\"]', 'Less dust')"
)


def log(logger: ImageGenerationLogger, count: int, first: int = 0, **fields: object) -> None:
    for number in range(first, first + count):
        logger.log_record(
            {
                "id": f"a{number}",
                "material": "Birch",
                "category": "wood",
                "timestamp": "2025-01-01",
                "realism_score": 60,
                "physics_issues": ["Edge"],
                "feedback_text": "Rust starts at edges",
                **fields,
            }
        )


def settled(logger: ImageGenerationLogger) -> int:
    (row,) = logger.store.execute("SELECT settled_row FROM settling").fetchone()
    return int(row)


def counts(logger: ImageGenerationLogger, **asked: Any) -> tuple[int, int, int]:
    """Return how many attempts of wood there are, how many issues are named, and how many texts are found."""
    return (
        logger.get_category_stats("wood", **asked)["total_attempts"],
        sum(found["count"] for found in logger.get_common_physics_violations(**asked)),
        len(logger.search_feedback("rust OR dust", **asked)),
    )


def problems(logger: ImageGenerationLogger) -> list[object]:
    return [found for found in upkeep.check(logger.store) if found.problem]


@pytest.mark.parametrize("count", [1, MOST_FRESH, MOST_FRESH + 1, MOST_FRESH + 2, 2 * MOST_FRESH + 3])
def test_every_attempt_counts_from_the_start(logger: ImageGenerationLogger, count: int) -> None:
    log(logger, count)
    assert settled(logger) == (count - 1) // MOST_FRESH * MOST_FRESH
    for asked in ({}, {"text": "birch"}, {"since": "2024-12-31T12:00:00"}, {"passed": False}, {"material": "Birch"}):
        assert counts(logger, **asked) == (count, count, count), asked
    assert problems(logger) == []


def test_few_wait_however_many_are_logged(logger: ImageGenerationLogger) -> None:
    for first in range(0, 3 * MOST_FRESH, 10):
        log(logger, 10, first)
        (last,) = logger.store.execute("SELECT max(row_id) FROM generation_attempts").fetchone()
        assert 0 <= last - settled(logger) <= MOST_FRESH


def test_what_other_programs_insert_counts_and_is_settled_too(logger: ImageGenerationLogger, db: Path) -> None:
    with sqlite3.connect(db) as other:
        for number in range(MOST_FRESH + 10):
            other.execute(INSERT, (f"other{number}",))
    assert settled(logger) == MOST_FRESH
    assert counts(logger) == (MOST_FRESH + 10, MOST_FRESH + 10, MOST_FRESH + 10)
    assert problems(logger) == []


@pytest.mark.parametrize("row", [-5, 0, 3])
def test_a_row_number_of_ones_own_choosing_changes_nothing(logger: ImageGenerationLogger, db: Path, row: int) -> None:
    log(logger, MOST_FRESH + 10)
    with sqlite3.connect(db) as other:
        other.execute("DELETE FROM generation_attempts WHERE row_id = 3")
        other.execute(INSERT.replace("(id,", "(row_id, id,").replace("(?,", "(?, ?,"), (row, "chosen"))
    assert counts(logger) == (MOST_FRESH + 10, MOST_FRESH + 10, MOST_FRESH + 10)
    assert {found["id"] for found in logger.search_feedback("less dust")} == {"chosen"}
    assert problems(logger) == []


def test_a_number_that_is_used_again_is_that_of_the_new_attempt(logger: ImageGenerationLogger) -> None:
    log(logger, MOST_FRESH + 10)
    logger.store.execute("DELETE FROM generation_attempts WHERE row_id > 20")
    log(logger, 5, 1_000, feedback_text="Less dust")
    assert counts(logger) == (25, 25, 25)
    assert len(logger.search_feedback("dust")) == 5
    assert problems(logger) == []


def test_what_changes_or_goes_while_it_waits_leaves_nothing_behind(logger: ImageGenerationLogger) -> None:
    log(logger, 10)
    execute = logger.store.execute
    execute("UPDATE generation_attempts SET category = 'metal', feedback_text = 'Less oil' WHERE row_id <= 4")
    execute("DELETE FROM generation_attempts WHERE row_id = 5")
    assert counts(logger) == (5, 9, 5)
    log(logger, MOST_FRESH, 100)
    assert settled(logger) >= 10
    assert counts(logger) == (5 + MOST_FRESH, 9 + MOST_FRESH, 5 + MOST_FRESH)
    assert problems(logger) == []


@pytest.mark.parametrize("name", ATTEMPT_FIELDS)
def test_whichever_column_of_a_settled_attempt_changes_is_seen_to(logger: ImageGenerationLogger, name: str) -> None:
    log(logger, MOST_FRESH + 10, model="m", prompt="p", notes="n", red_flags=["r"], parent_id="a1")
    if name in FLAG_FIELDS | NUMBER_FIELDS | COUNT_FIELDS:
        value: object = 1
    else:
        value = {"status": "error"}.get(name, '["other"]')
    logger.store.execute(f"UPDATE generation_attempts SET {name} = ? WHERE row_id = 5", (value,))
    assert problems(logger) == []


@pytest.mark.parametrize("name", ["row_id", "rowid", "oid", "_rowid_"])
def test_a_settled_attempt_may_get_another_number(logger: ImageGenerationLogger, name: str) -> None:
    log(logger, MOST_FRESH + 10)
    logger.store.execute(f"UPDATE generation_attempts SET {name} = 1000 WHERE {name} = 5")
    assert counts(logger) == (MOST_FRESH + 10, MOST_FRESH + 10, MOST_FRESH + 10)
    assert problems(logger) == []


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("is_dated", [True, False])
def test_an_issue_was_last_seen_where_it_still_is(logger: ImageGenerationLogger, order: int, is_dated: bool) -> None:
    for number in range(MOST_FRESH + 10):
        when = f"2025-01-{1 + number % 3:02}T{number // 60:02}:{number % 60:02}:00" if is_dated else "2025-01-01"
        log(logger, 1, number, timestamp=when, category="wood" if number % 5 else "metal")
    for number in list(range(MOST_FRESH))[::order]:
        logger.store.execute("DELETE FROM generation_attempts WHERE id = ?", (f"a{number}",))
        left = [one["timestamp"] for one in logger.get_recent_attempts(limit=100)]
        assert [one["last_seen"] for one in logger.get_common_physics_violations()] == [max(left)]
        if number % 16 == 0:
            assert problems(logger) == []


def test_a_batch_is_settled_as_a_whole(logger: ImageGenerationLogger) -> None:
    records = [{"material": "Oak", "category": "wood", "physics_issues": ["Dust"], "notes": "dust"}] * 500
    logger.log_many(records)
    assert settled(logger) == 500
    assert counts(logger) == (500, 500, 500)
    assert problems(logger) == []


def test_a_batch_that_fails_leaves_the_next_ones_as_they_were(logger: ImageGenerationLogger) -> None:
    log(logger, 3)

    def records() -> Any:
        yield from ({"material": "Oak", "category": "wood", "id": f"b{number}"} for number in range(100))

    logger.store.execute("CREATE TEMP TRIGGER stop BEFORE INSERT ON generation_attempts WHEN new.id = 'b90' "
                         "BEGIN SELECT raise(ABORT, 'stopped'); END")  # fmt: skip
    with pytest.raises(Exception, match="stopped"):
        logger.log_many(records())
    logger.store.execute("DROP TRIGGER stop")
    assert counts(logger) == (3, 3, 3)
    log(logger, MOST_FRESH, 100)
    assert problems(logger) == []


def test_a_page_follows_another_to_the_first_attempt(logger: ImageGenerationLogger) -> None:
    for number in range(23):  # several at the same moment
        logger.log_record({"id": f"p{number}", "material": "Oak" if number % 3 else "Birch", "category": "wood",
                           "timestamp": f"2025-01-{number // 4 + 1:02}"})  # fmt: skip
    for asked in ({}, {"material": "Oak"}, {"since": "2025-01-02"}):
        pages: list[str] = []
        before = None
        while page := logger.get_recent_attempts(4, before=before, **asked):  # type: ignore[arg-type]
            pages += [attempt["id"] for attempt in page]
            before = page[-1]["id"]
        assert pages == [attempt["id"] for attempt in logger.get_recent_attempts(None, **asked)]  # type: ignore[arg-type]
    with pytest.raises(Exception, match="the id of an attempt that is here"):
        logger.get_recent_attempts(4, before="nowhere")
