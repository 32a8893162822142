"""The keys that hold: those of the bindings, but for what the settings say otherwise."""

from __future__ import annotations

import dataclasses
import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from textual.app import App
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.style import Style

from imglearn.errors import SettingsError
from imglearn.tui.key_names import is_typed, key_name, key_sign

_TAKEN = {"ctrl+q": "ends the app", "ctrl+c": "copies what is selected"}  # by Textual, before any other binding
# The first hides the second where both listen, as it is meant.
_HIDES = frozenset({("summary.open", "table.open")})


class Keymap:
    """Keys by the ids of their bindings."""

    def __init__(self, changed: Mapping[str, tuple[str, ...]] | None = None, origin: str = "keys") -> None:
        """Take keys as people write them, instead of those that a binding has. Raises SettingsError."""
        self._changed: dict[str, list[str]] = {}
        if changed:
            problems = list(self._take(changed))
            problems = problems or [*_typed(self._changed), *_clashes(self._changed)]
            if problems:
                raise SettingsError("\n".join(f"{origin}: {problem}" for problem in problems))

    @property
    def textual(self) -> dict[str, str]:
        """What Textual is told: keys with commas between them."""
        return {id: ",".join(keys) for id, keys in self._changed.items()}

    def keys(self, binding: Binding) -> list[str]:
        """Return the keys of a binding, by Textual's names."""
        return self._changed.get(binding.id or "") or binding.key.split(",")

    def signs(self, binding: Binding) -> list[str]:
        """Return the keys of a binding, as they are shown."""
        return [key_sign(key) for key in self.keys(binding)]

    def _take(self, changed: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
        """Take the keys over, and yield what is wrong with them."""
        known = _by_id()
        for id, written in changed.items():
            if id not in known:
                near = difflib.get_close_matches(id, known, 3, 0.5)
                advice = f"did you mean {', '.join(near)}?" if near else "imglearn-tui --print-config lists them"
                yield f"there is no {id!r}; {advice}"
                continue
            keys = []
            for key in written:
                try:
                    name = key_name(key)
                    if name in _TAKEN:
                        yield f"{id}: {key_sign(name)} {_TAKEN[name]}, whatever is set; give it another key"
                    keys.append(name)
                except ValueError:
                    yield f"{id}: {key!r} is no key; wants one such as x, X, /, space, f2, pageup or ctrl+f"
            self._changed[id] = list(dict.fromkeys(keys))


def _by_id() -> dict[str, Binding]:
    from imglearn.tui.key_groups import key_groups

    return {str(binding.id): binding for bindings in key_groups().values() for binding in bindings}


def _clashes(changed: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield where a key that was changed does two things at the same place."""
    from imglearn.tui.key_groups import listening_together

    told = set()
    for place, bindings in listening_together().items():
        users: dict[str, list[Binding]] = defaultdict(list)
        for binding in bindings:
            for key in changed.get(str(binding.id)) or binding.key.split(","):
                users[key].append(binding)
        for key, found in users.items():
            ids = tuple(str(binding.id) for binding in found)
            if len(ids) < 2 or ids in told or not changed.keys() & set(ids) or tuple(reversed(ids)) in _HIDES:
                continue
            told.add(ids)
            doing = " and ".join(f"{binding.id} ({binding.tooltip})" for binding in found)
            yield f"{key_sign(key)} would be the key of {doing} in {place}; give one of them another key"


def _typed(changed: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield where a key that was changed could no longer be typed into a line."""
    from imglearn.tui.key_groups import SEARCHED, TYPED_IN, listening_together

    for place, bindings in listening_together().items():
        for binding in bindings:
            if place not in TYPED_IN and not (place in SEARCHED and binding.priority):
                continue
            for key in changed.get(str(binding.id), ()):
                if is_typed(key):
                    yield f"{binding.id}: {key_sign(key)} could no longer be typed in {place}; give it another key"


def own_bindings(kind: type[DOMNode]) -> Iterator[Binding]:
    """Yield the bindings that a class has of its own, by which its keys are known."""
    for binding in kind.__dict__.get("BINDINGS", ()):
        if isinstance(binding, Binding) and binding.id:
            yield binding


def keymap_of(app: App[object]) -> Keymap:
    """Return the keys that hold in an app; in one that sets none, as they are."""
    keymap: Keymap = getattr(app, "keymap", None) or Keymap()
    return keymap


def hint(words: str, action: str) -> Content:
    """Return words that a click does something with: an action such as `screen.copy`."""
    return Content.styled(words, Style.from_meta({"@click": action}))


def sign(node: DOMNode, id: str) -> str:
    """Return the first key that does something on a node, as it is shown; `id` is that of one of its bindings."""
    for kind in type(node).__mro__:
        for binding in own_bindings(kind):
            if binding.id == id:
                return keymap_of(node.app).signs(binding)[0]
    raise KeyError(id)


def keys_of(node: DOMNode) -> set[str]:
    """Return the keys that a node's own bindings have."""
    keymap = keymap_of(node.app)
    return {key for binding in own_bindings(type(node)) for key in keymap.keys(binding)}


def held(bindings: Iterable[Binding], keymap: Keymap) -> list[Binding]:
    """Return bindings with the keys that hold."""
    return [dataclasses.replace(binding, key=",".join(keymap.keys(binding))) for binding in bindings]
