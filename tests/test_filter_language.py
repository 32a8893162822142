"""What people type as a filter, and which attempts it finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imglearn import create_logger
from imglearn.filter_language import parse, to_text
from imglearn.filters import AttemptFilter, Term, attempt_filter
from imglearn.logger import ImageGenerationLogger
from imglearn.store import listing
from imglearn.store.listing import Listing

ATTEMPTS: list[dict[str, object]] = [
    {"id": "a1", "category": "wood_hardwood", "material": "Oak", "model": "imagen-4", "realism_score": 60,
     "params": {"steps": 20, "sampler": "Euler a"}, "notes": "dust settles low", "timestamp": "2025-01-01"},
    {"id": "a2", "category": "wood_softwood", "material": "Pine", "model": "flux-2", "realism_score": 75,
     "params": {"steps": 40, "sampler": "DPM++ 2M"}, "parent_id": "a1", "timestamp": "2025-01-02"},
    {"id": "b1", "category": "metal", "material": "Rusty STEEL", "model": None, "realism_score": None,
     "params": {"steps": "30"}, "failure_category": "physics", "notes": "low dust", "timestamp": "2025-01-03"},
    {"id": "b2", "category": "metal_100%", "material": "Öl", "status": "running", "duration_s": 90,
     "guidance_scale": 7.5, "retry_count": 2, "image_path": "/out/b2.png", "timestamp": "2025-01-04"},
]  # fmt: skip

FOUND = {
    "dust": "a1 b1",
    '"dust settles"': "a1",
    "dust -settles": "b1",
    "settles OR rusty": "a1 b1",
    "category:wood": "a1 a2",
    "category:WOOD material:pine": "a2",
    "category:=metal": "b1",
    'category:="metal_100%"': "b2",
    "category:0%": "b2",
    "category:l_1": "b2",
    "category:soft category:metal": "a2 b1 b2",
    "category:=metal category:=wood_softwood": "a2 b1",
    "-category:wood": "b1 b2",
    "-category:=metal": "a1 a2 b2",
    'material:"rusty steel"': "b1",
    "material:öl": "b2",
    "model:imagen": "a1",
    "-model:imagen": "a2 b1 b2",  # what isn't known isn't imagen either
    "passed:yes": "a2",
    "passed:no": "a1",
    "passed:unknown": "b1 b2",
    "-passed:unknown": "a1 a2",
    "-passed:yes": "a1",
    "score:<75": "a1",
    "score:<=75": "a1 a2",
    "score:>60": "a2",
    "score:70..80": "a2",
    "score:60": "a1",
    "-score:60": "a2 b1 b2",
    "param.steps:>20": "a2",  # a text is no number
    "param.steps:20..40": "a1 a2",
    "param.steps:20": "a1",
    'param.steps:"30"': "b1",
    "param.sampler:euler": "a1",
    'param.sampler:="Euler a"': "a1",
    "-param.sampler:euler": "a2 b1 b2",
    "param.guidance_scale:>7": "b2",
    "retry:yes": "a2",
    "retry:no": "a1 b1 b2",
    "retries:>1": "b2",
    "status:running": "b2",
    "duration:>60": "b2",
    "failure:phys": "b1",
    "image:b2": "b2",
    "id:a": "a1 a2",
    "since:2025-01-02 until:2025-01-04": "a2 b1",
    "dust category:wood score:<75": "a1",
    "Category:wood": "a1 a2",
    "": "a1 a2 b1 b2",
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> ImageGenerationLogger:
    logger = create_logger(tmp_path_factory.mktemp("filters") / "log.db")
    for attempt in ATTEMPTS:
        logger.log_record(attempt)
    return logger


@pytest.mark.parametrize("text", FOUND)
def test_a_filter_finds_what_it_says(log: ImageGenerationLogger, text: str) -> None:
    found, problems = parse(text)
    assert problems == ()
    assert " ".join(sorted(attempt["id"] for attempt in log.get_recent_attempts(None, found))) == FOUND[text]
    assert listing.count(log.store, Listing(found)) == len(FOUND[text].split())
    assert len(log.search_feedback("dust", None, found)) == len({"a1", "b1"} & set(FOUND[text].split()))
    assert parse(to_text(found)).filter == found


@pytest.mark.parametrize(
    ("text", "wrong", "wanted"),
    [
        ("dust score:<abc", "score:<abc", "score: got '<abc'; wants a number"),
        ("score: dust", "score:", "score: wants a value, such as score:<75"),
        ("since:foo", "since:foo", "since: got 'foo'; wants a time"),
        ("-since:2d", "-since:2d", "can't be turned round; use until"),
        ("passed:maybe", "passed:maybe", "wants yes, no or unknown"),
        ("passed:yes passed:no", "passed:no", "passed: is asked for twice"),
        ("status:lost", "status:lost", "wants one of running, done, error, abandoned"),
        ("param.:3", "param.:3", "param.: wants a value"),
    ],
)
def test_a_bad_term_is_told_and_left_out(text: str, wrong: str, wanted: str) -> None:
    ((start, end, message),) = parse(text).problems
    assert text[start:end] == wrong
    assert wanted in message


def test_what_is_no_name_is_a_word() -> None:
    assert parse("http://x.y a:b 12:30").filter == AttemptFilter(text="http://x.y a:b 12:30")


def test_the_last_word_may_be_unfinished() -> None:
    assert parse("dus", unfinished=True).filter.text == "dus*"
    assert parse("dus ", unfinished=True).filter.text == "dus"
    assert parse("dus category:w", unfinished=True).filter.text == "dus"
    assert parse('"dus', unfinished=True).filter.text == '"dus'


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
pieces = st.lists(
    st.one_of(words, st.sampled_from([*FOUND, "score:<", "param.x:", '-category:="', "since:1d", "passed:", "-", '"'])),
    max_size=6,
)


@given(pieces.map(" ".join))
def test_any_text_is_a_filter_that_can_be_written_again(text: str) -> None:
    found, problems = parse(text)
    assert all(0 <= start < end <= len(text) and message for start, end, message in problems)
    assert attempt_filter(found) == found
    again = parse(to_text(found))
    assert again.problems == ()
    assert again.filter == found


values = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
knobs = st.from_regex(r"[A-Za-z_][\w.-]{0,10}", fullmatch=True).filter(str.isascii)
numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)
terms = st.one_of(
    st.builds(
        Term,
        st.one_of(st.sampled_from(["category", "material", "model", "failure_category"]), knobs.map("param.{}".format)),
        st.sampled_from(["contains", "="]),
        st.lists(values, min_size=1, max_size=3, unique=True).map(tuple),
        st.booleans(),
    ),
    st.builds(
        Term, knobs.map("param.{}".format), st.sampled_from(["<", "<=", ">", ">="]), st.tuples(numbers), st.booleans()
    ),
    st.builds(Term, st.just("retry_count"), st.just("between"), st.tuples(numbers, numbers), st.booleans()),
)


@given(terms)
def test_any_term_can_be_written(term: Term) -> None:
    asked = AttemptFilter(terms=(term,))
    if term.field in ("category", "material", "model") and term.operator == "=" and len(term.values) == 1:
        asked = asked if term.negated else AttemptFilter(**{term.field: term.values[0]})
    assert parse(to_text(asked)).filter == asked
