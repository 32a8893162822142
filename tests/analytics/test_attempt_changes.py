from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from imglearn.analytics.attempt_changes import (
    AttemptChanges,
    SettingChange,
    attempt_changes,
    changes_of,
    word_changes,
)
from imglearn.logger import ImageGenerationLogger
from imglearn.records import Attempt, check
from imglearn.reporting.changes import NOTHING, TOO_LONG, change_table, lines, moved


def attempt(**fields: Any) -> Attempt:
    return check(Attempt, {"id": "a", "timestamp": "2025-11-25", "material": "Birch", "category": "wood", **fields})


def change(before: dict[str, Any], after: dict[str, Any]) -> AttemptChanges:
    return attempt_changes(attempt(**before), attempt(**{"id": "b", **after}))


def said(changes: AttemptChanges) -> list[tuple[str, ...]]:
    return list(change_table(changes).rows)


def test_settings_that_differ_are_told_with_nested_parameters_by_their_names() -> None:
    found = change(
        {"model": "flux", "seed": "1", "params": {"steps": 20, "lora": {"name": "x", "weight": 0.5}, "hires": True}},
        {"model": "flux", "seed": "2", "params": {"steps": 30, "lora": {"name": "x", "weight": 0.8}, "clip": 2}},
    )
    assert found.settings == (
        SettingChange("seed", "1", "2"),
        SettingChange("steps", 20, 30),
        SettingChange("lora.weight", 0.5, 0.8),
        SettingChange("hires", True, None),
        SettingChange("clip", None, 2),
    )
    assert ("hires", "true → not given") in said(found)


def test_score_and_verdict_move() -> None:
    found = change({"realism_score": 70, "passed": False}, {"realism_score": 82, "passed": True})
    assert (found.score_change, moved(found)) == (12, "70 fail → 82 pass, +12")
    assert moved(change({"realism_score": 70.1, "passed": False}, {"realism_score": 70.0, "passed": False})) == (
        "70.1 fail → 70 fail, -0.1"
    )
    assert moved(change({"realism_score": 70, "passed": False}, {"status": "running"})) == "70 fail → running"
    assert moved(change({"validator_error": "time-out"}, {"realism_score": 5})) == "no verdict → 5 unknown"
    assert moved(change({"realism_score": 70}, {"realism_score": 70})) == "70 unknown → 70 unknown, no change"


def test_words_of_a_prompt_are_compared_and_marked_by_signs() -> None:
    found = change(
        {"prompt": "A birch log, dust floats in mid-air over the table."},
        {"prompt": "A birch log, dust settles in low points of the table."},
    )
    assert said(found) == [
        ("prompt", "A birch log, dust [-floats-] {+settles+} in [-mid-air over-] {+low points of+} the table.")
    ]


def test_of_a_long_text_only_what_is_near_a_change_is_drawn() -> None:
    words = [f"word{n}" for n in range(100)]
    found = change({"prompt": " ".join(words)}, {"prompt": " ".join([*words[:50], "new", *words[50:]])})
    ((_, drawn),) = said(found)
    assert drawn == ("… word44 word45 word46 word47 word48 word49 {+new+} word50 word51 word52 word53 word54 word55 …")


def test_texts_beyond_comparing_are_only_said_to_differ() -> None:
    found = change({"prompt": "a " * 9_000}, {"prompt": "b " * 9_000, "feedback_text": "More light."})
    assert said(found) == [("prompt", TOO_LONG), ("feedback", "{+More light.+}")]


def test_issues_are_gone_new_or_kept() -> None:
    found = change(
        {"physics_issues": ["Dust floats", "Edge", "Edge"], "red_flags": ["Text"]},
        {"physics_issues": ["Edge", "Snow"]},
    )
    assert (found.issues_gone, found.issues_new, found.issues_kept) == (("Dust floats", "Text"), ("Snow",), ("Edge",))
    nobody_looked = change({"physics_issues": ["Dust floats"]}, {"validator_error": "time-out"})
    assert nobody_looked.issues_gone == ()


def test_the_same_again_is_said_to_be_the_same() -> None:
    assert change_table(change({}, {})).notes == (NOTHING,)


def test_an_attempt_is_compared_with_the_one_that_it_retries(logger: ImageGenerationLogger) -> None:
    for id, parent in (("first", None), ("second", "first"), ("lost", "nowhere"), ("self", "self")):
        logger.log_record({"id": id, "material": "a", "category": "b", "parent_id": parent, "params": {"id": id}})
    found = changes_of(logger.store, "second")
    assert found is not None
    assert (found.before, found.after) == ("first", "second")
    for id in ("first", "lost", "self", "not here"):
        assert changes_of(logger.store, id) is None
    assert logger.get_changes("second")["settings"] == [{"name": "id", "before": "first", "after": "second"}]


texts = st.text(st.sampled_from("ab ,.\n-"), max_size=60) | st.text(max_size=40)


@given(texts, texts)
def test_pieces_make_both_texts(before: str, after: str) -> None:
    pieces = word_changes(before, after)
    assert pieces is not None
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after
    old = "".join(piece.text for piece in pieces if piece.kind != "added")
    assert old.split() == before.split() or "".join(old.split()) == "".join(before.split())
    assert before != after or all(piece.kind == "same" for piece in pieces)


def test_what_is_drawn_of_a_change_is_in_the_order_of_the_record() -> None:
    found = change(
        {"physics_issues": ["Old"], "prompt": "a", "params": {"steps": 1}},
        {"physics_issues": ["New"], "prompt": "b", "params": {"steps": 2}},
    )
    assert [line.label for line in lines(found)] == ["steps", "prompt", "issue gone", "issue new"]


def test_what_a_running_retry_does_not_say_yet_is_no_change() -> None:
    before = {"seed": "5", "val_truncated": False, "params": {"steps": 30, "cfg": 7}}
    after = {"params": {"steps": 20}}
    running, done = (
        [setting.name for setting in change(before, {**after, "status": status}).settings]
        for status in ("running", "done")
    )
    assert running == ["steps"]
    assert sorted(done) == ["cfg", "seed", "steps", "val_truncated"]
