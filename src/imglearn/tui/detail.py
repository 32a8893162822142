"""The detail view: all that is known of the highlighted attempt or remark."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from imglearn.analytics.categories import CategoryStats
from imglearn.analytics.violations import Violation
from imglearn.records import Feedback
from imglearn.text import safe_line
from imglearn.tui.detail_text import DetailText
from imglearn.tui.queries import AttemptDetail, Detail


class DetailPane(VerticalScroll, can_focus=True):
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

    _detail: Detail | str | None = "nothing shown yet"
    _record_id: str | None = None

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        yield Static(id="detail-text", markup=False)

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
        self.query_one("#detail-text", Static).update(DetailText(self._style).draw(detail))

    def _style(self, name: str) -> Style:
        return self.get_visual_style(f"detail--{name}").rich_style
