"""Each statistic equals a slow, obvious recomputation in plain Python, over random attempts with unknowns."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imglearn.analytics.rates import t_975
from imglearn.logger import ImageGenerationLogger
from imglearn.questions import Questions
from imglearn.store import upkeep
from imglearn.store.database import Store
from imglearn.store.settling import MOST_FRESH

Attempt = dict[str, Any]

CATEGORIES = ["wood", "metal", "[/red]", "漢"]
MODELS = ["flux-2", "imagen-4"]
KINDS = ["physics", "scale", "=sum(1)"]
DAYS = [f"2025-{month}-0{day}T0{hour}:30:00Z" for month in (11, 12) for day in (1, 2, 9) for hour in (0, 5)]
TEXTS = ["Less dust", "less DUST!", "Rust starts at edges", "x" * 300, ""]
ISSUES = ["Dust floats", "Edge", "\x1b[2J", '"quoted"']

FIELDS = st.fixed_dictionaries(
    {"category": st.sampled_from(CATEGORIES), "timestamp": st.sampled_from(DAYS)},
    optional={
        "material": st.sampled_from(["Oak", "Steel"]),
        "model": st.sampled_from(MODELS),
        "realism_score": st.one_of(st.integers(0, 100), st.floats(0, 100).map(lambda x: round(x, 3))),
        "passed": st.booleans(),
        "status": st.sampled_from(["done", "running", "error"]),
        "validator_error": st.just("timed out"),
        "feedback_applied": st.booleans(),
        "feedback_text": st.sampled_from(TEXTS),
        "feedback_category": st.sampled_from(KINDS),
        "val_truncated": st.booleans(),
        "gen_prompt_length": st.integers(0, 9999),
        "val_prompt_length": st.integers(0, 9999),
        "failure_category": st.sampled_from(["physics", "quality"]),
        "physics_issues": st.lists(st.sampled_from(ISSUES), max_size=3),
        "patterns_used": st.lists(st.sampled_from(["dust", "rust", "oil"]), max_size=3),
        "guidance_scale": st.sampled_from([3.5, 7.0]),
        "params": st.fixed_dictionaries(
            {},
            optional={
                "steps": st.one_of(st.integers(1, 200), st.floats(1, 9).map(lambda x: round(x, 2))),
                "sampler": st.sampled_from(["euler", "dpm++", "20"]),
                "hires": st.booleans(),
                'odd "name" $.[0]': st.integers(0, 3),
                "lora": st.sampled_from(
                    [{"weight": 0.3}, {"weight": 0.7, "name": "dust"}, {"weight": None}, {}, 1, [1]]
                ),
                "clip.skip": st.integers(1, 2),
            },
        ),
        "retries": st.integers(0, 30),
    },
)
# What is said, about which attempt, and which earlier remark it supersedes; either may be none that is there.
REMARKS = st.tuples(st.sampled_from(["Less dust", "Rust at edges"]), st.integers(0, 30), st.integers(0, 12))
FILTERS = (
    st.fixed_dictionaries(
        {},
        optional={
            "category": st.sampled_from([*CATEGORIES, "nowhere"]),
            "material": st.sampled_from(["Oak", "Steel"]),
            "model": st.sampled_from(MODELS),
            "passed": st.sampled_from([True, False, "unknown"]),
            "since": st.sampled_from(["2025-11-02", "2025-12-01T03:00:00+00:00"]),
            "until": st.sampled_from(["2025-11-02T05:30:00Z", "2025-12-02"]),
            "feedback_category": st.sampled_from(KINDS),
            "min_score": st.integers(0, 100),
            "max_score": st.integers(0, 100),
            "text": st.sampled_from(["dust", "rust edges", "oak", "nothing"]),
        },
    )
    .map(lambda found: {k: v for k, v in found.items() if k != "until" or v > found.get("since", "")})
    .flatmap(lambda found: st.sampled_from([found, dict(list(found.items())[:1]), {}]))
)


@given(st.lists(FIELDS, max_size=25), FILTERS, st.lists(REMARKS, max_size=6), st.sampled_from([0, 3, MOST_FRESH]))
@settings(max_examples=100)
def test_every_statistic_equals_a_slow_recount(
    given_fields: list[dict[str, Any]], asked: dict[str, Any], draw_remarks: list[tuple[str, int, int]], patience: int
) -> None:
    with TemporaryDirectory() as folder:
        logger = ImageGenerationLogger(Store.open(Path(folder) / "log.db"))
        logger.store.execute("UPDATE settling SET patience = ?", (patience,))
        for number, fields in enumerate(given_fields):
            retries = fields.pop("retries", None)
            parent = {} if retries is None else {"parent_id": f"a{retries}"}
            logger.log_record({"material": "Birch", **parent, **fields, "id": f"a{number}"})
        stored = logger.get_recent_attempts(None)
        check_remarks(logger, stored, draw_remarks)
        meant = [attempt for attempt in stored if meets(attempt, asked)]
        assert logger.get_recent_attempts(None, **asked) == sorted(
            meant, key=lambda a: (a["timestamp"], int(a["id"][1:])), reverse=True
        )
        check_categories(logger, meant, asked)
        check_violations(logger, meant, asked)
        check_feedback(logger, meant, {attempt["id"]: attempt for attempt in stored}, asked)
        check_truncation(logger, meant, asked)
        check_breakdowns(logger, meant, asked)
        check_params(logger, meant, asked)
        check_models(logger, meant, asked)
        check_trend(logger, meant, asked)
        logger.store.execute("UPDATE settling SET patience = ?", (MOST_FRESH,))
        assert [found for found in upkeep.check(logger.store) if found.problem] == []
        logger.close()


def meets(attempt: Attempt, asked: Mapping[str, Any]) -> bool:
    words = " ".join(
        [attempt["material"], attempt["category"], attempt["feedback_text"] or "", *(attempt["physics_issues"] or ())]
    )
    known = {"passed": True, "failed": False, "unknown": None}
    tests = {
        "passed": lambda wanted: attempt["passed"] is known.get(wanted, wanted),
        "since": lambda moment: attempt["timestamp"][:16] >= f"{moment}T00:00"[:16],
        "until": lambda moment: attempt["timestamp"][:16] < f"{moment}T00:00"[:16],
        "min_score": lambda least: attempt["realism_score"] is not None and attempt["realism_score"] >= least,
        "max_score": lambda most: attempt["realism_score"] is not None and attempt["realism_score"] <= most,
        "text": lambda term: all(stem(word) in map(stem, words.casefold().split()) for word in term.split()),
    }
    return all(tests[name](value) if name in tests else attempt[name] == value for name, value in asked.items())


def stem(word: str) -> str:
    return word.strip("!").removesuffix("s")


def check_remarks(logger: ImageGenerationLogger, stored: list[Attempt], remarks: list[tuple[str, int, int]]) -> None:
    """Add remarks; they are in no figure, and those that are superseded in no list and no search."""
    before = logger.get_report()
    about = {attempt["id"] for attempt in stored}
    added: list[str] = []
    superseded: set[str] = set()
    for text, attempt, earlier in remarks:
        takes_over = added[earlier] if earlier < len(added) and added[earlier] not in superseded else None
        added.append(
            logger.add_feedback(text, f"a{attempt}" if f"a{attempt}" in about else None, supersedes=takes_over)
        )
        if takes_over is not None:
            superseded.add(takes_over)
    standing = [id for id in reversed(added) if id not in superseded]
    assert [found["id"] for found in logger.get_feedback()] == standing
    assert [found["id"] for found in logger.get_feedback(superseded=True)] == added[::-1]
    for word in ("dust", "edges"):
        found = {match["id"] for match in logger.search_feedback(word) if match["remark"]}
        assert found == {id for id, (text, *_) in zip(added, remarks, strict=True) if word in text and id in standing}
        told = {match["id"] for match in logger.search_feedback(word) if not match["remark"]}
        fields = ("material", "category", "feedback_text", "physics_issues")
        said = {a["id"]: " ".join(str(a[name]) for name in fields).casefold() for a in stored}
        says = {a["id"] for a in stored if a["feedback_text"] is not None or a["physics_issues"]}
        assert told == {id for id in says if stem(word) in said[id]}
    assert logger.get_report() == {**before, "remarks": len(standing)}


def outcomes(attempts: Iterable[Attempt]) -> dict[str, Any]:
    attempts = list(attempts)
    passed = sum(attempt["passed"] is True for attempt in attempts)
    failed = sum(attempt["passed"] is False for attempt in attempts)
    scores = [attempt["realism_score"] for attempt in attempts if attempt["realism_score"] is not None]
    return {
        "passed": passed,
        "failed": failed,
        "unknown": len(attempts) - passed - failed,
        "success_rate": close(100 * passed / (passed + failed)) if passed + failed else None,
        "success_rate_interval": wilson(passed, failed),
        "scored": len(scores),
        "avg_score": close(statistics.fmean(scores)) if scores else None,
        "avg_score_interval": student(scores),
    }


def student(scores: list[float]) -> Any:
    """Return the interval of a mean; how far it goes hangs on the last digits where scores hardly differ."""
    if len(scores) < 2 or statistics.variance(scores) < 1e-6:
        return None
    mean, half = statistics.fmean(scores), t_975(len(scores) - 1) * statistics.stdev(scores) / math.sqrt(len(scores))
    return pytest.approx([max(0, mean - half), min(100, mean + half)], abs=1e-2)


def wilson(passed: int, failed: int) -> Any:
    """Solve Wilson's equation |p - passed / n| = z sqrt(p (1 - p) / n) as the quadratic that it is."""
    n = passed + failed
    if not n:
        return None
    z2 = 1.959963984540054**2
    a, b, c = 1 + z2 / n, -(2 * passed / n + z2 / n), (passed / n) ** 2
    root = math.sqrt(max(0, b * b - 4 * a * c))
    return [close(100 * (-b + sign * root) / (2 * a)) for sign in (-1, 1)]


def close(value: float) -> Any:
    return pytest.approx(value, abs=1e-4)


def by(attempts: Iterable[Attempt], key: Any) -> dict[Any, list[Attempt]]:
    groups = defaultdict(list)
    for attempt in attempts:
        groups[key(attempt)].append(attempt)
    return groups


def known_mean(attempts: Iterable[Attempt], field: str) -> Any:
    known = [attempt[field] for attempt in attempts if attempt[field] is not None]
    return close(statistics.fmean(known)) if known else None


def named_issues(attempts: Iterable[Attempt]) -> Counter[str]:
    return Counter(issue for attempt in attempts for issue in attempt["physics_issues"] or ())


def most_common(named: Counter[str], limit: int) -> list[dict[str, Any]]:
    first = sorted(named.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return [{"issue": issue, "count": count} for issue, count in first]


def check_categories(logger: ImageGenerationLogger, meant: list[Attempt], asked: dict[str, Any]) -> None:
    groups = by(meant, lambda attempt: attempt["category"])
    found = logger.get_category_stats(filter=asked)
    found = [found] if isinstance(found, dict) else found
    if "category" not in asked:
        assert [stats["category"] for stats in found] == sorted(groups, key=lambda name: (-len(groups[name]), name))
    for stats in found:
        own = groups[stats["category"]]
        expected = outcomes(own)
        assert stats["total_attempts"] == len(own)
        for name in ("passed", "failed", "unknown", "success_rate", "success_rate_interval"):
            assert stats[name] == expected[name], name
        assert stats["avg_realism_score"] == known_mean(own, "realism_score")
        assert stats["avg_gen_prompt_length"] == known_mean(own, "gen_prompt_length")
        assert stats["avg_val_prompt_length"] == known_mean(own, "val_prompt_length")
        assert stats["common_physics_issues"] == most_common(named_issues(own), 5)


def check_violations(logger: ImageGenerationLogger, meant: list[Attempt], asked: dict[str, Any]) -> None:
    named = named_issues(meant)
    for limit in (2, None):
        found = logger.get_common_physics_violations(limit, filter=asked)
        assert [{"issue": v["issue"], "count": v["count"]} for v in found] == most_common(named, limit or 99)
        for violation in found:
            having = [attempt for attempt in meant if violation["issue"] in (attempt["physics_issues"] or ())]
            assert violation["attempts"] == len(having)
            assert violation["last_seen"] == max(attempt["timestamp"] for attempt in having)
            assert violation["percentage"] == close(100 * violation["count"] / named.total())
            check_issue_breakdown(logger, violation["issue"], having, meant, asked)


def check_issue_breakdown(
    logger: ImageGenerationLogger, issue: str, having: list[Attempt], meant: list[Attempt], asked: dict[str, Any]
) -> None:
    found = logger.get_issue_breakdown(issue, asked)
    for key, split in (("categories", "category"), ("models", "model")):
        own, every = by(having, lambda one, split=split: one[split]), by(meant, lambda one, split=split: one[split])
        assert [share["name"] for share in found[key]] == sorted(own, key=lambda name: (-len(own[name]), name or ""))
        for share in found[key]:
            naming, of = own[share["name"]], every[share["name"]]
            assert (share["attempts"], share["of"]) == (len(naming), len(of))
            assert share["percentage"] == close(100 * len(naming) / len(of))
            assert share["interval"] == wilson(len(naming), len(of) - len(naming))
            assert share["success_rate"] == outcomes(naming)["success_rate"]


def check_feedback(
    logger: ImageGenerationLogger, meant: list[Attempt], stored: dict[str, Attempt], asked: dict[str, Any]
) -> None:
    given = [attempt for attempt in meant if attempt["feedback_applied"]]
    without = [attempt for attempt in meant if not attempt["feedback_applied"]]
    found = logger.get_feedback_effectiveness(asked)
    assert found["before_feedback"] == {"total": len(without), **outcomes(without)}
    assert found["after_feedback"] == {"total": len(given), **outcomes(given)}
    assert found["unstated"] == sum(attempt["feedback_applied"] is None for attempt in without)
    for delta, name in (("success_rate_delta", "success_rate"), ("avg_score_delta", "avg_score")):
        before, after = found["before_feedback"][name], found["after_feedback"][name]
        assert found["improvement"][delta] == (None if None in (before, after) else close(after - before))
    check_note(found["note"], without, given)
    pairs = [
        (stored[attempt["parent_id"]], attempt)
        for attempt in given
        if attempt["parent_id"] in stored and attempt["parent_id"] != attempt["id"]
    ]
    judged = [(one["passed"], two["passed"]) for one, two in pairs if None not in (one["passed"], two["passed"])]
    changes = [
        two["realism_score"] - one["realism_score"]
        for one, two in pairs
        if None not in (one["realism_score"], two["realism_score"])
    ]
    paired = found["paired"]
    assert (paired["pairs"], paired["judged"], paired["scored"]) == (len(pairs), len(judged), len(changes))
    if judged:
        assert paired["success_rate_before"] == close(100 * statistics.fmean(one for one, _ in judged))
        assert paired["success_rate_after"] == close(100 * statistics.fmean(two for _, two in judged))
    if changes:
        assert paired["mean_score_change"] == pytest.approx(statistics.fmean(changes), abs=1e-3)
    if len(changes) > 1:
        low, high = paired["interval"]
        assert (low + high) / 2 == pytest.approx(statistics.fmean(changes), abs=1e-3)
        half = T_975[len(changes) - 1] * statistics.stdev(changes) / math.sqrt(len(changes))
        assert (high - low) / 2 == pytest.approx(half, rel=1e-3, abs=0.05)
    else:
        assert paired["interval"] is None

    kinds = by((a for a in given if a["feedback_applied"]), lambda a: a["feedback_category"])
    patterns = {found["category"]: found for found in logger.get_feedback_patterns(None, asked)}
    assert patterns == {
        kind: {"category": kind, "usage_count": len(own), **outcomes(own)} for kind, own in kinds.items()
    }
    uses = [found["usage_count"] for found in patterns.values()]
    assert uses == sorted(uses, reverse=True)

    best = logger.get_best_feedback_examples(limit=None, filter=asked)
    fit = [a for a in given if a["passed"] and a["feedback_text"] is not None]
    assert [found["realism_score"] for found in best] == sorted(
        (found["realism_score"] for found in best), key=lambda score: -1 if score is None else score, reverse=True
    )
    assert {found["id"] for found in best} <= {attempt["id"] for attempt in fit}
    said = ["".join(filter(str.isalnum, found["feedback_text"].casefold())) for found in best]
    assert len(said) == len(set(said))
    assert set(said) == {"".join(filter(str.isalnum, a["feedback_text"].casefold())) for a in fit}


def check_note(note: str | None, without: list[Attempt], given: list[Attempt]) -> None:
    """Recompute the difference within categories: weighted by the judged attempts with feedback."""
    if not without and not given:
        assert note is None
    elif not without or not given:
        assert (note or "").startswith("nothing to compare")
    weighted = []
    for category in {attempt["category"] for attempt in given}:
        sides = [
            [a["passed"] for a in side if a["category"] == category and a["passed"] is not None]
            for side in (without, given)
        ]
        if all(sides):
            before, after = (100 * statistics.fmean(side) for side in sides)
            weighted += [after - before] * len(sides[1])
    if not weighted:
        assert "categories are not the same" not in (note or "")
        return
    judged = [[a["passed"] for a in side if a["passed"] is not None] for side in (without, given)]
    plain, within = 100 * (statistics.fmean(judged[1]) - statistics.fmean(judged[0])), statistics.fmean(weighted)
    if abs(abs(plain - within) - 2) > 0.001:
        said = f"within categories the difference is {within:+.1f} points, not {plain:+.1f}"
        assert (said.replace("-0.0", "+0.0") in (note or "").replace("-0.0", "+0.0")) == (abs(plain - within) >= 2)


# Student's t, 97.5 %, as in the tables
T_975 = dict(enumerate([12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
                        2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064], 1))  # fmt: skip


def check_truncation(logger: ImageGenerationLogger, meant: list[Attempt], asked: dict[str, Any]) -> None:
    groups = by(meant, lambda attempt: attempt["val_truncated"])
    found = logger.get_prompt_truncation_impact(asked)
    assert found["non_truncated"] == {"total": len(groups[False]), **outcomes(groups[False])}
    assert found["truncated"] == {"total": len(groups[True]), **outcomes(groups[True])}
    assert found["unknown"] == len(groups[None])
    difference = found["difference"]
    for delta, name in (("success_rate_delta", "success_rate"), ("avg_score_delta", "avg_score")):
        whole, cut = found["non_truncated"][name], found["truncated"][name]
        assert difference[delta] == (None if None in (whole, cut) else close(cut - whole))
    if difference["success_rate_delta"] is not None:
        low, high = difference["success_rate_interval"]
        assert -100.001 <= low <= difference["success_rate_delta"] <= high <= 100.001
    scores = [[a["realism_score"] for a in groups[key] if a["realism_score"] is not None] for key in (True, False)]
    if all(len(own) > 1 for own in scores) and any(statistics.variance(own) > 0.01 for own in scores):
        low, high = difference["avg_score_interval"]
        errors = [statistics.variance(own) / len(own) for own in scores]
        freedom = sum(errors) ** 2 / sum(error**2 / (len(own) - 1) for error, own in zip(errors, scores, strict=True))
        assert (low + high) / 2 == close(difference["avg_score_delta"])
        least, most = T_975[math.ceil(freedom - 1e-9)], T_975[max(1, math.floor(freedom + 1e-9))]  # whole numbers only
        assert least * 0.99 <= (high - low) / 2 / math.sqrt(sum(errors)) <= most * 1.01


def check_breakdowns(logger: ImageGenerationLogger, meant: list[Attempt], asked: dict[str, Any]) -> None:
    failed = [attempt for attempt in meant if attempt["passed"] is False]
    groups = by(failed, lambda attempt: attempt["failure_category"])
    assert {found["failure_category"]: found for found in logger.get_failure_breakdown(asked)} == {
        kind: {
            "failure_category": kind,
            "count": len(own),
            "percentage": close(100 * len(own) / len(failed)),
            "avg_score": known_mean(own, "realism_score"),
        }
        for kind, own in groups.items()
    }
    used = {pattern for attempt in meant for pattern in attempt["patterns_used"] or ()}
    assert {found["pattern"]: found for found in logger.get_pattern_effectiveness(asked)} == {
        pattern: {"pattern": pattern, "attempts": len(own), **outcomes(own)}
        for pattern in used
        for own in [[attempt for attempt in meant if pattern in (attempt["patterns_used"] or ())]]
    }


def check_params(logger: ImageGenerationLogger, meant: list[Attempt], asked: dict[str, Any]) -> None:
    names = (
        "sampler",
        "hires",
        'odd "name" $.[0]',
        "steps",
        "guidance_scale",
        "params.steps",
        "lora.weight",
        "clip.skip",
    )
    for name in (*names, "nowhere", "lora.weight.much"):

        def value(attempt: Attempt, name: str = name) -> Any:
            if name == "guidance_scale":
                return attempt[name]
            knobs = attempt["params"] or {}
            if name == "lora.weight":
                return knobs["lora"].get("weight") if isinstance(knobs.get("lora"), dict) else None
            return knobs.get(name.removeprefix("params."))

        found = logger.get_param_breakdown(name, bins=4, filter=asked)
        having = [attempt for attempt in meant if value(attempt) is not None]
        rest = [attempt for attempt in meant if value(attempt) is None]
        if rest:
            last = found.pop()
            assert (last["value"], last["low"], last["high"]) == (None, None, None)
            assert last == last | {"attempts": len(rest), **outcomes(rest)}
        assert sum(line["attempts"] for line in found) == len(having)
        scopes = {(line["model"], line["value"]) for line in found}
        if name == "guidance_scale":  # comparable within a model only
            assert scopes == {(attempt["model"] or "unknown model", value(attempt)) for attempt in having}
        else:
            assert {model for model, _ in scopes} <= {None}
        for line in found:
            own = [
                attempt
                for attempt in having
                if (line["model"] is None or line["model"] == (attempt["model"] or "unknown model"))
                and (
                    line["low"] <= value(attempt) <= line["high"]
                    if line["low"] is not None
                    else (type(value(attempt)) is bool) == (type(line["value"]) is bool)
                    and (type(value(attempt)) is str) == (type(line["value"]) is str)
                    and value(attempt) == line["value"]
                )
            ]
            assert line == line | {"attempts": len(own), **outcomes(own)}, (name, line)
        if name == "steps" and len({value(attempt) for attempt in having}) > 12:
            assert 1 < len(found) <= 4
            assert all(one["high"] < two["low"] for one, two in pairwise(found))

    used = [name for attempt in meant for name in knob_names(attempt["params"] or {})]
    fields = {
        "guidance_scale",
        "contamination_uniformity",
        "view_mode",
        "gen_prompt_length",
        "val_prompt_length",
        "seed",
    }
    told = {one["param"]: one["attempts"] for one in logger.get_params(filter=asked)}
    assert {name: n for name, n in told.items() if name not in fields} == {name: used.count(name) for name in used}


def knob_names(knobs: Mapping[str, Any]) -> Iterator[str]:
    for name, value in knobs.items():
        yield from (f"{name}.{inner}" for inner in value) if isinstance(value, dict) and value else [name]


def check_models(logger: ImageGenerationLogger, meant: list[Attempt], asked: dict[str, Any]) -> None:
    found = Questions.compare_models(logger, asked)  # without the pairs, which are learned
    groups = by(meant, lambda attempt: attempt["model"])
    assert {line["model"] for line in found["models"]} == groups.keys()
    for line in found["models"]:
        own = groups[line["model"]]
        issues = most_common(named_issues(own), 3)
        assert line == {"model": line["model"], "attempts": len(own), **outcomes(own), "top_issues": issues}
    within = by(meant, lambda attempt: (attempt["category"], attempt["model"]))
    told = {(group["category"], line["model"]): line for group in found["by_category"] for line in group["models"]}
    assert told == {
        (category, model): {"model": model, "attempts": len(own), **outcomes(own)}
        for (category, model), own in within.items()
    }


def check_trend(logger: ImageGenerationLogger, meant: list[Attempt], asked: dict[str, Any]) -> None:
    def monday(moment: str) -> str:
        day = date.fromisoformat(moment[:10])
        return (day - timedelta(days=day.weekday())).isoformat()

    starts = {
        "hour": lambda moment: f"{moment[:13]}:00",
        "day": lambda moment: moment[:10],
        "week": monday,
        "month": lambda moment: f"{moment[:7]}-01",
    }
    for bucket, start in starts.items():
        groups = by(meant, lambda attempt, start=start: start(attempt["timestamp"]))
        assert logger.get_trend(bucket, asked) == [
            {
                "bucket": moment,
                "attempts": len(groups[moment]),
                **outcomes(groups[moment]),
                **adjusted_rate(groups[moment], meant),
                **adjusted_score(groups[moment], meant),
            }
            for moment in sorted(groups)
        ]
        check_split_trend(logger, meant, asked, bucket, start)


def adjusted_rate(some: list[Attempt], every: list[Attempt]) -> dict[str, Any]:
    """Return the rate whose log odds are beyond those of all by as much as those of some are beyond what is expected."""
    judged = [attempt for attempt in every if attempt["passed"] is not None]
    rates = {
        category: statistics.fmean(attempt["passed"] for attempt in own)
        for category, own in by(judged, lambda attempt: attempt["category"]).items()
    }
    own = [attempt for attempt in some if attempt["passed"] is not None]
    expected = statistics.fmean(rates[attempt["category"]] for attempt in own) if own else 0
    overall = statistics.fmean(attempt["passed"] for attempt in judged) if judged else 0
    same = own and abs(expected - overall) < 1e-9
    if not own or (not same and not 1e-9 < expected < 1 - 1e-9):
        return {"adjusted_success_rate": None, "adjusted_success_rate_interval": None}

    def moved(rate: float) -> Any:
        if same or rate < 1e-9 or rate > 100 - 1e-9:
            return about(rate)
        log_odds = logit(rate / 100) + logit(overall) - logit(expected)
        return about(100 / (1 + math.exp(-log_odds)))

    observed = outcomes(own)
    return {
        "adjusted_success_rate": moved(observed["success_rate"].expected),
        "adjusted_success_rate_interval": [moved(bound.expected) for bound in observed["success_rate_interval"]],
    }


def logit(share: float) -> float:
    return math.log(share / (1 - share))


def about(figure: float) -> Any:
    return pytest.approx(min(100, max(0, figure)), abs=1e-6)


def adjusted_score(some: list[Attempt], every: list[Attempt]) -> dict[str, Any]:
    """Return the mean score of some, less what their categories have, plus the mean of all."""
    scored = [attempt for attempt in every if attempt["realism_score"] is not None]
    own = [attempt for attempt in some if attempt["realism_score"] is not None]
    if not own:
        return {"adjusted_avg_score": None, "adjusted_avg_score_interval": None}
    usual = by(scored, lambda attempt: attempt["category"])
    means = {category: statistics.fmean(one["realism_score"] for one in those) for category, those in usual.items()}
    beyond = statistics.fmean(one["realism_score"] - means[one["category"]] for one in own)
    overall = statistics.fmean(one["realism_score"] for one in scored)
    observed = outcomes(own)
    shift = overall + beyond - observed["avg_score"].expected
    interval = observed["avg_score_interval"]
    return {
        "adjusted_avg_score": about(overall + beyond),
        "adjusted_avg_score_interval": None
        if interval is None
        else pytest.approx([min(100, max(0, bound + shift)) for bound in interval.expected], abs=1e-2),
    }


def check_split_trend(
    logger: ImageGenerationLogger, meant: list[Attempt], asked: dict[str, Any], bucket: str, start: Any
) -> None:
    for split in ("category", "model"):
        groups = by(meant, lambda attempt, split=split: attempt[split])
        most_first = sorted(groups, key=lambda name: (-len(groups[name]), name or ""))
        for limit in (2, None):
            found = logger.get_split_trend(split, bucket, limit, asked)
            assert [one["name"] for one in found] == most_first[:limit]
            for one in found:
                points, own = one.pop("points"), groups[one["name"]]
                assert one == {"name": one["name"], "attempts": len(own), **outcomes(own)}
                buckets = by(own, lambda attempt: start(attempt["timestamp"]))
                assert points == [
                    {"bucket": moment, "attempts": len(buckets[moment]), **outcomes(buckets[moment])}
                    for moment in sorted(buckets)
                ]
