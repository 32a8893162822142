"""What an image file says about how it was made."""

from __future__ import annotations

from msgspec import Struct


class Lora(Struct, frozen=True):
    """A low-rank adaptation that was loaded, and how strongly (None: not said)."""

    name: str
    weight: float | None = None


class ImageRecord(Struct, frozen=True, kw_only=True):
    """What a file says. None where it doesn't, and never a guess.

    `seed` is text, since seeds reach 2^64. `guidance_scale` is CFG; what distilled models such as FLUX take instead is
    `distilled_guidance`. `width` and `height` are what was asked for, `pixel_width` and `pixel_height` what the file
    has, all in pixels. An empty `negative_prompt` was said to be empty. `source` says for each field that was found in
    which part of the file. `raw` holds those parts by their names, where they were asked for. `error` says why a file
    couldn't be read, or not whole.
    """

    file: str
    generator: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: str | None = None
    steps: int | None = None
    guidance_scale: float | None = None
    distilled_guidance: float | None = None
    sampler: str | None = None
    scheduler: str | None = None
    model: str | None = None
    model_hash: str | None = None
    loras: tuple[Lora, ...] | None = None
    denoise_strength: float | None = None
    width: int | None = None
    height: int | None = None
    pixel_width: int | None = None
    pixel_height: int | None = None
    source: dict[str, str] | None = None
    raw: dict[str, str] | None = None
    error: str | None = None
