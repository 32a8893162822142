"""A small simulated generator that logs through the public API, for people who want to see what imglearn shows.

It draws pictures of dirty materials, has them judged, and retries with feedback. From the middle of its history on,
one model spoils one category.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from imglearn.logger import create_logger

HISTORY = 260  # attempts that are there when the app opens
PAUSE_S = (0.4, 1.6)  # between two live attempts

_MATERIALS = {
    "wood_hardwood": ("Birch", "Oak", "Walnut", "Cherry"),
    "metal_ferrous": ("Steel", "Cast Iron"),
    "metal_copper": ("Copper", "Brass", "Bronze"),
    "polymer": ("Nylon", "Polycarbonate", "PVC"),
    "glass": ("Borosilicate", "Soda-lime Glass"),
    "stone": ("Granite", "Marble"),
}
_SKILL = {
    "wood_hardwood": 74.0,
    "metal_ferrous": 79.0,
    "metal_copper": 76.0,
    "polymer": 77.0,
    "glass": 69.0,
    "stone": 75.0,
}
_MODELS = ("imagen-4", "flux-2")
_PATTERNS = ("dust", "dirt", "rust", "oil film", "water stains", "soot")

# What can be wrong with a picture, and the feedback that a person would give about it.
_ISSUES = {
    "Dust floats in mid-air": ("physics", "Dust should settle in low points and crevices, not float in mid-air."),
    "Edges are evenly dirty": ("physics", "Concentrate dirt at edges and corners, and leave flat areas lighter."),
    "Rust without a moist spot": (
        "material_behavior",
        "Let rust start at edges and scratches, and follow where water runs.",
    ),
    "Shadow falls towards the light": ("physics", "Keep one light source, with shadows away from it."),
    "Water stain ignores gravity": ("contamination", "Let stains run downwards and end in a darker rim."),
    "Reflection shows another scene": ("object_realism", "Reflect the workshop that the object stands in."),
    "Grain runs across the joint": ("material_behavior", "Let the grain follow each board on its own."),
    "Object is larger than the hand that holds it": ("scale", "Show the object at hand size, beside the glove."),
}


class _Trial(Struct):
    """What the generator carries from an attempt to its retry."""

    category: str
    material: str
    model: str
    params: dict[str, object]
    issues: list[str]
    retry: int = 0
    parent: str | None = None


class Simulation:
    """Makes attempts as a generator would log them, the same for the same seed."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a simulation, and nothing secret
        self._made = 0
        self._pending: _Trial | None = None

    def attempts(self) -> Iterator[dict[str, object]]:
        """Yield attempts without end, each as the keyword arguments of `log_attempt`."""
        while True:
            yield self._next()

    def _next(self) -> dict[str, object]:
        rng = self._random
        trial = self._pending or self._new_trial()
        self._made += 1
        feedback = [_ISSUES[issue] for issue in trial.issues[:1]] if trial.retry else []
        score = self._score(trial, bool(feedback))
        passed = score >= 75
        issues = [] if passed else rng.sample(list(_ISSUES), k=rng.choice((0, 1, 1, 2)))
        id = f"{rng.getrandbits(64):016x}"
        last = passed or trial.retry == 3
        record: dict[str, object] = {
            "id": id,
            "material": trial.material,
            "category": trial.category,
            "model": trial.model,
            "parent_id": trial.parent,
            "prompt": f"A photograph of a {trial.material.lower()} workpiece, half of it cleaned, half dirty.",
            "seed": rng.getrandbits(32),
            "generation_params": {
                **trial.params,
                **({"feedback_category": feedback[0][0], "feedback_text": feedback[0][1]} if feedback else {}),
                **({"feedback_source": rng.choice(("user", "automated"))} if feedback else {}),
                "feedback_applied": bool(feedback),
            },
            "validation_results": {
                "prompt_length": rng.randint(3600, 7800),
                "truncated": rng.random() < 0.08,
                "realism_score": score,
                "physics_issues": issues,
                "red_flags": ["text in the picture"] if rng.random() < 0.04 else [],
            },
            "outcome": {
                "failure_category": None if passed else "physics" if issues else "quality",
                "retry_count": trial.retry,
                "final_success": passed if last else None,
                "duration_s": round(rng.uniform(6, 24), 1),
            },
        }
        if last:
            self._pending = None
        else:
            self._pending = _Trial(
                trial.category, trial.material, trial.model, trial.params, issues, trial.retry + 1, id
            )
        return record

    def _new_trial(self) -> _Trial:
        rng = self._random
        category = rng.choices(list(_MATERIALS), weights=(6, 5, 4, 3, 3, 2))[0]
        params: dict[str, object] = {
            "prompt_length": rng.randint(2400, 3900),
            "guidance_scale": rng.choice((6.0, 7.5, 9.0, 12.0)),
            "contamination_uniformity": rng.choice((2, 3, 4)),
            "view_mode": rng.choice(("natural_placement", "Contextual")),
            "patterns_used": rng.sample(_PATTERNS, k=2),
            "steps": rng.choice((20, 30, 40)),
            "sampler": rng.choice(("euler", "dpmpp_2m")),
        }
        return _Trial(category, rng.choice(_MATERIALS[category]), rng.choice(_MODELS), params, [])

    def _score(self, trial: _Trial, feedback: bool) -> float:
        broken = trial.model == "flux-2" and trial.category == "polymer" and self._made > HISTORY / 2
        score = self._random.gauss(_SKILL[trial.category], 9) + 5 * feedback - 24 * broken
        score -= 2 * abs(float(str(trial.params["guidance_scale"])) - 8)
        return float(round(max(5, min(98, score))))


def run(db_path: str, seed: int = 7) -> None:
    """Fill the log with a history of some hours, then log live until the program is ended."""
    simulation = Simulation(seed).attempts()
    with create_logger(db_path) as logger:
        start = datetime.now(UTC) - timedelta(hours=5)
        gap = timedelta(hours=5) / HISTORY
        history = [next(simulation) for _ in range(HISTORY)]
        logger.log_many(
            record | {"timestamp": (start + place * gap).isoformat()} for place, record in enumerate(history)
        )
        pauses = random.Random(seed)  # noqa: S311
        for record in simulation:
            found = {name: record.pop(name) for name in ("validation_results", "outcome")}
            with logger.attempt(**record) as attempt:  # type: ignore[arg-type]
                time.sleep(pauses.uniform(*PAUSE_S))
                attempt.update(**found)


if __name__ == "__main__":
    run(sys.argv[1])
