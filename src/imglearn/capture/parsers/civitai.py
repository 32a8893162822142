"""Civitai's generator: a ComfyUI graph with `extraMetadata`, the parameters of the site's form, inside.

Its infotexts, with `Civitai resources`, are read as those of the A1111 family.
"""

from __future__ import annotations

from typing import Any

from imglearn.capture.found import Found
from imglearn.capture.limits import json_object
from imglearn.capture.parsers import comfyui
from imglearn.capture.parts import COMMENT_KEYS, Parts


def parse(parts: Parts) -> Found | None:
    """Read the form's parameters; the graph says what they leave out."""
    for part, said in parts.objects("prompt", "extraMetadata", *COMMENT_KEYS):
        extra = said if part.key == "extraMetadata" else json_object(said.get("extraMetadata") or said.get("extra"))
        if extra is not None and "prompt" in extra and not isinstance(extra["prompt"], dict):
            found = _read(extra, part.source)
            graph = comfyui.parse(parts)
            return found.fill(graph) if graph else found
    return None


def _read(extra: dict[str, Any], source: str) -> Found:
    listed = extra.get("resources")
    resources = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return Found("Civitai", source).put(
        prompt=extra.get("prompt"),
        negative_prompt=extra.get("negativePrompt"),
        seed=extra.get("seed"),
        steps=extra.get("steps"),
        guidance_scale=extra.get("cfgScale"),
        sampler=extra.get("sampler"),
        scheduler=extra.get("scheduler"),
        width=extra.get("width"),
        height=extra.get("height"),
        denoise_strength=extra.get("denoise"),
        model=next(
            (item.get("modelName") for item in resources if str(item.get("type")).lower() == "checkpoint"), None
        ),
        loras=[
            (item.get("modelName"), item.get("strength"))
            for item in resources
            if str(item.get("type")).lower() == "lora"
        ],
    )
