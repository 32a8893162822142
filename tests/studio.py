"""A small world of our own whose laws are known: what settings, feedback, models and time do to a score."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
CATEGORIES = ("wood", "metal", "glass", "stone")
EASE = dict(zip(CATEGORIES, (6.0, 2.0, -2.0, -6.0), strict=True))
BEST_GUIDANCE = dict(zip(CATEGORIES, (5.0, 7.0, 9.0, 11.0), strict=True))
MODEL = {"anvil": 0.0, "bellows": 5.0}
PATTERN = {"dust": 4.0, "rust": -4.0, "soot": 0.0, "salt": 0.0}
HELPS, NOTHING, HARMS = "physics", "realism", "angle"
EFFECT = {HELPS: 9.0, NOTHING: 0.0, HARMS: -9.0}
TEXT = {
    HELPS: "Let every grain of dust settle on the ground.",
    NOTHING: "Make it more realistic, please.",
    HARMS: "Take a more dramatic angle.",
}
ISSUE, REWORDED = "dust floats in mid-air", "floating dust does not settle on the ground"


class Break(NamedTuple):
    """From a share of the attempts on, a model (None: all) scores so many points more."""

    since: float
    model: str | None
    points: float


def points_of(category: str, guidance: float, patterns: list[str]) -> float:
    """Return what settings bring in a category."""
    return -0.4 * (guidance - BEST_GUIDANCE[category]) ** 2 + sum(PATTERN[one] for one in patterns)


def studio(n: int, seed: int = 1, breaks: tuple[Break, ...] = (), feedback: bool = True) -> list[dict[str, Any]]:
    """Return so many attempts as records, oldest first: requests with up to three retries while they fail."""
    lot = random.Random(seed)
    records: list[dict[str, Any]] = []
    while len(records) < n:
        category, model = lot.choice(CATEGORIES), lot.choice(list(MODEL))
        guidance = round(lot.uniform(2, 14), 1)
        patterns = lot.sample(list(PATTERN), lot.randint(1, 2))
        request, floats = lot.gauss(0, 3), lot.random() < 0.4
        parent = None
        for step in range(4):
            place = len(records)
            kind = lot.choice(list(EFFECT)) if feedback and step and lot.random() < 0.6 else None
            score = 76 + EASE[category] + MODEL[model] + points_of(category, guidance, patterns) + request
            score += sum(one.points for one in breaks if place >= one.since * n and one.model in (None, model))
            score += EFFECT[kind] if kind else 0.0
            if kind == HELPS:
                floats = floats and lot.random() < 0.2
            score += (-8 if floats else 0) + lot.gauss(0, 5)
            score = float(min(100, max(0, round(score))))
            record: dict[str, Any] = {
                "id": f"a{place:05}",
                "timestamp": (START + timedelta(minutes=47 * place)).isoformat(),
                "material": f"{category} {lot.randint(1, 3)}",
                "category": category,
                "model": model,
                "guidance_scale": guidance,
                "patterns_used": patterns,
                "params": {"steps": lot.choice([20, 30, 40]), "node": lot.choice("xyz"), "width": 1024},
                "seed": str(lot.randrange(2**40)),
                "realism_score": score,
                "passed": score >= 75,
                "failure_category": None if score >= 75 else "quality",
                "physics_issues": [ISSUE] if floats else [],
                "parent_id": parent,
                "feedback_applied": kind is not None,
            }
            if kind:
                record |= {"feedback_text": TEXT[kind], "feedback_category": kind}
            records.append(record)
            parent = record["id"]
            if score >= 75 or len(records) == n:
                break
    return records
