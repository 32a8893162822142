"""Which process this is, so that others can tell later whether it still runs."""

from __future__ import annotations

import os
import threading
from functools import lru_cache

from msgspec import Struct

PROCESS = "process"  # its place in an attempt's `extra`
_DEAD = (b"Z", b"X")  # ended, though its parent has not looked yet


class Process(Struct, frozen=True, omit_defaults=True):
    """A process on some host. Its number may be another one's later, so that its start is part of it.

    `numbered_in` is the namespace that its number is of: containers number theirs anew. Both are None on systems that
    don't tell.
    """

    host: str
    pid: int
    started: str | None = None
    numbered_in: str | None = None


class ForkSafeLock:
    """A lock that one thread may take several times, and that a forked process gets anew.

    A fork copies a lock as it is just then: held by a thread that the new process doesn't have, it would be for ever.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        if self._pid != os.getpid():
            self._pid, self._lock = os.getpid(), threading.RLock()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def this_process() -> Process:
    """Return the calling process."""
    return _process(os.getpid())


def has_ended(process: Process) -> bool | None:
    """Return whether a process has ended; None for one that can't be seen from here, as on another host."""
    here = this_process()
    if process.host != here.host or process.numbered_in != here.numbered_in:
        return None
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):  # it runs as another user
        pass
    return process.started is not None and process.started != _started(process.pid)


@lru_cache(maxsize=1)
def _process(pid: int) -> Process:
    try:
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - it names no file
    except OSError:
        namespace = None
    return Process(os.uname().nodename, pid, _started(pid), namespace)


def _started(pid: int) -> str | None:
    """Return when a process began that lives: which boot of the system, and how many ticks after it."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot:  # noqa: PTH123 - as quickly as it goes
            boot_id = boot.read(8)
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123
            # The name of the program, in brackets, may hold spaces and brackets.
            state, *rest = stat.read().rpartition(b")")[2].split()
        ticks = rest[18].decode("ascii")
    except (OSError, IndexError, ValueError):
        return None
    return None if state in _DEAD else f"{boot_id}:{ticks}"
