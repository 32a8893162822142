"""What a filter's terms find, beside the same asked of each attempt in plain Python; and every total under them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imglearn.filter_language import filter_from
from imglearn.logger import ImageGenerationLogger
from imglearn.records import Attempt
from imglearn.store import attempts, bulk, names, upkeep
from imglearn.store.database import Store
from imglearn.store.settling import MOST_FRESH


def has(text: str, value: str | None) -> bool:
    return value is not None and text.casefold() in value.casefold()


def knob(attempt: Attempt, name: str) -> object:
    return (attempt.params or {}).get(name)


def items(attempt: Attempt, name: str) -> list[object]:
    value = knob(attempt, name)
    return value if isinstance(value, list) else [value]


def inner(attempt: Attempt, name: str) -> object:
    lora = knob(attempt, "lora")
    return lora.get(name) if isinstance(lora, dict) else None


def number(value: object) -> float:
    return float("nan") if isinstance(value, bool) or not isinstance(value, int | float) else value


ASKED: dict[str, Callable[[Attempt], bool]] = {
    "category:wood": lambda a: has("wood", a.category),
    "category:WOOD,metal": lambda a: has("wood", a.category) or has("metal", a.category),
    "category:wood +category:hard": lambda a: has("wood", a.category) and has("hard", a.category),
    "-category:wood": lambda a: not has("wood", a.category),
    "category:=wood": lambda a: a.category == "wood",
    "category:=wood,metal": lambda a: a.category in ("wood", "metal"),
    "category:ÄHRE": lambda a: has("ähre", a.category),
    "category:%": lambda a: has("%", a.category),
    "model:flux": lambda a: has("flux", a.model),
    "-model:flux": lambda a: not has("flux", a.model),
    "has:model": lambda a: a.model is not None,
    "-has:model category:wood": lambda a: a.model is None and has("wood", a.category),
    "category:wood model:imagen passed:no": lambda a: has("wood", a.category) and has("imagen", a.model) and a.passed is False,
    "passed:no,unknown": lambda a: a.passed is not True,
    "-passed:unknown": lambda a: a.passed is not None,
    "score:<75": lambda a: number(a.realism_score) < 75,
    "-score:<75": lambda a: not number(a.realism_score) < 75,
    "score:50,80..90": lambda a: number(a.realism_score) == 50 or 80 <= number(a.realism_score) <= 90,
    "param.steps:>20": lambda a: any(number(one) > 20 for one in items(a, "steps")),
    "param.steps:20..30": lambda a: any(20 <= number(one) <= 30 for one in items(a, "steps")),
    "param.steps:30": lambda a: any(number(one) == 30 for one in items(a, "steps")),
    'param.steps:"30"': lambda a: knob(a, "steps") in ("30", [30]),  # of a list its JSON is searched, too
    "-param.steps:>20": lambda a: not any(number(one) > 20 for one in items(a, "steps")),
    "param.loras:=dust +param.loras:=rust": lambda a: {"dust", "rust"} <= set(items(a, "loras")),
    "-param.loras:=dust": lambda a: "dust" not in items(a, "loras"),
    "has:param.steps": lambda a: knob(a, "steps") is not None,
    'param."a ""key"".x":=Euler': lambda a: knob(a, 'a "key".x') == "Euler",
    'param."a ""key"".x":euler': lambda a: has("euler", knob(a, 'a "key".x')),  # type: ignore[arg-type]
    "param.guidance_scale:<5": lambda a: number(a.guidance_scale) < 5,
    "param.lora.weight:>0.5": lambda a: number(inner(a, "weight")) > 0.5,
    "param.lora.name:=dust": lambda a: inner(a, "name") == "dust",
    "-has:param.lora.name": lambda a: inner(a, "name") is None,
    "param.lora.lora:1": lambda a: False,
    "issue:dust": lambda a: any(has("dust", issue) for issue in a.physics_issues or ()),
    "-issue:=Dust": lambda a: "Dust" not in (a.physics_issues or ()),
    "has:issue": lambda a: bool(a.physics_issues),
    "status:running,error": lambda a: a.status in ("running", "error"),
    "retry:yes": lambda a: a.parent_id is not None,
    "retry:no status:done": lambda a: a.parent_id is None and a.status == "done",
    "id:id-1": lambda a: a.id.startswith("id-1"),
    "-feedback:phys": lambda a: not has("phys", a.feedback_category),
    "param.feedback_applied:yes": lambda a: a.feedback_applied is True,
    "category:wood since:2025-01-02 until:2025-01-03T12:00:00":
        lambda a: has("wood", a.category) and "2025-01-02" <= a.timestamp < "2025-01-03T12:00:00",
}  # fmt: skip

FIELDS = st.fixed_dictionaries(
    {
        "category": st.sampled_from(["wood", "wood_hard", "metal", "Ähre 100%", "ähre"]),
        "timestamp": st.integers(1, 4).map(lambda day: f"2025-01-0{day}T11:00:00Z"),
    },
    optional={
        "model": st.sampled_from(["flux-2", "FLUX.1", "imagen-4"]),
        "realism_score": st.sampled_from([50, 74.5, 75, 85]),
        "passed": st.booleans(),
        "guidance_scale": st.sampled_from([3.5, 5, 7]),
        "params": st.fixed_dictionaries(
            {},
            optional={
                "steps": st.sampled_from([20, 30, 30.0, 40, "30", "many", True, None, [30]]),
                "loras": st.sampled_from([["dust"], ["dust", "rust"], ["rust"], [], "dust", ["dusty"]]),
                "lora": st.sampled_from(
                    [{"name": "dust", "weight": 0.7}, {"weight": 0.3}, {"name": None}, {}, 1, [1], None]
                ),
                'a "key".x': st.sampled_from(["Euler", "euler a", "dpm"]),
            },
        ),
        "physics_issues": st.lists(st.sampled_from(["Dust", "gold dust", "Edge"]), max_size=2),
        "status": st.sampled_from(["running", "error"]),
        "parent_id": st.just("id-0"),
        "feedback_applied": st.booleans(),
        "feedback_category": st.sampled_from(["physics", ""]),
    },
)


@settings(max_examples=25)
@given(st.lists(FIELDS, min_size=1, max_size=12), st.sampled_from([0, 5, MOST_FRESH]))
def test_every_question_answers_every_term(records: list[dict[str, object]], patience: int) -> None:
    with TemporaryDirectory() as folder, ImageGenerationLogger(Store.open(Path(folder) / "log.db")) as logger:
        logger.store.execute("UPDATE settling SET patience = ?", (patience,))  # so that some are settled, some not
        for place, fields in enumerate(records):
            logger.log_record({"material": "Oak", "id": f"id-{place}", **fields})
        stored = attempts.newest(logger.store, None)
        for text, is_meant in ASKED.items():
            meant = [attempt for attempt in stored if is_meant(attempt)]
            assert [one["id"] for one in logger.get_recent_attempts(100, text)] == [one.id for one in meant], text
            compare(logger, text, meant)


def compare(logger: ImageGenerationLogger, text: str, meant: list[Attempt]) -> None:
    verdicts = [attempt.passed for attempt in meant]
    report = logger.get_report(text)
    overall = report["overall"]
    assert overall["total_attempts"] == len(meant), text
    assert (overall["passed"], overall["failed"]) == (verdicts.count(True), verdicts.count(False)), text
    assert {
        found["category"]: found["total_attempts"] for found in report["categories"] if found["total_attempts"]
    } == {category: sum(one.category == category for one in meant) for category in {one.category for one in meant}}, (
        text
    )
    named = [issue for attempt in meant for issue in attempt.physics_issues or ()]
    assert {found["issue"]: found["count"] for found in report["physics_violations"]} == {
        issue: named.count(issue) for issue in named
    }, text
    of_models = {found["model"]: found["attempts"] for found in report["models"]["models"]}
    assert of_models == {model: sum(one.model == model for one in meant) for model in {one.model for one in meant}}, (
        text
    )
    assert sum(found["attempts"] for found in report["trend"]) == len(meant), text
    assert sum(found["attempts"] for found in logger.get_param_breakdown("steps", filter=text)) == len(meant), text
    assert sum(found["count"] for found in report["failures"]) == verdicts.count(False), text
    fed = report["feedback_effectiveness"]
    assert fed["after_feedback"]["total"] == sum(one.feedback_applied is True for one in meant), text
    assert bulk.count(logger.store, filter_from(text))[0] == len(meant), text
    assert len(upkeep.ids_of(logger.store, filter_from(text))[0]) == len(meant), text


@pytest.fixture
def said(logger: ImageGenerationLogger) -> ImageGenerationLogger:
    logger.log_attempt("Oak", "wood", {"feedback_text": "less dust"}, {"realism_score": 80}, id="a", model="flux-2")
    logger.log_attempt("Elm", "wood", {"prompt": "an elm"}, {}, id="b")
    logger.add_feedback("too even", "a", "contamination", material="Oak", about_category="wood_hard")
    return logger


def test_a_remark_about_an_attempt_may_be_asked_for(said: ImageGenerationLogger) -> None:
    (remark,) = said.get_feedback()
    assert [one["id"] for one in said.get_recent_attempts(filter="has:remark")] == ["a"]
    assert [one["id"] for one in said.get_recent_attempts(filter="-has:remark")] == ["b"]
    said.add_feedback("better now", "b", supersedes=remark["id"])
    assert [one["id"] for one in said.get_recent_attempts(filter="has:remark")] == ["b"]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("category:hard", True),
        ("-category:hard", False),
        ("category:metal", False),
        ("feedback:CONTAM", True),
        ("material:=Oak even", True),
        ("model:flux", False),
        ("-model:flux", True),
        ("param.steps:>30", False),
        ("score:<75", False),
        ("-even", False),
        ("-rust", True),
    ],
)
def test_terms_are_asked_of_remarks_that_can_answer(said: ImageGenerationLogger, text: str, is_found: bool) -> None:
    assert len(said.get_feedback(filter=text)) == is_found
    assert len(said.search_feedback("even", filter=text)) == is_found


@pytest.mark.parametrize(
    ("text", "ids"),
    [("-dust", {"b"}), ('-dust -"an elm"', set()), ("-rust category:wood", {"a", "b"}), ("-", set()), ("--", set())],
)
def test_words_that_must_not_be_there_are_enough(said: ImageGenerationLogger, text: str, ids: set[str]) -> None:
    assert {one["id"] for one in said.get_recent_attempts(filter=text)} == ids


def test_very_many_names_are_asked_one_by_one(said: ImageGenerationLogger, monkeypatch: pytest.MonkeyPatch) -> None:
    for id, category in (("c", "metal"), ("d", "wood_hard")):
        said.log_attempt("Oak", category, {}, {"passed": True}, id=id)
    before = [said.get_report(text) for text in ("category:wood", "-category:hard")]
    monkeypatch.setattr(names, "names", lambda *_: None)
    for module in ("filtering", "answers"):
        monkeypatch.setattr(f"imglearn.store.{module}.names", lambda *_: None)
    assert [said.get_report(text) for text in ("category:wood", "-category:hard")] == before


def test_the_newest_of_several_names_come_in_order_however_many(
    said: ImageGenerationLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        said.log_attempt("Oak", f"wood_{number % 3}", {}, {}, id=f"n{number}", timestamp=f"2030-01-0{number + 1}")
    newest = [one["id"] for one in said.get_recent_attempts(4, "category:wood_0,wood_2")]
    monkeypatch.setattr(names, "MANY", 1)
    assert (
        newest
        == [one["id"] for one in said.get_recent_attempts(4, "category:wood_0,wood_2")]
        == ["n8", "n6", "n5", "n3"]
    )
