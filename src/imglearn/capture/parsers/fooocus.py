"""Fooocus in its own scheme, and what was made of it: FooocusPlus, RuinedFooocus, and the log's titles as names."""

from __future__ import annotations

import re
from typing import Any

from imglearn.capture.found import Found, real
from imglearn.capture.parts import COMMENT_KEYS, Parts

_OWN = frozenset({"base_model", "metadata_scheme", "full_prompt", "prompt_expansion", "performance", "adm_guidance",
                  "base_model_name", "fooocus_v2_expansion"})  # fmt: skip


def parse(parts: Parts) -> Found | None:
    """Read an object of Fooocus's names, in its spelling of any version."""
    for part, said in parts.objects("parameters", *COMMENT_KEYS):
        spelled = {str(name).strip().lower().replace(" ", "_"): value for name, value in said.items()}
        if str(spelled.get("software", "")).startswith("RuinedFooocus"):
            return _ruined(spelled, part.source)
        if "prompt" in spelled and len(_OWN & spelled.keys()) >= 2:
            return _read(spelled, _name(parts, spelled), part.source)
    return None


def _name(parts: Parts, said: dict[str, Any]) -> str:
    versions = f"{said.get('version', '')} {parts.text('Software')} {said.get('metadata_scheme', '')}"
    plus = "fooocusplus" in versions.replace(" ", "").lower() or "backend_engine" in said
    return "FooocusPlus" if plus else "Fooocus"


def _read(said: dict[str, Any], generator: str, source: str) -> Found:
    width, height = _resolution(said.get("resolution"))
    return Found(generator, source).put(
        prompt=said.get("prompt"),
        negative_prompt=said.get("negative_prompt"),
        seed=said.get("seed"),
        steps=said.get("steps"),
        guidance_scale=said.get("guidance_scale", said.get("cfg")),
        sampler=said.get("sampler"),
        scheduler=said.get("scheduler"),
        model=said.get("base_model"),
        model_hash=said.get("base_model_hash"),
        width=said.get("width", width),
        height=said.get("height", height),
        denoise_strength=said.get("overwrite_strength"),
        loras=_loras(said),
    )


def _ruined(said: dict[str, Any], source: str) -> Found:
    return Found("RuinedFooocus", source).put(
        prompt=said.get("prompt"),
        negative_prompt=said.get("negative", said.get("negative_prompt")),
        seed=said.get("seed"),
        steps=said.get("steps"),
        guidance_scale=said.get("cfg"),
        sampler=said.get("sampler_name"),
        scheduler=said.get("scheduler"),
        model=said.get("base_model_name"),
        model_hash=said.get("base_model_hash"),
        width=said.get("width"),
        height=said.get("height"),
        denoise_strength=said.get("denoise"),
        loras=_loras(said),
    )


def _resolution(value: object) -> tuple[str | None, str | None]:
    """Read `(1024, 768)`, `1024x768` or `1024×768 | 4:3`."""
    if isinstance(value, list | tuple):
        value = "x".join(map(str, value))
    size = re.search(r"(\d{2,6})\s*[,xX×*]\s*(\d{2,6})", value) if isinstance(value, str) else None
    return (size[1], size[2]) if size else (None, None)


def _loras(said: dict[str, Any]) -> list[tuple[object, object]]:
    """Read LoRAs as a list of lists or objects, or as `lora_combined_1: name : 0.5` of older logs."""
    found: list[tuple[object, object]] = []
    listed = said.get("loras")
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, list | tuple) and len(item) >= 2:
            found.append((item[0], item[1]))
        elif isinstance(item, dict):
            found.append((item.get("name"), item.get("weight")))
    for name, value in said.items():
        if re.fullmatch(r"lora_(combined_)?\d+", name) and isinstance(value, str) and " : " in value:
            lora, _, weight = value.rpartition(" : ")
            found.append((lora, real(weight)))
    return found
