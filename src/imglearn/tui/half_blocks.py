"""A picture in characters: two pixels a cell in colour, or shades of grey where the terminal has few colours."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from PIL import Image

_SHADES = " ░▒▓█"
_Rgb = tuple[int, int, int]


def half_blocks(image: Image.Image, background: _Rgb) -> list[Strip]:
    """Return lines of `▀`, whose two colours are the pixel above and the one below; the last may be the background."""
    opaque = _over(image, background)
    width, height = opaque.size
    values = opaque.tobytes()
    colours: list[_Rgb] = list(zip(values[::3], values[1::3], values[2::3], strict=True))
    rows = [colours[start : start + width] for start in range(0, width * height, width)]
    if height % 2:
        rows.append([background] * width)
    return [
        Strip(
            [Segment("▀" * len(list(run)), _style(*pair)) for pair, run in groupby(zip(above, below, strict=True))],
            width,
        )
        for above, below in zip(rows[::2], rows[1::2], strict=True)
    ]


def shades(image: Image.Image, background: _Rgb, style: Style) -> list[Strip]:
    """Return lines of shades in the text's own colour, dithered: the lightest are full on a dark background."""
    from PIL import Image  # as picture_file

    width, height = image.size
    grey = _over(image, background).convert("L").resize((width, max(1, height // 2)), Image.Resampling.BOX)
    steps = Image.new("P", (1, 1))
    steps.putpalette([level for step in range(len(_SHADES)) for level in [255 * step // (len(_SHADES) - 1)] * 3])
    levels = grey.convert("RGB").quantize(palette=steps, dither=Image.Dither.FLOYDSTEINBERG)
    signs = _SHADES if sum(background) < 3 * 128 else _SHADES[::-1]
    text = "".join(signs[min(level, len(signs) - 1)] for level in levels.tobytes())
    return [Strip([Segment(text[start : start + width], style)], width) for start in range(0, len(text), width)]


def _over(image: Image.Image, background: _Rgb) -> Image.Image:
    """Return the image on an opaque background."""
    from PIL import Image  # as picture_file

    if image.mode != "RGBA":
        return image.convert("RGB")
    return Image.alpha_composite(Image.new("RGBA", image.size, (*background, 255)), image).convert("RGB")


@lru_cache(maxsize=8_192)
def _style(above: _Rgb, below: _Rgb) -> Style:
    return Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below))
