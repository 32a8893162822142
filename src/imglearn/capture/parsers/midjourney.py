"""Midjourney: a description that ends in its flags and `Job ID: ...`."""

from __future__ import annotations

import re

from imglearn.capture.found import Found
from imglearn.capture.parts import Parts

_JOB = re.compile(r"\s*Job ID:\s*[0-9a-f]{8}-[0-9a-f-]{27}\s*$", re.IGNORECASE)
_MAX_CHARACTERS = 50_000
_FLAGS = re.compile(r"\s--[a-zA-Z]")
_FLAG = re.compile(r"--([a-zA-Z_]+)[ =]?((?:(?!\s--[a-zA-Z]).)*)", re.DOTALL)
_KNOWN = frozenset({"v", "version", "ar", "aspect", "s", "stylize", "style", "c", "chaos", "q", "quality", "niji",
                    "no", "seed", "iw", "raw", "tile", "weird", "w", "p", "profile",
                    "sref", "cref", "video"})  # fmt: skip


def parse(parts: Parts) -> Found | None:
    """Read the prompt and, of the flags, those that are parameters everywhere: the seed and what not to show."""
    for part in parts.named("Description", "ImageDescription", "description", "Comment"):
        if len(part.text) > _MAX_CHARACTERS:
            continue
        job = _JOB.search(part.text)
        text = part.text[: job.start()] if job else part.text
        begin = _FLAGS.search(text)
        flags = dict(_FLAG.findall(text[begin.start() :])) if begin else {}
        if job is None and not (_marked(parts) and {"v", "version", "niji"} & flags.keys()):
            continue
        if flags and not flags.keys() <= _KNOWN:
            flags = {name: value for name, value in flags.items() if name in _KNOWN}
        prompt = text[: begin.start()] if begin and flags else text
        return Found("Midjourney", part.source).put(
            prompt=prompt, seed=flags.get("seed"), negative_prompt=flags.get("no")
        )
    return None


def _marked(parts: Parts) -> bool:
    said = " ".join(part.text for part in parts.named("Software", "CreatorTool", "Credit", "Author", "DigImageGUID"))
    return "midjourney" in said.lower()
