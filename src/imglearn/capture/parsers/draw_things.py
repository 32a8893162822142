"""Draw Things: a JSON comment with one-letter names, in XMP or EXIF, beside an infotext of its own."""

from __future__ import annotations

import re
from typing import Any

from imglearn.capture.found import Found
from imglearn.capture.parsers import infotext
from imglearn.capture.parts import COMMENT_KEYS, Parts


def parse(parts: Parts) -> Found | None:
    """Read the comment, or else the description."""
    for part, said in parts.objects(*COMMENT_KEYS):
        if "c" in said and {"sampler", "seed", "scale", "model"} <= said.keys():
            return _read(said, part.source)
    if not parts.text("CreatorTool", "Software").startswith("Draw Things"):
        return None
    for part in parts.named("description", "ImageDescription"):
        found = infotext.read(part.text, part.source)
        if found is not None:
            found.generator, found.sources["generator"] = "Draw Things", part.source
            return _without_negative_lines(found, part.source)
    part_of_name = parts.first("CreatorTool", "Software")
    return Found("Draw Things", part_of_name.source if part_of_name else None)


def _read(said: dict[str, Any], source: str) -> Found:
    size = re.fullmatch(r"(\d+)x(\d+)", str(said.get("size", "")))
    more = said.get("v2")
    more = more if isinstance(more, dict) else {}
    listed = said.get("lora", more.get("loras"))
    return Found("Draw Things", source).put(
        prompt=said.get("c"),
        negative_prompt=said.get("uc"),
        seed=said.get("seed"),
        steps=said.get("steps"),
        guidance_scale=said.get("scale"),
        sampler=said.get("sampler"),
        model=said.get("model"),
        width=size[1] if size else more.get("width"),
        height=size[2] if size else more.get("height"),
        denoise_strength=said.get("strength"),
        loras=[_lora(item) for item in listed] if isinstance(listed, list) else None,
    )


def _lora(item: object) -> tuple[object, object]:
    if not isinstance(item, dict):
        return None, None
    return item.get("model", item.get("file")), item.get("weight")


def _without_negative_lines(found: Found, source: str) -> Found:
    """Take lines that begin with a minus, which is how the description writes the negative prompt, out of it."""
    lines = str(found["prompt"] or "").split("\n")
    negative = [line[1:] for line in lines if line.startswith("-")]
    if negative and found["negative_prompt"] is None:
        found.drop("prompt")
        found.put(source, prompt="\n".join(line for line in lines if not line.startswith("-")))
        found.put(source, negative_prompt="\n".join(negative))
    return found
