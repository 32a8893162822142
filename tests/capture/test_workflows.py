"""The workflow of ComfyUI's editor alone, where no graph that ran is in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from image_files import png, read, text

from imglearn.capture.found import Found
from imglearn.capture.parsers.comfyui import reading

Node = dict[str, Any]


class Workflow:
    """Nodes and links as the editor saves them."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.links: list[Any] = []

    def add(
        self,
        id: int,
        kind: str,
        values: list[Any] | dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        **more: Any,
    ) -> Node:
        """`inputs` name what they are linked to, as (node, slot, type); None for a widget among the inputs."""
        slots = []
        for place, (name, origin) in enumerate((inputs or {}).items()):
            slot: Node = {"name": name, "type": origin[2] if origin else "STRING", "link": None}
            if origin:
                slot["link"] = len(self.links) + 1
                self.links.append([len(self.links) + 1, origin[0], origin[1], id, place, origin[2]])
            else:
                slot["widget"] = {"name": name}
            slots.append(slot)
        node = {"id": id, "type": kind, "mode": 0, "inputs": slots, "widgets_values": values or [], **more}
        self.nodes.append(node)
        return node

    def read(self, **more: Any) -> Found:
        found = reading.read_workflow({"nodes": self.nodes, "links": self.links, **more})
        assert found is not None
        return found


def usual(positive: Any = (6, 0, "CONDITIONING"), model: Any = (4, 0, "MODEL"), seed: Any = None) -> Workflow:
    flow = Workflow()
    flow.add(9, "SaveImage", ["x"], {"images": (8, 0, "IMAGE")})
    flow.add(8, "VAEDecode", None, {"samples": (3, 0, "LATENT")})
    links = {"model": model, "positive": positive, "negative": (7, 0, "CONDITIONING"), "latent_image": (5, 0, "LATENT")}
    flow.add(3, "KSampler", [42, "randomize", 20, 7, "euler", "karras", 1], links | ({"seed": seed} if seed else {}))
    flow.add(4, "CheckpointLoaderSimple", ["wai.safetensors"])
    flow.add(5, "EmptyLatentImage", [1024, 768, 1])
    flow.add(6, "CLIPTextEncode", ["a castle"], {"clip": (4, 1, "CLIP")})
    flow.add(7, "CLIPTextEncode", ["fog"], {"clip": (4, 1, "CLIP")})
    return flow


def test_a_workflow_alone(tmp_path: Path) -> None:
    flow = usual()
    found = read(tmp_path, png(text("workflow", json.dumps({"nodes": flow.nodes, "links": flow.links}))))
    assert (found.generator, found.prompt, found.negative_prompt, found.seed) == ("ComfyUI", "a castle", "fog", "42")
    assert (found.steps, found.sampler, found.scheduler, found.model) == (20, "euler", "karras", "wai.safetensors")
    assert (found.width, found.height, found.guidance_scale) == (1024, 768, 7.0)


def test_what_exists_for_the_editor_alone() -> None:
    flow = usual(positive=(20, 0, "CONDITIONING"), model=(24, 0, "MODEL"), seed=(22, 0, "INT"))
    flow.add(20, "Reroute", None, {"": (21, 0, "CONDITIONING")})
    flow.add(21, "CLIPTextEncode", ["not this"], {"clip": (4, 1, "CLIP"), "text": (23, 0, "STRING")})
    flow.add(22, "PrimitiveNode", [77, "fixed"])
    flow.add(23, "PrimitiveNode", ["a hut"])
    flow.add(24, "GetNode", ["the model"])
    flow.add(25, "SetNode", ["the model"], {"MODEL": (4, 0, "MODEL")})
    found = flow.read()
    assert (found["prompt"], found["seed"], found["model"]) == ("a hut", "77", "wai.safetensors")


def test_bypassed_and_muted_nodes() -> None:
    flow = usual(model=(20, 0, "MODEL"))
    lora = flow.add(20, "LoraLoader", ["oil", 1, 1], {"model": (4, 0, "MODEL"), "clip": (4, 1, "CLIP")}, mode=4)
    lora["outputs"] = [{"name": "MODEL", "type": "MODEL"}, {"name": "CLIP", "type": "CLIP"}]
    flow.add(30, "KSampler", [1, "fixed", 50, 7, "dpm", "normal", 1], {"positive": (6, 0, "CONDITIONING")}, mode=2)
    found = flow.read()
    assert (found["model"], found["loras"], found["seed"]) == ("wai.safetensors", None, "42")


def test_widgets_that_are_listed_among_the_inputs() -> None:
    flow = usual(positive=(20, 0, "CONDITIONING"))
    names = {"speed": None, "my_prompt": None, "clip": (4, 1, "CLIP")}
    flow.add(20, "Encoder of Nobody", [2, "a hut"], names)
    assert flow.read()["prompt"] == "a hut"


def test_the_only_text_of_a_node_that_nobody_knows() -> None:
    flow = usual(positive=(20, 0, "CONDITIONING"))
    flow.add(20, "Old Encoder of Nobody", [2, "a hut", True], {"clip": (4, 1, "CLIP")})
    assert flow.read()["prompt"] == "a hut"


def test_subgraphs_within_subgraphs() -> None:
    def link(id: int, origin: int, slot: int, target: int, place: int) -> Node:
        return {
            "id": id,
            "origin_id": origin,
            "origin_slot": slot,
            "target_id": target,
            "target_slot": place,
            "type": "X",
        }

    encode = {"id": 1, "type": "CLIPTextEncode", "mode": 0, "widgets_values": ["not this"],
              "inputs": [{"name": "clip", "type": "CLIP", "link": None}, {"name": "text", "type": "STRING", "widget": {"name": "text"}, "link": 1}]}  # fmt: skip
    inner = {"id": "inner", "nodes": [encode], "links": [link(1, -10, 0, 1, 1), link(2, 1, 0, -20, 0)]}
    wrap = {"id": 5, "type": "inner", "mode": 0, "inputs": [{"name": "text", "type": "STRING", "link": 1}]}
    outer = {"id": "outer", "nodes": [wrap], "links": [link(1, -10, 0, 5, 0), link(2, 5, 0, -20, 0)]}
    flow = usual(positive=(20, 0, "CONDITIONING"))
    flow.add(20, "outer", ["a hut"], {"text": None})
    assert flow.read(definitions={"subgraphs": [inner, outer]})["prompt"] == "a hut"
    flow = usual(positive=(20, 0, "CONDITIONING"))
    flow.add(20, "outer", ["not this"], {"text": (21, 0, "STRING")})
    flow.add(21, "PrimitiveStringMultiline", ["a mill"])
    assert flow.read(definitions={"subgraphs": [inner, outer]})["prompt"] == "a mill"


def test_a_subgraph_that_holds_itself_ends() -> None:
    own = {"id": "own", "nodes": [{"id": 1, "type": "own", "inputs": []}], "links": []}
    flow = usual()
    flow.add(20, "own")
    assert flow.read(definitions={"subgraphs": [own]})["seed"] == "42"


def test_nonsense_is_no_workflow() -> None:
    for nonsense in ({}, {"nodes": 1}, {"nodes": []}, {"nodes": [None, 3, {"id": None}]}):
        assert not reading.read_workflow(nonsense)
    odd = {
        "nodes": [{"id": 1, "type": "KSampler", "inputs": [{"name": "x", "link": "y"}], "widgets_values": [{}, []]}],
        "links": [[1, 2], 5],
    }
    assert reading.read_workflow(odd) is not None
