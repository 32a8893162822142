from __future__ import annotations

import pytest

from imglearn.errors import InvalidRecordError
from imglearn.logger import ImageGenerationLogger


def test_a_remark_takes_over_what_its_attempt_is_about(logger: ImageGenerationLogger) -> None:
    id = logger.log_attempt("Oak", "wood", {}, {})
    remark = logger.add_feedback("Less dust.", id, "physics", author="Ann")
    (found,) = logger.get_feedback()
    assert found["id"] == remark
    assert (found["material"], found["category"], found["attempt_id"]) == ("Oak", "wood", id)
    assert (found["text"], found["feedback_category"], found["source"], found["author"]) == (
        "Less dust.", "physics", "user", "Ann",
    )  # fmt: skip
    assert logger.get_feedback(category="wood") == [found]
    assert logger.get_feedback(category="metal") == []
    assert logger.get_feedback(model="flux-2") == []  # a remark is of no model
    assert logger.get_feedback(attempt_id=id) == [found]


def test_a_superseded_remark_is_out_of_everything_but_kept(logger: ImageGenerationLogger) -> None:
    first = logger.add_feedback("Dust is too even.", category="physics", material="Oak")
    second = logger.add_feedback("Dust is far too even.", supersedes=first)
    third = logger.add_feedback("Grain is too coarse.", category="scale", supersedes=second)
    assert [found["id"] for found in logger.get_feedback()] == [third]
    assert [found["id"] for found in logger.get_feedback(superseded=True)] == [third, second, first]
    assert logger.search_feedback("dust") == []
    assert logger.get_report()["remarks"] == 1
    kept = {found["id"]: found for found in logger.get_feedback(superseded=True)}
    assert (kept[second]["feedback_category"], kept[third]["feedback_category"]) == ("physics", "scale")
    assert kept[third]["material"] == "Oak"
    with pytest.raises(InvalidRecordError, match=f"this one was superseded by {second}"):
        logger.add_feedback("Once more", supersedes=first)


def test_remarks_are_in_no_rate(logger: ImageGenerationLogger) -> None:
    logger.log_attempt("Oak", "wood", {}, {"realism_score": 90})
    before = {**logger.get_report(), "remarks": None}
    logger.add_feedback("Less dust.", category="physics", about_category="wood")
    assert {**logger.get_report(), "remarks": None} == before


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": ""}, "text: got ''"),
        ({"text": 3}, "text: got 3"),
        ({"attempt_id": "nix"}, "attempt_id: got 'nix'; wants the id of an attempt that is logged"),
        ({"supersedes": "nix"}, "supersedes: got 'nix'; wants the id of a remark that is here"),
        ({"source": "rumour"}, "source: got 'rumour'; wants one of user, automated, system"),
        ({"source": []}, "source: got "),
    ],
)
def test_a_remark_that_does_not_fit_is_refused(
    logger: ImageGenerationLogger, fields: dict[str, object], said: str
) -> None:
    with pytest.raises(InvalidRecordError, match=f"^{said}".replace("[", r"\[")):
        logger.add_feedback(**{"text": "Less dust.", **fields})  # type: ignore[arg-type]
    assert logger.get_feedback() == []


def test_near_identical_feedback_is_one_example(logger: ImageGenerationLogger) -> None:
    for text, score in (
        ("Dust should settle in low points and crevices.", 80),
        ("dust should settle in low points, and crevices", 85),
        ("Dust should settle in the low points and crevices!", 82),
        ("Rust starts at edges.", 78),
        ("Failed anyway.", 70),
    ):
        logger.log_attempt("Oak", "wood", {"feedback_text": text}, {"realism_score": score})
    found = logger.get_best_feedback_examples()
    assert [example["realism_score"] for example in found] == [85, 78]
    assert logger.get_best_feedback_examples("metal") == []
    assert len(logger.get_best_feedback_examples(limit=1)) == 1
