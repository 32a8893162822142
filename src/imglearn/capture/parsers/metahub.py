"""Image MetaHub's save node of ComfyUI, and its browser extension: `imagemetahub_data`, the graph already read."""

from __future__ import annotations

from typing import Any

from imglearn.capture.found import Found
from imglearn.capture.parsers import comfyui
from imglearn.capture.parts import Parts


def parse(parts: Parts) -> Found | None:
    """Read the object; the graph beside it says what it leaves out."""
    for part, said in parts.objects("imagemetahub_data", "imh_browser_data"):
        if str(said.get("schema", "")).startswith("imagemetahub.browser/"):
            return _browser(said, part.source)
        if not {"prompt", "seed", "model", "steps"} & said.keys():
            continue
        graph = comfyui.parse(parts)
        found = _read(said, part.source)
        return found.fill(graph) if graph else found
    return None


def _read(said: dict[str, Any], source: str) -> Found:
    generator = said.get("generator")
    return Found(generator if isinstance(generator, str) and generator.strip() else "ComfyUI", source).put(
        prompt=said.get("prompt"),
        negative_prompt=said.get("negativePrompt", said.get("negative_prompt")),
        seed=said.get("seed"),
        steps=said.get("steps"),
        guidance_scale=said.get("cfg", said.get("cfg_scale")),
        distilled_guidance=said.get("guidance"),
        sampler=said.get("sampler_name", said.get("sampler")),
        scheduler=said.get("scheduler"),
        model=said.get("model"),
        model_hash=said.get("model_hash"),
        width=said.get("width"),
        height=said.get("height"),
        denoise_strength=said.get("denoise"),
        loras=[_lora(item) for item in listed] if isinstance(listed := said.get("loras"), list) else None,
    )


def _lora(item: object) -> tuple[object, object]:
    if isinstance(item, dict):
        return item.get("name", item.get("model_name")), item.get("weight", item.get("model_weight"))
    return item, None


def _browser(said: dict[str, Any], source: str) -> Found:
    """Read what the extension saw on a chat's page: the prompt and who answered it."""
    groups = {
        name: value if isinstance(value := said.get(name), dict) else {} for name in ("metadata", "source", "prompt")
    }
    provider = groups["metadata"].get("provider") or groups["source"].get("provider")
    return Found(provider if isinstance(provider, str) else None, source).put(
        prompt=groups["metadata"].get("prompt") or groups["prompt"].get("text"),
        model=groups["metadata"].get("model"),
        width=groups["metadata"].get("width"),
        height=groups["metadata"].get("height"),
    )
