"""The command palette: everything that has a key, and what the app can do besides."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.app import App, SystemCommand
from textual.dom import DOMNode

from imglearn.tui.keymap import Keymap, own_bindings
from imglearn.tui.view_actions import ViewActions

_OFFERED = ("app.", "views.", "trends.", "attempts.", "attempt.", "inbox.", "table.top")
_NEVER = frozenset({"app.palette", "app.back", "app.quit"})  # quitting has an entry of its own


def of_bindings(app: App[None], screen: ViewActions, keymap: Keymap) -> Iterator[SystemCommand]:
    """Yield a command for every key of a screen and of its tables."""
    seen: set[str] = set()
    nodes: list[DOMNode] = [screen, *screen.query("#panes RecordTable, #panes DetailPane")]
    if screen.view is not None:
        nodes += [screen.view, *screen.view.query("RecordTable")]
    for node in nodes:
        for kind in type(node).__mro__:
            for binding in own_bindings(kind):
                id = str(binding.id)
                if id not in seen | _NEVER and id.startswith(_OFFERED):
                    seen.add(id)
                    keys = " ".join(keymap.signs(binding))
                    action = partial(app.run_action, binding.action, node)
                    said = binding.tooltip or binding.description
                    name = binding.description
                    title = said if name.lower() in said.lower() else f"{name} · {said}"
                    yield SystemCommand(title, f"key: {keys}", action)
