"""The totals that triggers keep equal a slow recount in plain Python, whatever is done to the attempts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imglearn.filter_language import filter_from
from imglearn.filters import AttemptFilter, attempt_filter
from imglearn.logger import ImageGenerationLogger
from imglearn.questions import Questions
from imglearn.records import Attempt, check
from imglearn.store import attempts, bulk, derived, upkeep
from imglearn.store.database import Store
from imglearn.store.listing import Listing
from imglearn.store.settling import MOST_FRESH, Joining
from imglearn.tui import queries

CATEGORIES = st.sampled_from(["wood", "metal", "[/red]", "漢"])
ISSUES = st.lists(st.sampled_from(["Dust floats", "Edge", "\x1b[2J", "", '"quoted"', "ünï"]), max_size=4)
MOMENTS = st.integers(0, 5).map(lambda n: f"2025-11-2{n}T00:00:00.000000Z")
FIELDS = st.fixed_dictionaries(
    {"category": CATEGORIES, "timestamp": MOMENTS},
    optional={
        "realism_score": st.floats(0, 100).map(lambda x: round(x, 6)),
        "passed": st.booleans(),
        "gen_prompt_length": st.integers(0, 9999),
        "val_prompt_length": st.integers(0, 9999),
        "physics_issues": ISSUES,
        "model": st.sampled_from(["flux-2", "imagen-4"]),
        "feedback_applied": st.booleans(),
        "feedback_category": st.sampled_from(["physics", ""]),
        "val_truncated": st.booleans(),
        "failure_category": st.sampled_from(["physics", "quality"]),
        "parent_id": st.sampled_from(["a", "b"]),
        "status": st.sampled_from(["running", "done", "error"]),
    },
)
NO_ATTEMPT = st.none()
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("log"), FIELDS),
        st.tuples(st.just("delete"), st.integers(1, 12)),
        st.tuples(st.just("move"), st.tuples(st.integers(1, 12), CATEGORIES)),
        st.tuples(st.just("judge"), st.tuples(st.integers(1, 12), st.one_of(NO_ATTEMPT, st.booleans()))),
        st.tuples(st.just("find"), st.tuples(st.integers(1, 12), st.one_of(NO_ATTEMPT, ISSUES))),
        st.tuples(st.just("redate"), st.tuples(st.integers(1, 12), MOMENTS)),
        st.tuples(st.just("remodel"), st.tuples(st.integers(1, 12), st.sampled_from([None, "flux-2", "new"]))),
        st.tuples(st.just("feed"), st.tuples(st.integers(1, 12), st.sampled_from([None, 0, 1]))),
        st.tuples(st.just("renumber"), st.tuples(st.integers(1, 12), st.integers(13, 20))),
        st.tuples(st.just("replace"), st.tuples(st.sampled_from(["a", "b"]), FIELDS)),
        st.tuples(st.just("merge"), st.lists(st.tuples(st.sampled_from("abcdef"), FIELDS), max_size=6)),
        st.tuples(st.just("forget"), CATEGORIES),
        st.tuples(st.just("rebuild"), st.none()),
    ),
    max_size=25,
)


@settings(max_examples=60)
@given(ACTIONS, st.sampled_from([0, 1, 3, MOST_FRESH]))
def test_totals_equal_a_recount_after_anything(actions: list[tuple[str, object]], patience: int) -> None:
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "log.db")
        logger = ImageGenerationLogger(store)
        for kind, what in actions:
            store.execute("UPDATE settling SET patience = ?", (patience,))
            act(logger, kind, what)
        recount(logger, attempts.newest(store, 500))
        recount_filtered(logger, attempts.newest(store, 500))
        store.execute("UPDATE settling SET patience = ?", (MOST_FRESH,))
        assert [found for found in upkeep.check(store) if found.problem] == []
        store.close()


def act(logger: ImageGenerationLogger, kind: str, what: object) -> None:
    execute = logger.store.execute
    match kind, what:
        case "log", dict(fields):
            logger.log_record({"material": "x", **fields})
        case "delete", row:
            execute("DELETE FROM generation_attempts WHERE row_id = ?", (row,))
        case "move", (row, category):
            execute("UPDATE generation_attempts SET category = ? WHERE row_id = ?", (category, row))
        case "judge", (row, passed):
            execute("UPDATE generation_attempts SET passed = ? WHERE row_id = ?", (passed, row))
        case "redate", (row, moment):
            execute("UPDATE generation_attempts SET timestamp = ? WHERE row_id = ?", (moment, row))
        case "remodel", (row, model):
            execute("UPDATE generation_attempts SET model = ? WHERE row_id = ?", (model, row))
        case "feed", (row, applied):
            execute("UPDATE generation_attempts SET feedback_applied = ? WHERE row_id = ?", (applied, row))
        case "renumber", (row, other):
            execute("UPDATE OR IGNORE generation_attempts SET row_id = ? WHERE row_id = ?", (other, row))
        case "replace", (id, dict(fields)):
            execute("PRAGMA recursive_triggers = ON")
            names = ["id", "material", *(name for name in fields if name != "physics_issues")]
            values = [id, "x", *(value for name, value in fields.items() if name != "physics_issues")]
            marks = ", ".join("?" * len(names))
            execute(f"INSERT OR REPLACE INTO generation_attempts ({', '.join(names)}) VALUES ({marks})", values)
        case "merge", list(found):
            many = [(id, fields) for id, fields in found] + [
                (f"many-{n}", found[0][1]) for n in range(120 if found else 0)
            ]
            records = [check(Attempt, {"material": "x", **fields, "id": id}) for id, fields in many]
            bulk.merge(logger.store, records, "theirs")
        case "forget", str(category):
            with upkeep.deleting(logger.store):
                upkeep.delete(logger.store, *upkeep.ids_of(logger.store, AttemptFilter(category=category)))
        case "rebuild", None:
            upkeep.rebuild(logger.store)
        case "find", (row, issues):
            text = None if issues is None else msgspec.json.encode(issues).decode()
            execute("UPDATE generation_attempts SET physics_issues = ? WHERE row_id = ?", (text, row))
        case other:
            raise AssertionError(other)


def recount(logger: ImageGenerationLogger, stored: list[Attempt]) -> None:
    by_category = {stats["category"]: stats for stats in logger.get_category_stats()}
    assert by_category.keys() == {attempt.category for attempt in stored}
    for category, stats in by_category.items():
        own = [attempt for attempt in stored if attempt.category == category]
        passed = sum(attempt.passed is True for attempt in own)
        failed = sum(attempt.passed is False for attempt in own)
        assert (stats["total_attempts"], stats["passed"], stats["failed"]) == (len(own), passed, failed)
        assert stats["unknown"] == len(own) - passed - failed
        assert stats["success_rate"] == (100 * passed / (passed + failed) if passed + failed else None)
        for key, field in (
            ("avg_realism_score", "realism_score"),
            ("avg_gen_prompt_length", "gen_prompt_length"),
            ("avg_val_prompt_length", "val_prompt_length"),
        ):
            known = [getattr(attempt, field) for attempt in own if getattr(attempt, field) is not None]
            assert stats[key] == (pytest.approx(sum(known) / len(known), abs=1e-5) if known else None)
        named = Counter(issue for attempt in own for issue in attempt.physics_issues or ())
        assert {found["issue"]: found["count"] for found in logger.get_common_physics_violations(50, category)} == named
        assert [found["count"] for found in stats["common_physics_issues"]] == sorted(named.values(), reverse=True)[:5]
    named = Counter(issue for attempt in stored for issue in attempt.physics_issues or ())
    violations = logger.get_common_physics_violations(50)
    assert {found["issue"]: found["count"] for found in violations} == named
    for found in violations:
        having = [attempt for attempt in stored if found["issue"] in (attempt.physics_issues or ())]
        assert found["attempts"] == len(having)
        assert found["last_seen"] == max(attempt.timestamp for attempt in having)
        assert found["percentage"] == pytest.approx(100 * found["count"] / named.total())


def recount_filtered(logger: ImageGenerationLogger, stored: list[Attempt]) -> None:
    """Names are found anywhere and in any case: their totals come from cells as those of the names in full do."""
    for asked, is_meant in (
        ("category:OO,漢", lambda attempt: "oo" in attempt.category or "漢" in attempt.category),
        ("-category:e model:FLUX", lambda attempt: "e" not in attempt.category and attempt.model == "flux-2"),
        (
            "-model:flux since:2025-11-22",
            lambda attempt: attempt.model != "flux-2" and attempt.timestamp > "2025-11-22",
        ),
        ("passed:no,unknown", lambda attempt: attempt.passed is not True),
    ):
        meant = [attempt for attempt in stored if is_meant(attempt)]
        named = Counter(issue for attempt in meant for issue in attempt.physics_issues or ())
        report = logger.get_report(asked)
        overall = report["overall"]
        assert overall["total_attempts"] == len(meant)
        assert overall["passed"] == sum(attempt.passed is True for attempt in meant)
        assert {found["issue"]: found["count"] for found in report["physics_violations"]} == named
        categories = Counter(attempt.category for attempt in meant)
        assert {found["category"]: found["total_attempts"] for found in report["categories"]} == categories


def test_attempts_are_settled_without_reading_the_whole_history(store: Store) -> None:
    for statement in derived.settle(Joining("101", "200")):
        plan = [row[3] for row in store.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert not [step for step in plan if step.startswith(("SCAN a", "SCAN parent", "SCAN generation"))], statement


FILTERS = [
    {},
    {"category": "wood"},
    {"material": "Oak"},
    {"model": "flux-2"},
    {"passed": False},
    {"passed": "unknown"},
    {"since": "2025-01-01T10:00:00"},
    {"until": "2025-01-01T10:00:00"},
    {"since": "2025-01-01", "until": "2025-01-03T12:00:00"},
    {"feedback_category": "physics"},
    {"text": "dust"},
    {"category": "wood", "passed": True},
    {"category": "wood", "since": "2025-01-01T10:00:00"},
    {"model": "flux-2", "until": "2025-01-02"},
    {"terms": filter_from("category:woo").terms},
    {"terms": filter_from("category:metal,wood -model:sdxl passed:yes,no").terms, "since": "2025-01-01T10:00:00"},
    {"terms": filter_from("material:oa").terms},
    {"terms": filter_from("feedback:phys id:a").terms},
]
ASKED = {
    "stats": lambda log, asked: log.get_category_stats(asked.pop("category", None), asked),
    "violations": lambda log, asked: log.get_common_physics_violations(filter=asked),
    "effectiveness": lambda log, asked: log.get_feedback_effectiveness(asked),
    "patterns": lambda log, asked: log.get_feedback_patterns(filter=asked),
    "truncation": lambda log, asked: log.get_prompt_truncation_impact(asked),
    "best": lambda log, asked: log.get_best_feedback_examples(filter=asked),
    "models": Questions.compare_models,  # pairs are learned, from all attempts
    "failures": lambda log, asked: log.get_failure_breakdown(asked),
    "trend": lambda log, asked: log.get_trend("day", asked),
    "recent": lambda log, asked: log.get_recent_attempts(50, asked),
    "page": lambda log, asked: log.get_recent_attempts(50, asked, before="a"),
    "search": lambda log, asked: log.search_feedback("dust", 50, asked),
    "newest found": lambda log, asked: log.search_feedback("dust", 50, asked, "newest"),
    "the app": lambda log, asked: (
        queries.load_snapshot(log.store, queries.Interest(Listing(attempt_filter(asked)))),
        queries.load_detail(log.store, "a"),
    ),
}
IN_ORDER = ("recent", "page", "best", "the app")  # which read along an index, and stop when they have enough


def log_a_few(logger: ImageGenerationLogger) -> None:
    for id, patience in (("a", 0), ("b", 0), ("c", MOST_FRESH)):  # some are settled, some are not
        logger.store.execute("UPDATE settling SET patience = ?", (patience,))
        logger.log_attempt(
            "Oak",
            "wood",
            {"feedback_text": "Less dust", "feedback_category": "physics"},
            {"realism_score": 80, "physics_issues": ["Dust"]},
            id=id,
            model="flux-2",
            timestamp="2025-01-02",
        )


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize("asked", FILTERS, ids=str)
def test_no_question_scans_the_attempts(
    logger: ImageGenerationLogger, question: str, asked: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    log_a_few(logger)
    asked_sql: list[tuple[str, object]] = []
    execute = Store.execute

    def noted(store: Store, sql: str, parameters: object = ()) -> object:
        asked_sql.append((sql, parameters))
        return execute(store, sql, parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "execute", noted)
    ASKED[question](logger, dict(asked))
    monkeypatch.undo()
    assert asked_sql or (question, asked.get("passed")) in {("best", False), ("best", "unknown")}
    for sql, parameters in asked_sql:
        if not sql.startswith(("SELECT", "WITH", "INSERT")):
            continue
        plan = [row[3] for row in logger.store.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]  # type: ignore[arg-type]
        scans = [
            step
            for step in plan
            if step.split()[:2] in (["SCAN", "a"], ["SCAN", "parent"], ["SCAN", "generation_attempts"])
        ]
        if question in IN_ORDER:
            scans = [step for step in scans if " INDEX " not in step]
        assert not scans, (sql, plan)
