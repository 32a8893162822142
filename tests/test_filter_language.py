"""The language of filters: what it reads, what it says of what makes no sense, and that it reads what it writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import HOSTILE

from imglearn.errors import InvalidRecordError
from imglearn.filter_language import completions, narrowed, parse, to_text
from imglearn.filters import AttemptFilter, attempt_filter
from imglearn.logger import ImageGenerationLogger
from imglearn.terms import Comparison, Term


def contains(name: str, *texts: str) -> Term:
    return Term(name, tuple(Comparison("contains", text) for text in texts))


def compared(name: str, sign: str, value: object, negated: bool = False) -> Term:
    return Term(name, (Comparison(sign, value),), negated)  # type: ignore[arg-type]


TEXTS_OF_FILTERS = st.lists(
    st.sampled_from(
        ["dust", "category:wood", "category:=wood", "-category:oak", "+category:a", "model:x", "score<75", '"a b"']
    ),
    max_size=5,
).map(" ".join)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", {}),
        ("dust  settle", {"text": "dust settle"}),
        ('"settles low" rust OR oil -blur beg*', {"text": '"settles low" rust OR oil -blur beg*'}),
        ("http://x a:b 5:30 C++", {"text": "http://x a:b 5:30 C++"}),
        ("category:=wood_hardwood", {"category": "wood_hardwood"}),
        ('Category:="wood, hard"', {"category": "wood, hard"}),
        ("category:wood", {"terms": (contains("category", "wood"),)}),
        ("cat:wood,metal", {"terms": (contains("category", "wood", "metal"),)}),
        ("category:wood dust category:metal", {"text": "dust", "terms": (contains("category", "wood", "metal"),)}),
        ("category:wood +category:hard", {"terms": (contains("category", "wood"), contains("category", "hard"))}),
        ("-model:flux,sdxl", {"terms": (Term("model", contains("", "flux", "sdxl").any_of, negated=True),)}),
        ('material:"low ""A"" alloy"', {"terms": (contains("material", 'low "A" alloy'),)}),
        ('material:"not closed', {"terms": (contains("material", "not closed"),)}),
        ("passed:no", {"passed": False}),
        ("result:pass", {"passed": True}),
        ("passed:?", {"passed": "unknown"}),
        ("passed:no,unknown", {"terms": (Term("passed", (Comparison("=", False), Comparison("=", None))),)}),
        ("-passed:yes", {"terms": (compared("passed", "=", True, negated=True),)}),
        ("score:>=80", {"min_score": 80.0}),
        ("score:70..80", {"min_score": 70.0, "max_score": 80.0}),
        ("score:..80", {"max_score": 80.0}),
        ("score:<75", {"terms": (compared("realism_score", "<", 75),)}),
        ("score:>70 score:<75", {"terms": (compared("realism_score", ">", 70), compared("realism_score", "<", 75))}),
        ("score<75", {"terms": (compared("realism_score", "<", 75),)}),
        ("score>=80 dust", {"text": "dust", "min_score": 80.0}),
        ("passed=no", {"passed": False}),
        ("category=wood", {"category": "wood"}),
        ("param.steps>=30", {"terms": (compared("params.steps", ">=", 30),)}),
        ("a->b x=3", {"text": "a->b x=3"}),
        ("score:80", {"terms": (compared("realism_score", "=", 80),)}),
        ("since:2025-11-25 before:2025-12-01",
         {"since": "2025-11-25T00:00:00.000000Z", "until": "2025-12-01T00:00:00.000000Z"}),
        ('since:"2025-11-25 10:00"', {"since": "2025-11-25T10:00:00.000000Z"}),
        ("status:error,abandoned", {"terms": (Term("status", (Comparison("=", "error"), Comparison("=", "abandoned"))),)}),
        ("retry:yes", {"terms": (compared("parent_id", "=", None, negated=True),)}),
        ("-retry:yes", {"terms": (compared("parent_id", "=", None),)}),
        ("has:remark -has:score", {"terms": (compared("remark", "=", None, True), compared("realism_score", "=", None))}),
        ("has:param.steps", {"terms": (compared("params.steps", "=", None, negated=True),)}),
        ("param.steps:>30", {"terms": (compared("params.steps", ">", 30),)}),
        ("param.steps:20..30", {"terms": (compared("params.steps", "..", (20, 30)),)}),
        ("param.sampler:euler", {"terms": (contains("params.sampler", "euler"),)}),
        ('param.version:"1"', {"terms": (contains("params.version", "1"),)}),
        ('param."a key":3', {"terms": (compared("params.a key", "=", 3),)}),
        ("param.guidance_scale:>3", {"terms": (compared("guidance_scale", ">", 3),)}),
        ("params.guidance_scale:>3", {"terms": (compared("params.guidance_scale", ">", 3),)}),
        ("duration_s:>30 prompt:oak", {"terms": (compared("duration_s", ">", 30), contains("prompt", "oak"))}),
        ("id:5a7e", {"terms": (compared("id", "begins", "5a7e"),)}),
        ('text:"category:wood"', {"text": "category:wood"}),
        ('dust text:"a OR b"', {"text": "dust (a OR b)"}),
        ("category:=wood AND passed:yes", {"category": "wood", "passed": True}),
    ],
)  # fmt: skip
def test_a_text_is_read(text: str, asked: dict[str, object]) -> None:
    found = parse(text)
    assert found.problems == ()
    assert found.filter == AttemptFilter(**asked)  # type: ignore[arg-type]


def test_a_time_may_be_how_long_ago() -> None:
    since = datetime.fromisoformat(str(parse("since:2d").filter.since))
    assert abs(datetime.now(UTC) - timedelta(days=2) - since) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("text", "wrong", "said"),
    [
        ("dust score:<abc oak", "score:<abc", "score wants a number: score:>80"),
        ("dust score:> oak", "score:>", "score wants a number"),
        ("dust score:80..70 oak", "score:80..70", "score wants a number"),
        ("dust score:1e999 oak", "score:1e999", "score wants a number"),
        ("dust since:foo oak", "since:foo", "since wants a time: since:2025-11-25"),
        ("dust -since:2d oak", "-since:2d", "-since wants no -; write until:2d"),
        ("dust passed:maybe oak", "passed:maybe", "passed wants yes, no or unknown"),
        ("dust status:failed oak", "status:failed", "status wants one of running, done, error, abandoned"),
        ("dust retry:2 oak", "retry:2", "retry wants yes or no"),
        ("dust has:colour oak", "has:colour", "has wants what an attempt may have: score, "),
        ("dust category: oak", "category:", "category wants a text: category:wood"),
        ("dust category:= oak", "category:=", "category wants a text"),
        ("dust category:>3 oak", "category:>3", "category wants a text"),
        ("dust param.steps:>many oak", "param.steps:>many", "param.steps wants a number or a text"),
        ("dust param:steps oak", "param:steps", "param wants a parameter's name: param.steps:>30"),
        ("dust steps:>30 oak", "steps:>30", "steps: a filter wants a name that it knows, perhaps param.steps:>30"),
        ("dust steps>30 oak", "steps>30", "steps: a filter wants a name that it knows, perhaps param.steps:>30"),
        ("dust scroe:<75 oak", "scroe:<75", "scroe: a filter wants a name that it knows, perhaps score:<75"),
        ("dust category:wood OR passed:no oak", "OR", "OR wants words on both sides"),
        (
            "dust NOT category:wood oak",
            "NOT",
            "NOT wants words after it; what a name says is left out by -category:wood",
        ),
    ],
)
def test_a_bad_term_is_told_and_left_out(text: str, wrong: str, said: str) -> None:
    found = parse(text)
    (problem,) = found.problems
    assert text[problem.start : problem.end] == wrong
    assert problem.message.startswith(said)
    assert found.filter.text == "dust oak"
    assert found.filter == parse(text.replace(wrong, " ", 1)).filter


def test_a_word_that_looks_like_a_term_is_a_word_and_told() -> None:
    found = parse("dust categry:wood http://x 16:9")
    assert found.filter.text == "dust categry:wood http://x 16:9"
    assert found.problems == ()
    (hint,) = found.hints
    assert (hint.start, hint.end, hint.message) == (5, 17, "categry is no name: a word; perhaps category:wood")


@pytest.mark.parametrize(
    ("text", "narrower"),
    [
        ("", "category:=wood"),
        ("dust", "dust category:=wood"),
        ("category:wood", "category:wood +category:=wood"),
        ("category:=wood passed:no", "category:=wood passed:no"),
        ("category:wood +category:=wood", "category:wood +category:=wood"),
        ("category:=wood_hard", "category:=wood_hard +category:=wood"),
        ('dust "floats low', 'dust "floats low" category:=wood'),
    ],
)
def test_a_filter_is_narrowed(text: str, narrower: str) -> None:
    assert narrowed(text, attempt_filter({"category": "wood"})) == narrower


@given(TEXTS_OF_FILTERS)
def test_a_narrowed_filter_never_lists_more(text: str) -> None:
    asked = narrowed(text, attempt_filter({"category": "wood"}))
    assert narrowed(asked, attempt_filter({"category": "wood"})) == asked
    found = parse(asked).filter
    exactly = Comparison("=", "wood")
    assert found.category == "wood" or any(term.any_of == (exactly,) and not term.negated for term in found.terms)


def test_times_that_contradict_are_told() -> None:
    found = parse("since:2025-02-01 until:2025-01-01 since:2025-03-01")
    assert found.filter == attempt_filter({"since": "2025-02-01"})
    assert [problem.message for problem in found.problems] == [
        "until wants a time after since, which is 2025-02-01T00:00:00.000000Z",
        "since wants to be asked for once",
    ]


def test_a_filter_of_very_many_values_is_cut_and_answered(logger: ImageGenerationLogger) -> None:
    logger.log_attempt("Oak", "wood", {}, {}, image_metadata={"path": "out/7.png"})
    for text in ("image:" + ",".join(map(str, range(5000))), " ".join(f"-image:x{number}" for number in range(5000))):
        found = parse(f"{text} category:wood")
        assert found.problems[-1].message == "a filter wants at most 200 values"
        assert len(logger.get_recent_attempts(filter=found.filter)) == 1


def test_while_typing_the_last_word_may_be_unfinished() -> None:
    assert parse("dus", typing=True).filter.text == "dus*"
    assert parse("dust oa category:wo", typing=True).filter.text == "dust oa"
    for done in ('"low poi', "dust ", "dust OR", "dus*", "-"):
        assert parse(done, typing=True) == parse(done)


PIECES = st.sampled_from(
    ["category", "passed", "score", "since", "param.", "param.x", "params.", "has", "retry", "status", "text", "id", ":",
     ":", ":", '"', "-", "+", ">", "<=", "=", "..", ",", " ", " ", "80", "7e3", "2d", "wood", "OR", "NOT", "(", "\\", "Ä"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=60), st.sampled_from(HOSTILE))


@given(TEXTS)
def test_any_text_is_read_and_written_again(text: str) -> None:
    found = parse(text)
    for problem in found.problems:
        assert 0 <= problem.start < problem.end <= len(text)
        assert " wants " in problem.message
    parse(text, typing=True)
    again = parse(to_text(found.filter))
    assert (again.filter, again.problems) == (found.filter, ())


NUMBERS = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**6), 10**6).map(float))
ANY_TEXT = st.text(max_size=8)
A_TEXT = st.text(min_size=1, max_size=8)
BOUNDS = st.tuples(NUMBERS, NUMBERS).map(sorted).map(tuple)
OF_NUMBERS = st.one_of(
    st.builds(Comparison, st.sampled_from(["=", "<", "<=", ">", ">="]), NUMBERS),
    st.builds(Comparison, st.just(".."), BOUNDS),
)
OF_TEXTS = st.one_of(st.builds(Comparison, st.just("contains"), A_TEXT), st.builds(Comparison, st.just("="), ANY_TEXT))
KNOBS = st.one_of(ANY_TEXT, st.sampled_from(["steps", "seed", "params", 'a "b"', "x.y", "remark"])).map(
    "params.".__add__
)
NO_VALUE = st.just((Comparison("=", None),))


def several(comparisons: st.SearchStrategy[Comparison]) -> st.SearchStrategy[tuple[Comparison, ...]]:
    return st.one_of(st.lists(comparisons, min_size=1, max_size=3, unique=True).map(tuple), NO_VALUE)


def terms(names: st.SearchStrategy[str], comparisons: st.SearchStrategy[Comparison]) -> st.SearchStrategy[Term]:
    return st.builds(Term, names, several(comparisons), st.booleans())


TERMS = st.one_of(
    terms(
        st.sampled_from(["category", "model", "material", "feedback_category", "physics_issues", "prompt"]), OF_TEXTS
    ),
    terms(st.sampled_from(["realism_score", "guidance_scale", "retry_count"]), OF_NUMBERS),
    terms(KNOBS, st.one_of(OF_NUMBERS, OF_TEXTS)),
    terms(st.just("passed"), st.builds(Comparison, st.just("="), st.sampled_from([True, False]))),
    terms(st.just("id"), st.builds(Comparison, st.just("begins"), A_TEXT)),
    terms(st.just("status"), st.builds(Comparison, st.just("="), st.sampled_from(["running", "error"]))),
    st.builds(Term, st.sampled_from(["remark", "parent_id", "notes"]), NO_VALUE, st.booleans()),
)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2009, 1, 1))
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "category": ANY_TEXT,
        "material": ANY_TEXT,
        "model": ANY_TEXT,
        "feedback_category": ANY_TEXT,
        "passed": st.sampled_from([True, False, "unknown"]),
        "since": MOMENTS,
        "until": MOMENTS.map(lambda moment: moment.replace(year=moment.year + 20)),
        "min_score": NUMBERS,
        "max_score": NUMBERS,
        "text": st.one_of(TEXTS, ANY_TEXT),
        "terms": st.lists(TERMS, max_size=4).map(tuple),
    },
).map(attempt_filter)


@given(FILTERS)
def test_any_filter_is_written_and_read_again(asked: AttemptFilter) -> None:
    again = parse(to_text(asked))
    assert (again.filter, again.problems) == (asked, ())


@pytest.mark.parametrize(
    "text",
    [
        "dust OR rust category:=wood passed:no score:70..80 since:2025-11-25 model:imagen param.steps:>30",
        "category:wood,metal -status:error retry:yes has:remark",
        'text:"category:wood" material:="low alloy"',
        "has:feedback -has:feedback_category",
    ],
)
def test_a_filter_is_written_as_a_person_would(text: str) -> None:
    assert to_text(parse(text).filter) == text


@pytest.mark.parametrize("wanted", [True, False])
def test_a_flag_in_params_is_written_as_what_finds_it(logger: ImageGenerationLogger, wanted: bool) -> None:
    for hires in (True, False):
        logger.log_record({"id": f"{hires}", "material": "a", "category": "b", "params": {"hires": hires}})
    asked = attempt_filter({"terms": (compared("params.hires", "=", wanted),)})
    assert [one["id"] for one in logger.get_recent_attempts(filter=to_text(asked))] == [f"{wanted}"]


VALUES = {"category": ["wood_hardwood", "driftwood", "metal x"], "model": ["imagen-4"], "param": ["steps", "a key"]}


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("dust mod|", ["dust model:"]),
        ("dust -cat| oak", ["dust -category: oak"]),
        ("ste|", ["param.steps:"]),
        ("category:woo|", ["category:wood_hardwood", "category:driftwood"]),
        ("category:driftwood,m|", ["category:driftwood,\"metal x\""]),
        ("category:=WOOD_|", ["category:=wood_hardwood"]),
        ('category:"metal|', ['category:"metal x"']),
        ("category:driftwood|", []),
        ("passed:|", ["passed:yes", "passed:no", "passed:unknown"]),
        ("status:a|", ["status:abandoned"]),
        ("has:not|", ["has:notes"]),
        ("has:ste|", ["has:param.steps"]),
        ("a ke|", ['a param."a key":']),
        ("score:8|", []),
        ("xyzzy|", []),
    ],
)  # fmt: skip
def test_what_could_stand_at_the_cursor(text: str, becomes: list[str]) -> None:
    cursor = text.index("|")
    text = text.replace("|", "")
    found = completions(text, cursor, VALUES)
    assert [text[: one.start] + one.text + text[one.end :] for one in found][: len(becomes) or None] == becomes


@given(TEXTS, st.integers(-3, 70))
def test_what_is_completed_is_within_the_text(text: str, cursor: int) -> None:
    for one in completions(text, cursor, VALUES):
        assert 0 <= one.start <= one.end <= len(text)


def test_every_question_takes_a_text(logger: ImageGenerationLogger) -> None:
    logger.log_attempt("Oak", "wood", {"steps": 40}, {"realism_score": 60, "physics_issues": ["Dust"]})
    logger.log_attempt("Elm", "wood", {"steps": 20}, {"realism_score": 90})
    assert [one["material"] for one in logger.get_recent_attempts(filter="category:WOO param.steps:>30")] == ["Oak"]
    assert logger.get_report("score:>80")["overall"]["total_attempts"] == 1
    assert logger.get_recent_attempts(filter="category:wood", material="Elm")[0]["material"] == "Elm"
    with pytest.raises(InvalidRecordError, match="filter: got 'score:<abc'; wants a number: score:>80"):
        logger.get_recent_attempts(filter="score:<abc")
    with pytest.raises(InvalidRecordError, match="passed: got True; wants the same as before, which was False"):
        logger.get_recent_attempts(filter="passed:no", passed=True)
