"""Which sampler made the picture: of those that a saved image comes from, the one that removed the most noise."""

from __future__ import annotations

import re
from collections.abc import Iterable

from imglearn.capture.found import whole
from imglearn.capture.parsers.comfyui.graph import Graph, Node
from imglearn.capture.parsers.comfyui.texts import WRITTEN_AT_RUN_TIME
from imglearn.capture.parsers.comfyui.values import scalar, setting

_NOISE = frozenset({"seed", "noise_seed", "noise", "seed_num"})
_SETTINGS = frozenset({"steps", "sigmas", "sampler_name", "sampler", "cfg", "scheduler"})
_ASKED_FOR = frozenset({"positive", "guider", "conditioning", "text_embeds", "pipe", "basic_pipe", "prompt"})
_NO_SAMPLER = re.compile(
    r"context|pipe(in|out|edit|to)|(to|from).*pipe|config|provider|save|saver|metadata|preview|show", re.I
)
_SAVING = re.compile(r"save|saver", re.I)
_MAX_IMAGES = 8  # of one graph that are looked at
_MAX_EQUALS = 50  # those that are farthest from the image
_SHOWING = re.compile(r"preview|output|display|compar", re.I)


def main_samplers(graph: Graph) -> list[Node]:
    """Return the sampler of the first pass, an empty list where the graph has none.

    More than one where the graph makes several images, each by its own: which of them a file holds isn't said.
    """
    samplers = {id for id, node in graph.nodes.items() if _is_sampler(node)}
    if not samplers:
        samplers = {id for id, node in graph.nodes.items() if _asks_a_service(node)}
        return [graph.nodes[id] for id in samplers] if len(samplers) == 1 else []
    for ends in _ends(graph):
        found: dict[str, None] = {}
        for end in ends[:_MAX_IMAGES]:
            reached = [id for id in ancestors(graph, [end]) if id in samplers]
            found.update(dict.fromkeys(_strongest(graph, reached)))
        if found:
            return [graph.nodes[id] for id in found][:_MAX_IMAGES]
    return [graph.nodes[id] for id in _strongest(graph, sorted(samplers))][:_MAX_IMAGES]


def ancestors(graph: Graph, starts: Iterable[str]) -> list[str]:
    """Return the nodes that these take something from, near ones first, and themselves."""
    order: dict[str, None] = dict.fromkeys(starts)
    waiting = list(order)
    for id in waiting:
        for _, value in graph.links(graph.nodes[id]):
            source = str(value[0])
            if source not in order:
                order[source] = None
                waiting.append(source)
    return list(order)


def _ends(graph: Graph) -> Iterable[list[str]]:
    """Yield where pictures come out: saved ones, or else shown ones, or else whatever nothing follows."""
    nodes = graph.nodes
    yield [id for id, node in nodes.items() if _SAVING.search(node.kind) and any(graph.links(node))]
    yield [id for id, node in nodes.items() if _SHOWING.search(node.kind) and any(graph.links(node))]
    used = {str(value[0]) for node in nodes.values() for _, value in graph.links(node)}
    yield [id for id in nodes if id not in used]


def _is_sampler(node: Node) -> bool:
    inputs = node.inputs.keys()
    if not (_NOISE & inputs and _SETTINGS & inputs) or _NO_SAMPLER.search(node.kind):
        return False
    return bool(_ASKED_FOR & inputs) or "sampler" in node.kind.lower()


def _asks_a_service(node: Node) -> bool:
    """Return whether a node has an image made elsewhere: such nodes take a prompt and a seed, and no model of here."""
    inputs = node.inputs
    made_here = {"clip", "vae", "latent_image", "text"} & inputs.keys()
    makes_images = "image" in node.kind.lower() or not WRITTEN_AT_RUN_TIME.search(node.kind)
    return {"prompt", "seed"} <= inputs.keys() and not made_here and makes_images


def _strongest(graph: Graph, reached: list[str]) -> list[str]:
    """Return those that remove the most noise, without the ones that go on with what another of these has made."""
    if not reached:
        return []
    strength = {id: denoise_of(graph, graph.nodes[id]) for id in reached}
    most = max(strength.values())
    best = [id for id in reached if strength[id] >= most - 1e-9][-_MAX_EQUALS:]
    others = set(best)
    first = [id for id in best if not others.intersection(ancestors(graph, [id])[1:])]
    return first or best[:1]


def denoise_of(graph: Graph, node: Node) -> float:
    """Return which part of the noise a sampler removes, from 0 to 1; all of it where nothing else is said."""
    if (denoise := setting(graph, node, "denoise")) is not None:
        return float(denoise)
    if node.inputs.get("add_noise") in ("disable", False):
        return 0.0
    start = whole(scalar(graph, node.inputs.get("start_at_step"), "steps"))
    steps = whole(setting(graph, node, "steps"))
    if start and steps:
        return max(0.0, 1 - start / steps)
    return 1.0
