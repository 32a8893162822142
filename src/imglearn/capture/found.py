"""What a parser found: values cleaned in one place, each with where it stands in the file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from imglearn.capture.image_record import Lora
from imglearn.text import storable_text

_TEXTS = frozenset({"prompt", "negative_prompt"})
_NAMES = frozenset({"sampler", "scheduler", "model", "model_hash"})
_WHOLE = frozenset({"steps", "width", "height"})
_REAL = frozenset({"guidance_scale", "distilled_guidance", "denoise_strength"})

_NOTHING = frozenset({"", "none", "null", "undefined", "n/a", "@none"})
_HOME = re.compile(
    r"^(~|file:|[A-Za-z]:[\\/]|\\\\|/(home|Users|root|mnt|media|Volumes|workspace|content|data|var|opt|tmp)\b)"
)
_WORD = re.compile(r"[^\s\"'<>]+")
_MAX_SEED_DIGITS = 40
_MAX_SIZE = 1_000_000
_MAX_LORAS = 200


class Found:
    """Fields that a file says, by name. Placeholders (seed -1, no steps) and what can't be meant are not taken."""

    def __init__(self, generator: str | None = None, source: str | None = None) -> None:
        self.generator = generator
        self.values: dict[str, Any] = {}
        self.sources: dict[str, str] = {}
        self._source = source
        if generator and source:
            self.sources["generator"] = source

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)

    def __bool__(self) -> bool:
        return bool(self.values)

    def put(self, source: str | None = None, **given: object) -> Found:
        """Take fields that have no value yet; what is no value of the field is left out."""
        for name, value in given.items():
            cleaned = clean(name, value)
            if cleaned is not None and name not in self.values:
                self.values[name] = cleaned
                if (where := source or self._source) is not None:
                    self.sources[name] = where
        return self

    def drop(self, *names: str) -> None:
        """Forget fields that turned out to be placeholders."""
        for name in names:
            self.values.pop(name, None)
            self.sources.pop(name, None)

    def fill(self, other: Found, *only: str) -> Found:
        """Take from another what is missing here, or of it only these fields."""
        for name, value in other.values.items():
            if name not in self.values and (not only or name in only):
                self.values[name] = value
                if name in other.sources:
                    self.sources[name] = other.sources[name]
        return self


def clean(name: str, value: object) -> Any:
    """Return a value as its field holds it, None where it can't be meant."""
    if value is None or isinstance(value, bool):
        return None
    if name in _TEXTS:
        return _text(value)
    if name in _NAMES:
        return _model(value) if name == "model" else _name(value)
    if name in _WHOLE:
        number = whole(value)
        return number if number is not None and 0 < number <= _MAX_SIZE else None
    if name in _REAL:
        return real(value)
    return _seed(value) if name == "seed" else _loras(value)


def whole(value: object) -> int | None:
    """Return a whole number, given as such, as text or as a float without a fraction."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d{1,40}\s*", value):
        return int(value)
    number = real(value)
    return int(number) if number is not None and number.is_integer() and abs(number) < 2**53 else None


def real(value: object) -> float | None:
    """Return a finite number, given as such or as text."""
    if isinstance(value, str):
        if not re.fullmatch(r"\s*[-+]?\d{0,30}\.?\d{1,30}([eE][-+]?\d{1,3})?\s*", value):
            return None
    elif not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _seed(value: object) -> str | None:
    if isinstance(value, int):
        number: int | None = value if value.bit_length() <= 128 else None
    else:
        number = whole(value)
    return str(number) if number is not None and number >= 0 and len(str(number)) <= _MAX_SEED_DIGITS else None


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    text = storable_text(value.replace("\0", "").replace("\r\n", "\n").strip())
    return _WORD.sub(_without_query, text) if "://" in text else text


def _without_query(word: re.Match[str]) -> str:
    """Cut what follows a link's question mark, where signatures and sessions stand."""
    text = word[0]
    scheme, found, rest = text.partition("://")
    if not found or not scheme.endswith(("http", "https")):
        return text
    return f"{scheme}://{re.split('[?#]', rest, maxsplit=1)[0]}"


def _name(value: object) -> str | None:
    if isinstance(value, int | float):
        value = str(value)
    text = _text(value)
    return None if text is None or text.lower() in _NOTHING else text


def _model(value: object) -> str | None:
    text = _name(value)
    return None if text is None else bare_path(text)


def bare_path(text: str) -> str:
    """Return the last name of a path below a home or another folder of a machine; other texts as they are."""
    return re.split(r"[\\/]", text.rstrip("\\/"))[-1] or text if _HOME.match(text) else text


def _loras(value: object) -> tuple[Lora, ...] | None:
    if not isinstance(value, Iterable) or isinstance(value, str):
        return None
    found = []
    for item in value:
        name, weight = item if isinstance(item, tuple | list) and len(item) == 2 else (item, None)
        if (cleaned := _model(name)) is not None:
            found.append(Lora(cleaned, real(weight)))
        if len(found) >= _MAX_LORAS:
            break
    return tuple(dict.fromkeys(found)) or None


_LORA_TAG = re.compile(r"<(?:lora|lyco|lycoris):([^:<>\n]{1,200}):?([^:<>\n]{0,20})[^<>\n]{0,100}>")


def loras_in(prompt: object) -> list[tuple[str, float | None]]:
    """Return the LoRAs that a prompt loads with `<lora:name:weight>`."""
    if not isinstance(prompt, str) or "<l" not in prompt:
        return []
    return [(match[1].strip(), real(match[2])) for match in _LORA_TAG.finditer(prompt)]
