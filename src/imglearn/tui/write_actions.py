"""Writing what is shown to a file: the attempts of the filter, or a picture of the screen."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import work
from textual.binding import Binding, BindingType

from imglearn.errors import ImglearnError
from imglearn.store.listing import Listing
from imglearn.tui import view_export
from imglearn.tui.menu_screen import MenuScreen
from imglearn.tui.telling import TellingScreen


class WriteActions(TellingScreen):
    """A screen that shows attempts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "write", "Write", show=False, id="app.write", tooltip="Export what is shown to a file"),
    ]

    @property
    def listed(self) -> Listing:
        """Which attempts are shown, and how."""
        raise NotImplementedError

    @property
    def count(self) -> int:
        """How many attempts are shown."""
        raise NotImplementedError

    def action_write(self) -> None:
        """Choose a form, and write it."""
        forms = view_export.FORMS if self.count else ("svg",)  # there is nothing else to write

        def chosen(number: int | None) -> None:
            if number is not None:
                form = forms[number]
                # After the menu is gone from the screen, so that it isn't in the picture.
                self.call_after_refresh(self._write_picture if form == "svg" else lambda: self._write(form))

        title = "Write to a file" if self.count else "Write to a file · no attempt matches"
        self.app.push_screen(MenuScreen(title, [view_export.MENU[form] for form in forms]), chosen)

    def _write_picture(self) -> None:
        self.app.clear_notifications()  # of what was written before
        self.call_after_refresh(self._write_screen)

    def _write_screen(self) -> None:
        try:
            path = view_export.write_picture(self.app.export_screenshot(title="imglearn"))
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            self.tell(f"The picture can't be written: {why}", is_problem=True)
        else:
            self.tell(f"Picture written to {path}")

    @work(thread=True, group="write", exit_on_error=False)
    def _write(self, form: Literal["csv", "jsonl"]) -> None:
        try:
            said = view_export.write_attempts(self.path, self.listed, form, view_export.new_file(form))
        except (ImglearnError, OSError) as error:
            self.app.call_from_thread(self.tell, f"Nothing is written: {error}", is_problem=True)
        else:
            self.app.call_from_thread(self.tell, said)
