"""The infotext: prompt, negative prompt and a line of settings, as A1111 writes it and half of the field after it.

a castle in a field
Negative prompt: fog
Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 3438565066, Size: 512x512, Model: v1-5
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from imglearn.capture.found import Found, loras_in, whole
from imglearn.capture.limits import read_json

_NEGATIVE = re.compile(r"(?:^|\n)[ \t]*Negative prompt:[ \t]?")
_STEPS = re.compile(r"(?:^|\n)[ \t]*(?=Steps: ?-?\d+(?:\.\d+)?\s*(?:,|\n|$))")
_OTHER_START = re.compile(
    r"(?:^|\n)[ \t]*(?=(?:Size|Sampler|Seed|CFG [sS]cale|Model|Model hash|Version|Guidance Scale): ?[^\n]*,)"
)
_KEY = re.compile(r"[\s,]*([A-Za-z][\w \-/+.'()\[\]|&]{0,80}?):[ \t]*")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_BARE = re.compile(r"[^,\n]*")
_SIZE = re.compile(r"(\d{1,6}) ?[xX×] ?(\d{1,6})")
_MAX_SETTINGS = 500
_MAX_JSON_CHARACTERS = 100_000

_CORE = frozenset(
    {"Steps", "Sampler", "Seed", "CFG scale", "CFG Scale", "Size", "Model", "Guidance Scale", "Model hash"}
)


def read(text: str, source: str | None = None) -> Found | None:
    """Return what an infotext says, None where the text isn't one. The generator is left open."""
    split = _split(text)
    if split is None:
        return None
    prompt, negative, settings = split
    found = Found(source=source)
    found.put(prompt=prompt, negative_prompt=negative)
    found.put(
        seed=settings.get("Seed"),
        steps=_first(settings, "Steps"),
        guidance_scale=_first(
            settings, "CFG scale", "CFG Scale", "Cfg scale", "CFG", "Guidance Scale", "Guidance scale"
        ),
        distilled_guidance=_first(
            settings, "Distilled CFG Scale", "Distilled CFG scale", "Distilled guidance", "Guidance"
        ),
        sampler=_first(settings, "Sampler", "Sampler name"),
        scheduler=_first(settings, "Schedule type", "Scheduler", "Schedule"),
        model_hash=_first(settings, "Model hash", "Model Hash"),
        denoise_strength=_first(settings, "Denoising strength", "Denoising Strength", "Denoise", "Strength"),
    )
    if model := _model(settings):
        found.put(model=model)
    if size := _SIZE.match(settings.get("Size", "")):
        found.put(width=size[1], height=size[2])
    found.put(width=settings.get("Width"), height=settings.get("Height"))
    found.put(loras=_loras(prompt, settings))
    if whole(settings.get("Steps")) == 0:  # of a service that hides them: neither is the rest what was used
        found.drop("guidance_scale", "sampler")
    return found


def settings_of(text: str) -> dict[str, str]:
    """Return the settings of an infotext by their names, empty where the text isn't one."""
    split = _split(text)
    return split[2] if split else {}


def _split(text: str) -> tuple[str, str | None, dict[str, str]] | None:
    text = text.replace("\r\n", "\n").replace("\0", "").strip("\n")
    if ":" not in text:
        return None
    found = _start_of_settings(text)
    negative = _NEGATIVE.search(text, 0, found[0] if found else len(text))
    if found is None:
        if negative is None:
            return None
        return text[: negative.start()], text[negative.end() :], {}
    start, settings = found
    said = text[:start]
    if negative is None:
        return said, None, settings
    return text[: negative.start()], text[negative.end() : start], settings


def _start_of_settings(text: str) -> tuple[int, dict[str, str]] | None:
    """Return where the settings begin, and the settings: the last line that looks like them, and what follows it."""
    for pattern in (_STEPS, _OTHER_START):
        starts = [match.end() for match in pattern.finditer(text)]
        for start in reversed(starts[-20:]):
            settings = _settings(text[start:])
            known = len(_CORE & settings.keys())
            if known >= (2 if pattern is _STEPS else 3):
                return start, settings
    return None


def _settings(text: str) -> dict[str, str]:
    """Read `Name: value` pairs. A value is quoted, or JSON, or goes up to the next comma or line; the first counts."""
    settings: dict[str, str] = {}
    place = 0
    for _ in range(_MAX_SETTINGS):
        key = _KEY.match(text, place)
        if key is None:
            line_end = text.find("\n", place)
            comma = text.find(",", place)
            ends = [end for end in (line_end, comma) if end >= 0]
            if not ends:
                break
            place = min(ends) + 1
            continue
        place = key.end()
        value, place = _value(text, place)
        settings.setdefault(key[1].strip(), value)
    return settings


def _value(text: str, place: int) -> tuple[str, int]:
    first = text[place : place + 1]
    if first == '"' and (quoted := _QUOTED.match(text, place)):
        return _unquoted(quoted[0]), quoted.end()
    if first in ("{", "["):
        end = _end_of_json(text, place)
        if end is not None:
            return text[place:end], end
    bare = _BARE.match(text, place)
    assert bare is not None  # noqa: S101 - it matches nothing as well
    return bare[0].strip(), bare.end()


def _unquoted(text: str) -> str:
    import json

    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text[1:-1]


def _end_of_json(text: str, place: int) -> int | None:
    """Return where a JSON value ends that begins here, None where its brackets don't close."""
    depth, within = 0, False
    position = place
    for match in re.finditer(r'\\.|["{}\[\]]', text[place : place + _MAX_JSON_CHARACTERS]):
        sign = match[0]
        position = place + match.end()
        if sign == '"':
            within = not within
        elif not within and sign in "{[":
            depth += 1
        elif not within and sign in "}]":
            depth -= 1
            if depth == 0:
                return position
    return None


def _first(settings: Mapping[str, str], *names: str) -> str | None:
    return next((settings[name] for name in names if settings.get(name)), None)


def _model(settings: Mapping[str, str]) -> str | None:
    """Return the model: named, or the file of its diffusion part, or what Civitai's list of resources calls it."""
    if named := _first(settings, "Model", "Unet", "Diffusion model", "Base model"):
        return named.replace("\\", "/").rsplit("/", 1)[-1] if named.startswith(("/", "\\")) or ":\\" in named else named
    for resource in _resources(settings):
        if str(resource.get("type", "")).lower() in ("checkpoint", "model"):
            name = resource.get("modelName") or resource.get("name")
            return name if isinstance(name, str) else None
    return None


def _resources(settings: Mapping[str, str]) -> list[dict[str, object]]:
    listed = read_json(settings.get("Civitai resources", ""))
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _loras(prompt: str, settings: Mapping[str, str]) -> list[tuple[object, object]]:
    found: list[tuple[object, object]] = list(loras_in(prompt))
    for resource in _resources(settings):
        if str(resource.get("type", "")).lower() in ("lora", "locon", "lycoris", "dora") and resource.get("modelName"):
            found.append((resource["modelName"], resource.get("weight")))
    if not found and (hashes := settings.get("Lora hashes")):
        found = [(pair.partition(":")[0].strip(), None) for pair in hashes.split(",") if ":" in pair]
    return found
