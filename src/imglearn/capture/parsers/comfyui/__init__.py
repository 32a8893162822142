"""ComfyUI: the graph that ran, or else the workflow of the editor. `reading` takes both without a file, too."""

from __future__ import annotations

from imglearn.capture.found import Found
from imglearn.capture.parsers import infotext
from imglearn.capture.parts import COMMENT_KEYS, Parts

_PROMPTS, _WORKFLOWS = ("prompt", "Prompt", "comfy"), ("workflow", "Workflow")


def parse(parts: Parts) -> Found | None:
    """Read the first graph of the file; an infotext beside it, which save nodes write, says what it leaves out."""
    found = _first_graph(parts)
    if found is None:
        return None
    for part in parts.named("parameters", *COMMENT_KEYS):
        said_as_text = infotext.read(part.text, part.source) if part.text.lstrip()[:1] != "{" else None
        if said_as_text is not None:
            return found.fill(said_as_text)
    return found


def _first_graph(parts: Parts) -> Found | None:
    """Return what the first graph or workflow says that says something, or else that there is one."""
    empty = None
    for part, said in parts.objects(*_PROMPTS, *COMMENT_KEYS):
        from imglearn.capture.parsers.comfyui import reading  # only for a file that may have one

        found = reading.read_graph(said, part.source)
        if found:
            return found
        empty = found if empty is None else empty
    for part, said in parts.objects(*_WORKFLOWS, *COMMENT_KEYS, *_PROMPTS):
        from imglearn.capture.parsers.comfyui import reading

        found = reading.read_workflow(said, part.source)
        if found:
            return found
        empty = found if empty is None else empty
    return empty
