"""Where the knobs in `params` are: by their names, or inside an object by dotted ones, such as `lora.weight`."""

from __future__ import annotations

from typing import NamedTuple

# The knobs of the attempts `a`, and their names: of an object those in it.
KNOBS = (
    "json_each(a.params) knob LEFT JOIN json_each(CASE knob.type WHEN 'object' THEN knob.value ELSE '{}' END) within"
)
KNOB_NAME = "knob.key || ifnull('.' || within.key, '')"


class Inside(NamedTuple):
    """A knob in an object: the JSON path of that, and its key there."""

    path: str
    key: str


def inside(name: str) -> Inside | None:
    """Return which object a knob of this name is in, if in any; None where only `params` itself may have it."""
    *outer, key = name.split(".")
    if not outer or '"' in name:  # which no path can hold
        return None
    return Inside("$" + "".join(f'."{one}"' for one in outer), key)
