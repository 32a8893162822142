"""What the APIs of ComfyUI and A1111 answer, as fields of attempts. The answers have the shape of real ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from imglearn.adapters import a1111, comfyui
from imglearn.logger import ImageGenerationLogger

GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 2**64 - 1, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
            "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 2}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a plank", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "ComfyUI"}},
}  # fmt: skip


def history(images: int = 1, **told: Any) -> dict[str, Any]:
    messages = [["execution_start", {"prompt_id": "p1", "timestamp": 1764100000000}], *map(list, told.items())]
    saved = [{"filename": f"ComfyUI_0000{n}_.png", "subfolder": "day", "type": "output"} for n in range(images)]
    preview = [{"filename": "temp.png", "subfolder": "", "type": "temp"}]
    return {
        "p1": {
            "prompt": [0, "p1", GRAPH, {"client_id": "c"}, ["9"]],
            "outputs": {"9": {"images": saved}, "12": {"images": preview}} if images else {},
            "status": {"status_str": "success", "completed": True, "messages": messages},
        }
    }


def test_a_run_of_comfyui_is_an_attempt(logger: ImageGenerationLogger) -> None:
    answer = history(execution_success={"prompt_id": "p1", "timestamp": 1764100012500})
    (said,) = comfyui.fields(answer, output="/opt/comfy/output")
    for _ in range(2):  # the second time it is known
        logger.log_record({"material": "Birch", "category": "wood", **said})
    (found,) = logger.get_recent_attempts()
    assert (found["id"], found["image_path"]) == ("p1", "/opt/comfy/output/day/ComfyUI_00000_.png")
    assert (found["prompt"], found["negative_prompt"], found["seed"]) == ("a plank", "fog", str(2**64 - 1))
    assert (found["guidance_scale"], found["model"]) == (8.0, "v1-5.safetensors")
    assert found["params"]["sampler"] == "euler"
    assert (found["params"]["width"], found["params"]["height"]) == (512, 768)
    assert (found["duration_s"], found["status"]) == (12.5, "done")
    assert found["timestamp"] == "2025-11-25T19:46:40.000000Z"


def test_each_image_of_a_run_is_an_attempt() -> None:
    said = comfyui.fields(history(images=2))
    assert [(one["id"], one["image_path"]) for one in said] == [
        ("p1-0", "day/ComfyUI_00000_.png"),
        ("p1-1", "day/ComfyUI_00001_.png"),
    ]


def test_a_run_that_failed_is_an_attempt_in_an_error(logger: ImageGenerationLogger) -> None:
    error = {
        "timestamp": 1764100001000, "node_type": "KSampler", "exception_type": "torch.OutOfMemoryError",
        "exception_message": "Allocation on device\n", "traceback": ["..."],
    }  # fmt: skip
    (said,) = comfyui.fields(history(images=0, execution_error=error))
    logger.log_record({"material": "Birch", "category": "wood", **said})
    (found,) = logger.get_recent_attempts()
    assert (found["status"], found["passed"], found["image_path"]) == ("error", None, None)
    assert found["error"] == "KSampler: torch.OutOfMemoryError: Allocation on device"
    assert found["duration_s"] == 1


@pytest.mark.parametrize("answer", [{"p1": {}}, {"p1": None}, {"error": "no such prompt"}])
def test_what_is_no_history_is_told(answer: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no history"):
        comfyui.fields(answer)


@pytest.mark.parametrize("prompt", [[], [0, "p"], [0, "p", "text"], [0, "p", {"3": None}], None, "x"])
@pytest.mark.parametrize("status", [None, {}, {"messages": [[], ["execution_start"], ["x", None]]}, []])
def test_odd_histories_say_what_they_can(prompt: object, status: object) -> None:
    (said,) = comfyui.fields(
        {"p": {"prompt": prompt, "outputs": {"9": None, "8": {"images": [None, {}]}}, "status": status}}
    )
    assert said["id"] == "p"


INFOTEXTS = [
    "a plank\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 11, Size: 512x512, Model: v1-5, Version: v1.9.4",
    "a plank\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 12, Size: 512x512, Model: v1-5, Version: v1.9.4",
]


@pytest.mark.parametrize("as_text", [True, False])
def test_each_image_of_an_answer_of_a1111_is_an_attempt(logger: ImageGenerationLogger, as_text: bool) -> None:
    info = {
        "prompt": "a plank",
        "all_seeds": [11, 12],
        "infotexts": [INFOTEXTS[0], *INFOTEXTS],
        "index_of_first_image": 1,
    }
    answer = {"images": ["iVBORw0KGgo="] * 3, "parameters": {}, "info": json.dumps(info) if as_text else info}
    for said in a1111.fields(answer):
        logger.log_record({"material": "Birch", "category": "wood", **said})
    second, first = logger.get_recent_attempts()
    assert (first["seed"], second["seed"]) == ("11", "12")
    assert (first["prompt"], first["negative_prompt"], first["guidance_scale"]) == ("a plank", "fog", 7)
    assert (first["model"], first["params"]["generator"], first["params"]["sampler"]) == ("v1-5", "A1111", "Euler a")


@pytest.mark.parametrize(
    "answer", [{}, {"info": "no json"}, {"info": "{}"}, {"info": '{"infotexts": "x"}'}, {"detail": "x"}]
)
def test_what_is_no_answer_is_told(answer: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no response"):
        a1111.fields(answer)


def test_an_odd_infotext_says_nothing() -> None:
    assert a1111.fields({"info": {"infotexts": [None, "", "words"]}}) == [{}, {}, {}]
