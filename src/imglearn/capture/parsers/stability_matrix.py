"""Stability Matrix: `parameters-json` with plain names, beside an infotext, a project file and a ComfyUI graph."""

from __future__ import annotations

from imglearn.capture.found import Found
from imglearn.capture.parsers import infotext
from imglearn.capture.parts import COMMENT_KEYS, Parts


def parse(parts: Parts) -> Found | None:
    """Read the parameters; the infotext says what they leave out."""
    for part, said in parts.objects("parameters-json", *COMMENT_KEYS):
        if "PositivePrompt" in said or part.key == "parameters-json":
            found = Found("Stability Matrix", part.source).put(
                prompt=said.get("PositivePrompt"),
                negative_prompt=said.get("NegativePrompt"),
                seed=said.get("Seed"),
                steps=said.get("Steps"),
                guidance_scale=said.get("CfgScale"),
                sampler=said.get("Sampler"),
                model=said.get("ModelName"),
                model_hash=said.get("ModelHash"),
                width=said.get("Width"),
                height=said.get("Height"),
            )
            return _with_infotext(found, parts)
    project = parts.first("smproj")
    return _with_infotext(Found("Stability Matrix", project.source), parts) if project else None


def _with_infotext(found: Found, parts: Parts) -> Found:
    part = parts.first("parameters")
    said = infotext.read(part.text, part.source) if part else None
    return found.fill(said) if said else found
