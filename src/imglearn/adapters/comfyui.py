"""ComfyUI: what its history says (`/history` and `/history/{prompt_id}`).

    from imglearn.adapters import comfyui

    history = requests.get(f"{url}/history/{prompt_id}").json()
    for said in comfyui.fields(history, output="/opt/ComfyUI/output"):
        logger.log_record({"material": "Birch", "category": "wood", **said})

To log the same history again changes nothing: ids are made of ComfyUI's own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from imglearn.capture.image_attempt import fields_of_record
from imglearn.capture.image_record import ImageRecord
from imglearn.capture.parsers.comfyui import reading

_SAVED = "output"  # the type of an image that is kept; previews are temporary


def fields(history: Mapping[str, Any], output: str | os.PathLike[str] | None = None) -> list[dict[str, Any]]:
    """Return the fields of an attempt for each image that was saved, or for a run that saved none.

    `output` is ComfyUI's output folder, where the images are. A run that failed is an attempt in an error; one that
    still waits or runs is none. Raises ValueError for what is no history.
    """
    found: list[dict[str, Any]] = []
    for id, run in history.items():
        if not isinstance(run, Mapping) or not {"prompt", "outputs"} <= run.keys():
            raise ValueError(f"no history of ComfyUI: {id!r} has no `prompt` and `outputs`")
        found += _run(str(id), run, output)
    return found


def _run(id: str, run: Mapping[str, Any], output: str | os.PathLike[str] | None) -> Iterator[dict[str, Any]]:
    said = {**_graph(run["prompt"]), **_course(run.get("status"))}
    images = list(_images(run["outputs"]))
    for number, image in enumerate(images):
        subfolder, name = str(image.get("subfolder") or ""), str(image["filename"])
        path = os.path.join(subfolder, name) if output is None else os.path.join(output, subfolder, name)  # noqa: PTH118
        yield {**said, "id": id if len(images) == 1 else f"{id}-{number}", "image_path": path}
    if not images:
        yield {**said, "id": id}


def _graph(prompt: object) -> dict[str, Any]:
    """Read the graph, which stands third in what was queued."""
    graph = prompt[2] if isinstance(prompt, list | tuple) and len(prompt) > 2 else None
    found = reading.read_graph(graph) if isinstance(graph, dict) else None
    if found is None:
        return {}
    return fields_of_record(ImageRecord(file="", generator=found.generator, **found.values))


def _images(outputs: object) -> Iterator[Mapping[str, Any]]:
    for node in outputs.values() if isinstance(outputs, Mapping) else ():
        images = node.get("images") if isinstance(node, Mapping) else None
        for image in images if isinstance(images, list) else ():
            if isinstance(image, Mapping) and image.get("type", _SAVED) == _SAVED and image.get("filename"):
                yield image


def _course(status: object) -> dict[str, Any]:
    """Return when a run began, how long it took, and what went wrong, by the messages that tell of it."""
    messages = status.get("messages") if isinstance(status, Mapping) else None
    told = {
        message[0]: message[1]
        for message in (messages if isinstance(messages, list) else ())
        if isinstance(message, list | tuple) and len(message) == 2 and isinstance(message[1], Mapping)
    }
    found: dict[str, Any] = {}
    start = _ms(told.get("execution_start"))
    if start is not None:
        found["timestamp"] = datetime.fromtimestamp(start / 1000, UTC)
    ends = (_ms(told.get(name)) for name in ("execution_success", "execution_error", "execution_interrupted"))
    end = next((moment for moment in ends if moment is not None), None)
    if start is not None and end is not None and end >= start:
        found["duration_s"] = (end - start) / 1000
    if error := told.get("execution_error"):
        words = (error.get("node_type"), error.get("exception_type"), error.get("exception_message"))
        found |= {"status": "error", "error": ": ".join(str(word).strip() for word in words if word)}
    elif "execution_interrupted" in told:
        found |= {"status": "error", "error": "interrupted"}
    return found


def _ms(message: Mapping[str, Any] | None) -> float | None:
    moment = message.get("timestamp") if message is not None else None
    return float(moment) if isinstance(moment, int | float) and 0 < moment < 4e12 else None
