"""A text as tall as it is, wrapped to the width that it gets."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget


class TextLines(Widget):
    """Shows what Rich lays out. A text of another length lays the screen out anew, any other only its own lines."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text: RenderableType = Text("")
        self._lines: list[Strip] = []
        self._width = 0

    def show(self, text: RenderableType) -> None:
        """Replace the text."""
        before = len(self._lines)
        self._text = text
        if self._width:
            self._wrap(self._width)
        self.refresh(layout=not self._width or len(self._lines) != before)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines the text has at a width."""
        if width != self._width:
            self._wrap(width)
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """Draw line `y`."""
        return self._lines[y] if y < len(self._lines) else Strip.blank(self._width, self.rich_style)

    def _wrap(self, width: int) -> None:
        self._width = width
        self._lines = []
        if width > 0:
            console, base = self.app.console, self.rich_style
            lines = console.render_lines(self._text, console.options.update(width=width, height=None), style=base)
            self._lines = [Strip(line).adjust_cell_length(width, base) for line in lines]
