"""The picture of an attempt, or in words why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.color import Color
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import get_current_worker

from imglearn.text import safe_text
from imglearn.tui.half_blocks import half_blocks, shades
from imglearn.tui.terminal_images import Images
from imglearn.tui.text_lines import TextLines

if TYPE_CHECKING:
    from imglearn.tui.picture_file import Pixels

PAUSE_S = 0.06  # a picture is read when no other was asked for in so long: walking along rows reads none
_CELL = (12, 24)  # pixels that are kept of each cell for sixel and kitty; terminals scale them to their own


class Picture(Widget):
    """Shows an image file within a box of cells, its proportions kept. It is read in a thread."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"picture--words"}

    class Opened(Message):
        """The picture was clicked."""

    class Shown(Message):
        """The picture is on the screen (`pixels`), or it can't be, for a reason that is shown in its place."""

        def __init__(self, pixels: Pixels | None) -> None:
            self.pixels = pixels
            super().__init__()

    class _Read(Message):
        def __init__(self, wanted: object, pixels: Pixels | None, lines: list[Strip], words: str) -> None:
            self.wanted, self.pixels, self.lines, self.words = wanted, pixels, lines, words
            super().__init__()

    def __init__(self, images: Images, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._images = images
        self._path: str | None = None
        self._box = Size(0, 0)
        self._lines: list[Strip] = []
        self._words = TextLines()
        self._widget: Widget | None = images.widget() if images.widget is not None else None
        self._pause: Timer | None = None

    def compose(self) -> ComposeResult:
        """The words, and where half blocks are not all, the widget that shows pictures."""
        self._words.display = False
        yield self._words
        if self._widget is not None:
            self._widget.display = False
            yield self._widget

    def show(self, path: str | None, box: Size) -> None:
        """Show a file within so many cells, read anew where it has changed. None, or no room, shows nothing."""
        if not path or not box or not self._images.shown:
            self._path = None
            self.display = False
            return
        if (path, box) != (self._path, self._box):
            self._path, self._box = path, box
            self._clear()
        self.display = True
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE_S, self._start)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height of what is shown."""
        if self._words.display:
            return self._words.get_content_height(container, viewport, width)
        if self._widget is not None and self._widget.display:
            return int(self._widget.styles.height.value) if self._widget.styles.height else 0
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of the half blocks."""
        if self._words.display or y >= len(self._lines):
            return Strip.blank(self.size.width, self.rich_style)
        line, free = self._lines[y], max(0, self.size.width - self._lines[y].cell_length)
        left = free // 2 if self.has_class("-centred") else 0
        blank = Strip.blank(left, self.rich_style)
        return Strip([*blank, *line]).extend_cell_length(self.size.width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Say that it was clicked."""
        event.stop()
        self.post_message(self.Opened())

    def notify_style_update(self) -> None:
        """Put a transparent picture on the background of another theme."""
        super().notify_style_update()
        if self.is_mounted and self._path is not None:
            self.show(self._path, self._box)

    def _clear(self) -> None:
        """Blank the picture that was; its lines stay, so that the text below moves only where the next has others."""
        self._lines = [Strip.blank(0)] * len(self._lines)
        self._words.display = False
        if self._widget is not None:
            self._widget.visible = False
        self.refresh()

    def _start(self) -> None:
        app = self.app
        # Without a terminal the screen becomes a screenshot, which has all colours.
        has_few = not app.is_headless and app.console.color_system in (None, "standard", "windows")
        few_colours = app.no_color or app.native_ansi_color or has_few
        background = self.background_colors[1]
        if self._path is not None:
            self._read(self._path, self._box, background, self.rich_style, few_colours)

    @work(thread=True, exclusive=True, group="picture", exit_on_error=False)
    def _read(self, path: str, box: Size, background: Color, style: Style, few_colours: bool) -> None:
        from imglearn.tui.picture_file import FILES, UnshowableError  # a start would notice

        worker = get_current_worker()
        wide, tall = (1, 2) if self._widget is None else _CELL
        lines: list[Strip] = []
        words, pixels = "", None
        try:
            pixels = FILES.read(path, box.width * wide, box.height * tall, lambda: not worker.is_cancelled)
            if pixels is None:
                return
            if self._widget is None:
                image, behind = pixels.image, background.rgb
                lines = shades(image, behind, style) if few_colours else half_blocks(image, behind)
        except UnshowableError as error:
            words = f"No picture: {safe_text(path)} {safe_text(str(error))}."
        if not worker.is_cancelled:
            self.post_message(self._Read((path, box), pixels, lines, words))

    @on(_Read)
    def _show_read(self, message: _Read) -> None:
        """Show what was read, unless another one is wanted by now."""
        message.stop()
        if message.wanted != (self._path, self._box):
            return
        before = len(self._lines), self._words.display
        self._lines = message.lines
        self._words.display = bool(message.words)
        if message.words:
            self._words.show(Text(message.words, style=self.get_component_rich_style("picture--words", partial=True)))
        if self._widget is not None:
            self._show_in_widget(self._widget, message.pixels)
        self.refresh(layout=self._widget is not None or before != (len(self._lines), self._words.display))
        self.post_message(self.Shown(message.pixels))

    def _show_in_widget(self, widget: Widget, pixels: Pixels | None) -> None:
        widget.display = widget.visible = pixels is not None
        if pixels is not None:
            wide, tall = _CELL
            widget.styles.width = -(-pixels.image.width // wide)
            widget.styles.height = -(-pixels.image.height // tall)
            widget.image = pixels.image  # type: ignore[attr-defined]
