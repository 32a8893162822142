"""Python's values as JSON's own types: what generators pass is often a path, an enum or a numpy scalar."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from imglearn.errors import InvalidRecordError
from imglearn.text import storable_text

MAX_DEPTH = 32
MAX_BITS = 1024  # of a whole number
MAX_VALUES = 1_000_000  # in one field: what holds the same list twice, at every level, would grow without end


def plain(value: object, field: str, *, loose: bool) -> Any:
    """Turn paths, sets, enums, times, numpy scalars and arrays and the like into JSON's own types.

    Where `loose`, a value that JSON has no word for is kept as its text; elsewhere it stays, for the record's check
    to refuse. `field` is named in errors. Raises InvalidRecordError for nesting and numbers beyond all measure.
    """
    return _Reading(field, loose).plain(value, 0)


def leaves(content: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield the values of an object and of those nested in it, each with its dotted name, such as `lora.weight`."""
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{name}.")
        else:
            yield name, value


class _Reading:
    def __init__(self, field: str, loose: bool) -> None:
        self._field = field
        self._loose = loose
        self._left = MAX_VALUES

    def plain(self, value: object, depth: int) -> Any:
        try:
            return self._plain(value, depth)
        except InvalidRecordError:
            raise
        except Exception as error:  # of an object that can't even say what it is
            if self._loose:
                return _text_of(value)
            raise InvalidRecordError(
                self._field, f"a {type(value).__name__} that can't be read", "a plain value"
            ) from error

    def _plain(self, value: object, depth: int) -> Any:
        self._left -= 1
        if self._left < 0:
            raise InvalidRecordError(self._field, "…", f"at most {MAX_VALUES:,} values")
        if isinstance(value, str):
            return storable_text(str.__str__(value))
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            if value.bit_length() > MAX_BITS:
                raise InvalidRecordError(self._field, "a very long number", f"a number of at most {MAX_BITS} bits")
            return int(value)
        if isinstance(value, float):
            return str(value) if self._loose and not math.isfinite(value) else float(value)
        if depth > MAX_DEPTH:
            raise InvalidRecordError(self._field, "…", f"at most {MAX_DEPTH} levels of nesting")
        kind = type(value).__name__
        if kind in ("NAType", "NaTType"):  # pandas' unknown
            return None
        if isinstance(value, Mapping):
            return {storable_text(str(key)): self.plain(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(item, depth + 1) for item in value]
        if isinstance(value, set | frozenset):
            return sorted((self.plain(item, depth + 1) for item in value), key=str)
        if isinstance(value, os.PathLike):
            return storable_text(os.fsdecode(value))
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, Enum):
            return self.plain(value.value, depth + 1)
        if isinstance(value, bytes):
            return _text_of_bytes(value)
        if kind == "datetime64":  # numpy's times: as a number they would have lost their unit
            return str(value)
        to_python = getattr(value, "tolist", None) or getattr(value, "item", None)
        if callable(to_python) and not isinstance(value, type):  # numpy and torch scalars and arrays
            return self.plain(to_python(), depth + 1)
        return _text_of(value) if self._loose else value


def _text_of(value: object) -> str:
    try:
        return storable_text(str(value))
    except Exception:
        return f"<{type(value).__name__}>"


def _text_of_bytes(value: bytes) -> str:
    try:
        return storable_text(value.decode())
    except UnicodeDecodeError:
        import base64

        return f"base64:{base64.b64encode(value).decode()}"
