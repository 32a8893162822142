"""The size that was asked for: that of the empty latent which a sampler began with. An image that it began with
instead has its own size, which the file doesn't say."""

from __future__ import annotations

import re

from imglearn.capture.parsers.comfyui.graph import MAX_DEPTH, PASSING, PIPES, Graph, Node, branch
from imglearn.capture.parsers.comfyui.values import setting

_LATENTS = ("latent_image", "latent", "samples", "latents", "latent_samples", "image_embeds", "LATENT", "samples_to",
            "latent_opt", "optional_latent")  # fmt: skip
_PICTURES = frozenset({"pixels", "image", "images", "start_image", "input_image"})
_SCALING = re.compile(r"upscale|resize|scale|crop|interpos", re.IGNORECASE)

Size = tuple[int | None, int | None]
_UNKNOWN: Size = (None, None)


def size_of(graph: Graph, sampler: Node) -> Size:
    """Return width and height in pixels, None where the file doesn't say."""
    for name in (*_LATENTS, *PIPES):
        target = graph.target(sampler.inputs.get(name))
        if target is not None:
            return _behind(graph, target[0], 0)
    return _own(graph, sampler) if not _PICTURES & sampler.inputs.keys() else _UNKNOWN


def _behind(graph: Graph, node: Node, depth: int) -> Size:
    if depth > MAX_DEPTH:
        return _UNKNOWN
    switched, chosen = branch(graph, node)
    if switched:
        target = graph.target(chosen)
        return _behind(graph, target[0], depth + 1) if target else _UNKNOWN
    inner = next((found for name in _LATENTS if (found := graph.target(node.inputs.get(name)))), None)
    if inner is None or _SCALING.search(node.kind):
        own = _own(graph, node)
        if own != _UNKNOWN or _PICTURES & node.inputs.keys():
            return own
        if inner is not None:
            return _UNKNOWN
    if inner is None:
        passing = [name for name in (*PIPES, *PASSING) if graph.target(node.inputs.get(name))]
        links = passing or [name for name, _ in graph.links(node)]
        inner = graph.target(node.inputs[links[0]]) if passing or len(links) == len(node.inputs) == 1 else None
    return _behind(graph, inner[0], depth + 1) if inner else _UNKNOWN


def _own(graph: Graph, node: Node) -> Size:
    width, height = setting(graph, node, "width"), setting(graph, node, "height")
    return (width, height) if width and height else _UNKNOWN
