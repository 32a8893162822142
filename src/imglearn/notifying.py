"""Telling others of alerts: by a command of the user's, or through apprise, once each and not too often."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from imglearn.errors import ImglearnError
from imglearn.text import safe_line

LEAST_S = 60.0  # between two messages: alerts that come sooner are told together
TIMEOUT_S = 30.0  # of a command
_KEPT = 5_000  # marks of alerts that were told
_LONGEST_LINE = 2_000  # characters

Alert = Mapping[str, Any]


class NotifyError(ImglearnError):
    """A message could not be sent."""


def _mark(place: int, alert: Alert) -> str:
    """Return what is kept of an alert that a sender has sent."""
    return f"{place}:{alert['id']}"


class Teller:
    """Sends alerts that were not sent yet; what was, is kept in the state folder, for each sender by its place.

    `senders` take a line and the alerts. One that fails is told to `tell`, and tried again with the next message.
    """

    def __init__(
        self,
        senders: Sequence[Callable[[str, Sequence[Alert]], None]],
        state_folder: Path,
        database: Path,
        tell: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._senders = senders
        mark = hashlib.sha256(os.fsencode(database.absolute())).hexdigest()[:12]
        self._file = state_folder / f"told_alerts_{mark}.json"
        self._tell = tell
        self._clock = clock
        self._last: float | None = None

    def send(self, alerts: Collection[Alert]) -> int:
        """Send those of some alerts that are new, in one message; return how many were sent: 0 while it is too soon."""
        told = self._told()
        waiting = [
            [alert for alert in alerts if _mark(place, alert) not in told] for place in range(len(self._senders))
        ]
        if not any(waiting) or (self._last is not None and self._clock() - self._last < LEAST_S):
            return 0
        self._last = self._clock()
        sent: dict[str, Alert] = {}
        for place, (sender, new) in enumerate(zip(self._senders, waiting, strict=True)):
            if not new:
                continue
            try:
                sender("; ".join(str(alert["message"]) for alert in new), new)
            except NotifyError as error:
                self._tell(str(error))
            else:
                told += [_mark(place, alert) for alert in new]
                sent |= {str(alert["id"]): alert for alert in new}
        if sent:
            self._keep(told)
        return len(sent)

    def _told(self) -> list[str]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=list[str])
        except (OSError, ValueError, msgspec.DecodeError):
            return []

    def _keep(self, ids: Sequence[str]) -> None:
        from imglearn.store.files import replacing

        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with replacing(self._file) as new:
                new.write_bytes(msgspec.json.encode(ids[-_KEPT:]))
        except OSError as error:
            self._tell(f"can't note in {self._file} which alerts were sent ({error}): they may be sent again")


def by_command(command: str) -> Callable[[str, Sequence[Alert]], None]:
    """Return a sender that runs a shell command: the line is in its environment as IMGLEARN_ALERT, the alerts as JSON
    on its standard input. What it leaves running in the background may go on.
    """

    def send(line: str, alerts: Sequence[Alert]) -> None:
        given = json.dumps([dict(alert) for alert in alerts]).encode()
        environment = {**os.environ, "IMGLEARN_ALERT": safe_line(line, limit=_LONGEST_LINE)}
        with tempfile.TemporaryFile() as said:  # a pipe would be held open by what goes on in the background
            try:
                process = subprocess.Popen(  # noqa: S602 - the user's own command
                    command,
                    shell=True,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    env=environment,
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                raise NotifyError(f"--run: {command!r} can't be run ({error})") from None
            try:
                process.communicate(given, timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired:
                with suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise NotifyError(f"--run: {command!r} took more than {TIMEOUT_S:.0f} s and was ended") from None
            if process.returncode:
                said.seek(0)
                lines = said.read(_LONGEST_LINE).decode(errors="replace").strip().splitlines()
                why = safe_line(lines[-1], limit=200) if lines else ""
                raise NotifyError(f"--run: {command!r} ended with {process.returncode} {why}".rstrip())

    return send


def by_apprise(urls: Sequence[str]) -> Callable[[str, Sequence[Alert]], None]:
    """Return a sender through apprise: mail, Slack, ntfy, a webhook and many more, by URL. Raises NotifyError."""
    try:
        import apprise
    except ImportError:
        raise NotifyError("--notify needs apprise: pip install 'imglearn[notify]'") from None
    service = apprise.Apprise()
    for url in urls:
        if not service.add(url):
            raise NotifyError("--notify: a URL that apprise does not know (they are at https://appriseit.com/services)")

    def send(line: str, _: Sequence[Alert]) -> None:
        if not service.notify(title="imglearn", body=line):
            raise NotifyError("--notify: at least one of the services did not take the message")

    return send
