"""An attempt that another program makes: run it, time it, and find the images that it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from imglearn import settings
from imglearn.attempt import RunningAttempt
from imglearn.capture.folder import is_image, walk

NOT_FOUND, NOT_STARTED = 127, 126  # as a shell says

# File systems tell times in steps, and their clock may be some milliseconds behind ours.
_CLOCK_STEP_NS = 50_000_000


def run(
    attempt: RunningAttempt, command: Sequence[str], folders: Sequence[Path], is_taken: Callable[[Path], bool]
) -> tuple[int, list[Path]]:
    """Run a command as an attempt; return its exit code and the images that are new in the folders, oldest first.

    The first image is the attempt's; one that `is_taken`, by another command in the same folder, is nobody's here. The
    command gets the attempt's id in the environment, the terminal's input and output, and signals that end us. As in a
    shell, the exit code is 128 and the signal's number where one ended it.
    """
    started = time.time_ns() - _CLOCK_STEP_NS
    attempt.start()
    error: BaseException | str | None = None
    images: list[Path] = []
    try:
        try:
            code = _run(command, {**os.environ, settings.ATTEMPT_VARIABLE: attempt.id})
        except OSError as problem:
            code = NOT_FOUND if isinstance(problem, FileNotFoundError) else NOT_STARTED
            error = f"{command[0]} can't be run ({problem.strerror or problem})"
            return code, []
        attempt.update(extra={"command": {"words": list(command), "exit_code": code}})
        images = [path for path in new_images(folders, started) if not is_taken(path)]
        if images:
            attempt.image(images[0])
        if code:
            error = _meaning(code)
    except BaseException as problem:
        error = problem
        raise
    finally:
        attempt.end(error)
    return code, images


def new_images(folders: Sequence[Path], since_ns: int) -> list[Path]:
    """Return the image files below some folders that were written since then, oldest first. Links are not followed."""
    found: dict[str, int] = {}
    for folder in folders:
        for entry in walk(os.path.abspath(folder), lambda _: None, lambda _: None):  # noqa: PTH100
            if is_image(entry) and entry.found.st_mtime_ns >= since_ns:
                found[entry.path] = entry.found.st_mtime_ns
    return [Path(path) for path in sorted(found, key=lambda path: found[path])]


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - it is what was asked for

        def pass_on(number: int, _: FrameType | None) -> None:
            process.send_signal(number)

        # Ctrl-C reaches both of us: it is the command's to end then, and ours to say how it did.
        before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
        for number in (signal.SIGTERM, signal.SIGHUP):
            before[number] = signal.signal(number, pass_on)
        try:
            code = process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _meaning(code: int) -> str:
    if code > 128:
        try:
            return f"ended by {signal.Signals(code - 128).name}"
        except ValueError:
            pass
    return f"exit code {code}"
