"""Each generator's own way to write its parameters, in every place where it is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from image_files import (
    DESCRIPTION,
    SOFTWARE,
    USER_COMMENT,
    app1_exif,
    app1_xmp,
    chunk,
    exif,
    itxt,
    jpeg,
    png,
    read,
    segment,
    text,
    webp,
    xmp,
)

from imglearn.capture.image_record import ImageRecord, Lora

GRAPH: dict[str, Any] = {"3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 1, "positive": ["6", 0]}}}


def core(found: ImageRecord) -> tuple[Any, ...]:
    return (found.generator, found.prompt, found.negative_prompt, found.seed, found.steps, found.guidance_scale)


def user_comment(said: str | dict[str, Any]) -> bytes:
    raw = said if isinstance(said, str) else json.dumps(said)
    return jpeg(app1_exif(exif(sub={USER_COMMENT: b"UNICODE\0" + raw.encode("utf-16-be")})))


# SwarmUI
SWARM: dict[str, Any] = {
    "sui_image_params": {
        "prompt": "a castle",
        "negativeprompt": "",
        "model": "flux/dev",
        "seed": 5,
        "steps": 20,
        "cfgscale": 1.0,
        "fluxguidancescale": 3.5,
        "sampler": "euler",
        "scheduler": "simple",
        "width": 1024,
        "height": 768,
        "loras": ["oil", "ink"],
        "loraweights": ["0.5", "1"],
    },
    "sui_models": [{"name": "dev.safetensors", "param": "model", "hash": "0x22"}],
}


@pytest.mark.parametrize("in_png", [True, False])
def test_swarmui_before_the_graph_that_it_adds(in_png: bool, tmp_path: Path) -> None:
    content = (
        png(text("prompt", json.dumps(GRAPH)), text("parameters", json.dumps(SWARM))) if in_png else user_comment(SWARM)
    )
    found = read(tmp_path, content)
    assert core(found) == ("SwarmUI", "a castle", "", "5", 20, 1.0)
    assert (found.distilled_guidance, found.sampler, found.scheduler, found.model) == (
        3.5,
        "euler",
        "simple",
        "flux/dev",
    )
    assert (found.model_hash, found.loras) == ("0x22", (Lora("oil", 0.5), Lora("ink", 1.0)))


def test_what_swarmui_leaves_at_its_default_is_in_the_graph(tmp_path: Path) -> None:
    sampler = {**GRAPH["3"]["inputs"], "sampler_name": "euler", "scheduler": "beta", "seed": 99}
    params = {name: value for name, value in SWARM["sui_image_params"].items() if name not in ("sampler", "scheduler")}
    graph = json.dumps({"3": {"class_type": "KSampler", "inputs": sampler}})
    found = read(tmp_path, png(text("parameters", json.dumps({"sui_image_params": params})), text("prompt", graph)))
    assert (found.seed, found.sampler, found.scheduler) == ("5", "euler", "beta")


# InvokeAI
def test_invokeai_since_3(tmp_path: Path) -> None:
    said = {
        "positive_prompt": "a castle",
        "negative_prompt": "",
        "seed": 5,
        "steps": 24,
        "cfg_scale": 6.0,
        "scheduler": "euler_a",
        "strength": 0.6,
        "width": 8,
        "height": 16,
        "model": {"model_name": "wai", "base_model": "sdxl"},
        "loras": [{"lora": {"model_name": "oil"}, "weight": 0.7}, {"model": {"name": "ink"}, "weight": 1}],
        "app_version": "3.1.0",
    }
    found = read(tmp_path, png(text("invokeai_metadata", json.dumps(said))))
    assert core(found) == ("InvokeAI", "a castle", "", "5", 24, 6.0)
    assert (found.sampler, found.model, found.denoise_strength) == ("euler_a", "wai", 0.6)
    assert found.loras == (Lora("oil", 0.7), Lora("ink", 1.0))


@pytest.mark.parametrize("one", [True, False])
def test_invokeai_before_3(one: bool, tmp_path: Path) -> None:
    image = {
        "prompt": [{"prompt": "a castle [fog, rain]", "weight": 1.0}],
        "steps": 50,
        "cfg_scale": 7.5,
        "seed": 9,
        "width": 512,
        "height": 768,
        "sampler": "k_lms",
        "type": "txt2img",
        "strength": 0.75,
    }
    said: dict[str, Any] = {"model": "stable diffusion", "model_weights": "deliberate", "app_id": "invoke-ai/InvokeAI"}
    said |= {"image": image} if one else {"images": [image]}
    found = read(tmp_path, png(text("sd-metadata", json.dumps(said))))
    assert core(found) == ("InvokeAI", "a castle", "fog, rain", "9", 50, 7.5)
    assert (found.sampler, found.model, found.denoise_strength) == ("k_lms", "deliberate", None)


@pytest.mark.parametrize(
    "command",
    [
        '"a castle [fog]" -s 50 -S 9 -W 512 -H 768 -C 7.5 -A k_lms -G 0.9 -cf 0.75 -U 4 0.95',
        '"a castle [fog]" -s50 -S9 -W512 -H768 -C7.5 -Ak_lms',
        "a castle [fog] -s 50 -S 9 -W 512 -H 768 -C 7.5 -A k_lms",
        '"a castle [fog]" --steps 50 --seed 9 --width 512 --height 768 --cfg_scale 7.5 --sampler k_lms',
    ],
)
def test_invokeai_as_a_command_line(command: str, tmp_path: Path) -> None:
    found = read(tmp_path, png(text("Dream", command)))
    assert core(found) == ("InvokeAI", "a castle", "fog", "9", 50, 7.5)
    assert (found.sampler, found.width, found.height) == ("k_lms", 512, 768)


# NovelAI
NOVELAI = {"prompt": " a castle", "steps": 28, "height": 64, "width": 32, "scale": 5.0, "seed": 7, "uc": "fog",
           "sampler": "k_euler", "noise_schedule": "karras", "uncond_scale": 0.0}  # fmt: skip


def novelai_chunks() -> dict[str, str]:
    return {
        "Title": "NovelAI generated image",
        "Description": " a castle",
        "Software": "NovelAI",
        "Source": "NovelAI Diffusion V4.5 C02D4F98",
        "Comment": json.dumps(NOVELAI),
    }


def test_novelai_in_chunks_and_in_one_comment(tmp_path: Path) -> None:
    chunks = novelai_chunks()
    wrapped = webp((b"EXIF", exif(sub={USER_COMMENT: b"ASCII\0\0\0" + json.dumps(chunks).encode()})))
    for content in (png(*(text(key, value) for key, value in chunks.items())), wrapped):
        found = read(tmp_path, content)
        assert core(found) == ("NovelAI", "a castle", "fog", "7", 28, 5.0)
        assert (found.sampler, found.scheduler, found.model) == ("k_euler", "karras", "NovelAI Diffusion V4.5 C02D4F98")


def test_novelai_with_the_prompt_of_its_fourth_version_only(tmp_path: Path) -> None:
    comment = {key: value for key, value in NOVELAI.items() if key not in ("prompt", "uc")}
    comment |= {
        "v4_prompt": {"caption": {"base_caption": "a castle"}},
        "v4_negative_prompt": {"caption": {"base_caption": "fog"}},
    }
    found = read(tmp_path, png(text("Software", "NovelAI"), text("Comment", json.dumps(comment))))
    assert (found.prompt, found.negative_prompt) == ("a castle", "fog")


def test_novelais_tools_have_no_parameters(tmp_path: Path) -> None:
    found = read(tmp_path, png(text("Software", "NovelAI"), text("Comment", '{"req_type": "sketch"}')))
    assert core(found) == ("NovelAI", None, None, None, None, None)


# Fooocus
FOOOCUS = {
    "prompt": "a castle",
    "negative_prompt": "",
    "full_prompt": ["still a castle"],
    "steps": 30,
    "guidance_scale": 4,
    "seed": "6952411511246973023",
    "sampler": "dpmpp_2m_sde_gpu",
    "scheduler": "karras",
    "base_model": "jugger",
    "base_model_hash": "aeb7",
    "resolution": "(768, 1280)",
    "loras": [["oil.safetensors", 0.5, "hash"]],
    "metadata_scheme": "fooocus",
    "version": "Fooocus v2.5.5",
}


@pytest.mark.parametrize("titles", [False, True])
def test_fooocus_with_names_and_with_titles(titles: bool, tmp_path: Path) -> None:
    said = {key.replace("_", " ").title() if titles else key: value for key, value in FOOOCUS.items()}
    found = read(tmp_path, png(text("Comment" if titles else "parameters", json.dumps(said))))
    assert core(found) == ("Fooocus", "a castle", "", "6952411511246973023", 30, 4.0)
    assert (found.width, found.height, found.model, found.loras) == (
        768,
        1280,
        "jugger",
        (Lora("oil.safetensors", 0.5),),
    )


def test_forks_of_fooocus(tmp_path: Path) -> None:
    plus = {**FOOOCUS, "version": "FooocusPlus 1.0.0"}
    assert read(tmp_path, png(text("Comment", json.dumps(plus)))).generator == "FooocusPlus"
    ruined = {"Prompt": "a castle", "Negative": "fog", "steps": 30, "cfg": 8, "width": 8, "height": 16, "seed": 3,
              "sampler_name": "dpmpp", "scheduler": "karras", "base_model_name": "jugger", "loras": [{"name": "oil", "weight": 1}],
              "software": "RuinedFooocus"}  # fmt: skip
    found = read(tmp_path, png(text("parameters", json.dumps(ruined))))
    assert core(found) == ("RuinedFooocus", "a castle", "fog", "3", 30, 8.0)
    assert (found.model, found.sampler, found.loras) == ("jugger", "dpmpp", (Lora("oil", 1.0),))


# Draw Things, mflux, Easy Diffusion
def test_draw_things(tmp_path: Path) -> None:
    said = {"c": "a castle", "uc": "fog", "model": "flux.ckpt", "sampler": "Euler A Trailing", "scale": 4.5, "seed": 8,
            "steps": 28, "size": "1024x768", "strength": 1, "lora": [{"model": "oil.ckpt", "weight": 0.6}]}  # fmt: skip
    escaped = json.dumps(said).replace('"', "&quot;")
    packet = xmp(f"<xmp:CreatorTool>Draw Things</xmp:CreatorTool><exif:UserComment>{escaped}</exif:UserComment>")
    for content in (png(itxt("XML:com.adobe.xmp", packet.decode())), user_comment(said)):
        found = read(tmp_path, content)
        assert core(found) == ("Draw Things", "a castle", "fog", "8", 28, 4.5)
        assert (found.width, found.height, found.model, found.loras) == (
            1024,
            768,
            "flux.ckpt",
            (Lora("oil.ckpt", 0.6),),
        )


def test_draw_things_with_its_description_only(tmp_path: Path) -> None:
    said = "a castle\n-fog\nSteps: 4, Sampler: DPM++ 2M AYS, Guidance Scale: 4.5, Seed: 8, Size: 8x16, Model: m.ckpt, Seed Mode: x"
    packet = xmp(f"<xmp:CreatorTool>Draw Things</xmp:CreatorTool><dc:description>{said}</dc:description>")
    assert core(read(tmp_path, jpeg(app1_xmp(packet)))) == ("Draw Things", "a castle", "fog", "8", 4, 4.5)


MFLUX = {"mflux_version": "0.15", "model": "org/FLUX.1-dev", "seed": 43, "steps": 15, "guidance": 4.0, "width": 480, "height": 768,
         "prompt": "a castle", "negative_prompt": None, "lora_paths": ["/Users/ann/oil.safetensors"], "lora_scales": [0.5]}  # fmt: skip


def test_mflux(tmp_path: Path) -> None:
    tiff = exif(sub={USER_COMMENT: b"ASCII\0\0\0" + json.dumps(MFLUX).encode()})
    found = read(tmp_path, png(chunk(b"eXIf", tiff)), raw=True)
    assert core(found) == ("mflux", "a castle", None, "43", 15, 4.0)
    assert (found.model, found.loras) == ("org/FLUX.1-dev", (Lora("oil.safetensors", 0.5),))
    assert "/Users/ann/" in str(found.raw)
    assert "/Users/ann" not in str([found.loras, found.model, found.source])


def test_mflux_in_xmp_only(tmp_path: Path) -> None:
    packet = xmp(
        "<dc:description>a castle</dc:description><m:seed>43</m:seed><m:guidance>None</m:guidance><m:steps>15</m:steps>".replace(
            "m:", "mflux:"
        ),
        'xmlns:mflux="http://ns.mflux.ai/1.0/"',
    )
    assert core(read(tmp_path, jpeg(app1_xmp(packet)))) == ("mflux", "a castle", None, "43", 15, None)


@pytest.mark.parametrize("in_chunks", [True, False])
def test_easy_diffusion(in_chunks: bool, tmp_path: Path) -> None:
    said = {"prompt": "a castle", "negative_prompt": "fog", "seed": "34", "use_stable_diffusion_model": "sd-v1-5",
            "sampler_name": "euler_a", "num_inference_steps": "25", "guidance_scale": "7.5", "width": "512", "height": "768",
            "use_lora_model": "oil", "lora_alpha": "0.6", "use_vae_model": "", "clip_skip": "False"}  # fmt: skip
    found = read(tmp_path, png(*(text(key, value) for key, value in said.items())) if in_chunks else user_comment(said))
    assert core(found) == ("Easy Diffusion", "a castle", "fog", "34", 25, 7.5)
    assert (found.model, found.sampler, found.loras) == ("sd-v1-5", "euler_a", (Lora("oil", 0.6),))


@pytest.mark.parametrize("between", ["; ", "\n"])
def test_mochi_diffusion(between: str, tmp_path: Path) -> None:
    fields = ["Include in Image: a red; blue cube", "Exclude from Image: fog", "Model: sd-2", "Steps: 8", "Guidance Scale: 4.5",
              "Seed: 42", "Size: 64x32", "Scheduler: DPM-Solver++", "Generator: Mochi Diffusion 6.0"]  # fmt: skip
    found = read(tmp_path, jpeg(app1_xmp(xmp(f"<dc:description>{between.join(fields)}</dc:description>"))))
    assert core(found) == ("Mochi Diffusion", "a red; blue cube", "fog", "42", 8, 4.5)
    assert (found.sampler, found.model, found.width, found.height) == ("DPM-Solver++", "sd-2", 64, 32)


# Services
def test_midjourney(tmp_path: Path) -> None:
    job = "Job ID: bb9dd2e0-2352-4506-942b-9ac923610b8d"
    found = read(
        tmp_path, png(text("Description", f'a troll -- with "no 1.5" --ar 3:2 --no fog, rain --seed 12 --v 6 {job}'))
    )
    assert core(found) == ("Midjourney", 'a troll -- with "no 1.5"', "fog, rain", "12", None, None)
    bare = read(tmp_path, jpeg(app1_xmp(xmp(f"<dc:description>a troll {job}</dc:description>"))))
    assert core(bare) == ("Midjourney", "a troll", None, None, None, None)
    assert read(tmp_path, png(text("Description", "how to use --v 6"))).generator is None


def test_stability_matrix_before_all_that_it_adds(tmp_path: Path) -> None:
    said = {"PositivePrompt": "a castle", "NegativePrompt": "fog", "Steps": 20, "Sampler": "Euler Karras", "CfgScale": 5, "Seed": 3,
            "Width": 8, "Height": 16, "ModelName": "wai.safetensors", "ModelHash": "A5"}  # fmt: skip
    content = png(text("prompt", json.dumps(GRAPH)), text("parameters-json", json.dumps(said)), text("smproj", "{}"))
    found = read(tmp_path, content)
    assert core(found) == ("Stability Matrix", "a castle", "fog", "3", 20, 5.0)
    assert (found.model, found.model_hash) == ("wai.safetensors", "A5")


def test_tensor_art_with_the_rest_from_its_graph(tmp_path: Path) -> None:
    said = {"prompt": "a castle", "negativePrompt": "fog", "baseModel": {"modelFileName": "wai", "hash": "A5"}}
    content = png(text("generation_data", json.dumps(said) + "\0"), text("prompt", json.dumps(GRAPH)))
    found = read(tmp_path, content)
    assert (found.generator, found.prompt, found.seed, found.model) == ("Tensor.Art", "a castle", "1", "wai")
    assert found.source is not None
    assert (found.source["prompt"], found.source["seed"]) == ("PNG tEXt generation_data", "PNG tEXt prompt")


def test_civitais_form_within_a_graph(tmp_path: Path) -> None:
    form = {"prompt": "a castle", "negativePrompt": "fog", "steps": 25, "cfgScale": 4, "sampler": "Euler a", "seed": 77}
    found = read(tmp_path, png(text("prompt", json.dumps({**GRAPH, "extraMetadata": json.dumps(form)}))))
    assert core(found) == ("Civitai", "a castle", "fog", "77", 25, 4.0)


def test_image_metahub(tmp_path: Path) -> None:
    said = {"generator": "ComfyUI", "prompt": "a castle", "negativePrompt": "fog", "seed": 4, "steps": 9, "cfg": 3,
            "sampler_name": "euler", "scheduler": "beta", "model": "wai", "loras": [{"name": "oil", "weight": 1}]}  # fmt: skip
    found = read(tmp_path, png(itxt("imagemetahub_data", json.dumps(said))))
    assert core(found) == ("ComfyUI", "a castle", "fog", "4", 9, 3.0)


def test_a_space_that_writes_plain_json(tmp_path: Path) -> None:
    said = {"prompt": "a castle", "negative_prompt": "fog", "resolution": "832 x 1216", "guidance_scale": 7, "num_inference_steps": 28,
            "seed": 11, "sampler": "Euler a", "Model": "Animagine", "Model hash": "E3", "use_upscaler": None}  # fmt: skip
    found = read(tmp_path, png(text("parameters", json.dumps(said))))
    assert core(found) == ("Hugging Face Space", "a castle", "fog", "11", 28, 7.0)
    assert (found.width, found.height, found.model, found.model_hash) == (832, 1216, "Animagine", "E3")
    assert read(tmp_path, png(text("Comment", '{"prompt": "press any key", "seed": "of doubt"}'))).generator is None


# Provenance
MADE = b"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.mark.parametrize(
    ("manifest", "maker"),
    [
        (b"claim_generator_info dname OpenAI Media Service API " + MADE, "OpenAI"),
        (b"Created by Google Generative AI. Google LLC " + MADE, "Google"),
        (b"Adobe_Firefly Adobe Inc. " + MADE, "Adobe Firefly"),
        (b"Adobe Photoshop http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture", None),
        (b"Google LLC http://cv.iptc.org/newscodes/digitalsourcetype/composite", None),
        (b"make_test_images http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia", None),
    ],
)
def test_makers_by_provenance(manifest: bytes, maker: str | None, tmp_path: Path) -> None:
    jumbf = b"JP\0\1\0\0\0\1" + manifest
    for content in (png(chunk(b"caBX", manifest)), webp((b"C2PA", manifest)), jpeg(segment(0xEB, jumbf))):
        assert core(read(tmp_path, content)) == (maker, None, None, None, None, None)


def test_makers_by_xmp(tmp_path: Path) -> None:
    namespace = 'xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:p="http://ns.adobe.com/photoshop/1.0/"'
    kind = f"<i:DigitalSourceType>{MADE.decode()}</i:DigitalSourceType>"
    packet = xmp(kind + "<p:Credit>Made with Google AI</p:Credit>", namespace)
    assert read(tmp_path, jpeg(app1_xmp(packet))).generator == "Google"
    assert read(tmp_path, jpeg(app1_xmp(xmp("<p:Credit>Made with Google AI</p:Credit>", namespace)))).generator is None


def test_a_program_that_only_saved_the_image_is_no_generator(tmp_path: Path) -> None:
    content = jpeg(app1_exif(exif({DESCRIPTION: b"a castle\0", SOFTWARE: b"Adobe Photoshop 25\0"})))
    assert read(tmp_path, content).generator is None
