"""What an image file says, as a table of its own."""

from __future__ import annotations

from collections.abc import Iterator

from imglearn.capture.image_record import ImageRecord
from imglearn.reporting.layout import Column, Table

_NAME = Column("", lambda row: str(row["name"]), number=False, whole=True)
_VALUE = Column("", lambda row: str(row["value"]), number=False)


def image_tables(record: ImageRecord) -> Iterator[Table]:
    """Yield the fields that the file says, and then, where they were asked for, the texts as they stand in it."""
    rows = tuple(_rows(record))
    notes = () if record.generator or rows[1:] else ("It says nothing about how it was made.",)
    yield Table(record.file, (_NAME, _VALUE), rows, notes)
    for name, text in (record.raw or {}).items():
        yield Table(name, (), (), (text,))


def _rows(record: ImageRecord) -> Iterator[tuple[str, str]]:
    if record.pixel_width:
        yield "pixels", f"{record.pixel_width} × {record.pixel_height}"
    size = f"{record.width} × {record.height}" if record.width and record.height else None
    loras = None
    if record.loras:
        loras = ", ".join(lora.name if lora.weight is None else f"{lora.name} {lora.weight:g}" for lora in record.loras)
    values = {
        "generator": record.generator,
        "model": record.model,
        "model hash": record.model_hash,
        "loras": loras,
        "prompt": record.prompt,
        "negative prompt": record.negative_prompt,
        "seed": record.seed,
        "steps": record.steps,
        "sampler": record.sampler,
        "scheduler": record.scheduler,
        "guidance scale": record.guidance_scale,
        "distilled guidance": record.distilled_guidance,
        "denoise strength": record.denoise_strength,
        "asked for": size,
        "found in": ", ".join(dict.fromkeys((record.source or {}).values())) or None,
    }
    for name, value in values.items():
        if value is not None:
            yield name, str(value).removesuffix(".0") if isinstance(value, float) else str(value) or "(empty)"
