"""SwarmUI: an object `sui_image_params`, beside a ComfyUI graph in a PNG."""

from __future__ import annotations

from typing import Any

from imglearn.capture.found import Found
from imglearn.capture.parsers import comfyui
from imglearn.capture.parts import COMMENT_KEYS, Parts


def parse(parts: Parts) -> Found | None:
    """Read the parameters that the user set; what was left at its default, only the graph names."""
    for part, found in parts.objects("parameters", *COMMENT_KEYS, "prompt"):
        params = found.get("sui_image_params")
        if isinstance(params, dict):
            models = found.get("sui_models")
            read = _read(params, models if isinstance(models, list) else [], part.source)
            graph = comfyui.parse(parts)
            return read.fill(graph, "sampler", "scheduler", "width", "height") if graph else read
    return None


def _read(params: dict[str, Any], models: list[Any], source: str) -> Found:
    return Found("SwarmUI", source).put(
        prompt=params.get("prompt"),
        negative_prompt=params.get("negativeprompt"),
        seed=params.get("seed"),
        steps=params.get("steps"),
        guidance_scale=params.get("cfgscale"),
        distilled_guidance=params.get("fluxguidancescale", params.get("guidancescale")),
        sampler=params.get("sampler", params.get("comfyuisampler", params.get("comfy_sampler"))),
        scheduler=params.get("scheduler", params.get("comfyuischeduler", params.get("comfy_scheduler"))),
        model=params.get("model"),
        model_hash=_hash(models),
        width=params.get("width"),
        height=params.get("height"),
        denoise_strength=params.get("initimagecreativity") if params.get("initimage") else None,
        loras=_loras(params),
    )


def _hash(models: list[Any]) -> object:
    return next((item.get("hash") for item in models if isinstance(item, dict) and item.get("param") == "model"), None)


def _loras(params: dict[str, Any]) -> list[tuple[object, object]]:
    names, weights = _listed(params.get("loras")), _listed(params.get("loraweights"))
    return [(name, weights[place] if place < len(weights) else None) for place, name in enumerate(names)]


def _listed(value: object) -> list[Any]:
    if isinstance(value, str):
        return [item.strip() for item in value.split(",")]
    return value if isinstance(value, list) else []
