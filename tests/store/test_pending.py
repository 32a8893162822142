"""The table of the remarks that wait is right whatever happens, and nothing large is read for it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imglearn.exchange.importing import import_file
from imglearn.logger import ImageGenerationLogger
from imglearn.records import Feedback, Resolution, check
from imglearn.store import bulk, pending, similar, upkeep
from imglearn.store.database import Store

IDS = st.sampled_from("abcd")
MAYBE = st.one_of(st.none(), IDS)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("remark"), IDS, MAYBE, MAYBE),
        st.tuples(st.just("attempt"), IDS, MAYBE, st.sampled_from([None, 0, 1])),
        st.tuples(st.just("change"), IDS, MAYBE, st.sampled_from(["Oak", "Birch"])),
        st.tuples(st.just("resolve"), IDS, st.booleans(), st.integers(1, 3)),
        st.tuples(st.just("delete"), st.sampled_from(["generation_attempts", "feedback", "feedback_resolutions"]), IDS),
    ),
    max_size=20,
)


# Tables as the statements name them.
LARGE = {"a", "about", "f", "feedback", "feedback_resolutions", "generation_attempts", "later", "r", "t"}


def do(store: Store, number: int, action: str, *told: object) -> None:
    """Do it by SQL, as any program may."""
    if action == "remark":
        id, attempt, before = told
        store.execute(
            "INSERT OR IGNORE INTO feedback (id, timestamp, text, source, attempt_id, supersedes) "
            "VALUES (?, ?, 'x', 'user', ?, ?)",
            (id, f"2025-01-0{1 + number % 9}", attempt, before),
        )
    elif action == "attempt":
        id, remark, applied = told
        store.execute(
            "INSERT OR IGNORE INTO generation_attempts (id, timestamp, material, category, feedback_id, feedback_applied) "
            "VALUES (?, '2025', 'Oak', 'wood', ?, ?)",
            (id, remark, applied),
        )
    elif action == "change":
        id, remark, material = told
        sql = "UPDATE generation_attempts SET feedback_id = ?, material = ? WHERE id = ?"
        store.execute(sql, (remark, material, id))
    elif action == "resolve":
        remark, resolved, day = told
        sql = "INSERT INTO feedback_resolutions (id, timestamp, feedback_id, resolved) VALUES (?, ?, ?, ?)"
        store.execute(sql, (f"{number}", f"2025-01-0{day}", remark, resolved))
    else:
        table, id = told
        store.execute(f"DELETE FROM {table} WHERE id = ?", (id,))


def waiting_by_hand(store: Store) -> list[tuple[str, str | None]]:
    """Return ids and materials of what is pending, counted in Python."""
    remarks = store.execute("SELECT id, timestamp, attempt_id, supersedes, row_id FROM feedback").fetchall()
    attempts = store.execute("SELECT id, material, feedback_id, feedback_applied FROM generation_attempts").fetchall()
    words = store.execute("SELECT timestamp, row_id, feedback_id, resolved FROM feedback_resolutions").fetchall()
    superseded = {before for _, _, _, before, _ in remarks}
    applied = {remark for _, _, remark, said in attempts if said != 0}
    last = {remark: resolved for _, _, remark, resolved in sorted(words)}
    materials = {id: material for id, material, _, _ in attempts}
    found = [one for one in remarks if one[0] not in superseded | applied and not last.get(one[0])]
    return [(one[0], materials.get(one[2])) for one in sorted(found, key=lambda one: (one[1], one[4]))]


@given(ACTIONS)
def test_the_table_holds_what_is_pending_whatever_was_done(actions: list[tuple[object, ...]]) -> None:
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "log.db")
        for number, action in enumerate(actions):
            do(store, number, *action)  # type: ignore[arg-type]
            found = [(remark.id, remark.material) for remark in pending.waiting(store)]
            assert found == waiting_by_hand(store)
        assert [found for found in upkeep.check(store) if found.problem] == []
        upkeep.rebuild(store)
        assert [(remark.id, remark.material) for remark in pending.waiting(store)] == waiting_by_hand(store)
        store.close()


def test_the_doctor_finds_and_mends_a_table_that_is_wrong(logger: ImageGenerationLogger) -> None:
    remark = logger.add_feedback("Less dust")
    logger.store.execute("DELETE FROM pending_feedback")
    assert [found.what for found in upkeep.check(logger.store) if found.problem] == ["pending_feedback"]
    upkeep.rebuild(logger.store)
    assert [found["id"] for found in logger.pending_feedback()] == [remark]


def test_no_question_about_remarks_reads_more_than_what_is_pending(
    logger: ImageGenerationLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        attempt = logger.log_attempt(
            "Oak", "wood", {"feedback_text": "Dust settles", "feedback_category": "physics"}, {}
        )
        remark = logger.add_feedback(f"Less dust {n}", attempt, "physics")
    asked: list[tuple[str, object]] = []
    execute = Store.execute

    def noted(store: Store, sql: str, parameters: object = ()) -> sqlite3.Cursor:
        asked.append((sql, parameters))
        return execute(store, sql, parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "execute", noted)
    logger.pending_feedback("Oak", "wood", model="flux-2", limit=1)
    logger.log_attempt("Oak", "wood", {"feedback_id": remark}, {})
    logger.resolve_feedback(remark)
    logger.get_feedback(1)
    similar.similar_texts(logger.store, "Dust settles in low points")
    monkeypatch.undo()
    queue = [sql for sql, _ in asked if "FROM pending_feedback p" in sql]
    assert len(queue) == 1
    for sql, parameters in asked:
        if not sql.startswith(("SELECT", "INSERT", "UPDATE")) or sql.endswith("LIMIT 0"):
            continue
        plan = [row[3] for row in logger.store.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]  # type: ignore[arg-type]
        # Only what is pending is walked, in its order; and the newest remarks, along their index.
        scans = [step for step in plan if step.startswith("SCAN") and "USING INDEX feedback_by_time" not in step]
        assert not [step for step in scans if step.split()[1] in LARGE], (sql, plan)
        assert sql not in queue or plan == ["SCAN p", "SEARCH f USING INTEGER PRIMARY KEY (rowid=?)"]


def test_the_triggers_find_a_remark_without_reading_the_others(store: Store) -> None:
    """Their statements, with values in place of those of the row that changes."""
    for condition in (
        "f.id = 'x'",
        "f.row_id = 3",
        "f.id IN ('x', NULL, 'z')",
        "(f.id = 'x' OR f.attempt_id = 'y')",
        "(f.id IN ('x', 'z') OR f.attempt_id IN ('x', 'y'))",
    ):
        for sql in pending._anew(condition):
            plan = [row[3] for row in store.execute(f"EXPLAIN QUERY PLAN {sql}")]
            assert not [step for step in plan if step.startswith("SCAN")], (sql, plan)


def test_a_word_of_another_log_counts_by_its_time(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    remark = logger.add_feedback("Less dust")
    logger.resolve_feedback(remark)
    earlier = {"feedback_id": remark, "resolved": False, "timestamp": "2020-01-01", "id": "a"}
    bulk.merge(logger.store, [check(Resolution, earlier)])
    assert logger.pending_feedback() == []
    bulk.merge(logger.store, [check(Resolution, {**earlier, "timestamp": "2099-01-01", "id": "b"})])
    assert [found["id"] for found in logger.pending_feedback()] == [remark]
    assert logger.resolve_feedback(remark)  # also with a clock that is behind that
    assert logger.pending_feedback() == []


def test_records_of_another_log_come_in_any_order(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    lines = [
        '{"kind": "resolution", "id": "w", "timestamp": "2025-01-03", "feedback_id": "done", "resolved": true}',
        '{"kind": "remark", "id": "done", "timestamp": "2025-01-02", "text": "Done"}',
        '{"kind": "remark", "id": "about", "timestamp": "2025-01-02", "text": "Less", "attempt_id": "a"}',
        '{"id": "b", "timestamp": "2025-01-02", "material": "Oak", "category": "wood", "feedback_id": "applied"}',
        '{"kind": "remark", "id": "applied", "timestamp": "2025-01-01", "text": "Applied"}',
        '{"id": "a", "timestamp": "2025-01-01", "material": "Birch", "category": "wood"}',
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    done = import_file(logger.store, tmp_path / "x.jsonl")
    assert (done.attempts, done.remarks, done.resolutions, done.skipped) == (2, 3, 1, 0)
    assert [(found["id"], found["material"]) for found in logger.pending_feedback()] == [("about", "Birch")]
    assert logger.get_attempt("b")["feedback_text"] is None  # type: ignore[index] # an import derives nothing
    assert [found for found in upkeep.check(logger.store) if found.problem] == []


def test_remarks_in_their_thousands_are_asked_for_in_the_order_of_their_time(logger: ImageGenerationLogger) -> None:
    times = [f"2025-01-01T00:{n % 60:02}:{n // 60:02}Z" for n in range(2_000)]
    remarks = [check(Feedback, {"id": f"r{n}", "timestamp": time, "text": "x"}) for n, time in enumerate(times)]
    bulk.merge(logger.store, remarks)
    found = logger.pending_feedback(limit=100)
    assert [one["timestamp"] for one in found] == sorted(remark.timestamp for remark in remarks)[:100]
