"""A1111 and its family: which program wrote an infotext is told by its Version, its App or what else is in it."""

from __future__ import annotations

import re

from imglearn.capture.found import Found
from imglearn.capture.parsers import infotext
from imglearn.capture.parts import COMMENT_KEYS, Parts

_FORGE = re.compile(r"f\d|classic|neo|forge", re.IGNORECASE)
_COMFY_SAMPLER = re.compile(
    r"(euler|heun|dpm|dpmpp|lms|ddim|ddpm|lcm|uni_pc|ipndm|deis|res|gradient|er_sde|seeds|exp_heun)(_[a-z0-9]+)+"
)


def parse(parts: Parts) -> Found | None:
    """Read the first text that is an infotext."""
    for part in parts.named("parameters", *COMMENT_KEYS, "postprocessing", "extras", "Title", "XPTitle", "Subject"):
        text = part.text
        if text.lstrip()[:1] in ("{", "["):
            continue
        found = infotext.read(text, part.source)
        if found is not None:
            settings = infotext.settings_of(text)
            if not settings and part.key != "parameters":
                continue
            scheme = parts.first("fooocus_scheme")
            found.generator = "Fooocus" if scheme else generator_of(settings, found)
            found.sources["generator"] = part.source
            return found
    return _upscaled_only(parts)


def generator_of(settings: dict[str, str], found: Found) -> str:
    """Return which program wrote these settings."""
    version = settings.get("Version", "")
    app = settings.get("App", "") or settings.get("Generator", "")
    if version.startswith("Fooocus") or app.startswith("Fooocus"):
        return "Fooocus"
    if app.replace(" ", "").lower() in ("sd.next", "sdnext"):
        return "SD.Next"
    if "stable-diffusion.cpp" in version:
        return "stable-diffusion.cpp"
    if version.startswith("ComfyUI") or app == "ComfyUI":
        return "ComfyUI"
    if _FORGE.match(version):
        return "Forge"
    if any(name.startswith("Civitai ") for name in settings):
        return "Civitai"
    if "Guidance Scale" in settings and "Seed Mode" in settings:
        return "Draw Things"
    if not version and _COMFY_SAMPLER.fullmatch(str(found["sampler"])):
        return "ComfyUI"
    return "A1111"


def _upscaled_only(parts: Parts) -> Found | None:
    """Know an image of the Extras tab, which says how it was enlarged and nothing of how it was made."""
    part = parts.first("postprocessing", "extras")
    if part is not None and "Postprocess" in part.text:
        return Found("A1111", part.source)
    return None
