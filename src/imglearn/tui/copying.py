"""What of a record is copied, and where to: the terminal's clipboard, or a file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from imglearn.exchange.log_command import log_command
from imglearn.records import Attempt, Feedback
from imglearn.text import safe_json, safe_line, safe_text
from imglearn.tui.keymap import sign

CLIPBOARD_BYTES = 70_000  # of a text; some terminals take no more at once
_PREVIEW = 44  # characters of a text in the menu
_MOST_FILES = 1_000  # of one name


class Choice(NamedTuple):
    """Something to copy: its name, its text, and the file name that suits it."""

    name: str
    text: str
    file_name: str


def choices(record: Attempt | Feedback, database: Path | None) -> list[Choice]:
    """Return what may be copied of a record. `database` is named in commands where it isn't the default.

    Control characters are made visible: nobody knows where the text is pasted.
    """
    stem = re.sub(r"[^\w.-]", "_", record.id)[:40]
    return [Choice(name, text, f"imglearn-{stem}-{end}") for name, text, end in _texts(record, database)]


def _texts(record: Attempt | Feedback, database: Path | None) -> Iterator[tuple[str, str, str]]:
    yield "id", safe_text(record.id), "id.txt"
    if isinstance(record, Feedback):
        yield "text", safe_text(record.text), "remark.txt"
        return
    if record.prompt:
        yield "prompt", safe_text(record.prompt), "prompt.txt"
    if record.negative_prompt:
        yield "negative prompt", safe_text(record.negative_prompt), "negative-prompt.txt"
    parameters = {
        "model": record.model,
        "seed": record.seed,
        "guidance_scale": record.guidance_scale,
        **(record.params or {}),
    }
    known = {name: value for name, value in parameters.items() if value is not None}
    if known:
        yield "parameters as JSON", safe_json(json.dumps(known, indent=2, ensure_ascii=False)), "parameters.json"
    if record.image_path:
        yield "path of the image", safe_text(record.image_path), "image.txt"
    yield "imglearn log command", log_command(record, database), "log.sh"


def write_new(folder: Path, name: str, text: str) -> Path:
    """Write a text to a new file that only its user can read, with a number where the name is taken. Raises OSError."""
    stem, _, end = name.rpartition(".")
    for number in range(_MOST_FILES):
        path = folder / (f"{stem}-{number + 1}.{end}" if number else name)
        with suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text if text.endswith("\n") else f"{text}\n")
            return path
    raise FileExistsError(f"there are {_MOST_FILES:,} files of this name")


class CopyScreen(ModalScreen[None]):
    """A small menu over the app: Enter sends a text to the terminal's clipboard, `w` writes it to a file."""

    CSS = """
    #copy { width: 76; padding: 1 2; }
    #copy OptionList { height: auto; max-height: 12; border: none; background: $panel; padding: 0; }
    #copy-keys { color: $text-muted; margin-top: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,y,q", "dismiss", "Close", id="copy.close", tooltip="Copy nothing"),
        Binding("w", "write", "Write a file", id="copy.write", tooltip="Write it to a file in the current folder"),
        Binding("j", "move('down')", "Down", show=False, id="copy.down", tooltip="To the line below"),
        Binding("k", "move('up')", "Up", show=False, id="copy.up", tooltip="To the line above"),
    ]

    def __init__(self, offered: list[Choice]) -> None:
        super().__init__()
        self._offered = offered

    def compose(self) -> ComposeResult:
        """The choices, each with how it begins."""
        with Vertical(id="copy", classes="dialog"):
            yield OptionList(*(Option(self._line(choice), id=str(n)) for n, choice in enumerate(self._offered)))
            keys = f"Enter: to the terminal's clipboard\n{sign(self, 'copy.write')}: to a file here"
            yield Static(keys, id="copy-keys", markup=False)

    def on_mount(self) -> None:
        """Name the menu."""
        self.query_one("#copy").border_title = Text(f"Copy · {sign(self, 'copy.close')} closes")
        self.query_one(OptionList).highlighted = 0

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Send the text on its way. Terminals don't say whether they took it."""
        choice = self._offered[message.option_index]
        self.app.copy_to_clipboard(choice.text)
        size = len(choice.text.encode(errors="replace"))
        said = f"Sent to the terminal's clipboard: {choice.name}, {len(choice.text):,} characters."
        if size > CLIPBOARD_BYTES:
            said += f" Some terminals don't take that many: in this menu {sign(self, 'copy.write')} writes a file."
        self.app.notify(said, markup=False)
        self.dismiss()

    def action_move(self, way: str) -> None:
        """Move the highlight up or down."""
        options = self.query_one(OptionList)
        (options.action_cursor_down if way == "down" else options.action_cursor_up)()

    def action_write(self) -> None:
        """Write the highlighted text to a file in the current folder."""
        place = self.query_one(OptionList).highlighted or 0
        choice = self._offered[place]
        try:
            path = write_new(Path.cwd(), choice.file_name, choice.text)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            self.app.notify(f"The file can't be written: {safe_line(str(why))}", severity="error", markup=False)
            return
        self.app.notify(f"Written: {safe_line(str(path))}", markup=False)
        self.dismiss()

    def _line(self, choice: Choice) -> Text:
        return Text.assemble(f"{choice.name:<21}", (safe_line(" ".join(choice.text[:200].split()), _PREVIEW), "dim"))
