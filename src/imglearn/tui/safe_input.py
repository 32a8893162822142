"""A line to type in. What is put into it, as by a row that was chosen, may be of strangers."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip
from textual.suggester import Suggester
from textual.widgets import Input

from imglearn.text import safe_signs


class SafeInput(Input):
    """Shows control characters as signs; its value has them as they are. Its cursor stands still."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        id: str,
        classes: str | None = None,
        select_on_focus: bool = True,
        suggester: Suggester | None = None,
    ) -> None:
        super().__init__(
            value,
            placeholder=placeholder,
            id=id,
            classes=classes,
            compact=True,
            select_on_focus=select_on_focus,
            suggester=suggester,
        )
        self.cursor_blink = False

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        strip = super().render_line(y)
        if strip.text.isprintable():
            return strip
        safe = Strip([Segment(safe_signs(text), style) for text, style, _ in strip])
        return safe.adjust_cell_length(self.content_size.width, self.rich_style)
