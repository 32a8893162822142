"""Which model a sampler ran, and the LoRAs between the two."""

from __future__ import annotations

import re
from typing import Any

from imglearn.capture.parsers.comfyui.graph import MAX_DEPTH, PASSING, PIPES, Graph, Node, branch, is_link
from imglearn.capture.parsers.comfyui.values import scalar

_FILES = ("ckpt_name", "unet_name", "base_ckpt_name", "gguf_name", "model_name", "checkpoint", "checkpoint_name",
          "diffusion_name", "model_path", "base_model", "ckpt", "transformer", "diffusion_model", "unet",
          "model")  # fmt: skip
_STRENGTHS = ("strength_model", "lora_model_strength", "model_strength", "strength", "lora_strength", "lora_weight",
              "model_weight")  # fmt: skip
_NUMBERED_LORA = re.compile(r"lora(?:_name)?_?0*(\d{1,2})(?:_name)?")
_NOT_MAIN = re.compile(r"upscale|control|vision|style|vae|clip|lora|ip_?adapter|bbox|segm|sam_|detail|refiner", re.I)


class Loaded:
    """What stands behind a sampler's model input: `model`, a file's name, and `loras`, the first applied first."""

    def __init__(self, graph: Graph, sampler: Node) -> None:
        self._graph = graph
        self._seen: set[str] = set()
        self._loras: list[tuple[object, object]] = []
        self.model: str | None = self._of(sampler, 0, is_sampler=True)
        self.loras = list(reversed(self._loras))

    def _of(self, node: Node, depth: int, is_sampler: bool = False) -> str | None:
        if node.id in self._seen or depth > MAX_DEPTH:
            return None
        self._seen.add(node.id)
        switched, chosen = branch(self._graph, node)
        if switched:
            return self._behind(chosen, depth)
        self._note_loras(node, depth)
        if not is_sampler or not any(True for name, _ in self._graph.links(node) if name in ("model", "guider")):
            for name in _FILES:
                value = _file(node.inputs.get(name))
                if isinstance(value, str) and value.strip() and value.lower() != "none":
                    return value
                if is_link(value) and name != "model" and (found := scalar(self._graph, value, "model")):
                    return str(found)
        return self._behind_any(node, depth)

    def _behind_any(self, node: Node, depth: int) -> str | None:
        """Follow the one link that a model comes by; where several differ, as in a merge, none of them is the model."""
        links = dict(self._graph.links(node))
        for name in ("model", "guider", "unet", "diffusion_model"):
            if name in links:
                return self._behind(links[name], depth)
        models = [value for name, value in links.items() if "model" in name.lower() and not _NOT_MAIN.search(name)]
        if models:
            return self._behind(models[0], depth) if all(value == models[0] for value in models) else None
        for name in (*PIPES, *PASSING, "sigmas"):
            if name in links:
                return self._behind(links[name], depth)
        return self._behind(next(iter(links.values())), depth) if len(node.inputs) == len(links) == 1 else None

    def _behind(self, value: Any, depth: int) -> str | None:
        target = self._graph.target(value)
        return self._of(target[0], depth + 1) if target else None

    def _note_loras(self, node: Node, depth: int) -> None:
        inputs = node.inputs
        found: list[tuple[object, object]] = []
        if (name := scalar(self._graph, _file(inputs.get("lora_name", inputs.get("lora"))), "text")) is not None:
            found.append((name, self._strength(node, *_STRENGTHS)))
        for key, value in inputs.items():
            if isinstance(value, dict):
                found.extend(_switched_on(value))
            elif isinstance(value, str) and (number := _NUMBERED_LORA.fullmatch(key)) and _is_on(inputs, number[1]):
                places = (f"_{number[1]}", f"_0{number[1]}")
                stems = ("lora_wt", "model_str", "model_weight", "strength_model", "strength", "lora_weight")
                names = [stem + place for stem in stems for place in places]
                found.append((value, self._strength(node, *names, f"lora_{number[1]}_strength")))
        self._loras.extend(reversed(found))
        stack = self._graph.target(inputs.get("lora_stack", inputs.get("lora_stack_a")))
        if stack is not None and stack[0].id not in self._seen and depth < MAX_DEPTH:
            self._seen.add(stack[0].id)
            self._note_loras(stack[0], depth + 1)

    def _strength(self, node: Node, *names: str) -> Any:
        values = (scalar(self._graph, node.inputs[name], "cfg") for name in names if name in node.inputs)
        return next((value for value in values if value is not None), None)


def _file(value: object) -> object:
    """Return a file's name, which widgets with a preview keep beside that of the preview."""
    return value.get("content") if isinstance(value, dict) and "content" in value else value


def _is_on(inputs: dict[str, Any], number: str) -> bool:
    switch = inputs.get(f"switch_{number}", inputs.get(f"enabled_{number}", True))
    count = inputs.get("lora_count", inputs.get("num_loras"))
    return switch not in ("Off", False, "off") and not (isinstance(count, int) and int(number) > count)


def _switched_on(value: dict[str, Any]) -> list[tuple[object, object]]:
    """Read one LoRA, or a list of them, as widgets that are lists of switches keep them."""
    listed = value.get("__value__")
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else [value]
    return [
        (item.get("lora", item.get("name")), item.get("strength"))
        for item in items
        if item.get("on", item.get("active", True)) is True and isinstance(item.get("lora", item.get("name")), str)
    ]
