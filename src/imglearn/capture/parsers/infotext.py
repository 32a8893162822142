"""The infotext of A1111."""

from __future__ import annotations

import re
from typing import Any


class Found:
    """Fields that a text says, by name."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values


def read(text: str, source: str | None = None) -> Found | None:  # noqa: ARG001
    """Return the fields of an infotext, None where it is none."""
    head, steps, rest = text.rpartition("\nSteps: ")
    if not steps:
        return None
    prompt, _, negative = head.partition("\nNegative prompt: ")
    knobs = dict(re.findall(r"([A-Z][\w ]*): ([^,\n]*)", "Steps: " + rest))
    values: dict[str, Any] = {"prompt": prompt, "negative_prompt": negative, "steps": int(knobs["Steps"])}
    for key, name, kind in (
        ("Sampler", "sampler", str), ("CFG scale", "guidance_scale", float), ("Seed", "seed", str),
        ("Model", "model", str), ("Model hash", "model_hash", str),
    ):  # fmt: skip
        if key in knobs:
            values[name] = kind(knobs[key])
    if size := re.fullmatch(r"(\d+)x(\d+)", knobs.get("Size", "")):
        values["width"], values["height"] = int(size[1]), int(size[2])
    return Found(values)
