"""The terminal app: the only room that knows Textual."""

from __future__ import annotations


def main() -> None:
    """Run `imglearn-tui`."""
    from imglearn.tui.command import command

    command(prog_name="imglearn-tui")
