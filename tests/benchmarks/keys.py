"""How long each key of the app takes to show something, on a log of any size, in a real terminal.

python tests/benchmarks/keys.py ATTEMPTS [DATABASE]

Without a database one is made, and kept until the end. The floor is what a look at the screen takes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run import fill

from imglearn import create_logger

WAIT_S = 20
REST_S = 0.3  # without a change: the screen has come to rest
# What is pressed, and how to get back. Letters of one entry are pressed one after the other.
KEYS = {
    "a row down": (["j"], ["k"]),
    "a page down": (["NPage"], []),
    "the next page": (["NPage"], []),
    "a page up": (["PPage"], []),
    "to the very first attempt": (["G"], []),
    "a page up from there": (["PPage"], []),
    "to the newest": (["g"], []),
    "hold still": (["Space"], ["Space"]),
    "the menu of columns": (["s"], ["Escape"]),
    "by score": (["s", "o"], ["s", "t"]),
    "by material": (["s", "m"], ["s", "t"]),
    "retries folded": (["r"], ["r"]),
    "a category's name": (["/", "category:category_07"], ["Escape"]),
    "a word": (["/", "medium"], ["Escape"]),
    "a score": (["/", "score:<40"], ["Escape"]),
    "a parameter": (["/", "param.steps:>30"], ["Escape"]),
    "a row in full": (["Enter"], ["Escape", "g"]),
    "fill the screen": (["z"], ["z"]),
    "a wider pane": ([">"], ["="]),
    "categories": (["2"], ["1"]),
    "violations": (["3"], ["1"]),
    "feedback": (["4"], ["1"]),
    "inbox": (["6"], ["4", "1"]),
    "letters to jump": (["'"], ["Escape"]),
    "trends": (["t"], []),
    "trends by category": (["d"], []),
    "trends by model": (["d"], ["Escape"]),
    "the view of categories": (["c"], ["Escape"]),
    "models": (["m"], ["Escape"]),
    "the view of violations": (["i"], []),
    "the next violation": (["j"], ["Escape"]),
    "the feedback library": (["b"], ["Escape"]),
    "a remark": (["f"], ["Escape"]),
    "what can be copied": (["y"], ["Escape"]),
    "what can be written": (["w"], ["Escape"]),
    "the palette": ([":"], ["Escape"]),
    "the help": (["?"], ["Escape"]),
}


class Terminal:
    """The app in tmux."""

    def __init__(self, folder: Path, database: Path) -> None:
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        environment = [f"{name}={folder / name}" for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME")]
        app = [sys.executable, "-m", "imglearn.tui", "--db", str(database)]
        size = ["-x", "140", "-y", "40"]
        subprocess.run([*self._tmux, "new-session", "-d", *size, "env", *environment, *app], check=True)

    def screen(self) -> str:
        """Return what is on the screen. Raises CalledProcessError where the app has ended."""
        done = subprocess.run([*self._tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True)
        return done.stdout

    def press(self, key: str) -> None:
        """Press a key, or type a text."""
        literal = ["-l"] if len(key) == 1 or ":" in key or key.islower() else []
        subprocess.run([*self._tmux, "send-keys", *literal, key], check=True)

    def changed(self, before: str) -> bool:
        """Wait until the screen is another one; return False where it never is."""
        end = time.monotonic() + WAIT_S
        while self.screen() == before:
            if time.monotonic() > end:
                return False
        return True

    def rest(self) -> str:
        """Wait until nothing changes any more, and return the screen."""
        now, since = self.screen(), time.monotonic()
        while time.monotonic() - since < REST_S:
            later = self.screen()
            if later != now:
                now, since = later, time.monotonic()
            time.sleep(0.02)
        return now

    def close(self) -> None:
        """End it."""
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


def measure(terminal: Terminal) -> int:
    """Print a row for each key; return how many gave no answer."""
    looks = []
    for _ in range(20):
        began = time.perf_counter()
        terminal.screen()
        looks.append((time.perf_counter() - began) * 1e3)
    floor = statistics.median(looks)
    print(f"{'what':<28} {'first change':>12} {'at rest':>8} {'floor':>6}  ms")
    silent = 0
    for what, (keys, back) in KEYS.items():
        for key in keys[:-1]:
            terminal.press(key)
            terminal.rest()
        before, began = terminal.rest(), time.perf_counter()
        terminal.press(keys[-1])
        answered = terminal.changed(before)
        first = (time.perf_counter() - began) * 1e3
        terminal.rest()
        rest = (time.perf_counter() - began - REST_S) * 1e3
        silent += not answered
        print(f"{what:<28} {first:>12.0f} {rest:>8.0f} {floor:>6.0f}{'' if answered else '  NO ANSWER'}", flush=True)
        for key in back:
            terminal.press(key)
            terminal.rest()
    return silent


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder) / "large.db"
        if not database.exists():
            with create_logger(database) as logger:
                fill(logger, int(sys.argv[1]))
        terminal = Terminal(Path(folder), database)
        try:
            end = time.monotonic() + WAIT_S
            while "1 of " not in terminal.screen() and time.monotonic() < end:
                time.sleep(0.05)
            return 1 if measure(terminal) else 0
        finally:
            terminal.close()


if __name__ == "__main__":
    sys.exit(main())
