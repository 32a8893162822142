"""Remarks steer the generator: they wait, an attempt is made with them, and then they are applied."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from imglearn import SpoolWarning, create_logger, settings
from imglearn.capture import keeper
from imglearn.capture.opening import SPOOL
from imglearn.capture.spool import Spool
from imglearn.errors import ConflictError, InvalidRecordError, StoreError
from imglearn.exchange.exporting import export
from imglearn.exchange.importing import import_file
from imglearn.logger import ImageGenerationLogger
from imglearn.store import upkeep
from imglearn.store.database import Store

FEEDBACK = ("feedback_applied", "feedback_text", "feedback_category", "feedback_source", "feedback_id")


def pending(logger: ImageGenerationLogger, *about: str, **asked: object) -> list[str]:
    return [found["text"] for found in logger.pending_feedback(*about, **asked)]  # type: ignore[arg-type]


def said(logger: ImageGenerationLogger, id: str) -> tuple[object, ...]:
    found = logger.get_attempt(id)
    assert found is not None
    return tuple(found[name] for name in FEEDBACK)


def state(logger: ImageGenerationLogger, id: str) -> tuple[str, list[str]]:
    (found,) = (one for one in logger.get_feedback(superseded=True) if one["id"] == id)
    assert found["times_applied"] == len(found["applied_by"])
    return found["state"], [one["id"] for one in found["applied_by"]]


def test_an_attempt_takes_from_its_remark_what_it_does_not_say(logger: ImageGenerationLogger) -> None:
    remark = logger.add_feedback("Less dust.", category="physics", source="automated")
    plain = logger.log_attempt("Oak", "wood", {"feedback_id": remark}, {})
    assert said(logger, plain) == (True, "Less dust.", "physics", "automated", remark)
    own = {"feedback_id": remark, "feedback_text": "Much less dust.", "feedback_source": "system"}
    other = logger.log_attempt("Oak", "wood", own, {})
    assert said(logger, other) == (True, "Much less dust.", "physics", "system", remark)
    assert state(logger, remark) == ("applied", [plain, other])
    assert logger.get_feedback_effectiveness()["after_feedback"]["total"] == 2


def test_an_attempt_with_a_remark_that_is_not_here_is_kept_and_nothing_follows(logger: ImageGenerationLogger) -> None:
    id = logger.log_record({"material": "Oak", "category": "wood", "feedback_id": "gone", "feedback_category": "scale"})
    assert said(logger, id) == (None, None, "scale", None, "gone")


def test_logging_it_again_is_the_same_attempt(logger: ImageGenerationLogger) -> None:
    remark = logger.add_feedback("Less dust.")
    record = {"id": "a", "material": "Oak", "category": "wood", "feedback_id": remark}
    logger.log_record(record)
    logger.log_record(record)
    with pytest.raises(ConflictError, match="differs in feedback_id"):
        logger.log_record({**record, "feedback_id": logger.add_feedback("More dust.")})
    assert logger.log_many([record, {**record, "id": "b"}]) == ["a", "b"]
    assert state(logger, remark) == ("applied", ["a", "b"])


def test_a_running_attempt_has_applied_its_remark_from_the_start(logger: ImageGenerationLogger) -> None:
    first, second = logger.add_feedback("Less dust.", category="physics"), logger.add_feedback("Softer light.")
    with logger.attempt("Oak", "wood", feedback_id=first) as attempt:
        assert pending(logger) == ["Softer light."]
        assert said(logger, attempt.id) == (True, "Less dust.", "physics", "user", first)
        attempt.validated(score=60)
    with attempt.retry() as retry:
        retry.update(feedback_id=second)
    assert said(logger, retry.id) == (True, "Softer light.", None, "user", second)
    assert pending(logger) == []
    retry.update(feedback_id=first)  # it was the other one after all
    assert said(logger, retry.id) == (True, "Less dust.", "physics", "user", first)
    assert pending(logger) == ["Softer light."]


def test_an_attempt_that_says_it_has_not_applied_it_leaves_it_pending(logger: ImageGenerationLogger) -> None:
    remark = logger.add_feedback("Less dust.")
    id = logger.log_attempt("Oak", "wood", {"feedback_id": remark, "feedback_applied": False}, {})
    assert said(logger, id) == (False, "Less dust.", None, "user", remark)
    assert (pending(logger), state(logger, remark)) == (["Less dust."], ("pending", []))


def test_an_attempt_that_ended_in_an_error_has_applied_it_all_the_same(logger: ImageGenerationLogger) -> None:
    remark = logger.add_feedback("Less dust.")
    with pytest.raises(RuntimeError), logger.attempt("Oak", "wood", feedback_id=remark):
        raise RuntimeError("out of memory")
    assert pending(logger) == []
    (found,) = logger.get_feedback()
    assert [(one["status"], one["passed"]) for one in found["applied_by"]] == [("error", None)]


def test_a_remark_waits_for_the_attempts_that_it_is_about(logger: ImageGenerationLogger) -> None:
    oak = logger.log_attempt("Oak", "wood", {}, {}, model="flux-2")
    logger.add_feedback("of this one", oak)
    logger.add_feedback("of birch", material="Birch")
    logger.add_feedback("of wood", about_category="wood")
    logger.add_feedback("of all")
    logger.add_feedback("by a validator", source="automated")
    assert pending(logger) == ["of this one", "of birch", "of wood", "of all"]
    assert pending(logger, "Oak") == ["of this one", "of wood", "of all"]
    assert pending(logger, "Oak", "metal") == ["of all"]
    assert pending(logger, category="metal") == ["of birch", "of all"]
    assert pending(logger, model="imagen-4") == ["of birch", "of wood", "of all"]
    assert pending(logger, source=None)[-1] == "by a validator"
    assert pending(logger, source="automated") == ["by a validator"]
    assert pending(logger, limit=1) == ["of this one"]
    (first,) = logger.pending_feedback(limit=1)
    assert (first["attempt_id"], first["material"], first["category"], first["model"]) == (oak, "Oak", "wood", "flux-2")


def test_a_remark_follows_its_attempt_when_that_is_known_better(logger: ImageGenerationLogger) -> None:
    with logger.attempt("unsorted", "outputs") as attempt:
        logger.add_feedback("Less dust.", attempt.id)
        attempt.update(material="Oak", category="wood", model="flux-2")
    assert pending(logger, "unsorted") == []
    assert pending(logger, "Oak", "wood", model="flux-2") == ["Less dust."]


def test_an_edit_is_pending_also_where_the_remark_before_was_applied(logger: ImageGenerationLogger) -> None:
    first = logger.add_feedback("Less dust.", material="Oak")
    id = logger.log_attempt("Oak", "wood", {"feedback_id": first}, {})
    second = logger.add_feedback("Far less dust.", supersedes=first)
    assert pending(logger, "Oak") == ["Far less dust."]
    assert (state(logger, first), state(logger, second)) == (("superseded", [id]), ("pending", []))
    late = logger.log_attempt("Oak", "wood", {"feedback_id": first}, {})  # it was made while the other one was written
    assert said(logger, late)[1] == "Less dust."
    assert pending(logger) == ["Far less dust."]


def test_a_remark_that_needs_no_attempt_is_done_and_undone(logger: ImageGenerationLogger) -> None:
    remark = logger.add_feedback("Less dust.")
    before = logger.get_feedback()
    assert logger.resolve_feedback(remark, author="Ann", note="by hand")
    assert not logger.resolve_feedback(remark)
    assert (pending(logger), state(logger, remark)) == ([], ("done", []))
    assert logger.resolve_feedback(remark, undo=True)
    assert not logger.resolve_feedback(remark, undo=True)
    assert logger.get_feedback() == before
    rows = logger.store.execute("SELECT feedback_id, resolved, author, notes FROM feedback_resolutions").fetchall()
    assert rows == [(remark, 1, "Ann", "by hand"), (remark, 0, None, None)]


@pytest.mark.parametrize("id", ["nix", 3, None])
def test_only_a_remark_that_stands_can_be_done(logger: ImageGenerationLogger, id: object) -> None:
    with pytest.raises(InvalidRecordError, match=r"id: got .*; wants the id of a remark"):
        logger.resolve_feedback(id)  # type: ignore[arg-type]
    first = logger.add_feedback("Less dust.")
    second = logger.add_feedback("Far less dust.", supersedes=first)
    with pytest.raises(InvalidRecordError, match=f"this one was superseded by {second}"):
        logger.resolve_feedback(first)


@pytest.mark.parametrize("asked", [{"material": 3}, {"source": []}, {"limit": -1}, {"limit": True}])
def test_a_question_that_makes_no_sense_is_refused(logger: ImageGenerationLogger, asked: dict[str, object]) -> None:
    with pytest.raises(InvalidRecordError, match=f"^{next(iter(asked))}: got "):
        logger.pending_feedback(**asked)  # type: ignore[arg-type]


def test_what_is_forgotten_brings_no_remark_back(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    applied, shared = logger.add_feedback("Applied."), logger.add_feedback("Applied twice.")
    refused, about = logger.add_feedback("Not applied."), logger.log_attempt("Oak", "wood", {}, {})
    of_attempt = logger.add_feedback("Of this one.", about)
    logger.resolve_feedback(of_attempt, note="a secret")
    ids = [logger.log_attempt("Oak", "wood", {"feedback_id": remark}, {}) for remark in (applied, shared)]
    ids += [logger.log_attempt("Oak", "wood", {"feedback_id": refused, "feedback_applied": False}, {}), about]
    kept = logger.log_attempt("Birch", "wood", {"feedback_id": shared}, {})
    found = [upkeep.row_of_attempt(logger.store, id) for id in ids]
    with upkeep.deleting(logger.store):
        upkeep.delete(logger.store, [row for row, _ in found], [row for _, rows in found for row in rows])
    assert pending(logger) == ["Not applied."]
    assert (state(logger, applied), state(logger, shared)) == (("done", []), ("applied", [kept]))
    export(logger.store, tmp_path / "left.jsonl", "jsonl")
    assert "secret" not in (tmp_path / "left.jsonl").read_text()
    with upkeep.deleting(logger.store):
        upkeep.delete_all(logger.store)
    assert logger.store.execute("SELECT count(*) FROM feedback_resolutions").fetchone() == (0,)
    assert [found for found in upkeep.check(logger.store) if found.problem] == []


def test_a_redacted_export_says_nothing_of_what_was_hidden(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    remark = logger.add_feedback("Less dust.")
    logger.log_attempt("Oak", "wood", {"feedback_id": remark}, {})
    logger.resolve_feedback(remark, author="secret Ann", note="secret")
    export(logger.store, tmp_path / "a.jsonl", "jsonl", redact=["author", "notes"])
    assert "secret" not in (tmp_path / "a.jsonl").read_text()
    export(logger.store, tmp_path / "b.jsonl", "jsonl", redact=["feedback_id"])
    assert '"resolution"' not in (tmp_path / "b.jsonl").read_text()
    with create_logger(tmp_path / "other.db") as other:
        assert import_file(other.store, tmp_path / "a.jsonl").resolutions == 1
        assert state(other, remark)[0] == "done"


def test_an_attempt_in_the_spool_has_applied_its_remark_and_takes_it_when_it_is_taken_in(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "RETRY_S", 0.0)
    store = Store.open(db, timeout=0.05)
    spool = Spool(settings.resolve(db).state_folder.value / SPOOL, db)
    logger, another = (
        ImageGenerationLogger(store, keeper=keeper.Keeper(store, lambda: spool, strict=strict))
        for strict in (False, True)
    )
    logger.add_feedback("Less dust.", category="physics")
    logger.add_feedback("Softer light.")
    ids = []
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.warns(SpoolWarning):
        for begins_with_it in (True, False):  # a loop that goes on while the database is locked
            (remark,) = logger.pending_feedback(limit=1)
            with logger.attempt("Oak", "wood", feedback_id=remark["id"] if begins_with_it else None) as attempt:
                attempt.update(feedback_id=remark["id"])
            ids.append(attempt.id)
    assert pending(logger) == pending(another) == []
    other.execute("ROLLBACK")
    logger.close()
    assert spool.files() == []
    assert [said(logger, id)[:3] for id in ids] == [(True, "Less dust.", "physics"), (True, "Softer light.", None)]
    assert pending(logger) == []


def test_a_loop_goes_on_where_the_database_can_not_be_read(db: Path) -> None:
    logger, strict = create_logger(db), create_logger(db, strict=True)
    logger.add_feedback("Less dust.")
    db.rename(db.with_name("moved.db"))
    logger.store.close()
    strict.store.close()
    with pytest.warns(SpoolWarning, match="Attempts wait in"):
        assert logger.pending_feedback() == []
    with pytest.raises(StoreError):
        strict.pending_feedback()


@pytest.mark.parametrize(
    ("text", "kind"),
    [("The dust hovers over the boards", "physics"), ("softer lighting", "aesthetics"), ("coarse grains", "scale")],
)
def test_a_kind_is_offered_that_similar_texts_have(logger: ImageGenerationLogger, text: str, kind: str) -> None:
    for said_before, category in (
        ("Dust hovers above the board", "physics"),
        ("The light should be softer", "aesthetics"),
        ("The grain is far too coarse", "scale"),
    ):
        logger.add_feedback(said_before, category=category)
        logger.log_attempt("Oak", "wood", {"feedback_text": said_before, "feedback_category": category}, {})
    best = logger.suggest_feedback_category(text)[0]
    assert best == {"category": kind, "count": 1, "share": 100.0, "basis": "similar texts"}


def test_a_kind_is_offered_by_many_texts_and_by_their_likeness(logger: ImageGenerationLogger) -> None:
    for n in range(3):
        logger.add_feedback(f"Dust falls on wall {n}", category="contamination")
    logger.add_feedback("Dust hovers over the bench", category="physics")
    logger.add_feedback("Dust of no kind hovers over the bench")
    found = logger.suggest_feedback_category("dust hovers over a bench")
    assert [(one["category"], one["count"]) for one in found] == [("physics", 1), ("contamination", 3)]
    assert sum(one["share"] for one in found) == pytest.approx(100, abs=0.2)
    assert found[0]["share"] > 50
    wall = logger.suggest_feedback_category("dust falls on walls")
    assert [(one["category"], one["count"]) for one in wall] == [("contamination", 3), ("physics", 1)]


def test_what_was_superseded_has_no_say_in_the_kind(logger: ImageGenerationLogger) -> None:
    first = logger.add_feedback("Weird shimmer", category="physics")
    logger.add_feedback("Weird shimmer there", category="aesthetics", supersedes=first)
    assert [one["category"] for one in logger.suggest_feedback_category("a weird shimmer")] == ["aesthetics"]


def test_without_similar_texts_the_guide_gives_a_hint_and_says_so(logger: ImageGenerationLogger) -> None:
    best = logger.suggest_feedback_category("The shadows and reflections are wrong")[0]
    assert best == {"category": "physics", "count": 0, "share": None, "basis": "guide"}
    assert logger.suggest_feedback_category("qwerty") == []
    for text in ("", "the of and", '"', "feedback_text : *", "NOT", "x" * 100_000, "\x00 \ud800 [/red]"):
        assert logger.suggest_feedback_category(text) == []
    with pytest.raises(InvalidRecordError):
        logger.suggest_feedback_category(3)  # type: ignore[arg-type]
