"""The names of a node's widgets, which the editor saves as a bare list of values."""

from __future__ import annotations

from typing import Any

# Newer editors list every widget among a node's inputs; for older ones the order of the common nodes has to be known.
_SAMPLING = ("steps", "cfg", "sampler_name", "scheduler")
_SIZE = ("width", "height", "batch_size")
_WIDGETS: dict[str, tuple[str, ...]] = {
    "KSampler": ("seed", *_SAMPLING, "denoise"),
    "KSamplerAdvanced": ("add_noise", "noise_seed", *_SAMPLING, "start_at_step", "end_at_step", "leftover"),
    "KSampler (Efficient)": ("seed", *_SAMPLING, "denoise"),
    "KSampler Adv. (Efficient)": ("add_noise", "noise_seed", *_SAMPLING, "start_at_step", "end_at_step"),
    "KSampler Config (rgthree)": ("steps_total", "refiner_step", "cfg", "sampler_name", "scheduler"),
    "SamplerCustom": ("add_noise", "noise_seed", "cfg"),
    "RandomNoise": ("noise_seed",),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KarrasScheduler": ("steps", "sigma_max", "sigma_min", "rho"),
    "Flux2Scheduler": ("steps", "width", "height"),
    "FluxGuidance": ("guidance",),
    "CFGGuider": ("cfg",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSDXL": ("width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l"),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPTextEncodeSD3": ("clip_l", "clip_g", "t5xxl", "empty_padding"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "UnetLoaderGGUF": ("unet_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "EmptyLatentImage": _SIZE,
    "EmptySD3LatentImage": _SIZE,
    "EmptyFlux2LatentImage": _SIZE,
    "EmptyHunyuanLatentVideo": ("width", "height", "length", "batch_size"),
    "LatentUpscale": ("upscale_method", "width", "height", "crop"),
    "LatentUpscaleBy": ("upscale_method", "scale_by"),
    "Efficient Loader": (
        "ckpt_name", "vae_name", "clip_skip", "lora_name", "lora_model_strength", "lora_clip_strength", "positive",
        "negative", "token_normalization", "weight_interpretation", "empty_latent_width", "empty_latent_height",
    ),
    "UltimateSDUpscale": ("upscale_by", "seed", *_SAMPLING, "denoise"),
    "Seed (rgthree)": ("seed",),
    "Power Prompt (rgthree)": ("prompt",),
    "Power Prompt - Simple (rgthree)": ("prompt",),
    "StringConcatenate": ("string_a", "string_b", "delimiter"),
    "Text Multiline": ("text",),
    "String Literal": ("string",),
    "CR Prompt Text": ("prompt",),
    "SDXL Empty Latent Image (rgthree)": ("dimensions", "clip_scale", "batch_size"),
    "ShowText|pysssss": ("text",),
}  # fmt: skip
_SEEDS = frozenset({"seed", "noise_seed"})
_AFTER_SEED = frozenset({"fixed", "randomize", "increment", "decrement"})


def widgets_of(node: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the values of a node's widgets by name; those whose names can't be known are left out."""
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return {str(name): value for name, value in values.items()}
    if not isinstance(values, list):
        return {}
    listed = _listed_names(node)
    known = _WIDGETS.get(kind)
    if known is not None and len(listed) < len(known):
        return _paired(known, values)
    without_control = [value for value in values if not (isinstance(value, str) and value in _AFTER_SEED)]
    if listed and len(listed) >= len(without_control):
        return _paired(tuple(listed), values)
    texts = [value for value in values if isinstance(value, str)]
    found = {f"widget_{place}": value for place, value in enumerate(values)}
    if len(texts) == 1:  # the only text of a node that nobody knows is what it says
        found = {"text": texts[0]} | {name: value for name, value in found.items() if value is not texts[0]}
    return found | (_paired(tuple(listed), values) if len(listed) == len(values) else {})


def _is_after_seed(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value in _AFTER_SEED)  # once it was true or false


def _listed_names(node: dict[str, Any]) -> list[str]:
    inputs = node.get("inputs")
    slots = [slot for slot in inputs if isinstance(slot, dict)] if isinstance(inputs, list) else []
    return [
        slot["name"] for slot in slots if isinstance(slot.get("widget"), dict) and isinstance(slot.get("name"), str)
    ]


def _paired(names: tuple[str, ...], values: list[Any]) -> dict[str, Any]:
    """Pair names with values; behind a seed stands what becomes of it after a run, which has no name."""
    found: dict[str, Any] = {}
    place = 0
    for name in names:
        if place >= len(values):
            break
        found[name] = values[place]
        place += 1
        if name in _SEEDS and place < len(values) and _is_after_seed(values[place]):
            place += 1
    return found
