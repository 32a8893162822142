"""What a sampler's setting is worth: given at the node, or by links through the nodes that hold it."""

from __future__ import annotations

import re
from typing import Any

from imglearn.capture.found import real, whole
from imglearn.capture.parsers.comfyui.graph import MAX_DEPTH, PASSING, PIPES, Graph, Node, branch, is_link

# What nodes call a setting.
_NAMES: dict[str, tuple[str, ...]] = {
    "seed": ("seed", "noise_seed", "seed_value", "seed_num", "rand_seed", "base_seed"),
    "steps": ("steps", "steps_total", "total_steps", "num_inference_steps", "num_steps", "sampling_steps"),
    "cfg": ("cfg", "cfg_scale", "true_cfg", "true_cfg_scale", "guidance_scale", "cfg_conds"),
    "sampler_name": ("sampler_name", "sampler"),
    "scheduler": ("scheduler", "scheduler_name", "noise_schedule"),
    "denoise": ("denoise", "denoise_strength", "denoising_strength"),
    "width": ("width", "empty_latent_width", "image_width", "base_width", "Width", "target_width"),
    "height": ("height", "empty_latent_height", "image_height", "base_height", "Height", "target_height"),
    "model": ("ckpt_name", "unet_name", "model_name", "checkpoint", "gguf_name", "model"),
    "guidance": ("guidance", "flux_guidance"),
    "text": ("text", "string", "prompt"),
}
# Where nodes that hold only a part of the settings stand.
_ROUTES: dict[str, tuple[str, ...]] = {
    "seed": ("noise",),
    "steps": ("sigmas",),
    "scheduler": ("sigmas",),
    "denoise": ("sigmas",),
    "cfg": ("guider",),
    "sampler_name": ("sampler",),
}
_HOLDING = ("value", "Value", "int", "INT", "integer", "float", "FLOAT", "number", "Number", "string", "String",
            "STRING", "text", "a", "Xi", "selected", "combo", "output")  # fmt: skip
_CALCULATING = re.compile(r"math|expression|calc|random|arithmetic|operation|evaluate|eval|round|convert.*scale", re.I)
_RESOLUTION = re.compile(r"(\d{2,5}) ?[xX×*] ?(\d{2,5})")
_RESOLUTION_NAMES = ("dimensions", "resolution", "aspect_ratio", "size", "ratio", "ratio_selected", "aspect ratio",
                     "latent_size", "resolutions")  # fmt: skip


def setting(graph: Graph, node: Node, field: str, depth: int = 0) -> Any:
    """Return a setting of a node: its own, or that of the nodes which bundle or hold settings for it."""
    if depth > MAX_DEPTH:
        return None
    if field in ("width", "height") and (found := _of_resolution(node, field)) is not None:
        return found
    for name in _NAMES[field]:
        if name in node.inputs:
            value = node.inputs[name]
            found = scalar(graph, value, field, depth + 1)
            if found is not None or (not is_link(value) and _fits(field, value) is None and value is not None):
                return found
    for name in (*_ROUTES.get(field, ()), *PIPES):
        target = graph.target(node.inputs.get(name))
        if target is not None:
            found = _beyond(graph, target[0], field, name, depth + 1)
            if found is not None:
                return found
    return None


def _beyond(graph: Graph, node: Node, field: str, name: str, depth: int) -> Any:
    """Return a setting of the node behind a link that bundles settings, or of what that one passes on."""
    found = setting(graph, node, field, depth)
    if found is not None or depth > MAX_DEPTH:
        return found
    switched, chosen = branch(graph, node)
    onward = [chosen] if switched else [node.inputs[key] for key in (name, *PASSING) if key in node.inputs]
    for value in onward:
        if (target := graph.target(value)) is not None:
            return _beyond(graph, target[0], field, name, depth + 1)
    return None


def scalar(graph: Graph, value: object, field: str, depth: int = 0) -> Any:
    """Return what an input is worth: as it is given, or behind a link. None where only a run can tell."""
    if not is_link(value):
        return _fits(field, value)
    target = graph.target(value)
    if target is None or depth > MAX_DEPTH:
        return None
    node, slot = target
    switched, chosen = branch(graph, node)
    if switched:
        return scalar(graph, chosen, field, depth + 1)
    if _CALCULATING.search(node.kind):
        return None
    if slot == 1 and "refiner_step" in node.inputs:
        return scalar(graph, node.inputs["refiner_step"], field, depth + 1)
    found = setting(graph, node, field, depth + 1)
    if found is not None:
        return found
    holding = [name for name in (*_HOLDING, *PASSING) if name in node.inputs]
    if holding:
        return scalar(graph, node.inputs[holding[0]], field, depth + 1)
    if len(node.inputs) == 1:
        return scalar(graph, next(iter(node.inputs.values())), field, depth + 1)
    return None


def _of_resolution(node: Node, field: str) -> Any:
    """Read one side of a size that is chosen as a text, such as `1216 x 832 (landscape)`, unless it is overridden."""
    overridden = whole(node.inputs.get(f"{field}_override"))
    if overridden:
        return overridden
    for name in _RESOLUTION_NAMES:
        value = node.inputs.get(name)
        size = _RESOLUTION.search(value) if isinstance(value, str) else None
        if size is not None:
            swapped = str(node.inputs.get("swap_dimensions", node.inputs.get("swap"))).lower() in ("on", "true")
            return int(size[1 if (field == "width") != swapped else 2])
    return None


def _fits(field: str, value: object) -> Any:
    if isinstance(value, bool) or value is None:
        return None
    if field in ("seed", "steps", "width", "height"):
        return whole(value)
    if field in ("cfg", "denoise", "guidance"):
        return real(value)
    return value if isinstance(value, str) and real(value) is None else None
