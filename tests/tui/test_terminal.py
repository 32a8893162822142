"""The app in a real terminal: tmux types the keys and reads the screen."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import HOSTILE

from imglearn import create_logger

WAIT_S = 30

if not os.environ.get("CI"):  # where the tests must not be passed over, a missing tmux is a failure
    pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """A terminal of a given size, in a tmux server of its own."""

    def __init__(self, socket: Path, width: int = 140, height: int = 40) -> None:
        self._tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
        self.run("new-session", "-d", "-x", str(width), "-y", str(height), "env -u COLUMNS -u LINES PS1='$ ' sh")

    def run(self, *arguments: str) -> str:
        done = subprocess.run([*self._tmux, *arguments], capture_output=True, text=True, timeout=20, check=True)
        return done.stdout

    def type(self, *keys: str) -> None:
        for key in keys:
            self.run("send-keys", key)

    def command(self, *arguments: str) -> None:
        self.run("send-keys", "-l", shlex.join(arguments))
        self.run("send-keys", "Enter")

    def screen(self) -> str:
        return self.run("capture-pane", "-p")

    def until(self, condition: Callable[[str], bool] | str) -> str:
        deadline = time.monotonic() + WAIT_S
        while True:
            screen = self.screen()
            if condition in screen if isinstance(condition, str) else condition(screen):
                return screen
            assert time.monotonic() < deadline, f"never came: {condition}\n{screen}"
            time.sleep(0.05)

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def open_terminal(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_one(width: int = 140, height: int = 40) -> Terminal:
        opened.append(Terminal(tmp_path_factory.mktemp("t") / "tmux", width, height))
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.close()


def app(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "imglearn.tui", *map(str, arguments)]


def log_command(db: Path) -> str:
    program = shlex.join([sys.executable, "-m", "imglearn", "--db", str(db), "log"])
    return f"{program} --category wood --score 80 --material"


def test_a_session_from_no_database_to_the_first_attempts(db: Path, open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal()
    terminal.command(*app("--db", db))
    terminal.until("No database yet")
    subprocess.run(f"for i in $(seq 20); do {log_command(db)} Birch-$i; done", shell=True, check=True)
    terminal.until("20 attempts")
    subprocess.run(f"seq 20 | xargs -P 8 -I{{}} {log_command(db)} Oak-{{}}", shell=True, check=True)
    # Of a screen that is being painted, the top may be there before the bottom.
    screen = terminal.until(lambda screen: "40 attempts" in screen and "1 of 40" in screen)
    assert "100.0 % passed of 40 judged" in screen
    assert sum("Birch-" in line or "Oak-" in line for line in screen.splitlines()) > 20
    create_logger(db).log_attempt("Nylon", "polymer", {"feedback_text": "Softer light, please."}, {"realism_score": 50})
    terminal.until("Softer light, please.")
    terminal.type("/")
    terminal.type("softer")
    terminal.until("Feedback · 1 found")
    terminal.type("Enter")
    terminal.until("1 of 41 attempts")
    terminal.until("Open")  # the attempts have the focus
    terminal.type("Enter")
    terminal.until("Attempts · g to follow")
    terminal.until("Nylon · polymer")
    terminal.type("1", "Escape")
    terminal.until("41 attempts  97.6 % passed")
    terminal.type("f")
    terminal.until("What should be otherwise?")
    terminal.type("Less", "Space", "shine", "Enter")
    terminal.until("Kept (1): Less shine")
    terminal.type("Escape")  # alone: with a key behind it, it would be Alt
    terminal.until(lambda screen: "Kept (1)" not in screen)
    terminal.type("6")
    terminal.until("Inbox · 1 waits")
    command = [sys.executable, "-m", "imglearn", "--db", str(db), "feedback", "next"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Less shine" in done.stdout
    terminal.type("t")
    terminal.until("Pass rate by minute")
    terminal.type("c")
    terminal.until("Categories · 2")
    terminal.type("Enter")
    terminal.until("40 of 41 attempts")
    terminal.type("Escape")  # back to the view
    terminal.until("41 attempts  97.6 % passed")
    terminal.until("Categories · 2")
    terminal.type("Escape")
    terminal.until("Attempts · g to follow")  # at the attempt that was opened
    terminal.type("q")
    terminal.until(lambda screen: "Attempts" not in screen)
    terminal.run("send-keys", "-l", "echo ended with $?")
    terminal.type("Enter")
    terminal.until("ended with 0")


def test_a_small_terminal_has_tabs(db: Path, open_terminal: Callable[..., Terminal]) -> None:
    create_logger(db).log_attempt("Birch", "wood", {"steps": 30}, {"realism_score": 80, "physics_issues": ["Dust"]})
    terminal = open_terminal(80, 24)
    terminal.command(*app("--db", db))
    terminal.until("Attempts · following")
    terminal.type("3")
    terminal.until("Dust")
    terminal.type("1")
    terminal.until("pass")
    terminal.type("Enter")
    terminal.until("steps")
    terminal.run("resize-window", "-x", "140", "-y", "40")
    terminal.until(lambda screen: "Categories ─" in screen and "Attempts · g to follow" in screen)


def test_an_attempt_is_copied_and_its_prompt_read_in_the_pager(
    db: Path, open_terminal: Callable[..., Terminal]
) -> None:
    record = {
        "id": "first",
        "material": "Birch",
        "category": "wood",
        "prompt": "dust \x1b]52;c;aGk=\x07 settles\n" * 40,
    }
    create_logger(db).log_record(record)
    terminal = open_terminal(80, 24)
    terminal.run("set-option", "-g", "set-clipboard", "on")
    terminal.command("env", "PAGER=more", *app("--db", db))
    terminal.until("Attempts · following")
    terminal.type("y")
    terminal.until("Copy · Esc closes")
    terminal.type("Enter")
    terminal.until("Sent to the terminal")
    terminal.until(lambda _: terminal.run("list-buffers") != "")
    assert terminal.run("show-buffer") == "first"
    terminal.type("p")
    terminal.until("--More--")
    assert "␛]52;c;aGk=␇ settles" in terminal.screen()
    terminal.type("q")
    terminal.until("Attempts · following")
    assert terminal.run("show-buffer") == "first"
    terminal.type("q")
    terminal.until(lambda screen: "Attempts" not in screen)


def test_hostile_text_does_not_reach_the_terminals_clipboard_or_title(
    db: Path, open_terminal: Callable[..., Terminal]
) -> None:
    with create_logger(db) as logger:
        for text in [*HOSTILE, "\x1b]0;owned\x07", "\x9d0;owned\x9c", "\x1bP$q\x1b\\"]:
            logger.log_attempt(f"m{text}", f"c{text}", {"feedback_text": f"f{text}"}, {"physics_issues": [f"p{text}"]})
    terminal = open_terminal()
    terminal.run("set-option", "-g", "set-clipboard", "on")
    terminal.command(*app("--db", db))
    terminal.until("␛]52;c;aGk=␇")
    terminal.type(*["j"] * len(HOSTILE), "2", "G", "3", "G", "4", "G", "5", "G", "1")
    terminal.until("Attempts · g to follow")
    assert terminal.run("list-buffers") == ""
    assert "owned" not in terminal.run("display-message", "-p", "#{pane_title}")


def test_the_demo_shows_a_generator_at_work_and_leaves_nothing(
    open_terminal: Callable[..., Terminal], tmp_path: Path, db: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    terminal = open_terminal()
    terminal.command("env", f"TMPDIR={scratch}", f"IMGLEARN_DB={db}", sys.executable, "-m", "imglearn", "demo")
    first = terminal.until("demo.db")
    assert list(scratch.iterdir())
    terminal.until(lambda screen: "attempts" in screen and screen.splitlines()[0] != first.splitlines()[0])
    terminal.type("q")
    terminal.until(lambda screen: "demo.db" not in screen)
    deadline = time.monotonic() + WAIT_S
    while list(scratch.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not db.exists()


def test_the_app_ends_with_its_terminal(db: Path, open_terminal: Callable[..., Terminal]) -> None:
    create_logger(db).close()
    terminal = open_terminal()
    terminal.command(*app("--db", db))
    terminal.until("No attempts yet")
    pid = terminal.run("display-message", "-p", "#{pane_pid}").strip()
    children = subprocess.run(["pgrep", "-P", pid], capture_output=True, text=True, check=True).stdout.split()
    assert children
    terminal.close()
    deadline = time.monotonic() + WAIT_S
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline, "still running"
        time.sleep(0.1)


def test_without_a_terminal_it_says_so(db: Path) -> None:
    done = subprocess.run(app("--db", db), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "imglearn-tui: this needs a terminal; for scripts there is the command imglearn\n"


def test_a_bad_setting_is_told_before_the_app_starts() -> None:
    done = subprocess.run(
        app("--db", "postgresql://host/db"), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 2
    assert "PostgreSQL is not supported yet" in done.stderr


def test_the_app_begins_with_a_saved_filter(db: Path, open_terminal: Callable[..., Terminal]) -> None:
    with create_logger(db) as logger:
        for category in ("wood", "metal"):
            logger.log_attempt("Birch", category, {}, {"realism_score": 50})
    saving = [sys.executable, "-m", "imglearn", "filters", "save", "bad-wood", "category:wood passed:no"]
    subprocess.run(saving, check=True)
    done = subprocess.run(app("@bad", "--db", db), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "imglearn-tui: no filter is saved as 'bad'; there are: bad-wood\n")
    terminal = open_terminal()
    terminal.command(*app("@bad-wood", "--failed", "--db", db))
    assert "/ category:wood passed:no passed:no" in terminal.until("1 of 2 attempts")
