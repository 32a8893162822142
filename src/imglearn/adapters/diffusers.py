"""Diffusers: what a call of a pipeline says.

    from imglearn.adapters import diffusers

    call = {"prompt": "a birch plank", "num_inference_steps": 30, "generator": torch.Generator().manual_seed(7)}
    with logger.attempt("Birch", "wood", **diffusers.fields(pipeline, **call)) as attempt:
        image = pipeline(**call).images[0]

Nothing of diffusers is imported: a pipeline is asked by the names that all pipelines share.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

# Arguments under another name in the record; those of the second half are parameters there.
_FIELDS = ("prompt", "negative_prompt", "guidance_scale")
_PARAMS = {
    "num_inference_steps": "steps",
    "strength": "denoise_strength",
    **{
        name: name
        for name in (
            "width", "height", "true_cfg_scale", "guidance_rescale", "clip_skip", "eta", "num_images_per_prompt",
            "prompt_2", "negative_prompt_2", "max_sequence_length", "controlnet_conditioning_scale", "denoising_end",
            "denoising_start", "ip_adapter_scale",
        )
    },
}  # fmt: skip


def fields(pipeline: Any, /, **call: Any) -> dict[str, Any]:
    """Return the fields of an attempt that `pipeline(**call)` makes, those that are known.

    An argument that isn't given counts with the pipeline's own default, where that is a number. The seed is that of
    the generator, as it is before the call.
    """
    said = {**_defaults(pipeline), **{name: value for name, value in call.items() if value is not None}}
    found: dict[str, Any] = {name: _one(said[name]) for name in _FIELDS if name in said}
    params = {to: said[name] for name, to in _PARAMS.items() if name in said}
    params["pipeline"] = type(pipeline).__name__
    if (scheduler := getattr(pipeline, "scheduler", None)) is not None:
        params["scheduler"] = type(scheduler).__name__
    if loras := _asked(pipeline, "get_active_adapters"):
        params["loras"] = list(loras)
    if (seed := _seed(said.get("generator"))) is not None:
        found["seed"] = seed
    if (model := _model(pipeline)) is not None:
        found["model"] = model
    return {**found, "params": params}


def _defaults(pipeline: Any) -> Mapping[str, float]:
    try:
        parameters = inspect.signature(type(pipeline).__call__).parameters
    except (TypeError, ValueError, AttributeError):
        return {}
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    return {name: value for name, value in defaults.items() if isinstance(value, int | float) and value is not True}


def _one(value: Any) -> Any:
    """Return the only prompt of a list; of several, all of them, each on lines of its own."""
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value


def _seed(generator: Any) -> int | None:
    """Return a generator's seed; of several, that of the first image."""
    if isinstance(generator, list | tuple):
        return _seed(generator[0]) if generator else None
    seed = _asked(generator, "initial_seed")
    return seed if isinstance(seed, int) else None


def _model(pipeline: Any) -> str | None:
    name = getattr(pipeline, "name_or_path", None) or getattr(getattr(pipeline, "config", None), "_name_or_path", None)
    if not isinstance(name, str) or not name:
        return None
    path = PurePath(name)
    return path.name if path.is_absolute() or name.startswith((".", "~")) else name


def _asked(thing: Any, method: str) -> Any:
    """Return what a method says, None where there is none or it can't say."""
    found: Callable[[], Any] | None = getattr(thing, method, None)
    try:
        return found() if callable(found) else None
    except Exception:  # whatever a library's object raises: an attempt doesn't fail for what it can't say
        return None
