"""Mochi Diffusion: a caption of `Include in Image: ...; Model: ...; Generator: Mochi Diffusion 6.0`, or a line each."""

from __future__ import annotations

import re

from imglearn.capture.found import Found
from imglearn.capture.parts import Parts

_NAMES = (
    "Metadata Version", "Date", "Include in Image", "Exclude from Image", "Model", "Steps", "Guidance Scale", "Seed",
    "Size", "Quality", "Input Images", "Scheduler", "Upscaler", "ML Compute Unit", "Starting Image", "Image Strength",
    "Generator",
)  # fmt: skip
_FIELD = re.compile(rf"(?:^|; ?|\n)[ \t]*+({'|'.join(_NAMES)}): ?")
_MAX_CHARACTERS = 100_000


def parse(parts: Parts) -> Found | None:
    """Read the caption. Its names begin a field only behind a semicolon or a line's end."""
    for part in parts.named("description", "Description", "ImageDescription", "parameters"):
        if "Include in Image" not in part.text:
            continue
        pieces = _FIELD.split(part.text[:_MAX_CHARACTERS])
        said = dict(zip(pieces[1::2], (value.strip(" ;\n") for value in pieces[2::2]), strict=True))
        if "Include in Image" not in said or "Generator" not in said:
            continue
        size = re.match(r"(\d+) ?x ?(\d+)", said.get("Size", ""))
        return Found(re.sub(r"\s[\d.].*$", "", said["Generator"]), part.source).put(
            prompt=said["Include in Image"],
            negative_prompt=said.get("Exclude from Image"),
            seed=said.get("Seed"),
            steps=said.get("Steps"),
            guidance_scale=said.get("Guidance Scale"),
            sampler=said.get("Scheduler"),
            model=said.get("Model"),
            width=size[1] if size and "Upscaled" not in said["Size"] else None,
            height=size[2] if size and "Upscaled" not in said["Size"] else None,
        )
    return None
