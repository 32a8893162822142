"""A1111, Forge and SD.Next: what a response of their API says (`/sdapi/v1/txt2img` and `img2img`).

from imglearn.adapters import a1111

response = requests.post(f"{url}/sdapi/v1/txt2img", json=asked).json()
for said in a1111.fields(response):
    logger.log_record({"material": "Birch", "category": "wood", **said})
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imglearn.capture.image_attempt import fields_of_record
from imglearn.capture.image_record import ImageRecord
from imglearn.capture.limits import json_object
from imglearn.capture.parsers import a1111, infotext


def fields(response: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of an attempt for each image of a response, in their order; a grid before them is none.

    What the response doesn't say is left out. Raises ValueError for what is no response.
    """
    info = response.get("info")
    info = json_object(info) if isinstance(info, str) else info
    texts = info.get("infotexts") if isinstance(info, Mapping) else None
    if not isinstance(info, Mapping) or not isinstance(texts, list):
        raise ValueError("no response of the API: it has no `info` with `infotexts`")
    first = info.get("index_of_first_image")
    return [_fields(text) for text in texts[first if isinstance(first, int) and first > 0 else 0 :]]


def _fields(text: object) -> dict[str, Any]:
    found = infotext.read(text) if isinstance(text, str) else None
    if found is None:
        return {}
    generator = a1111.generator_of(infotext.settings_of(str(text)), found)
    return fields_of_record(ImageRecord(file="", generator=generator, **found.values))
