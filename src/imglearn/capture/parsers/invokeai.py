"""InvokeAI: `invokeai_metadata` (since 3.0), `sd-metadata` (1.15 to 2.3), and the `Dream` command line before both."""

from __future__ import annotations

import re
import shlex
from typing import Any

from imglearn.capture.found import Found
from imglearn.capture.parts import COMMENT_KEYS, Parts


def parse(parts: Parts) -> Found | None:
    """Read the newest of the formats that the file has."""
    for part, found in parts.objects("invokeai_metadata", *COMMENT_KEYS):
        if part.key == "invokeai_metadata" or ("positive_prompt" in found and "app_version" in found):
            return _metadata(found, part.source)
    for part, found in parts.objects("sd-metadata", *COMMENT_KEYS):
        if part.key == "sd-metadata" or ("model_weights" in found and "app_id" in found):
            read = _sd_metadata(found, part.source)
            dream = parts.first("Dream")
            return read.fill(_dream(dream.text, dream.source)) if dream else read
    dream = parts.first("Dream", "dream")
    if dream:
        return _dream(dream.text, dream.source)
    only_graph = parts.first("invokeai_graph", "invokeai_workflow")
    return Found("InvokeAI", only_graph.source) if only_graph else None


def _metadata(found: dict[str, Any], source: str) -> Found:
    model = found.get("model")
    model = model if isinstance(model, dict) else {"name": model}
    return Found("InvokeAI", source).put(
        prompt=found.get("positive_prompt"),
        negative_prompt=found.get("negative_prompt"),
        seed=found.get("seed"),
        steps=found.get("steps"),
        guidance_scale=found.get("cfg_scale"),
        distilled_guidance=found.get("guidance"),
        sampler=found.get("scheduler"),
        model=model.get("name") or model.get("model_name"),
        model_hash=model.get("hash"),
        width=found.get("width"),
        height=found.get("height"),
        denoise_strength=found.get("strength"),
        loras=[_lora(item) for item in _list(found.get("loras"))],
    )


def _lora(item: object) -> tuple[object, object]:
    if not isinstance(item, dict):
        return item, None
    named = item.get("lora", item.get("model"))
    named = named if isinstance(named, dict) else {"name": named}
    return named.get("name") or named.get("model_name"), item.get("weight")


def _sd_metadata(found: dict[str, Any], source: str) -> Found:
    image = found.get("image")
    if not isinstance(image, dict):
        image = next((item for item in _list(found.get("images")) if isinstance(item, dict)), {})
    prompt, negative = _split_brackets(_prompt_text(image.get("prompt")))
    return Found("InvokeAI", source).put(
        prompt=prompt,
        negative_prompt=negative,
        seed=image.get("seed"),
        steps=image.get("steps"),
        guidance_scale=image.get("cfg_scale"),
        sampler=image.get("sampler"),
        model=found.get("model_weights") or found.get("model_id"),
        model_hash=found.get("model_hash"),
        width=image.get("width"),
        height=image.get("height"),
        denoise_strength=image.get("strength") if image.get("type") == "img2img" else None,
    )


def _prompt_text(prompt: object) -> str | None:
    if isinstance(prompt, str):
        return prompt
    said = (item.get("prompt") if isinstance(item, dict) else item for item in _list(prompt))
    texts = [text for text in said if isinstance(text, str)]
    return " ".join(texts) if texts else None


def _split_brackets(prompt: str | None) -> tuple[str | None, str | None]:
    """Take what stands in square brackets, which is how this generator writes a negative prompt, out of the prompt."""
    if prompt is None:
        return None, None
    negative = [text.strip() for text in re.findall(r"\[([^\[\]]*)\]", prompt)]
    bare = re.sub(r"\s*\[[^\[\]]*\]", "", prompt)
    return bare.strip(), " ".join(negative) if negative else None


_FLAG = re.compile(r"-(-[a-z_]+|[A-Za-z]{1,2})(?:=?(.*))", re.DOTALL)
_NAMES = {"s": "steps", "S": "seed", "W": "width", "H": "height", "C": "guidance_scale", "A": "sampler",
          "-steps": "steps", "-seed": "seed", "-width": "width", "-height": "height", "-cfg_scale": "guidance_scale",
          "-sampler": "sampler"}  # fmt: skip
_MAX_CHARACTERS = 50_000
_COMMAND = re.compile(r"\s-{1,2}[A-Za-z]")


def _dream(text: str, source: str) -> Found:
    """Read a command line such as `"a castle" -s 50 -S 42 -W512 -H512 -C7.5 -A k_lms`."""
    text = text.strip("\0 \n")[:_MAX_CHARACTERS]
    closing = text.rfind('"') if text.startswith('"') else -1
    if closing > 0:
        said, command = text[1:closing], text[closing + 1 :]
    else:
        begins = _COMMAND.search(text)
        said, command = (text[: begins.start()], text[begins.start() :]) if begins else (text, "")
    prompt, negative = _split_brackets(said)
    found = Found("InvokeAI", source).put(prompt=prompt, negative_prompt=negative)
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    for place, word in enumerate(words):
        flag = _FLAG.fullmatch(word)
        if flag is None:
            continue
        name, value = flag[1], flag[2]
        if name not in _NAMES and len(name) == 2 and name[0] in _NAMES:  # -s50 without a blank may look longer
            name, value = name[0], name[1] + value
        if name in _NAMES:
            following = words[place + 1] if place + 1 < len(words) else None
            found.put(**{_NAMES[name]: value or following})
    return found


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
