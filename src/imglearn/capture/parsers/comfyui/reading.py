"""What a graph or a workflow says, read back from the saved image to its sampler."""

from __future__ import annotations

from typing import Any

from imglearn.capture.found import Found
from imglearn.capture.parsers.comfyui.graph import Graph, Node, from_prompt
from imglearn.capture.parsers.comfyui.latents import size_of
from imglearn.capture.parsers.comfyui.models import Loaded
from imglearn.capture.parsers.comfyui.samplers import main_samplers
from imglearn.capture.parsers.comfyui.texts import Asked
from imglearn.capture.parsers.comfyui.values import setting


def read_graph(prompt: dict[str, Any], source: str | None = None) -> Found | None:
    """Return what a graph says, in the form of the API: node ids, each with `class_type` and `inputs`."""
    graph = from_prompt(prompt)
    if graph is None and isinstance(prompt.get("prompt"), dict):  # as it is sent to the server
        graph = from_prompt(prompt["prompt"])
    return _read(graph, source) if graph is not None else None


def read_workflow(workflow: dict[str, Any], source: str | None = None) -> Found | None:
    """Return what a workflow says, in the form of the editor: lists of nodes and links."""
    from imglearn.capture.parsers.comfyui.workflow import to_graph

    graph = to_graph(workflow)
    return _read(graph, source) if graph is not None else None


def _read(graph: Graph, source: str | None) -> Found:
    samplers = main_samplers(graph)
    if not samplers:
        return Found("ComfyUI", source)
    found, *others = (_of_sampler(graph, sampler, source) for sampler in samplers)
    for other in others:
        found.drop(*[name for name, value in found.values.items() if other[name] != value])
    return found


def _of_sampler(graph: Graph, sampler: Node, source: str | None) -> Found:
    found = Found("ComfyUI", source)
    asked = Asked(graph)
    found.put(
        prompt=asked.of_sampler(sampler, "positive"),
        negative_prompt=asked.of_sampler(sampler, "negative"),
        seed=setting(graph, sampler, "seed"),
        steps=setting(graph, sampler, "steps"),
        guidance_scale=setting(graph, sampler, "cfg"),
        distilled_guidance=asked.guidance,
        sampler=setting(graph, sampler, "sampler_name"),
        scheduler=setting(graph, sampler, "scheduler"),
        denoise_strength=setting(graph, sampler, "denoise"),
    )
    loaded = Loaded(graph, sampler)
    found.put(model=loaded.model, loras=loaded.loras)
    width, height = size_of(graph, sampler)
    return found.put(width=width, height=height)
