"""Programs outside of the app: the viewer of images, and the pager."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from imglearn.tui.picture_file import UnshowableError, check_image

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff"})
_PAGERS = ("less", "more")


class NotPossibleError(Exception):
    """What can't be done here, and why, in a sentence."""


def viewer_command(path: str, env: Mapping[str, str] = os.environ, platform: str = sys.platform) -> list[str]:
    """Return the command that opens an image in the system's viewer. Raises NotPossibleError.

    Only for what is an image by its content and its name: the system starts other files, or what they name.
    """
    absolute = str(Path(path).absolute())
    try:
        check_image(absolute)
    except UnshowableError as error:
        raise NotPossibleError(f"{absolute} {error}.") from None
    if Path(absolute).suffix.lower() not in _SUFFIXES:
        raise NotPossibleError(f"{absolute} is not called as an image is, so it is not handed to the system.")
    if platform == "darwin":
        return ["open", absolute]
    if not (env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")):
        where = "over ssh" if env.get("SSH_CONNECTION") or env.get("SSH_TTY") else "in this terminal"
        raise NotPossibleError(f"There is no display {where}. The image is here: {absolute}")
    if shutil.which("xdg-open") is None:
        raise NotPossibleError(f"xdg-open is not installed. The image is here: {absolute}")
    return ["xdg-open", absolute]


def start(command: list[str], failed: Callable[[str], object]) -> None:
    """Start a program that lives on without the app. `failed` is called, in a thread, where it ends in an error.

    Raises NotPossibleError where it can't be started.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell, and a path that was looked at
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise NotPossibleError(f"{command[0]} can't be started: {error.strerror}.") from None

    def wait() -> None:
        if code := process.wait():
            failed(f"{command[0]} ended with {code}. The image is here: {command[-1]}")

    threading.Thread(target=wait, name="imglearn-viewer", daemon=True).start()


def pager_command(env: Mapping[str, str] = os.environ) -> list[str]:
    """Return the command of $PAGER, or of less or more. Raises NotPossibleError."""
    chosen = env.get("PAGER", "").strip()
    if not chosen:
        found = next((name for name in _PAGERS if shutil.which(name)), None)
        if found is None:
            raise NotPossibleError("There is no pager: set PAGER, or install less.")
        return [found]
    try:
        command = shlex.split(chosen)
    except ValueError as error:
        raise NotPossibleError(f"PAGER={chosen!r} can't be read as a command: {error}.") from None
    if shutil.which(command[0]) is None:
        raise NotPossibleError(f"PAGER={chosen!r}: there is no program {command[0]!r}.")
    return command


def page(command: list[str], text: str) -> None:
    """Show a text in a pager that has the terminal for itself, until it ends. Raises NotPossibleError."""
    # Ctrl-C is for the pager; a handler, unlike ignoring, is not passed on to it.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        done = subprocess.run(command, input=text.encode(errors="replace"), check=False)  # noqa: S603 - no shell
    except OSError as error:
        raise NotPossibleError(f"{command[0]} can't be started: {error.strerror}.") from None
    finally:
        signal.signal(signal.SIGINT, before)
    if done.returncode > 0:
        raise NotPossibleError(f"{command[0]} ended with {done.returncode}.")
