"""A ComfyUI graph as the server ran it: nodes with a class and inputs, which are values or links to other nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

MAX_DEPTH = 60  # links in a row, through the recursions that follow them
MAX_NODES = 20_000
MAX_FOLLOWED = 400_000  # links in all: a graph can be made in which every path doubles at each node


class Node(NamedTuple):
    """A node: its id, the class that ran, and its inputs by name."""

    id: str
    kind: str
    inputs: dict[str, Any]


class Graph:
    """Nodes by id. Links to nodes that aren't there lead nowhere, and so do all links once too many were followed."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes
        self._left = MAX_FOLLOWED

    def target(self, value: object) -> tuple[Node, int] | None:
        """Return the node that a link leads to and the slot of its output, None for what isn't a link to a node."""
        if not is_link(value) or not self._left:
            return None
        self._left -= 1
        node = self.nodes.get(str(value[0]))  # type: ignore[index]
        return (node, value[1]) if node is not None else None  # type: ignore[index]

    def links(self, node: Node) -> Iterator[tuple[str, Any]]:
        """Yield the inputs of a node that lead to a node."""
        for name, value in node.inputs.items():
            if self.target(value) is not None:
                yield name, value


def is_link(value: object) -> bool:
    """Return whether an input's value has the shape of a link: a node's id and the slot of its output."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str | int)
        and isinstance(value[1], int)
        and not isinstance(value[1], bool)
    )


def from_prompt(prompt: dict[str, Any]) -> Graph | None:
    """Return the graph of a prompt as the API takes it, None where the object is something else."""
    nodes = {}
    for id, node in list(prompt.items())[:MAX_NODES]:
        if isinstance(node, dict) and isinstance(node.get("class_type"), str):
            inputs = node.get("inputs")
            nodes[str(id)] = Node(str(id), node["class_type"], inputs if isinstance(inputs, dict) else {})
    return Graph(nodes) if nodes else None


# Inputs that hand everything on in one bundle.
PIPES = ("pipe", "basic_pipe", "detailer_pipe", "sdxl_pipe", "pipe_in", "ctx", "base_ctx", "context", "bus", "settings",
         "sampler_settings", "loader", "model_opt", "script")  # fmt: skip
# Inputs of nodes that only pass on.
PASSING = ("", "*", "any", "anything", "input", "in", "source", "any_input", "any_01", "signal", "passthrough", "value")

_CONDITION = ("switch", "boolean", "condition", "bool", "boolean_value", "cond", "on_or_off")
_TRUE = ("on_true", "true", "if_true", "true_value", "tt_value", "on_true_value", "input_true", "True")
_FALSE = ("on_false", "false", "if_false", "false_value", "ff_value", "on_false_value", "input_false", "False")
_INDEX = ("select", "index", "Input", "selected_index", "input_index")


def branch(graph: Graph, node: Node) -> tuple[bool, Any]:
    """Return whether a node is a switch, and which input it lets through (None where the file doesn't say)."""
    inputs = node.inputs
    on = next((inputs[name] for name in _TRUE if name in inputs), _MISSING)
    off = next((inputs[name] for name in _FALSE if name in inputs), _MISSING)
    if on is not _MISSING or off is not _MISSING:
        chosen = next((_literal(graph, inputs[name]) for name in _CONDITION if name in inputs), None)
        if isinstance(chosen, bool):
            return True, None if (found := on if chosen else off) is _MISSING else found
        return True, on if on == off else None
    if "switch" in node.kind.lower() or "selector" in node.kind.lower():
        return _numbered(graph, node)
    return False, None


def _numbered(graph: Graph, node: Node) -> tuple[bool, Any]:
    numbered = {
        int(match[2]): value
        for name, value in node.inputs.items()
        if (match := re.fullmatch(r"(input|any|value|text|model|conditioning|latent|image|string)_?0*(\d{1,4})", name))
    }
    if not numbered:
        return False, None
    chosen = next((_literal(graph, node.inputs[name]) for name in _INDEX if name in node.inputs), _MISSING)
    if chosen is _MISSING:  # the first that is connected
        return True, next((value for _, value in sorted(numbered.items()) if graph.target(value)), None)
    if isinstance(chosen, int) and not isinstance(chosen, bool):
        return True, numbered.get(chosen)
    return True, None


def _literal(graph: Graph, value: object) -> object:
    """Return a value that is given as such, or by a node that holds just that."""
    for _ in range(MAX_DEPTH):
        found = graph.target(value)
        if found is None:
            return None if is_link(value) else value
        inputs = found[0].inputs
        value = next((inputs[name] for name in ("value", "boolean", "Value", "number", "int") if name in inputs), None)
    return None


_MISSING = object()
