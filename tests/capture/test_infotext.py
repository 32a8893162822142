"""The infotext of A1111 and of all who write it as well."""

from __future__ import annotations

from pathlib import Path

import pytest
from image_files import png, read, text

from imglearn.capture.image_record import ImageRecord, Lora
from imglearn.capture.parsers import infotext


@pytest.fixture
def said(tmp_path: Path):
    def read_text(infotext: str) -> ImageRecord:
        return read(tmp_path, png(text("parameters", infotext)))

    return read_text


def test_all_fields(said) -> None:
    found = said(
        "a castle, <lora:oil:0.8>\nNegative prompt: fog\nSteps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, "
        "Seed: 2895438046, Size: 512x768, Model hash: 6ce0161689, Model: v1-5, Denoising strength: 0.45, Version: v1.9.4"
    )
    assert (found.prompt, found.negative_prompt) == ("a castle, <lora:oil:0.8>", "fog")
    assert (found.steps, found.sampler, found.scheduler, found.guidance_scale) == (28, "DPM++ 2M", "Karras", 6.5)
    assert (found.seed, found.width, found.height, found.denoise_strength) == ("2895438046", 512, 768, 0.45)
    assert (found.model, found.model_hash, found.loras) == ("v1-5", "6ce0161689", (Lora("oil", 0.8),))
    assert found.source is not None
    assert set(found.source.values()) == {"PNG tEXt parameters"}


def test_it_can_be_read_without_a_file() -> None:
    found = infotext.read("a\nSteps: 20, Sampler: Euler a, Seed: 5")
    assert found is not None
    assert found.values == {"prompt": "a", "steps": 20, "sampler": "Euler a", "seed": "5"}


SETTINGS = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x512"


@pytest.mark.parametrize(
    ("whole", "prompt", "negative"),
    [
        (f"a castle\n{SETTINGS}", "a castle", None),
        (f"a\nb\n\nNegative prompt: c\nd\n{SETTINGS}", "a\nb", "c\nd"),
        (f"a\nNegative prompt: \n{SETTINGS}", "a", ""),
        (f"Negative prompt: c\n{SETTINGS}", "", "c"),
        (SETTINGS, "", None),
        (f"a\r\n\r\nNegative prompt: c\r\n\r\n{SETTINGS}", "a", "c"),
        (
            f"Steps: 3, Sampler: brush, Seed: grass\na field\n{SETTINGS}",
            "Steps: 3, Sampler: brush, Seed: grass\na field",
            None,
        ),
        (f"a \\(b: c, d: e\\), 5: 6\n{SETTINGS}", "a \\(b: c, d: e\\), 5: 6", None),
    ],
)
def test_where_the_texts_begin_and_end(said, whole: str, prompt: str, negative: str | None) -> None:
    found = said(whole)
    assert (found.prompt, found.negative_prompt, found.seed, found.steps) == (prompt, negative, "5", 20)


def test_values_in_quotes_and_json_hide_their_commas(said) -> None:
    found = said(
        'a\nSteps: 20, Sampler: Euler a, ControlNet 0: "Module: canny, Model: other, Seed: 9", '
        'Hashes: {"model": "1, Seed: 8", "x": ["}", {}]}, Lora hashes: "oil: 0a1b, ink: 2c3d", Seed: 5, Model: mine, Size: 8x8'
    )
    assert (found.seed, found.model, found.loras) == ("5", "mine", (Lora("oil"), Lora("ink")))


def test_lines_behind_the_settings(said) -> None:
    found = said(f"a\n{SETTINGS}, Model: mine\nTemplate: {{a|b}}\nNegative Template: c")
    assert (found.prompt, found.model, found.seed) == ("a", "mine", "5")


@pytest.mark.parametrize(
    ("more", "generator"),
    [
        ("Version: v1.10.1", "A1111"),
        ("Version: f2.0.1v1.10.1-previous-669-gdfdcbab6", "Forge"),
        ("Version: classic", "Forge"),
        ("Version: neo-2.28", "Forge"),
        ("ADetailer Version: 24.1, Version: v1.6.0", "A1111"),
        ("App: SD.Next, Version: 56a8aea", "SD.Next"),
        ("RNG: cuda, Version: stable-diffusion.cpp", "stable-diffusion.cpp"),
        ("Version: ComfyUI", "ComfyUI"),
        ("Version: Fooocus v2.5.5", "Fooocus"),
        ("Civitai resources: []", "Civitai"),
    ],
)
def test_who_wrote_it(said, more: str, generator: str) -> None:
    assert said(f"a\n{SETTINGS}, {more}").generator == generator


def test_a_sampler_of_comfyui_without_a_version(said) -> None:
    assert said("a\nSteps: 20, Sampler: euler_ancestral_karras, Seed: 5").generator == "ComfyUI"


def test_two_kinds_of_guidance(said) -> None:
    forge = said(
        "a\nSteps: 20, Sampler: Euler, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: 5, Version: f2.0.1v1.10.1"
    )
    assert (forge.guidance_scale, forge.distilled_guidance) == (1.0, 3.5)
    cpp = said(
        "a\nSteps: 20, CFG scale: 1.000000, Guidance: 3.500000, Seed: 42, Size: 8x8, Model: , Unet: /m/flux.gguf"
    )
    assert (cpp.guidance_scale, cpp.distilled_guidance, cpp.model) == (1.0, 3.5, "flux.gguf")


def test_placeholders_are_unknown(said) -> None:
    found = said("a\nSteps: 0, Sampler: GPT-Image-2, CFG scale: 0, Seed: -1, Size: 1536x1024, Civitai resources: []")
    assert (found.steps, found.seed, found.guidance_scale, found.sampler, found.model) == (None,) * 5
    assert (found.prompt, found.width, found.height) == ("a", 1536, 1024)


def test_resources_of_civitai(said) -> None:
    found = said(
        'a\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 8x8, Civitai resources: [{"type":"checkpoint",'
        '"modelVersionId":1,"modelName":"Zavy"},{"type":"lora","weight":0.4,"modelName":"Oil, thick"},{"type":"lora","modelVersionId":3}]'
    )
    assert (found.model, found.loras) == ("Zavy", (Lora("Oil, thick", 0.4),))


@pytest.mark.parametrize(
    "text_of_people",
    [
        "Steps: 3, Serves: 4, Time: 20 minutes",
        "Recipe\nSteps: 1. mix 2. bake",
        "Sampler: a box of chocolates",
        "Model: Canon EOS, Lens: 50 mm, Size: 20x30",
        "Negative prompt",
        "",
        ":",
        "a: b, c: d",
    ],
)
def test_other_texts_are_none(said, text_of_people: str) -> None:
    found = said(text_of_people)
    assert (found.generator, found.prompt, found.steps) == (None, None, None)


def test_private_things_stay_out_of_the_fields(said) -> None:
    found = said(
        "see https://host/a.jpg?sig=secret&exp=1 there\n"
        "Steps: 20, Sampler: Euler a, Seed: 5, Size: 8x8, Model: /home/ann/models/mine.safetensors"
    )
    assert found.prompt == "see https://host/a.jpg there"
    assert found.model == "mine.safetensors"


def test_long_texts_take_no_long_time(said) -> None:
    for piece in ("a: ", "Steps: 1, ", "\nSteps: 20", '"', "{[", "Negative prompt:\n", "\\", ","):
        said(piece * (200_000 // len(piece)))
