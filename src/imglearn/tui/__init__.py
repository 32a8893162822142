"""The terminal app: the only room that knows Textual."""

from __future__ import annotations

import gc


def main() -> None:
    """Run `imglearn-tui`."""
    gc.disable()  # there is no garbage in what is imported; the app enables it once it is on the screen
    from imglearn.tui.command import command

    command(prog_name="imglearn-tui")
