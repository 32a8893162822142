"""Easy Diffusion: names of its own, each a chunk of a PNG, or all of them one JSON comment."""

from __future__ import annotations

from collections.abc import Mapping

from imglearn.capture.found import Found
from imglearn.capture.parts import COMMENT_KEYS, Parts

_OWN = frozenset({"use_stable_diffusion_model", "Stable Diffusion model", "Stable Diffusion Model"})
_NOT_SET = frozenset({"none", "false", ""})


def parse(parts: Parts) -> Found | None:
    """Read either form, with the names of the file or the titles of the program."""
    for part, said in parts.objects(*COMMENT_KEYS, "parameters"):
        if _OWN & said.keys():
            return _read({str(name): value for name, value in said.items()}, part.source)
    own = parts.first(*_OWN)
    if own is None:
        return None
    return _read({part.key: part.text for part in reversed(list(parts)) if part.place == own.place}, own.place)


def _read(said: Mapping[str, object], source: str) -> Found:
    def first(*names: str) -> object:
        values = (said[name] for name in names if said.get(name) is not None)
        return next((value for value in values if str(value).strip().lower() not in _NOT_SET), None)

    negative = next(
        (said[name] for name in ("negative_prompt", "Negative Prompt") if isinstance(said.get(name), str)), None
    )
    return Found("Easy Diffusion", source).put(
        prompt=first("prompt", "Prompt"),
        negative_prompt=negative,
        seed=first("seed", "Seed"),
        steps=first("num_inference_steps", "Steps"),
        guidance_scale=first("guidance_scale", "Guidance Scale"),
        distilled_guidance=first("distilled_guidance_scale", "Distilled Guidance"),
        sampler=first("sampler_name", "Sampler"),
        scheduler=first("scheduler_name", "Scheduler"),
        model=first(*sorted(_OWN, reverse=True)),
        width=first("width", "Width"),
        height=first("height", "Height"),
        denoise_strength=first("prompt_strength", "Prompt Strength") if first("init_image") else None,
        loras=_loras(first("use_lora_model", "LoRA model"), first("lora_alpha", "LoRA Strength")),
    )


def _loras(names: object, weights: object) -> list[tuple[object, object]]:
    listed, scales = _listed(names), _listed(weights)
    return [(name, scales[place] if place < len(scales) else None) for place, name in enumerate(listed)]


def _listed(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [] if value is None else [item.strip(" []'\"") for item in str(value).split(",")]
