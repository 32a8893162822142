"""NovelAI: `Software`, `Source` and a `Comment` of JSON, as chunks, as an EXIF comment, or hidden in the pixels."""

from __future__ import annotations

from typing import Any

from imglearn.capture.found import Found
from imglearn.capture.parts import Parts

_OWN = frozenset(
    {"uc", "noise_schedule", "v4_prompt", "uncond_scale", "signed_hash", "request_type", "legacy_v3_extend"}
)


def parse(parts: Parts) -> Found | None:
    """Read the comment; the text field of the prompt stands in for one that it doesn't hold."""
    software = parts.text("Software")
    marked = software.startswith("NovelAI") or parts.text("Title").startswith("NovelAI generated image")
    for part, found in parts.objects("Comment", "UserComment"):
        if isinstance(found.get("Comment"), str):
            continue  # a wrapper: what it holds is a part as well
        if marked or (_OWN & found.keys() and "scale" in found):
            return _read(found, parts, part.source)
    if not marked:
        return None
    return Found("NovelAI", next(part.source for part in parts.named("Software", "Title")))


def _read(found: dict[str, Any], parts: Parts, source: str) -> Found:
    read = Found("NovelAI", source).put(
        prompt=_said(found.get("prompt")) or _caption(found.get("v4_prompt")),
        negative_prompt=_said(found.get("uc")) if "uc" in found else _caption(found.get("v4_negative_prompt")),
        seed=found.get("seed"),
        steps=found.get("steps"),
        guidance_scale=found.get("scale"),
        sampler=found.get("sampler"),
        scheduler=found.get("noise_schedule"),
        width=found.get("width"),
        height=found.get("height"),
        denoise_strength=found.get("strength") if found.get("request_type") == "Img2ImgRequest" else None,
    )
    if read:
        for name, key in (("prompt", "Description"), ("prompt", "ImageDescription"), ("model", "Source")):
            if (part := parts.first(key)) is not None:
                read.put(part.source, **{name: part.text})
    return read


def _said(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _caption(prompt: object) -> str | None:
    caption = prompt.get("caption") if isinstance(prompt, dict) else None
    return _said(caption.get("base_caption")) if isinstance(caption, dict) else None
