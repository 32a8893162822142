"""The detail view: all that is known of the highlighted attempt or remark."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from imglearn.analytics.categories import CategoryStats
from imglearn.analytics.violations import Violation
from imglearn.records import Feedback
from imglearn.text import safe_line
from imglearn.tui.detail_text import DetailText
from imglearn.tui.queries import AttemptDetail, Detail


class DetailPane(ScrollView, can_focus=True):
    """Shows one attempt or remark, grouped as the record is. What is unknown is left out."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "detail--title",
        "detail--label",
        "detail--muted",
        "detail--pass",
        "detail--fail",
        "detail--warn",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False, id="detail.up", tooltip="Scroll up"),
        Binding("down,j", "scroll_down", "Down", show=False, id="detail.down", tooltip="Scroll down"),
        Binding("home,g", "scroll_home", "Top", show=False, id="detail.top", tooltip="To the top"),
        Binding("end,G", "scroll_end", "Bottom", show=False, id="detail.bottom", tooltip="To the end"),
        Binding("enter", "screen.zoom", "Zoom", id="detail.zoom", tooltip="Fill the screen with the details"),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._detail: Detail | None = None
        self._record_id: str | None = None
        self._lines: list[Strip] = []

    @property
    def detail(self) -> Detail | None:
        """What is shown."""
        return self._detail

    def show(self, detail: Detail | None) -> None:
        """Replace what is shown; at another record from its top."""
        if detail == self._detail:
            return
        self._detail = detail
        if isinstance(detail, AttemptDetail):
            id, title = detail.attempt.id, f"Attempt {safe_line(detail.attempt.id[:8])}"
        elif isinstance(detail, Feedback):
            id, title = detail.id, "Remark"
        elif isinstance(detail, CategoryStats):
            id, title = f"category {detail.category}", "Category"
        elif isinstance(detail, Violation):
            id, title = f"violation {detail.issue}", "Violation"
        else:
            id, title = None, "Detail"
        if id != self._record_id:
            self._record_id = id
            self.scroll_home(animate=False)
        self.border_title = Content(title).markup
        self._draw()

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of the screen."""
        width, line = self._view.width, self.scroll_offset.y + y
        return self._lines[line] if line < len(self._lines) else Strip.blank(width, self.rich_style)

    def on_resize(self) -> None:
        """Wrap the text anew."""
        self._draw()

    def notify_style_update(self) -> None:
        """Take on the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self._draw()

    @property
    def _view(self) -> Size:
        """The size of what is visible, without the scrollbar."""
        return self.scrollable_content_region.size

    def _draw(self) -> None:
        """Wrap the text to the width. Only a text of another length lays the screen out anew."""
        width = self._view.width
        if width < 1:
            return
        console, base = self.app.console, self.rich_style
        text = DetailText(self._style).draw(self._detail)
        lines = console.render_lines(text, console.options.update(width=width, height=None), style=base)
        self._lines = [Strip(line).adjust_cell_length(width, base) for line in lines]
        self.virtual_size = Size(width, len(lines))
        self.refresh()

    def _style(self, name: str) -> Style:
        return self.get_visual_style(f"detail--{name}").rich_style
