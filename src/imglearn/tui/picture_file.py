"""Which pixels does an image file show, at a size? Files come from strangers: each is opened with limits."""

from __future__ import annotations

import os
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from imglearn.capture.image_file import opened
from imglearn.capture.limits import MAX_FILE_BYTES

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 40_000_000  # of a file; decoded they take four times as many bytes
MAX_CACHED_PIXELS = 8_000_000  # of all pictures that are kept
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")  # none that would start another program
_ORIENTATION = 0x0112  # the tag of EXIF
_LYING = (5, 6, 7, 8)  # orientations that swap width and height


@cache
def _quiet_pillow() -> None:
    """Let an image that is too large be told as any other, where Pillow would print a line into the screen."""
    from PIL import Image

    warnings.simplefilter("error", Image.DecompressionBombWarning)


class UnshowableError(Exception):
    """Why a file can't be shown, in words that follow its path."""


class Pixels(NamedTuple):
    """A picture scaled to a size, RGB or RGBA, and what the file holds: its width and height in pixels, its bytes."""

    image: Image.Image
    width: int
    height: int
    file_bytes: int


class PictureFiles:
    """Reads pictures, one at a time, and keeps the last ones as long as their files stay as they are."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Pixels] = OrderedDict()
        self._turn = threading.Lock()

    def read(self, path: str, width: int, height: int, is_wanted: Callable[[], bool] = lambda: True) -> Pixels | None:
        """Return the picture, within so many pixels and never enlarged. Raises UnshowableError.

        None where it `is_wanted` no more when its turn comes.
        """
        with self._turn:
            if not is_wanted():
                return None
            try:
                with opened(path, follow=True) as file:
                    found = os.fstat(file.fileno())
                    key = (path, found.st_ino, found.st_size, found.st_mtime_ns, width, height)
                    if key not in self._kept:
                        self._keep(key, _pixels(file, found.st_size, width, height))
                    self._kept.move_to_end(key)
                    return self._kept[key]
            except FileNotFoundError:
                raise UnshowableError("is not there") from None
            except OSError as error:
                raise UnshowableError(f"can't be read: {error.strerror or error}") from None
            except ValueError as error:  # a path that no system has
                raise UnshowableError(f"can't be read: {error}") from None

    def _keep(self, key: tuple[object, ...], pixels: Pixels) -> None:
        self._kept[key] = pixels
        while len(self._kept) > 1 and sum(_count(kept) for kept in self._kept.values()) > MAX_CACHED_PIXELS:
            self._kept.popitem(last=False)


FILES = PictureFiles()
"""Of all that show pictures in this process."""


def check_image(path: str) -> None:
    """Raise UnshowableError where a path is not that of an image: of what is one, only the beginning is read."""
    try:
        with opened(path, follow=True) as file:
            _opened_image(file, os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        raise UnshowableError("is not there") from None
    except (OSError, ValueError) as error:
        raise UnshowableError(f"can't be read: {getattr(error, 'strerror', None) or error}") from None


def _count(pixels: Pixels) -> int:
    return pixels.image.width * pixels.image.height


def _opened_image(file: BinaryIO, file_bytes: int) -> Image.Image:
    if file_bytes > MAX_FILE_BYTES:
        raise UnshowableError(f"is too large to be shown: it has more than {MAX_FILE_BYTES // 2**20} MB")
    from PIL import Image, UnidentifiedImageError  # by whom shows a picture: a start would notice

    _quiet_pillow()
    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        raise UnshowableError("is no image that can be shown" if file_bytes else "is empty") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnshowableError(f"is too large to be shown: it has more than {MAX_PIXELS:,} pixels") from None
    except Exception as error:
        raise UnshowableError(f"is damaged: {error or type(error).__name__}") from None


def _pixels(file: BinaryIO, file_bytes: int, width: int, height: int) -> Pixels:
    from PIL import Image, ImageOps
    from PIL.JpegImagePlugin import JpegImageFile

    image = _opened_image(file, file_bytes)
    own_width, own_height = image.size
    if own_width * own_height > MAX_PIXELS:
        raise UnshowableError(f"is too large to be shown: it has {own_width:,} × {own_height:,} pixels")
    try:
        is_jpeg = isinstance(image, JpegImageFile)
        lies = is_jpeg and image.getexif().get(_ORIENTATION) in _LYING
        box = (height, width) if lies else (width, height)
        if is_jpeg:
            image.draft("RGB", box)  # decodes an eighth where that is enough
        scaled = _with_colours(image)
        scaled.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
        scaled.load()  # of one that is small enough nothing was read yet, and the file is about to be closed
        if is_jpeg:
            scaled = ImageOps.exif_transpose(scaled)
    except Exception as error:  # decoders raise whatever a broken file leads them to
        raise UnshowableError(f"is damaged: {error or type(error).__name__}") from None
    return Pixels(scaled, *((own_height, own_width) if lies else (own_width, own_height)), file_bytes)


def _with_colours(image: Image.Image) -> Image.Image:
    """Return the image as RGB, or RGBA where parts of it are transparent: palettes can't be scaled."""
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    has_alpha = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    wanted = "RGBA" if has_alpha else "RGB"
    return image if image.mode == wanted else image.convert(wanted)
