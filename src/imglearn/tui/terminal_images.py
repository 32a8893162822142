"""How can this terminal show a picture? Half blocks always; sixel and kitty's graphics through textual-image."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from textual.widget import Widget

LIMIT_S = 1.5  # textual-image asks the terminal what it can do as it is imported; some never answer
_INSTALL = "pip install 'imglearn[images]'"
_WIDGETS = {"sixel": "SixelImage", "kitty": "TGPImage"}


class Images(NamedTuple):
    """How pictures are shown: not at all, by a widget of textual-image (it has an `image`), or else as half blocks.

    `note` says why it is not as somebody asked, empty where it is.
    """

    shown: bool = True
    widget: Callable[[], Widget] | None = None
    note: str = ""


HALF_BLOCKS = Images()


class _TooSlow(BaseException):
    """The time is up."""


def prepare(setting: str, limit_s: float = LIMIT_S) -> Images:
    """Make ready what the setting `images` asks for. Before the app runs: then it reads what the terminal answers."""
    if setting == "off":
        return Images(shown=False)
    if setting == "half":
        return HALF_BLOCKS
    if find_spec("textual_image") is None:
        wanted = f"images = {setting} needs textual-image, so half blocks are drawn; install it: {_INSTALL}"
        return HALF_BLOCKS if setting == "auto" else Images(note=wanted)
    try:
        with _time_limit(limit_s):
            widgets = import_module("textual_image.widget")
            name = _WIDGETS.get(setting) or _best(import_module("textual_image.renderable"))
            widget: Callable[[], Widget] | None = None if name is None else getattr(widgets, name)
    except _TooSlow:
        _forget_input()
        return Images(note=f"the terminal did not say within {limit_s:g} s what it can show, so half blocks are drawn")
    except Exception as error:
        return Images(note=f"textual-image can't be used ({error or type(error).__name__}), so half blocks are drawn")
    return Images(widget=widget)


def _best(renderables: Any) -> str | None:
    """Return the widget that suits the terminal best, None where that would be no better than half blocks."""
    for name in _WIDGETS.values():
        if renderables.Image is getattr(renderables, name):
            return name
    return None


@contextmanager
def _time_limit(seconds: float) -> Generator[None]:
    """Raise _TooSlow in the body when the time is up; elsewhere than in the main thread there is no limit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _forget_input() -> None:
    """Drop an answer of the terminal that comes too late: the app would take it for keys."""
    import termios

    with suppress(OSError, ValueError, AttributeError, termios.error):
        termios.tcflush(sys.__stdin__.fileno(), termios.TCIFLUSH)  # type: ignore[union-attr]
