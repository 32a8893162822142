"""What was asked for: the texts behind a conditioning, through encoders, combiners and the nodes that hold strings."""

from __future__ import annotations

import re
from typing import Any

from imglearn.capture.parsers.comfyui.graph import MAX_DEPTH, PASSING, PIPES, Graph, Node, branch, is_link
from imglearn.capture.parsers.comfyui.values import scalar

# What such a node puts out is not in the file: a model wrote it, or chance did.
WRITTEN_AT_RUN_TIME = re.compile(
    r"generat|llm|gpt|ollama|gemini|claude|openai|caption|florence|tagger|interrogat|describe|vision|translat|enhanc|"
    r"upsampl|expan|chat|moondream|blip|vlm|joycap|random|wildcard|dynamic.?prompt|replace|regex|split|substring|extract|"
    r"truncat|trim|file|read|csv|api\b|line.?from|select.?line|prompt.?list|python|script|"
    r"(upper|lower|change|title|text).?case|shuffl|revers",
    re.IGNORECASE,
)
# Nodes whose name says that they hold a text, pass it on, show it or encode it. What another one does with the text
# that it is given isn't known.
_HOLDS_TEXT = re.compile(
    r"text|string|str\b|prompt|primitive|literal|constant|multiline|positive|negative|note|show|display|preview|"
    r"\bany|value|input|\bbox|encod|condition|embed|concat|join|combine|append|merge|loader|sampler|pipe|wildcard",
    re.IGNORECASE,
)
_TEXTS = ("populated_text", "text", "prompt", "string", "value", "Text", "String", "Prompt", "STRING", "multiline_text",
          "text_multiline", "content", "text_prompt", "prompt_text", "string_field", "wildcard_text", "user_prompt",
          "caption", "str", "any")  # fmt: skip
# Encoders with a text for each of their models; the one that reads the most stands first.
_TEXTS_BY_ENCODER = ("t5xxl", "llama", "text_g", "clip_g", "text_l", "clip_l", "umt5xxl", "bert", "mt5xl")
_NO_STYLE = frozenset({"", "base", "none", "no style", "sai-base", "default", "false"})
_JOINING = re.compile(r"concat|join|combine|append|merge|stringfunction", re.IGNORECASE)
_NUMBERED_TEXT = re.compile(r"(text|string|prompt|str|input|value)[ _]?([a-h]|\d{1,2})", re.IGNORECASE)
_CONDITIONING = re.compile(r"cond(itioning)?s?([ _]?\w*)?", re.IGNORECASE)
_MODELS = frozenset({"clip", "model", "image", "images", "llm", "llm_model", "vlm", "florence2_model", "pixels"})
_NOT_TEXT = re.compile(
    r"clip|model|vae|image|mask|latent|control|style|pixels|audio|noise|sampler|sigmas|guider|hint", re.I
)


class Asked:
    """Reads the texts of a graph. `guidance` is what a distilled model was told on the way, None where nothing was."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.guidance: float | None = None
        self._known: dict[tuple[object, ...], list[str] | None] = {}

    def of_sampler(self, sampler: Node, role: str) -> str | None:
        """Return a sampler's positive or negative prompt; None where there is none, or the file doesn't hold it."""
        texts = self._of_sampler(sampler, role, 0)
        if not texts:
            return None
        return "\n".join(dict.fromkeys(texts))

    def _of_sampler(self, node: Node, role: str, depth: int) -> list[str] | None:
        inputs = node.inputs
        if depth > MAX_DEPTH:
            return None
        if role in inputs:
            if role == "negative" and is_link(inputs[role]) and inputs[role] == inputs.get("positive"):
                return None  # of a model that takes none: the same is passed twice
            return self._texts(inputs[role], role, True, False, depth + 1)
        target = self._graph.target(inputs.get("guider"))
        if target is not None:
            return self._of_guider(target[0], role, depth + 1)
        for name in ("conditioning", "prompt") if role == "positive" else ():
            if name in inputs:
                return self._texts(inputs[name], role, False, False, depth + 1)
        for name in ("text_embeds", *PIPES):
            if self._graph.target(inputs.get(name)) is not None:
                return self._texts(inputs[name], role, False, False, depth + 1)
        return None

    def _of_guider(self, node: Node, role: str, depth: int) -> list[str] | None:
        switched, chosen = branch(self._graph, node)
        target = self._graph.target(chosen if switched else node.inputs.get("guider"))
        if target is not None and depth < MAX_DEPTH:
            return self._of_guider(target[0], role, depth + 1)
        if role == "positive" and role not in node.inputs:
            names = [name for name in node.inputs if _CONDITIONING.fullmatch(name)]
            return self._all([node.inputs[name] for name in names], role, depth) if names else None
        return self._of_sampler(node, role, depth + 1)

    def _texts(self, value: object, role: str, by_slot: bool, is_string: bool, depth: int) -> list[str] | None:
        """Return the texts behind an input, an empty list for none, None where they aren't in the file.

        `by_slot`: the output that a link leads to tells positive from negative. `is_string`: a text is passed, no
        longer a conditioning.
        """
        if not is_link(value):
            return [value] if isinstance(value, str) else None
        target = self._graph.target(value)
        if target is None or depth > MAX_DEPTH:
            return None
        node, slot = target
        asked = (node.id, slot, role, by_slot, is_string)
        if asked not in self._known:
            self._known[asked] = None  # of a circle, nothing is known
            self._known[asked] = self._of_node(node, slot, role, by_slot, is_string, depth)
        return self._known[asked]

    def _of_node(
        self, node: Node, slot: int, role: str, by_slot: bool, is_string: bool, depth: int
    ) -> list[str] | None:
        switched, chosen = branch(self._graph, node)
        if switched:
            return self._texts(chosen, role, by_slot, is_string, depth + 1) if chosen is not None else None
        if "zeroout" in node.kind.lower().replace("_", "").replace(" ", ""):
            return []
        if not is_string:
            self._note_guidance(node, role)
            found = self._of_conditioning(node, slot, role, by_slot, depth)
            if found is not _NOT_HERE:
                return found  # type: ignore[return-value]
        return self._of_text_node(node, role, is_string, depth)

    def _note_guidance(self, node: Node, role: str) -> None:
        if role == "positive" and self.guidance is None and "guidance" in node.inputs:
            self.guidance = scalar(self._graph, node.inputs["guidance"], "guidance")

    def _of_conditioning(self, node: Node, slot: int, role: str, by_slot: bool, depth: int) -> object:
        """Follow a node that changes or bundles conditionings; _NOT_HERE for one that isn't such a node."""
        inputs = node.inputs
        if "positive" in inputs and "negative" in inputs:
            both_linked = is_link(inputs["positive"]) and is_link(inputs["negative"])
            if both_linked and by_slot and slot in (0, 1) and "model" not in inputs:
                role = ("positive", "negative")[slot]
            return self._texts(inputs[role], role, True, False, depth + 1)
        named = [name for name in inputs if _CONDITIONING.fullmatch(name) and self._graph.target(inputs[name])]
        if named:
            named.sort(key=lambda name: not name.lower().endswith("_to"))
            return self._all([inputs[name] for name in named], role, depth)
        if role in inputs:
            return self._texts(inputs[role], role, True, False, depth + 1)
        if self._own_texts(node, role):
            return _NOT_HERE
        for name in PIPES:
            if self._graph.target(inputs.get(name)) is not None:
                return self._texts(inputs[name], role, False, False, depth + 1)
        return _NOT_HERE

    def _all(self, values: list[Any], role: str, depth: int, is_string: bool = False) -> list[str] | None:
        """Return the texts of all inputs, None where one of them isn't in the file: a part is not what was asked."""
        texts: list[str] = []
        for value in values:
            found = self._texts(value, role, True, is_string, depth + 1)
            if found is None:
                return None
            texts.extend(text for text in found if text.strip() or len(values) == 1)
        return list(dict.fromkeys(texts))

    def _own_texts(self, node: Node, role: str) -> list[str]:
        """Return the names of the inputs that hold what a node says, as far as its names tell."""
        inputs = node.inputs
        if isinstance(inputs.get("populated_text"), str):
            return ["populated_text"]
        shown = next((name for name in ("anything", "any", "source") if self._graph.target(inputs.get(name))), None)
        if shown is not None:  # what such a node shows beside it is of an earlier run
            return [shown]
        for name in (f"text_{role}", f"{role}_prompt", f"prompt_{role}", f"{role}_text", role):
            if name in inputs and (isinstance(inputs[name], str) or is_link(inputs[name])):
                return [name]
        by_encoder = [name for name in _TEXTS_BY_ENCODER if name in inputs]
        said = [name for name in by_encoder if is_link(inputs[name]) or str(inputs[name]).strip()]
        if by_encoder and (said or not inputs.get("text")) and inputs.get("with_SDXL") is not False:
            return said or by_encoder[:1]
        if "text" not in inputs or _JOINING.search(node.kind):
            numbered = [name for name in inputs if _NUMBERED_TEXT.fullmatch(name) and not isinstance(inputs[name], int)]
            if len(numbered) > 1 or (numbered and _JOINING.search(node.kind)):
                return numbered
        for name in _TEXTS:
            if isinstance(inputs.get(name), str) or self._graph.target(inputs.get(name)):
                return [name]
        likely = [
            name
            for name, value in inputs.items()
            if isinstance(value, str) and re.search(r"text|prompt|string", name, re.IGNORECASE)
        ]
        return likely if len(likely) == 1 else []

    def _of_text_node(self, node: Node, role: str, is_string: bool, depth: int) -> list[str] | None:
        inputs = node.inputs
        names = self._own_texts(node, role)
        written = WRITTEN_AT_RUN_TIME.search(node.kind) is not None and names != ["populated_text"]
        is_string = is_string or (written and "clip" not in inputs)  # no encoder does without
        if is_string and (written or self._asks_a_model(node, names)):
            return None
        if names and not (_HOLDS_TEXT.search(node.kind) or self._encodes(node)):
            return None
        if _adds_a_style(node):
            return None
        if not names:
            onward = [name for name, _ in self._graph.links(node) if not _NOT_TEXT.search(name)]
            passing = [name for name in PASSING if name in onward] or onward
            return self._texts(inputs[passing[0]], role, True, is_string, depth + 1) if len(passing) == 1 else None
        if len(names) > 1 and not set(names) & set(_TEXTS_BY_ENCODER):
            return self._joined(node, names, role, depth)
        return self._all([inputs[name] for name in names], role, depth, is_string=True)

    def _encodes(self, node: Node) -> bool:
        return any("clip" in name or "encoder" in name for name, _ in self._graph.links(node))

    def _asks_a_model(self, node: Node, names: list[str]) -> bool:
        """Return whether a node makes its text of another one with a model's help."""
        helped = any(name in _MODELS for name, _ in self._graph.links(node))
        return helped and not (len(names) == 1 and isinstance(node.inputs[names[0]], str))

    def _joined(self, node: Node, names: list[str], role: str, depth: int) -> list[str] | None:
        inputs = node.inputs
        if inputs.get("action") == "replace" and inputs.get("text_b") == inputs.get("text_c") == "":
            names = ["text_a"]  # nothing by nothing: only tidied
        elif inputs.get("action") not in (None, "append"):
            return None
        texts = []
        for name in names:
            found = self._texts(inputs[name], role, True, True, depth + 1)
            if found is None:
                return None
            texts.append("\n".join(found))
        between = next((inputs[key] for key in ("delimiter", "separator", "delim", "sep") if key in inputs), None)
        between = scalar(self._graph, between, "text") if is_link(between) else between
        if not isinstance(between, str):
            lines = str(inputs.get("linebreak_addition")).lower() == "true"
            between = ", " if str(inputs.get("tidy_tags")).lower() == "yes" else "\n" if lines else ""
        between = between.replace("\\n", "\n")
        if str(inputs.get("clean_whitespace")).lower() == "true":
            texts = [text.strip() for text in texts]
        kept = texts if node.kind == "StringConcatenate" else [text for text in texts if text.strip()]
        return [between.join(kept)]


def _adds_a_style(node: Node) -> bool:
    """Return whether a node adds words of a style's template, which isn't in the file."""
    chosen = [value for name, value in node.inputs.items() if "style" in name.lower() and isinstance(value, str)]
    return "styl" in node.kind.lower() and not _NO_STYLE.issuperset(style.lower() for style in chosen)


_NOT_HERE = object()
