"""The detail view: all that is known of the highlighted attempt, remark, category or violation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.worker import get_current_worker

from imglearn.analytics.categories import CategoryStats
from imglearn.analytics.retry_chain import beside
from imglearn.analytics.violations import Violation
from imglearn.errors import StoreError
from imglearn.filters import ANY_ATTEMPT, AttemptFilter, attempt_filter
from imglearn.records import Feedback
from imglearn.reporting.layout import short_id
from imglearn.text import safe_line
from imglearn.tui.detail_text import DetailText
from imglearn.tui.keymap import hint
from imglearn.tui.picture import Picture
from imglearn.tui.queries import AttemptDetail, CategoryDetail, Detail, load_category, reading
from imglearn.tui.terminal_images import HALF_BLOCKS, Images
from imglearn.tui.text_lines import TextLines

LEAST_WIDTH, LEAST_HEIGHT = 30, 16  # of a pane that has room for a picture as well


class DetailPane(VerticalScroll, can_focus=True):
    """Shows one record, grouped as the record is, an attempt with its picture. What is unknown is left out."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "detail--title",
        "detail--label",
        "detail--muted",
        "detail--pass",
        "detail--fail",
        "detail--warn",
        "detail--added",
        "detail--removed",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False, id="detail.up", tooltip="Scroll up"),
        Binding("down,j", "scroll_down", "Down", show=False, id="detail.down", tooltip="Scroll down"),
        Binding("home,g", "scroll_home", "Top", show=False, id="detail.top", tooltip="To the top"),
        Binding("end,G", "scroll_end", "Bottom", show=False, id="detail.bottom", tooltip="To the end"),
        Binding(
            "left,h", "walk(-1)", "Before", show=False, id="detail.before", tooltip="To the attempt before in its chain"
        ),
        Binding(
            "right,l", "walk(1)", "After", show=False, id="detail.after", tooltip="To the attempt after in its chain"
        ),
        Binding("enter", "screen.zoom", "Zoom", id="detail.zoom", tooltip="Fill the screen with the details"),
    ]

    class Wanted(Message):
        """Another attempt of the chain is to be shown."""

        def __init__(self, id: str) -> None:
            self.id = id
            super().__init__()

    class Told(Message):
        """Why nothing else is shown."""

        def __init__(self, why: str) -> None:
            self.why = why
            super().__init__()

    class Changed(Message):
        """Something else is shown (`pane.detail`)."""

    class _CategoryLoaded(Message):
        def __init__(self, detail: CategoryDetail) -> None:
            self.detail = detail
            super().__init__()

    def __init__(
        self, path: Path, images: Images = HALF_BLOCKS, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.asked: AttemptFilter = ANY_ATTEMPT  # which attempts the figures of a category are of
        self._path = path
        self._given: Detail | None = None
        self._detail: Detail | None = None  # what was given, or more of it
        self._record_id: str | None = None
        self._head, self._body = TextLines(), TextLines()
        self._picture = Picture(images)
        self._picture.display = False

    def compose(self) -> ComposeResult:
        """What it is, its picture, and everything else."""
        yield self._head
        yield self._picture
        yield self._body

    def on_mount(self) -> None:
        """Say that there is nothing yet."""
        self._draw()

    @property
    def detail(self) -> Detail | None:
        """What is shown."""
        return self._detail

    def show(self, detail: Detail | None) -> None:
        """Replace what is shown; at another record from its top."""
        if detail == self._given:
            return
        self._given = detail
        id, title = _name(detail)
        if isinstance(detail, CategoryStats):
            self._load_category(attempt_filter(self.asked, {"category": detail.category}))
            if id == self._record_id:
                return  # its figures have moved: all are shown together, when they are here
        self._detail = detail
        if id != self._record_id:
            self._record_id = id
            self.scroll_home(animate=False)
        self.border_title = Text(title)
        self.say_hints()
        self._draw()
        self.post_message(self.Changed())

    def say_hints(self) -> None:
        """Say what can be done with the record now."""
        self.border_subtitle = Content("  ").join(self._hints())

    def on_resize(self) -> None:
        """Fit the picture into another pane."""
        self._show_picture()

    def notify_style_update(self) -> None:
        """Take on the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self._draw()

    def action_walk(self, step: int) -> None:
        """Ask for the attempt before or after this one in its chain, and say where there is none."""
        detail = self._detail
        if not isinstance(detail, AttemptDetail) or len(detail.chain) < 2:
            self.post_message(self.Told("There is no chain of retries to walk along."))
            return
        other = beside(detail.chain, detail.attempt.id, step)
        if other is None:
            end = "last" if step > 0 else "first"
            of = "its chain" if detail.is_chain_whole else "the part of its chain that is shown"
            self.post_message(self.Told(f"This is the {end} attempt of {of}."))
        else:
            self.post_message(self.Wanted(other.id))

    @work(thread=True, exclusive=True, group="category", exit_on_error=False)
    def _load_category(self, asked: AttemptFilter) -> None:
        worker = get_current_worker()
        try:
            with reading(self._path) as store:
                detail = load_category(store, asked)
        except StoreError:
            return  # the feed tells, and tries again
        if not worker.is_cancelled:
            self.post_message(self._CategoryLoaded(detail))

    @on(_CategoryLoaded)
    def _show_category(self, message: _CategoryLoaded) -> None:
        """Show the category in full, unless something else is shown by now."""
        category = message.detail.stats.category
        if self._record_id == f"category {category}":
            self._detail = message.detail
            self._draw()

    def _draw(self) -> None:
        text = DetailText(self._style)
        self._head.show(text.head(self._detail))
        self._body.show(text.body(self._detail))
        self._show_picture()

    def _show_picture(self) -> None:
        """Show the picture where the pane has room, in at most half of its height."""
        view = self.scrollable_content_region.size
        has_room = view.width >= LEAST_WIDTH and view.height >= LEAST_HEIGHT
        attempt = self._detail.attempt if isinstance(self._detail, AttemptDetail) else None
        box = Size(view.width, view.height // 2) if has_room else Size(0, 0)
        self._picture.show(attempt.image_path if attempt is not None else None, box)

    def _hints(self) -> list[Content]:
        """Return what can be done with the record, each with its key as it is set."""
        bindings = [active.binding for active in self.screen.active_bindings.values()]
        keys = {binding.id: self.app.get_key_display(binding) for binding in bindings}

        def offered(word: str, action: str, *ids: str) -> Iterator[Content]:
            if all(id in keys for id in ids):
                yield hint(f"{' '.join(keys[id] for id in ids)} {word}", f"screen.{action}")

        if isinstance(self._detail, Feedback):
            return [*offered("edit", "edit", "app.edit"), *offered("copy", "copy", "attempt.copy")]
        if not isinstance(self._detail, AttemptDetail):
            return []
        attempt = self._detail.attempt
        hints: list[Content] = []
        if len(self._detail.chain) > 1:
            hints += offered("chain", "walk(-1)", "attempt.before", "attempt.after")
        if attempt.image_path:
            hints += offered("picture", "view", "attempt.view")
        if attempt.prompt:
            hints += offered("prompt", "page", "attempt.page")
        return [*hints, *offered("copy", "copy", "attempt.copy")]

    def _style(self, name: str) -> Style:
        return self.get_visual_style(f"detail--{name}").rich_style


def _name(detail: Detail | None) -> tuple[str | None, str]:
    """Return what tells a record from others, and the title of the pane."""
    if isinstance(detail, AttemptDetail):
        id = detail.attempt.id
        title = f"Attempt {safe_line(short_id(id), 40)}"
        if len(detail.chain) > 1:
            title += f" · {detail.place}"
        return id, title
    if isinstance(detail, Feedback):
        return detail.id, "Remark"
    if isinstance(detail, CategoryDetail):
        detail = detail.stats
    if isinstance(detail, CategoryStats):
        return f"category {detail.category}", "Category"
    if isinstance(detail, Violation):
        return f"violation {detail.issue}", "Violation"
    return None, "Detail"
