from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import HOSTILE

from imglearn.errors import InvalidRecordError
from imglearn.logger import ImageGenerationLogger
from imglearn.records import Feedback
from imglearn.store import feedback, search
from imglearn.store.database import Store


@pytest.fixture
def said(logger: ImageGenerationLogger) -> ImageGenerationLogger:
    logger.log_attempt(
        "Birch",
        "wood",
        {"prompt": "settling dust", "feedback_text": "Dust should settle in crevices."},
        {},
        id="dust",
    )
    logger.log_attempt("Steel", "metal", {"feedback_text": "Rust starts at edges."}, {"realism_score": 80}, id="rust")
    logger.log_attempt("Oak", "wood", {"prompt": "dusty oak"}, {}, id="silent")
    logger.log_attempt("Oak", "wood", {}, {"physics_issues": ["Édges float"]}, notes="sent back", id="issue")
    feedback.add_many(
        logger.store,
        [
            Feedback(id="old", timestamp="2025-01-01T00:00:00.000000Z", text="Too much dust on copper"),
            Feedback(
                id="remark",
                timestamp="2025-01-02T00:00:00.000000Z",
                text="Far too much dust on copper",
                material="Copper",
                supersedes="old",
            ),
        ],
    )
    return logger


def found(logger: ImageGenerationLogger, term: str) -> list[str]:
    return [match["id"] for match in logger.search_feedback(term)]


@pytest.mark.parametrize(
    ("term", "ids"),
    [
        ("settled", {"dust"}),  # porter stemming
        ("dust", {"dust", "remark"}),  # not the attempt whose prompt alone has it, nor what was superseded
        ("dust -copper", {"dust"}),
        ("rust OR crevices", {"dust", "rust"}),
        ('"starts at edges"', {"rust"}),
        ("birch dust", {"dust"}),
        ("edges", {"rust", "issue"}),  # accents do not matter
        ("sent", {"issue"}),
        ("nothing like it", set()),
        ("", set()),
        ("  ", set()),
    ],
)
def test_search_finds_what_was_said(said: ImageGenerationLogger, term: str, ids: set[str]) -> None:
    assert set(found(said, term)) == ids


def test_a_match_tells_all_that_the_api_promises(said: ImageGenerationLogger) -> None:
    (match,) = said.search_feedback("rust")
    assert match["material"] == "Steel"
    assert match["realism_score"] == 80
    assert match["passed"] is True
    assert match["remark"] is False
    assert match["snippet"] == "Rust starts at edges."
    (remark,) = said.search_feedback("copper")
    assert (remark["remark"], remark["passed"], remark["realism_score"]) == (True, None, None)


def test_the_words_found_are_marked_for_the_app(said: ImageGenerationLogger) -> None:
    (match,) = search.search_feedback(said.store, "rust")
    assert match.snippet == f"{search.MATCH_START}Rust{search.MATCH_END} starts at edges."


def test_what_was_said_is_shown_also_where_only_the_material_matches(said: ImageGenerationLogger) -> None:
    assert said.search_feedback("steel")[0]["snippet"] == "Rust starts at edges."
    assert said.search_feedback("copper")[0]["snippet"] == "Far too much dust on copper"


def test_an_issue_is_found_by_its_words_and_shown_without_json(logger: ImageGenerationLogger) -> None:
    logger.log_attempt("a", "b", {}, {"physics_issues": ['A "soft"\nshadow', "Édge"]}, id="x")
    assert found(logger, "shadow edge") == ["x"]
    assert found(logger, "nshadow") == []
    assert logger.search_feedback("soft")[0]["snippet"] == 'A "soft" shadow; Édge'


def test_while_typing_the_last_word_may_be_unfinished(said: ImageGenerationLogger) -> None:
    assert search.search_feedback(said.store, "rus") == []
    assert [match.id for match in search.search_feedback(said.store, "rus", prefix=True)] == ["rust"]


def test_the_limit_holds(said: ImageGenerationLogger) -> None:
    assert len(said.search_feedback("dust OR rust OR edges", limit=2)) == 2


def test_without_a_term_the_app_shows_the_newest(said: ImageGenerationLogger) -> None:
    newest = search.latest_feedback(said.store, 10)
    assert [match.id for match in newest] == ["rust", "dust", "remark"]
    assert [match.id for match in search.latest_feedback(said.store, 2)] == ["rust", "dust"]


@pytest.fixture(scope="module")
def searchable(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store.open(tmp_path_factory.mktemp("search") / "log.db")
    ImageGenerationLogger(store).log_attempt("a", "b", {"feedback_text": "C++ isn't 100% a:b"}, {})
    return store


TYPED = [
    "doesn't", "C++", "100%", "NOT", "AND OR", "a:b", '"', "*", "^x", "(((", "a OR", "-", "-a", "NEAR(a b)",
    "{a b}: c", "material:wood", "x " * 5000, "y" * 10_000, "\ud800", "a\0b",
]  # fmt: skip


@pytest.mark.parametrize("typed", [*TYPED, *HOSTILE])
@pytest.mark.parametrize("prefix", [False, True])
def test_anything_typed_is_a_valid_search(searchable: Store, typed: str, prefix: bool) -> None:
    search.search_feedback(searchable, typed, prefix=prefix)


@given(st.text(alphabet=st.one_of(st.sampled_from('"()*^-+:{}. \tANDORNTE'), st.characters()), max_size=60))
def test_any_text_is_a_valid_search(searchable: Store, typed: str) -> None:
    search.search_feedback(searchable, typed)
    search.search_feedback(searchable, typed, prefix=True)


@pytest.mark.parametrize("typed", ["C++", "100%", "isn't", "a:b"])
def test_words_with_signs_find_themselves(searchable: Store, typed: str) -> None:
    assert len(search.search_feedback(searchable, typed)) == 1


def test_the_newest_are_those_stored_last(logger: ImageGenerationLogger) -> None:
    for number in range(5):
        logger.log_attempt("Oak", "wood", {"feedback_text": "dust " * (5 - number)}, {}, id=f"n{number}",
                           timestamp=f"2025-01-0{number + 1}")  # fmt: skip
    assert [match["id"] for match in logger.search_feedback("dust", 3, order="newest")] == ["n4", "n3", "n2"]
    assert logger.search_feedback("dust", 5)[0]["id"] == "n0"
    with pytest.raises(InvalidRecordError, match="one of best, newest"):
        logger.search_feedback("dust", order="oldest")  # type: ignore[arg-type]


def test_of_a_very_common_word_the_best_of_the_last_are_found(
    logger: ImageGenerationLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_RANKED", 10)
    logger.log_many(
        {"material": "Oak", "category": "wood", "id": f"c{number}", "feedback_text": "dust" if number else "dust " * 9}
        for number in range(100)
    )
    assert "c0" not in {match["id"] for match in logger.search_feedback("dust", 5)}
    assert logger.search_feedback("dust")[0]["id"] == "c0"  # without a limit all are ranked
    assert len(logger.search_feedback("dust", 50)) == 50


def test_the_best_are_looked_for_until_there_are_enough(logger: ImageGenerationLogger) -> None:
    """A word of the material alone finds nothing where nothing was said."""
    logger.log_many(
        {"material": "Birch", "category": "wood", "id": f"s{number}", "notes": "seen" if number % 40 == 0 else None}
        for number in range(200)
    )
    assert {match["id"] for match in logger.search_feedback("birch", 4)} <= {
        f"s{number}" for number in range(0, 200, 40)
    }
    assert len(logger.search_feedback("birch", 4)) == 4
    assert len(logger.search_feedback("birch")) == 5


@pytest.mark.parametrize("order", ["best", "newest"])
def test_what_waits_to_be_settled_is_found_in_its_place(logger: ImageGenerationLogger, order: str) -> None:
    def said(id: str, text: str, day: int) -> dict[str, object]:
        return {
            "id": id,
            "material": "Oak",
            "category": "wood",
            "feedback_text": text,
            "timestamp": f"2025-01-{day:02}",
        }

    logger.log_many(
        said(f"r{n}", "rust " + "and other words of no use " * 8 if n % 4 else "dust", 9) for n in range(400)
    )
    for id, text, day in (("short", "rust", 20), ("old", "rust on steel", 1), ("none", "dust", 21)):
        logger.log_record(said(id, text, day))
    waiting = [match["id"] for match in logger.search_feedback("rust", 10, order=order)]  # type: ignore[arg-type]
    logger.log_many(said(f"more{n}", "nothing", 22) for n in range(100))
    settled = [match["id"] for match in logger.search_feedback("rust", 10, order=order)]  # type: ignore[arg-type]
    assert waiting[0] == settled[0] == "short"
    if order == "newest":
        assert "old" in waiting
        assert set(waiting) == set(settled)
