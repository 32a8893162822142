"""The setting `images`. A module of the shape of textual-image stands in for it, in a process of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import textwrap
import time
from pathlib import Path

import pytest
from pictures import drawn

from imglearn import create_logger

WIDGETS = """
    from textual.widget import Widget
    class SixelImage(Widget): image = None
    class TGPImage(Widget): image = None
"""
RENDERABLES = """
    class SixelImage: pass
    class TGPImage: pass
    class HalfcellImage: pass
    Image = {best}
"""


def prepared(setting: str, folder: Path, *, widget: str | None = WIDGETS, best: str = "HalfcellImage") -> list[str]:
    """Return the widget that is used and the note; with `widget` None, as if textual-image were not installed."""
    package = folder / "fake" / "textual_image"
    if widget is None:
        blocking = "sys.modules['textual_image'] = None; "
    else:
        blocking = ""
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "widget.py").write_text(textwrap.dedent(widget))
        (package / "renderable.py").write_text(textwrap.dedent(RENDERABLES.format(best=best)))
    code = (
        f"import sys; {blocking}"
        "import importlib.util, imglearn.tui.terminal_images as images\n"
        "if sys.modules.get('textual_image', 1) is None: images.find_spec = lambda name: None\n"
        f"found = images.prepare({setting!r}, 0.3)\n"
        "print(found.widget.__name__ if found.widget else found.shown, found.note, sep='|')\n"
        "print('textual_image.widget' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip().replace("\n", "|").split("|")


@pytest.mark.parametrize(("setting", "widget"), [("sixel", "SixelImage"), ("kitty", "TGPImage")])
def test_what_was_asked_for_is_used(tmp_path: Path, setting: str, widget: str) -> None:
    assert prepared(setting, tmp_path) == [widget, "", "True"]


@pytest.mark.parametrize("best", ["SixelImage", "TGPImage", "HalfcellImage"])
def test_auto_takes_the_best_that_the_terminal_can_do(tmp_path: Path, best: str) -> None:
    assert prepared("auto", tmp_path, best=best)[:2] == ["True" if best == "HalfcellImage" else best, ""]


@pytest.mark.parametrize(("setting", "shown"), [("half", "True"), ("off", "False")])
def test_half_blocks_and_none_import_nothing(tmp_path: Path, setting: str, shown: str) -> None:
    assert prepared(setting, tmp_path) == [shown, "", "False"]


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    shown, note, _ = prepared("sixel", tmp_path, widget=None)
    assert shown == "True"
    assert "pip install 'imglearn[images]'" in note
    assert prepared("auto", tmp_path, widget=None)[:2] == ["True", ""]


@pytest.mark.parametrize(
    ("widget", "why"),
    [
        ("raise RuntimeError('odd terminal')", "odd terminal"),
        ("1 / 0", "division by zero"),
        ("", "SixelImage"),
        ("import time; time.sleep(60)", "did not say within 0.3 s"),
        ("try:\n    import time; time.sleep(60)\nexcept Exception:\n    pass", "did not say within 0.3 s"),
    ],
)
def test_an_import_that_fails_or_hangs_leaves_half_blocks_and_says_why(tmp_path: Path, widget: str, why: str) -> None:
    shown, note, _ = prepared("sixel", tmp_path, widget=widget)
    assert shown == "True"
    assert why in note
    assert "half blocks are drawn" in note


@pytest.mark.parametrize(("setting", "signs"), [("sixel", b"\x1bP0;0;0q"), ("kitty", "\U0010eeee".encode())])
def test_textual_image_itself_sends_the_picture_in_the_terminals_own_form(
    db: Path, tmp_path: Path, setting: str, signs: bytes
) -> None:
    pytest.importorskip("textual_image")
    (tmp_path / "a.png").write_bytes(drawn(200, 200))
    create_logger(db).log_record({"material": "Birch", "category": "wood", "image_path": str(tmp_path / "a.png")})
    terminal, program = pty.openpty()
    fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 1400, 800))
    arguments = [sys.executable, "-m", "imglearn.tui", "--db", str(db)]
    env = {**os.environ, "IMGLEARN_IMAGES": setting, "TERM": "xterm-256color"}
    for name in ("COLUMNS", "LINES"):  # they would be believed more than the terminal
        env.pop(name, None)
    process = subprocess.Popen(arguments, stdin=program, stdout=program, stderr=program, env=env)
    os.close(program)
    try:
        written = b""
        deadline = time.monotonic() + 30
        while signs not in written:
            assert time.monotonic() < deadline, written[-2000:]
            if select.select([terminal], [], [], 0.1)[0]:
                written += os.read(terminal, 100_000)
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
