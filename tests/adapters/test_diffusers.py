"""What a diffusers call says. The stand-ins have the shape of the library's objects, which need torch to be made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from imglearn.adapters import diffusers
from imglearn.logger import ImageGenerationLogger


class EulerDiscreteScheduler:
    pass


class Generator:
    """As torch.Generator: its seed is what it began with."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def initial_seed(self) -> int:
        return self._seed


class StableDiffusionXLPipeline:
    name_or_path = "stabilityai/stable-diffusion-xl-base-1.0"

    def __init__(self) -> None:
        self.scheduler = EulerDiscreteScheduler()
        self.config = SimpleNamespace(_name_or_path=self.name_or_path)

    def get_active_adapters(self) -> list[str]:
        return ["detail"]

    def __call__(
        self,
        prompt: str | list[str] | None = None,
        height: int | None = None,
        width: int | None = None,
        num_inference_steps: int = 50,
        guidance_scale: float = 5.0,
        negative_prompt: str | None = None,
        generator: Any = None,
        output_type: str = "pil",
        return_dict: bool = True,
    ) -> Any:
        raise NotImplementedError


def test_a_call_says_how_the_image_is_made(logger: ImageGenerationLogger) -> None:
    pipeline = StableDiffusionXLPipeline()
    call = {"prompt": "a plank", "width": 832, "num_inference_steps": 30, "generator": Generator(2**40)}
    with logger.attempt("Birch", "wood", **diffusers.fields(pipeline, **call)) as attempt:
        pass
    found = logger.get_attempt(attempt.id)
    assert found is not None
    assert (found["prompt"], found["negative_prompt"], found["seed"]) == ("a plank", None, str(2**40))
    assert (found["model"], found["guidance_scale"]) == ("stabilityai/stable-diffusion-xl-base-1.0", 5.0)
    assert found["params"] == {
        "steps": 30,
        "width": 832,
        "pipeline": "StableDiffusionXLPipeline",
        "scheduler": "EulerDiscreteScheduler",
        "loras": ["detail"],
    }


def test_several_prompts_and_generators_are_one_attempt() -> None:
    said = diffusers.fields(StableDiffusionXLPipeline(), prompt=["one", "two"], generator=[Generator(1), Generator(2)])
    assert (said["prompt"], said["seed"]) == ("one\ntwo", 1)


def test_two_kinds_of_guidance_are_never_one() -> None:
    class FluxPipeline:
        name_or_path = "/home/me/models/FLUX.1-dev"

        def __call__(self, prompt: str = "", true_cfg_scale: float = 1.0, guidance_scale: float = 3.5) -> None: ...

    said = diffusers.fields(FluxPipeline(), prompt="p", true_cfg_scale=4.0)
    assert (said["guidance_scale"], said["params"]["true_cfg_scale"]) == (3.5, 4.0)
    assert said["model"] == "FLUX.1-dev"


def test_what_can_not_be_said_is_left_out() -> None:
    class Odd:
        scheduler = None

        def get_active_adapters(self) -> list[str]:
            raise ValueError("no adapters were ever loaded")

        __call__ = None

    assert diffusers.fields(Odd(), generator=object()) == {"params": {"pipeline": "Odd"}}
