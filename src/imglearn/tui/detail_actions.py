"""What can be done with the attempt in the detail view, from any pane."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType

from imglearn.records import Attempt, Feedback
from imglearn.text import safe_text
from imglearn.tui.detail import DetailPane
from imglearn.tui.keymap import sign
from imglearn.tui.picture import Picture
from imglearn.tui.picture_screen import PictureScreen
from imglearn.tui.queries import AttemptDetail
from imglearn.tui.telling import TellingScreen
from imglearn.tui.terminal_images import HALF_BLOCKS, Images


class DetailActions(TellingScreen):
    """A screen with a detail view: its keys for the record that is shown there. What can't be done is told."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left_square_bracket",
            "walk(-1)",
            "Retry before",
            show=False,
            key_display="[",
            id="attempt.before",
            tooltip="To the attempt before in its chain of retries",
        ),
        Binding(
            "right_square_bracket",
            "walk(1)",
            "Retry after",
            show=False,
            key_display="]",
            id="attempt.after",
            tooltip="To the attempt after in its chain of retries",
        ),
        Binding("v", "view", "Picture", show=False, id="attempt.view", tooltip="The picture over the whole screen"),
        Binding("o", "open", "Open image", show=False, id="attempt.open", tooltip="Open the image in its viewer"),
        Binding("p", "page", "Prompt", show=False, id="attempt.page", tooltip="Show the prompt in $PAGER"),
        Binding("y", "copy", "Copy", show=False, id="attempt.copy", tooltip="Copy id, prompt, parameters, command"),
    ]

    images: Images = HALF_BLOCKS
    """How pictures are shown."""

    named_database: Path | None = None
    """The database where commands have to be told which."""

    @property
    def _pane(self) -> DetailPane:
        return self.query_one(DetailPane)

    @property
    def _attempt(self) -> Attempt | None:
        detail = self._pane.detail
        return detail.attempt if isinstance(detail, AttemptDetail) else None

    @on(DetailPane.Changed)
    def _pane_changed(self) -> None:
        """Let a picture over the whole screen follow."""
        if isinstance(self.app.screen, PictureScreen):
            self.app.screen.show()

    @on(DetailPane.Told)
    def _pane_tells(self, message: DetailPane.Told) -> None:
        self.tell(message.why)

    def action_walk(self, step: int) -> None:
        """Go along the chain of retries."""
        self._pane.action_walk(step)

    def step(self, rows: int) -> None:
        """Show the attempt so many rows further down the list."""
        raise NotImplementedError

    @on(Picture.Opened)
    def action_view(self) -> None:
        """Show the picture over the whole screen."""
        if not self.images.shown:
            self.tell("Pictures are off: images = off in the settings (see imglearn where).")
        elif self._image_path() is not None:
            self.app.push_screen(PictureScreen(self._pane, self.images, self.step))

    def action_open(self) -> None:
        """Open the image in the system's viewer."""
        from imglearn.tui import outside  # here and below: a start would notice

        path = self._image_path()
        if path is None:
            return
        try:
            outside.start(outside.viewer_command(path), self.tell)
        except outside.NotPossibleError as error:
            self.tell(str(error))

    def action_page(self) -> None:
        """Show prompt and negative prompt in the pager."""
        from imglearn.tui import outside

        attempt = self._attempt
        titled = () if attempt is None else (("Prompt", attempt.prompt), ("Negative prompt", attempt.negative_prompt))
        text = "\n\n".join(f"{title}\n\n{safe_text(said)}" for title, said in titled if said)
        if not text:
            self.tell("No attempt is shown." if attempt is None else "The prompt of this attempt was not logged.")
            return
        try:
            command = outside.pager_command()
            with self.app.suspend():
                outside.page(command, f"{text}\n")
        except SuspendNotSupported:
            self.tell(f"This terminal can't be lent to a pager; {sign(self, 'attempt.copy')} copies the prompt.")
        except outside.NotPossibleError as error:
            self.tell(str(error))

    def action_copy(self) -> None:
        """Offer what can be copied of the record."""
        from imglearn.tui.copying import CopyScreen, choices

        detail = self._pane.detail
        record = detail.attempt if isinstance(detail, AttemptDetail) else detail
        if isinstance(record, Attempt | Feedback):
            self.app.push_screen(CopyScreen(choices(record, self.named_database)))
        else:
            self.tell("There is nothing to copy: neither an attempt nor a remark is shown.")

    def _image_path(self) -> str | None:
        """Return the path of the image, and say so where there is none."""
        attempt = self._attempt
        if attempt is None:
            self.tell("No attempt is shown.")
        elif not attempt.image_path:
            self.tell("This attempt has no image in the log.")
        return None if attempt is None else attempt.image_path
