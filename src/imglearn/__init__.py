"""imglearn keeps every attempt of an AI image generator and learns from them.

    from imglearn import create_logger

    logger = create_logger()
    logger.log_attempt("Birch", "wood_hardwood", {"guidance_scale": 0.35}, {"realism_score": 82})

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imglearn.capture.image import read_image
    from imglearn.errors import ConflictError, ImglearnError, InvalidRecordError, SettingsError, StoreError
    from imglearn.logger import ImageGenerationLogger, create_logger

__version__ = "0.1.0"

__all__ = [
    "ConflictError",
    "ImageGenerationLogger",
    "ImglearnError",
    "InvalidRecordError",
    "SettingsError",
    "StoreError",
    "__version__",
    "create_logger",
    "read_image",
]


def __getattr__(name: str) -> object:
    if name in ("create_logger", "ImageGenerationLogger"):
        from imglearn import logger

        return getattr(logger, name)
    if name == "read_image":
        from imglearn.capture import image

        return image.read_image
    if name in __all__:
        from imglearn import errors

        return getattr(errors, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
