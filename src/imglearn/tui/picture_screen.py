"""The picture of an attempt over the whole screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from imglearn.analytics.attempt_changes import verdict
from imglearn.text import safe_line
from imglearn.tui import cells
from imglearn.tui.detail import DetailPane
from imglearn.tui.keymap import sign
from imglearn.tui.picture import Picture
from imglearn.tui.queries import AttemptDetail
from imglearn.tui.terminal_images import Images


class PictureScreen(ModalScreen[None]):
    """Shows the picture of the attempt that a pane shows, and goes along its chain or the list with the pane."""

    CSS = """
    PictureScreen { background: $background; }
    #whole-picture { height: 1fr; }
    #picture-line { dock: bottom; height: 1; background: $panel; color: $text-muted; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,v,q,enter", "dismiss", "Close", id="picture.close", tooltip="Close the picture"),
        Binding("left_square_bracket,left,h", "walk(-1)", "Before", id="picture.before", tooltip="The attempt before"),
        Binding("right_square_bracket,right,l", "walk(1)", "After", id="picture.after", tooltip="The attempt after"),
        Binding("down,j", "next(1)", "Next", id="picture.next", tooltip="The next attempt of the list"),
        Binding("up,k", "next(-1)", "Previous", id="picture.previous", tooltip="The one above it"),
    ]

    def __init__(self, pane: DetailPane, images: Images, step: Callable[[int], object]) -> None:
        """Begin with what the pane shows; `step` makes it show another attempt of the list."""
        super().__init__()
        self._step = step
        self._pane = pane
        self._images = images
        self._file = ""

    def compose(self) -> ComposeResult:
        """The picture, and a line that says which it is."""
        yield Picture(self._images, id="whole-picture", classes="-centred")
        yield Static(id="picture-line", markup=False)

    def on_resize(self) -> None:
        """Show the picture as large as the screen allows."""
        self.show()

    def show(self) -> None:
        """Show what the pane shows now."""
        detail = self._pane.detail
        if isinstance(detail, AttemptDetail):
            path = detail.attempt.image_path
            self.query_one(Picture).show(path, self.size - (0, 1))
            self._say("" if path else "no image in the log")

    def action_walk(self, step: int) -> None:
        """Go along the chain of retries."""
        self._pane.action_walk(step)

    def action_next(self, step: int) -> None:
        """Go along the list."""
        self._step(step)

    @on(Picture.Shown)
    def _shown(self, message: Picture.Shown) -> None:
        pixels = message.pixels
        size = "" if pixels is None else f"{pixels.width} × {pixels.height}, {pixels.file_bytes / 1000:,.0f} KB"
        self._say(size)

    @on(Picture.Opened)
    def _clicked(self) -> None:
        self.dismiss()

    def _say(self, size: str) -> None:
        detail = self._pane.detail
        if not isinstance(detail, AttemptDetail):
            return
        attempt = detail.attempt
        score = "" if attempt.realism_score is None else cells.number(attempt.realism_score, 2)
        ended = f"{score} {verdict(attempt)}".lstrip()
        closes = f"{sign(self, 'picture.close')} closes"
        parts = (
            closes,
            safe_line(attempt.material, 60),
            ended,
            detail.place,
            size,
            safe_line(attempt.image_path or ""),
        )
        self.query_one("#picture-line", Static).update(Text("  ".join(filter(None, parts)), no_wrap=True))
