"""imglearn keeps every attempt of an AI image generator and learns from them.

    from imglearn import create_logger

    logger = create_logger()
    logger.log_attempt("Birch", "wood_hardwood", {"guidance_scale": 0.35}, {"realism_score": 82})

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imglearn.attempt import RunningAttempt
    from imglearn.capture.image import read_image
    from imglearn.capture.image_record import ImageRecord
    from imglearn.errors import (
        ConflictError,
        ImglearnError,
        InvalidRecordError,
        SettingsError,
        SpoolWarning,
        StoreError,
    )
    from imglearn.logger import ImageGenerationLogger, create_logger

__version__ = "0.1.0"

__all__ = [
    "ConflictError",
    "ImageGenerationLogger",
    "ImageRecord",
    "ImglearnError",
    "InvalidRecordError",
    "RunningAttempt",
    "SettingsError",
    "SpoolWarning",
    "StoreError",
    "__version__",
    "create_logger",
    "read_image",
]


# Which module has what is not an error.
_MODULES = {
    "ImageGenerationLogger": "imglearn.logger",
    "ImageRecord": "imglearn.capture.image_record",
    "RunningAttempt": "imglearn.attempt",
    "create_logger": "imglearn.logger",
    "read_image": "imglearn.capture.image",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_MODULES.get(name, "imglearn.errors")), name)
