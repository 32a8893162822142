"""An image as an attempt: which field takes what its file says."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from imglearn.capture.image import read_image
from imglearn.capture.image_file import ImageFile, read_file
from imglearn.capture.image_record import ImageRecord

_FIELDS = ("prompt", "negative_prompt", "seed", "guidance_scale", "model")
_PARAMS = ("generator", "steps", "sampler", "scheduler", "width", "height", "denoise_strength", "distilled_guidance",
           "model_hash")  # fmt: skip


def image_fields(path: str | os.PathLike[str]) -> dict[str, object]:
    """Return all that an image says, as fields of an attempt: its parameters, size, hash and time.

    The path is made absolute, so that the image is found from any folder. What isn't there, or is no image, has a path
    and nothing else that isn't known. It never raises.
    """
    path = absolute(path)
    try:
        file = read_file(path, follow=True)
    except (OSError, ValueError):
        return {"image_path": path, **_size(path)}
    return {**fields_of_file(file), **fields_of_record(read_image(path))}


def absolute(path: str | os.PathLike[str]) -> str:
    """Return the path from the root on; as it is where the current folder is gone."""
    try:
        return os.path.abspath(path)  # noqa: PTH100 - what `..` means after a link is the user's affair
    except OSError:
        return os.fspath(path)


def _size(path: str) -> dict[str, object]:
    """Return the size of a file that can't be read, where there is one."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return {}
    return {"image_size_kb": found.st_size / 1024} if stat.S_ISREG(found.st_mode) else {}


def fields_of_file(file: ImageFile) -> dict[str, object]:
    """Return where an image is, what its content is known by, and when it was made."""
    return {
        "timestamp": file.timestamp,
        "image_path": file.path,
        "image_size_kb": file.size / 1024,
        "image_sha256": file.sha256,
    }


def fields_of_record(record: ImageRecord) -> dict[str, object]:
    """Return what an image says of how it was made. What it doesn't say is left out.

    What has no field of its own goes to `params`. The size in pixels is no knob but a result, and what is wrong with
    the file isn't one either: they go to `extra.image`, the size where it isn't the one that was asked for.
    """
    fields = {name: value for name in _FIELDS if (value := getattr(record, name)) is not None}
    if record.prompt is not None:
        fields["gen_prompt_length"] = len(record.prompt)
    params: dict[str, object] = {name: value for name in _PARAMS if (value := getattr(record, name)) is not None}
    if record.loras is not None:
        params["loras"] = [[lora.name, lora.weight] for lora in record.loras]
    if params:
        fields["params"] = params
    if seen := _seen(record):
        fields["extra"] = {"image": seen}
    return fields


def _seen(record: ImageRecord) -> dict[str, object]:
    seen: dict[str, object] = {}
    pixels = (record.pixel_width, record.pixel_height)
    if None not in pixels and pixels != (record.width, record.height):
        seen |= {"pixel_width": pixels[0], "pixel_height": pixels[1]}
    if record.error is not None and pixels[0] is not None:
        seen["error"] = record.error
    return seen


def completed(known: Mapping[str, object], image: Mapping[str, object]) -> dict[str, object]:
    """Return the known fields, completed with what an image says: its prompt's length only together with its prompt."""
    if known.get("prompt") is not None:
        image = {name: value for name, value in image.items() if name != "gen_prompt_length"}
    return together(known, image)


def together(*sources: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of several sources, the earlier ones first; of `params` and `extra`, each name by itself."""
    found: dict[str, object] = {}
    for source in sources:
        for name, value in source.items():
            kept = found.get(name)
            if isinstance(kept, Mapping) and isinstance(value, Mapping):
                found[name] = together(kept, value)
            elif kept is None:
                found[name] = value
    return found
