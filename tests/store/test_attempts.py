from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import HOSTILE

from imglearn.errors import ConflictError
from imglearn.logger import ImageGenerationLogger
from imglearn.records import Feedback
from imglearn.store import attempts, feedback
from imglearn.store.database import Store
from imglearn.text import storable_text

TEXT = st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE))
NAME = TEXT.filter(lambda text: text.strip() != "")
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)
RECORDS = st.fixed_dictionaries(
    {"material": NAME, "category": NAME},
    optional={
        "id": NAME,
        "model": TEXT,
        "prompt": TEXT,
        "seed": st.integers(0, 2**64 - 1),
        "guidance_scale": st.floats(-1e9, 1e9),
        "patterns_used": st.lists(TEXT, max_size=3),
        "physics_issues": st.lists(TEXT, max_size=3),
        "red_flags": st.lists(TEXT, max_size=3),
        "params": st.dictionaries(TEXT, JSON, max_size=3),
        "feedback_text": TEXT,
        "realism_score": st.floats(0, 100),
        "passed": st.booleans(),
        "parent_id": NAME,
        "notes": TEXT,
        "timestamp": st.datetimes().map(lambda moment: moment.isoformat()),
    },
)


@given(RECORDS)
def test_what_was_logged_comes_back(record: dict[str, object]) -> None:
    with TemporaryDirectory() as folder:
        logger = ImageGenerationLogger(Store.open(Path(folder) / "log.db"))
        id = logger.log_record(record)
        found = logger.get_attempt(id)
        logger.close()
    assert found is not None
    for name, value in record.items():
        if name == "seed":
            assert found[name] == str(value)
        elif name == "timestamp":
            assert found[name].startswith(str(value)[:19])
        else:
            assert found[name] == storable(value), name


def storable(value: object) -> object:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable_text(key): storable(item) for key, item in value.items()}
    return value


@given(st.lists(RECORDS, max_size=6), st.randoms())
def test_logging_everything_again_in_any_order_changes_nothing(
    records: list[dict[str, object]], shuffle: object
) -> None:
    with TemporaryDirectory() as folder:
        logger = ImageGenerationLogger(Store.open(Path(folder) / "log.db"))
        ids = [id for id in logger.log_many(records) if isinstance(id, str)]
        before = logger.get_recent_attempts(100)
        given_ids = [{**record, "id": id} for record, id in zip(records, ids, strict=False) if len(ids) == len(records)]
        shuffle.shuffle(given_ids)  # type: ignore[attr-defined]
        assert not [error for error in logger.log_many(given_ids) if isinstance(error, Exception)]
        assert logger.get_recent_attempts(100) == before
        logger.close()


def test_an_id_with_other_content_is_a_conflict_and_ours_is_kept(logger: ImageGenerationLogger) -> None:
    logger.log_attempt("Birch", "wood", {"steps": 3}, {"realism_score": 80}, id="a")
    logger.log_attempt("Birch", "wood", {"steps": 3}, {"realism_score": 80}, id="a")
    with pytest.raises(ConflictError) as caught:
        logger.log_attempt("Birch", "wood", {"steps": 4}, {"realism_score": 81}, id="a")
    assert caught.value.fields == ("params", "realism_score")
    assert logger.get_attempt("a")["realism_score"] == 80  # type: ignore[index]
    assert len(logger.get_recent_attempts()) == 1


def test_the_threshold_may_change_before_an_attempt_is_logged_again(store: Store) -> None:
    ImageGenerationLogger(store, 75).log_attempt("Birch", "wood", {}, {"realism_score": 80}, id="a")
    ImageGenerationLogger(store, 90).log_attempt("Birch", "wood", {}, {"realism_score": 80}, id="a")
    assert ImageGenerationLogger(store).get_attempt("a")["passed"] is True  # type: ignore[index]


def test_retries_are_counted_from_the_parent(logger: ImageGenerationLogger) -> None:
    first = logger.log_attempt("Birch", "wood", {}, {})
    second = logger.log_attempt("Birch", "wood", {}, {}, parent_id=first)
    outcomes = logger.log_many(
        [
            {"material": "Birch", "category": "wood", "parent_id": second, "id": "third"},
            {"material": "Birch", "category": "wood", "parent_id": "third", "id": "fourth"},
            {"material": "Birch", "category": "wood", "parent_id": "nobody", "id": "stray"},
        ]
    )
    assert outcomes == ["third", "fourth", "stray"]
    counts = {found["id"]: found["retry_count"] for found in logger.get_recent_attempts()}
    assert counts == {first: None, second: 1, "third": 2, "fourth": 3, "stray": None}


def test_the_chain_is_the_same_from_each_of_its_attempts(logger: ImageGenerationLogger) -> None:
    for id, parent in (("a", None), ("b", "a"), ("c", "b"), ("d", "b"), ("other", None)):
        logger.log_attempt("Birch", "wood", {}, {}, parent_id=parent, id=id)
    for id in "abcd":
        assert [found.id for found in attempts.chain(logger.store, id).attempts] == ["a", "b", "c", "d"]
    assert [found.id for found in attempts.chain(logger.store, "other").attempts] == ["other"]
    assert attempts.chain(logger.store, "nobody").attempts == []


def test_a_chain_that_bites_its_tail_ends(logger: ImageGenerationLogger) -> None:
    logger.log_attempt("Birch", "wood", {}, {}, parent_id="b", id="a")
    logger.log_attempt("Birch", "wood", {}, {}, parent_id="a", id="b")
    logger.log_attempt("Birch", "wood", {}, {}, parent_id="self", id="self")
    assert {found.id for found in attempts.chain(logger.store, "a").attempts} == {"a", "b"}
    assert [found.id for found in attempts.chain(logger.store, "self").attempts] == ["self"]


def test_the_newest_come_first_by_their_time(logger: ImageGenerationLogger) -> None:
    for id, when in (("old", "2020-01-01"), ("new", "2030-01-01"), ("middle", "2025-01-01")):
        logger.log_attempt("Birch", "wood", {}, {}, timestamp=when, id=id)
    assert [found["id"] for found in logger.get_recent_attempts(2)] == ["new", "middle"]


def test_an_id_can_be_found_by_its_beginning(logger: ImageGenerationLogger) -> None:
    for id in ("abc", "abcd", "abe", "x%", "x_"):
        logger.log_attempt("Birch", "wood", {}, {}, id=id)
    assert attempts.find_by_prefix(logger.store, "abe") == ["abe"]
    assert attempts.find_by_prefix(logger.store, "abc") == ["abc"]
    assert attempts.find_by_prefix(logger.store, "ab") == ["abc", "abcd", "abe"]
    assert attempts.find_by_prefix(logger.store, "x%") == ["x%"]
    assert attempts.find_by_prefix(logger.store, "zz") == []


def test_a_remark_is_read_beside_its_attempt_until_another_supersedes_it(logger: ImageGenerationLogger) -> None:
    def remark(id: str, supersedes: str | None = None) -> Feedback:
        return Feedback(id=id, timestamp="2025-01-01T00:00:00.000000Z", text=id, attempt_id="a", supersedes=supersedes)

    assert feedback.add_many(logger.store, [remark("one"), remark("two"), remark("two")]) == [True, True, False]
    assert [found.id for found in feedback.about_attempt(logger.store, "a")] == ["one", "two"]
    feedback.add_many(logger.store, [remark("three", supersedes="one")])
    assert [found.id for found in feedback.about_attempt(logger.store, "a")] == ["two", "three"]


def test_of_a_long_chain_the_attempt_itself_and_those_beside_it_are_there(logger: ImageGenerationLogger) -> None:
    ids = [f"c{number:04}" for number in range(500)]
    for number, id in enumerate(ids):
        parent = {"parent_id": ids[number - 1]} if number else {}
        logger.log_record({"id": id, "material": "Oak", "category": "wood", **parent})
    found, is_whole = attempts.chain(logger.store, "c0250", limit=20)
    assert not is_whole
    near = [attempt.id for attempt in found]
    assert {"c0249", "c0250", "c0251"} <= set(near)
    assert len(near) <= 3 * 20 + 1
    assert attempts.chain(logger.store, "c0250", limit=1000).is_whole


def test_of_many_retries_of_one_attempt_the_one_looked_at_is_there(logger: ImageGenerationLogger) -> None:
    logger.log_record({"id": "root", "material": "Oak", "category": "wood"})
    for number in range(150):
        logger.log_record({"id": f"k{number}", "material": "Oak", "category": "wood", "parent_id": "root"})
    found, is_whole = attempts.chain(logger.store, "k149")
    assert not is_whole
    assert "k149" in [attempt.id for attempt in found]
    found, is_whole = attempts.chain(logger.store, "k149", limit=200)
    assert is_whole
    assert len(found) == 151
