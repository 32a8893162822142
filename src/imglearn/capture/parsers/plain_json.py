"""A JSON object with names that many programs use: Gradio spaces, scripts round Diffusers, smaller programs."""

from __future__ import annotations

import re
from typing import Any

from imglearn.capture.found import Found
from imglearn.capture.parts import COMMENT_KEYS, Parts

_NAMES: dict[str, tuple[str, ...]] = {
    "prompt": ("prompt", "positive_prompt", "positiveprompt", "positive"),
    "negative_prompt": ("negative_prompt", "negativeprompt", "negative", "uc"),
    "seed": ("seed", "noise_seed"),
    "steps": ("num_inference_steps", "steps", "num_steps", "sampling_steps"),
    "guidance_scale": ("guidance_scale", "cfg_scale", "cfgscale", "cfg", "true_cfg_scale", "scale", "guidance"),
    "sampler": ("sampler", "sampler_name", "sampling_method"),
    "scheduler": ("scheduler", "schedule_type"),
    "model": ("model", "model_name", "base_model", "checkpoint", "model_id"),
    "model_hash": ("model_hash", "modelhash"),
    "width": ("width",),
    "height": ("height",),
    "denoise_strength": ("denoising_strength", "denoise", "strength"),
}
_SETTINGS = ("seed", "steps", "guidance_scale", "sampler")


def parse(parts: Parts) -> Found | None:
    """Read an object that has a prompt and at least two of the settings that only a generator has."""
    for part, said in parts.objects("parameters", *COMMENT_KEYS, "metadata", "generation_params", "prompt_info"):
        found = _read({str(name).lower().replace(" ", "_"): value for name, value in said.items()}, part.source)
        if isinstance(found["prompt"], str) and sum(found[name] is not None for name in _SETTINGS) >= 2:
            return found
    return None


def _read(said: dict[str, Any], source: str) -> Found:
    found = Found(_generator(said), source)
    for field, names in _NAMES.items():
        for name in names:
            value = said.get(name)
            found.put(**{field: value.get("name") if isinstance(value, dict) and field == "model" else value})
    size = re.search(r"(\d{2,6})\s*[xX×,]\s*(\d{2,6})", str(said.get("resolution", said.get("size", ""))))
    if size:
        found.put(width=size[1], height=size[2])
    return found


def _generator(said: dict[str, Any]) -> str | None:
    for name in ("software", "generator", "app", "generated_by", "source"):
        if isinstance(said.get(name), str) and 0 < len(said[name].strip()) <= 60:
            return str(said[name]).strip()
    return "Hugging Face Space" if "use_upscaler" in said or "style_preset" in said else None
