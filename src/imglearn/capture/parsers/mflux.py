"""mflux: a JSON object in EXIF, and the same as properties of its own namespace in XMP."""

from __future__ import annotations

from typing import Any

from imglearn.capture.found import Found
from imglearn.capture.parts import COMMENT_KEYS, Parts


def parse(parts: Parts) -> Found | None:
    """Read the object, or else the properties."""
    for part, said in parts.objects(*COMMENT_KEYS, "parameters"):
        if "mflux_version" in said:
            return _read(said, part.source)
    properties = {part.key: part.text for part in parts if part.place == "XMP mflux"}
    if not properties:
        return None
    return _read({**properties, "prompt": parts.text("description") or None}, "XMP mflux")


def _read(said: dict[str, Any], source: str) -> Found:
    names, weights = said.get("lora_paths"), said.get("lora_scales")
    return Found("mflux", source).put(
        prompt=said.get("prompt"),
        negative_prompt=said.get("negative_prompt"),
        seed=said.get("seed"),
        steps=said.get("steps"),
        guidance_scale=said.get("guidance"),
        model=said.get("model"),
        width=said.get("width"),
        height=said.get("height"),
        denoise_strength=None if said.get("image_strength") is None else said.get("image_strength"),
        sampler=said.get("scheduler"),
        loras=_loras(names, weights),
    )


def _loras(names: object, weights: object) -> list[tuple[object, object]]:
    if not isinstance(names, list):
        return []
    scales = weights if isinstance(weights, list) else []
    bare = [str(name).replace("\\", "/").rsplit("/", 1)[-1] for name in names]
    return [(name, scales[place] if place < len(scales) else None) for place, name in enumerate(bare)]
