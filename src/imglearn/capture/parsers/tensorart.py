"""Tensor.Art: `generation_data`, beside a ComfyUI graph of its own nodes."""

from __future__ import annotations

from typing import Any

from imglearn.capture.found import Found
from imglearn.capture.parsers import comfyui
from imglearn.capture.parts import Parts


def parse(parts: Parts) -> Found | None:
    """Read the data; the graph says what they leave out."""
    for part, said in parts.objects("generation_data"):
        base = said.get("baseModel")
        base = base if isinstance(base, dict) else {}
        found = Found("Tensor.Art", part.source).put(
            prompt=said.get("prompt"),
            negative_prompt=said.get("negativePrompt"),
            seed=said.get("seed"),
            steps=said.get("steps"),
            guidance_scale=said.get("cfgScale"),
            distilled_guidance=said.get("guidance"),
            sampler=said.get("samplerName") or said.get("sampler"),
            scheduler=said.get("schedulerName") or said.get("scheduler"),
            model=base.get("modelFileName") or base.get("label"),
            model_hash=base.get("hash"),
            width=said.get("width"),
            height=said.get("height"),
            denoise_strength=said.get("denoisingStrength"),
            loras=[_lora(item) for item in _list(said.get("models"))],
        )
        graph = comfyui.parse(parts)
        return found.fill(graph) if graph else found
    return None


def _lora(item: object) -> tuple[object, object]:
    if not isinstance(item, dict) or str(item.get("type", "LORA")).upper() not in ("LORA", "LYCORIS", "LOCON"):
        return None, None
    return item.get("modelFileName") or item.get("label"), item.get("weight")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
