"""A log of any size, made from a seed: about 1 KB an attempt, as real ones are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

START = datetime(2025, 1, 1, tzinfo=UTC)
YEAR_S = 365 * 24 * 3600

CATEGORIES = [f"category_{number:02}" for number in range(20)]
MATERIALS = [f"Material {number:03}" for number in range(300)]
ISSUES = [f"Issue {number:03}: contamination gathers where no dirt would stay" for number in range(200)]
MODELS = ["imagen-4", "flux-2", "sdxl-base"]
KINDS = ["physics", "material_behavior", "contamination", "object_realism", "aesthetics", "scale"]
FAILURES = ["physics", "quality", "aesthetics", "contamination"]
PATTERNS = ["dust", "dirt", "oil", "rust", "scale", "algae"]
COMMON = [f"word{number:03}" for number in range(400)]
# In about a third, 5, 0.4 and 0.05 % of the texts of feedback.
MARKED = {"weathered": 1 / 3, "settling": 0.05, "crevice": 0.004, "patina": 0.0005}


def attempts(count: int, seed: int = 7) -> Iterator[dict[str, object]]:
    """Yield attempts as flat records, in the order of their time, spread over a year."""
    draw = random.Random(seed)
    weights = [1 / (place + 1) for place in range(len(CATEGORIES))]
    before: str | None = None
    for number in range(count):
        category = draw.choices(CATEGORIES, weights)[0]
        score = min(100.0, max(0.0, round(draw.gauss(72, 12))))
        passed = score >= 75
        fed = draw.random() < 0.4
        id = f"{draw.getrandbits(128):032x}"
        record: dict[str, object] = {
            "id": id,
            "timestamp": (START + timedelta(seconds=YEAR_S * number / count)).isoformat(),
            "material": draw.choice(MATERIALS),
            "category": category,
            "model": draw.choice(MODELS),
            "prompt": _words(draw, 50),
            "seed": str(draw.getrandbits(64)),
            "gen_prompt_length": draw.randrange(800, 4000),
            "guidance_scale": draw.choice([3.5, 5.0, 7.5, 12.0]),
            "patterns_used": draw.sample(PATTERNS, 2),
            "params": {"steps": draw.choice([20, 30, 50]), "sampler": draw.choice(["euler", "dpm++"])},
            "val_prompt_length": draw.randrange(2000, 6000),
            "val_truncated": draw.random() < 0.1,
            "realism_score": score,
            "passed": passed,
            "physics_issues": [] if passed else draw.choices(ISSUES, k=draw.randrange(1, 4)),
            "feedback_applied": fed,
            "image_path": f"out/{id}.png",
            "duration_s": round(draw.uniform(4, 40), 1),
        }
        if not passed:
            record["failure_category"] = draw.choice(FAILURES)
        if fed:
            record["feedback_text"] = _feedback(draw)
            record["feedback_category"] = draw.choice(KINDS)
            record["feedback_source"] = "user"
            if before is not None:
                record["parent_id"] = before
        before = None if passed else id
        yield record


def _words(draw: random.Random, count: int) -> str:
    return " ".join(draw.choices(COMMON, k=count))


def _feedback(draw: random.Random) -> str:
    marked = [word for word, share in MARKED.items() if draw.random() < share]
    return " ".join([*draw.choices(COMMON, k=12), *marked])
