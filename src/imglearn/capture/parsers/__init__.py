"""Parsers, a module for each generator or family: the texts of a file in, the found fields out.

They are asked in a fixed order, the most specific first, since generators write each other's formats: SwarmUI and
Stability Matrix add a ComfyUI graph, and half of them an infotext as A1111 writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from imglearn.capture.found import Found
from imglearn.capture.parts import Parts

Parser = Callable[[Parts], Found | None]

_ORDER = (
    "swarmui",
    "invokeai",
    "draw_things",
    "novelai",
    "stability_matrix",
    "tensorart",
    "metahub",
    "fooocus",
    "mflux",
    "easy_diffusion",
    "mochi",
    "civitai",
    "comfyui",
    "a1111",
    "plain_json",
    "midjourney",
)


def parse(parts: Parts) -> Found | None:
    """Return what the first parser finds that knows the file."""
    if not parts:
        return None
    for name in _ORDER:
        parser: Parser = import_module(f"imglearn.capture.parsers.{name}").parse
        if (found := parser(parts)) is not None:
            return found
    return None
