"""How values are said that people logged: settings, objects, lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imglearn.plain import leaves
from imglearn.process import PROCESS


def shown(value: object) -> str:
    """Return a value in words, items beside each other."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {shown(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value).lower() if isinstance(value, bool) else "none" if value is None else str(value)


def named_values(content: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield each value of an object in words, with its dotted name; a process as people know it."""
    for key, value in content.items():
        if key == PROCESS and isinstance(value, Mapping) and {"pid", "host"} <= value.keys():
            yield key, f"{value['pid']} on {value['host']}"
        else:
            yield from ((name, shown(leaf)) for name, leaf in leaves({str(key): value}))


def lines_of(value: object) -> list[str]:
    """Return a field's value, an item of a list or object on each line."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return [f"{name} = {said}" for name, said in named_values(value)]
    return [shown(value)]
