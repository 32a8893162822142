"""The workflow of ComfyUI's editor as a graph that could run: what the editor itself does before it sends one.

Subgraphs are opened, muted nodes leave nothing behind, bypassed ones are passed through, and what exists for
the editor alone (reroutes, primitives, set and get) is replaced by what it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from imglearn.capture.parsers.comfyui.graph import MAX_DEPTH, MAX_NODES, Graph, Node
from imglearn.capture.parsers.comfyui.widgets import widgets_of

_MUTED, _BYPASSED = 2, 4
_INPUTS_OF_SUBGRAPH, _OUTPUTS_OF_SUBGRAPH = -10, -20
_REROUTES = frozenset({"Reroute", "Reroute (rgthree)", "ReroutePrimitive|pysssss", "RerouteTextForCLIPTextEncode"})
_ONLY_SEEN = frozenset({"Note", "MarkdownNote", "Label (rgthree)", "Fast Groups Muter (rgthree)", "Bookmark (rgthree)"})


class _Link(NamedTuple):
    origin: str
    slot: int
    target: str
    place: int


@dataclass
class _Scope:
    """The top of the workflow, or an instance of a subgraph in it."""

    prefix: str
    nodes: dict[str, dict[str, Any]]
    links: dict[int, _Link]
    instance: dict[str, Any] | None = None
    outer: _Scope | None = None
    inner: dict[str, _Scope] = field(default_factory=dict)


def to_graph(workflow: dict[str, Any]) -> Graph | None:
    """Return the graph of a workflow, None where the object is something else."""
    if not isinstance(workflow.get("nodes"), list):
        return None
    definitions = workflow.get("definitions")
    listed = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    subgraphs = {str(item.get("id")): item for item in _objects(listed)}
    flattening = _Flattening(subgraphs)
    flattening.open(workflow, "", None, None)
    nodes = {node.id: node for node in flattening.run()}
    return Graph(nodes) if nodes else None


class _Flattening:
    def __init__(self, subgraphs: dict[str, dict[str, Any]]) -> None:
        self._subgraphs = subgraphs
        self._scopes: list[_Scope] = []
        self._count = 0

    def open(
        self, content: dict[str, Any], prefix: str, instance: dict[str, Any] | None, outer: _Scope | None
    ) -> _Scope:
        nodes = {str(node.get("id")): node for node in _objects(content.get("nodes"))}
        scope = _Scope(prefix, nodes, dict(_links(content.get("links"))), instance, outer)
        self._scopes.append(scope)
        self._count += len(nodes)
        for id, node in nodes.items():
            inside = self._subgraphs.get(str(node.get("type")))
            if inside is not None and prefix.count(":") < 8 and self._count < MAX_NODES:
                scope.inner[id] = self.open(inside, f"{prefix}{id}:", node, scope)
        return scope

    def run(self) -> Iterator[Node]:
        for scope in self._scopes:
            for id, node in scope.nodes.items():
                kind = node.get("type")
                if not isinstance(kind, str) or id in scope.inner or node.get("mode") in (_MUTED, _BYPASSED):
                    continue
                if (
                    kind not in _REROUTES
                    and kind not in _ONLY_SEEN
                    and kind not in ("PrimitiveNode", "SetNode", "GetNode")
                ):
                    yield Node(scope.prefix + id, kind, self._inputs(scope, node, kind))

    def _inputs(self, scope: _Scope, node: dict[str, Any], kind: str) -> dict[str, Any]:
        found: dict[str, Any] = widgets_of(node, kind)
        for place, slot in enumerate(_objects(node.get("inputs"))):
            name = slot.get("name")
            if not isinstance(name, str) or slot.get("link") is None:
                continue
            value = self._incoming(scope, node, place, 0)
            if value is not None:
                found[name] = value
            elif not isinstance(slot.get("widget"), dict):
                found.pop(name, None)
        return found

    def _incoming(self, scope: _Scope, node: dict[str, Any], place: int, depth: int) -> Any:
        """Return what an input of a node is linked to, as a link of the graph or a value; None for nothing."""
        slots = _objects(node.get("inputs"))
        link = scope.links.get(_number(slots[place].get("link"))) if place < len(slots) else None
        return self._origin(scope, link.origin, link.slot, depth + 1) if link else None

    def _origin(self, scope: _Scope, id: str, slot: int, depth: int) -> Any:
        if depth > MAX_DEPTH:
            return None
        if id == str(_INPUTS_OF_SUBGRAPH):
            return self._from_outside(scope, slot, depth)
        node = scope.nodes.get(id)
        if node is None or node.get("mode") == _MUTED:
            return None
        kind = node.get("type")
        if node.get("mode") == _BYPASSED:
            return self._bypassed(scope, node, slot, depth)
        if id in scope.inner:
            inner = scope.inner[id]
            link = next((link for link in inner.links.values() if _ends(link, slot)), None)
            return self._origin(inner, link.origin, link.slot, depth + 1) if link else None
        if kind in _REROUTES:
            return self._incoming(scope, node, 0, depth)
        if kind == "PrimitiveNode":
            values = node.get("widgets_values")
            return values[0] if isinstance(values, list) and values and not isinstance(values[0], list | dict) else None
        if kind == "GetNode":
            return self._from_set_node(scope, node, depth)
        return [scope.prefix + id, slot]

    def _from_outside(self, scope: _Scope, slot: int, depth: int) -> Any:
        """Return what the instance of a subgraph is given: by a link, or by a widget of its own."""
        if scope.instance is None or scope.outer is None:
            return None
        slots = _objects(scope.instance.get("inputs"))
        if slot >= len(slots):
            return None
        if slots[slot].get("link") is not None:
            return self._incoming(scope.outer, scope.instance, slot, depth)
        value = widgets_of(scope.instance, "").get(str(slots[slot].get("name")))
        return None if isinstance(value, list | dict) else value

    def _bypassed(self, scope: _Scope, node: dict[str, Any], slot: int, depth: int) -> Any:
        """Return what passes through a bypassed node: the input of the output's type, at its place or the first."""
        outputs, inputs = _objects(node.get("outputs")), _objects(node.get("inputs"))
        kind = outputs[slot].get("type") if 0 <= slot < len(outputs) else None
        places = [place for place, given in enumerate(inputs) if given.get("type") == kind]
        places.sort(key=lambda place: place != slot)
        return next(
            (found for place in places if (found := self._incoming(scope, node, place, depth)) is not None), None
        )

    def _from_set_node(self, scope: _Scope, node: dict[str, Any], depth: int) -> Any:
        name = node.get("widgets_values")
        for place in (scope, *([scope.outer] if scope.outer else [])):
            for other in place.nodes.values():
                if other.get("type") == "SetNode" and other.get("widgets_values") == name:
                    return self._incoming(place, other, 0, depth)
        return None


def _ends(link: _Link, slot: int) -> bool:
    return link.target == str(_OUTPUTS_OF_SUBGRAPH) and link.place == slot


def _links(listed: object) -> Iterator[tuple[int, _Link]]:
    """Yield links by their number, in the form of the top (lists) and that of subgraphs (objects)."""
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict):
            values = [item.get(name) for name in ("id", "origin_id", "origin_slot", "target_id", "target_slot")]
        else:
            values = list(item[:5]) if isinstance(item, list) else []
        if (
            len(values) == 5
            and isinstance(values[0], int)
            and isinstance(values[2], int)
            and isinstance(values[4], int)
        ):
            yield values[0], _Link(str(values[1]), values[2], str(values[3]), values[4])


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1


def _objects(listed: object) -> list[dict[str, Any]]:
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
