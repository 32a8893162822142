"""ComfyUI's graphs: from the saved image back to the sampler, through nodes that nobody has heard of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from image_files import png, read, text

from imglearn.capture.found import Found
from imglearn.capture.image_record import Lora
from imglearn.capture.parsers.comfyui import reading

Graph = dict[str, Any]


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def sampler(**inputs: Any) -> dict[str, Any]:
    given = {
        "seed": 42,
        "steps": 20,
        "cfg": 7.0,
        "sampler_name": "euler",
        "scheduler": "karras",
        "denoise": 1.0,
        "model": ["4", 0],
        "positive": ["6", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
    }
    return node("KSampler", **{**given, **inputs})


def graph(**changed: Any) -> Graph:
    """The workflow that everybody starts with; a node is changed by `n6=...`, or taken out by None."""
    nodes = {
        "3": sampler(),
        "4": node("CheckpointLoaderSimple", ckpt_name="sdxl/wai.safetensors"),
        "5": node("EmptyLatentImage", width=1024, height=768, batch_size=1),
        "6": node("CLIPTextEncode", text="a castle", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="fog", clip=["4", 1]),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", filename_prefix="x", images=["8", 0]),
    }
    nodes |= {name.removeprefix("n").replace("_", ":"): value for name, value in changed.items()}
    return {id: value for id, value in nodes.items() if value is not None}


def found_in(nodes: Graph) -> Found:
    found = reading.read_graph(nodes)
    assert found is not None
    return found


def test_the_workflow_that_everybody_starts_with(tmp_path: Path) -> None:
    found = read(tmp_path, png(text("prompt", json.dumps(graph()))))
    assert (found.generator, found.prompt, found.negative_prompt, found.seed) == ("ComfyUI", "a castle", "fog", "42")
    assert (found.steps, found.guidance_scale, found.sampler, found.scheduler) == (20, 7.0, "euler", "karras")
    assert (found.model, found.width, found.height, found.denoise_strength) == ("sdxl/wai.safetensors", 1024, 768, 1.0)
    assert found.distilled_guidance is None


def test_bare_nan_and_the_largest_seed(tmp_path: Path) -> None:
    nodes = json.dumps(graph(n3=sampler(seed=2**64 - 1))).replace('"x"', "NaN")
    assert read(tmp_path, png(text("prompt", nodes))).seed == "18446744073709551615"


def test_an_image_that_a_service_made() -> None:
    nodes = {"1": node("OpenAIGPTImage1", prompt=["2", 0], seed=9, quality="low", n=1), "2": node("Text", text="a castle"),
             "3": node("SaveImage", images=["1", 0])}  # fmt: skip
    assert (found_in(nodes)["prompt"], found_in(nodes)["seed"]) == ("a castle", "9")
    enlarged = {
        "1": node("LoadImage", image="a.png"),
        "2": node("ImageUpscaleWithModel", image=["1", 0]),
        "3": node("SaveImage", images=["2", 0]),
    }
    assert found_in(enlarged).values == {}


# Which sampler
def hires(first: float, second: float) -> Graph:
    upscaled = node("LatentUpscale", samples=["3", 0], width=2048, height=1536)
    again = sampler(seed=99, steps=10, latent_image=["20", 0], denoise=second)
    return graph(n3=sampler(denoise=first), n20=upscaled, n21=again, n8=node("VAEDecode", samples=["21", 0]))


@pytest.mark.parametrize("denoise", [(1.0, 0.5), (1.0, 1.0), (0.8, 0.3)])
def test_the_first_pass_counts(denoise: tuple[float, float]) -> None:
    found = found_in(hires(*denoise))
    assert (found["seed"], found["steps"], found["width"], found["height"]) == ("42", 20, 1024, 768)


def test_a_refiner_that_goes_on_without_noise() -> None:
    common = {
        "cfg": 7.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "positive": ["6", 0],
        "negative": ["7", 0],
        "steps": 25,
    }
    base = node(
        "KSamplerAdvanced",
        add_noise="enable",
        noise_seed=42,
        start_at_step=0,
        latent_image=["5", 0],
        model=["4", 0],
        **common,
    )
    refiner = node(
        "KSamplerAdvanced",
        add_noise="disable",
        noise_seed=0,
        start_at_step=20,
        latent_image=["3", 0],
        model=["30", 0],
        **common,
    )
    nodes = graph(
        n3=base,
        n21=refiner,
        n30=node("CheckpointLoaderSimple", ckpt_name="refiner"),
        n8=node("VAEDecode", samples=["21", 0]),
    )
    assert (found_in(nodes)["seed"], found_in(nodes)["model"]) == ("42", "sdxl/wai.safetensors")


def test_a_sampler_that_the_image_does_not_come_from(tmp_path: Path) -> None:
    nodes = {"1": sampler(seed=1, positive=["7", 0]), **graph()}
    assert found_in(nodes)["seed"] == "42"


def second_image(**inputs: Any) -> Graph:
    """Another image that the same graph saves, by a sampler of its own."""
    return {
        "n13": sampler(**inputs),
        "n18": node("VAEDecode", samples=["13", 0], vae=["4", 2]),
        "n19": node("SaveImage", filename_prefix="y", images=["18", 0]),
    }


def test_of_two_images_that_a_graph_saves_only_what_both_say_is_known() -> None:
    found = found_in(
        graph(**second_image(seed=43, positive=["16", 0]), n16=node("CLIPTextEncode", text="a hut", clip=["4", 1]))
    )
    assert (found["seed"], found["prompt"]) == (None, None)
    assert (found["negative_prompt"], found["steps"], found["model"]) == ("fog", 20, "sdxl/wai.safetensors")
    assert "seed" not in found.sources


def test_an_image_saved_before_it_is_enlarged_and_after_is_one() -> None:
    found = found_in(graph(**second_image(seed=43, denoise=0.4, latent_image=["3", 0])))
    assert (found["seed"], found["prompt"], found["width"]) == ("42", "a castle", 1024)


def test_a_detailer_behind_the_sampler() -> None:
    detailer = node("FaceDetailer", image=["8", 0], seed=7, steps=12, cfg=5, sampler_name="dpm", scheduler="normal", denoise=0.4,
                    model=["4", 0], positive=["6", 0], negative=["7", 0])  # fmt: skip
    found = found_in(graph(n30=detailer, n9=node("Image Save", images=["30", 0])))
    assert (found["seed"], found["sampler"]) == ("42", "euler")


def test_samplers_of_parts() -> None:
    nodes = graph(
        n3=node(
            "SamplerCustomAdvanced",
            noise=["31", 0],
            guider=["32", 0],
            sampler=["33", 0],
            sigmas=["36", 0],
            latent_image=["5", 0],
        ),
        n31=node("RandomNoise", noise_seed=77),
        n32=node("BasicGuider", model=["35", 0], conditioning=["34", 0]),
        n33=node("KSamplerSelect", sampler_name="dpmpp_2m"),
        n34=node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
        n35=node("ModelSamplingFlux", max_shift=1.15, model=["38", 0], width=1024, height=1024),
        n36=node("SplitSigmas", sigmas=["37", 0], step=10),
        n37=node("BasicScheduler", scheduler="simple", steps=28, denoise=0.9, model=["35", 0]),
        n38=node("UnetLoaderGGUF", unet_name="flux.gguf"),
    )
    found = found_in(nodes)
    assert (found["seed"], found["steps"], found["sampler"], found["scheduler"]) == ("77", 28, "dpmpp_2m", "simple")
    assert (found["guidance_scale"], found["distilled_guidance"], found["denoise_strength"]) == (None, 3.5, 0.9)
    assert (found["prompt"], found["negative_prompt"], found["model"]) == ("a castle", None, "flux.gguf")


def test_a_guider_with_cfg() -> None:
    nodes = graph(
        n3=node(
            "SamplerCustomAdvanced",
            noise=["31", 0],
            guider=["32", 0],
            sampler=["33", 0],
            sigmas=["37", 0],
            latent_image=["5", 0],
        ),
        n31=node("RandomNoise", noise_seed=77),
        n32=node("CFGGuider", cfg=5.0, model=["4", 0], positive=["6", 0], negative=["7", 0]),
        n33=node("KSamplerSelect", sampler_name="dpmpp_2m"),
        n37=node("Flux2Scheduler", steps=28, width=["40", 0], height=64),
        n40=node("PrimitiveInt", value=64),
    )
    found = found_in(nodes)
    assert (found["guidance_scale"], found["prompt"], found["negative_prompt"]) == (5.0, "a castle", "fog")
    assert (found["steps"], found["scheduler"], found["model"]) == (28, None, "sdxl/wai.safetensors")


def test_a_video_model_with_its_texts_bridged() -> None:
    nodes = {
        "1": node("WanVideoModelLoader", model="wan\\i2v.safetensors", quantization="fp8"),
        "2": node("WanVideoTextEmbedBridge", positive=["6", 0], negative=["7", 0]),
        "3": node(
            "WanVideoSampler",
            steps=30,
            cfg=6.0,
            shift=6.0,
            seed=1234,
            scheduler="unipc",
            model=["1", 0],
            text_embeds=["2", 0],
        ),
        "6": node("CLIPTextEncode", text="a castle", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="fog", clip=["4", 1]),
    }
    found = found_in(nodes)
    assert (found["prompt"], found["negative_prompt"], found["model"]) == ("a castle", "fog", "wan\\i2v.safetensors")
    assert (found["seed"], found["scheduler"]) == ("1234", "unipc")


# Texts
TEXTS: dict[str, tuple[Graph, str | None]] = {
    "a string node": ({"n20": node("PrimitiveStringMultiline", value="a hut")}, "a hut"),
    "a node nobody knows": ({"n20": node("My Prompt Box", my_prompt_text="a hut", mode="fast")}, "a hut"),
    "shown on the way": ({"n20": node("ShowText|pysssss", text=["21", 0]), "n21": node("String Literal", string="a hut")}, "a hut"),
    "shown beside what an earlier run showed": (
        {"n20": node("easy showAnything", text="earlier", anything=["21", 0]), "n21": node("String Literal", string="a hut")},
        "a hut",
    ),
    "passed on": ({"n20": node("Reroute (rgthree)", **{"": ["21", 0]}), "n21": node("CR Prompt Text", prompt="a hut")}, "a hut"),
    "joined": ({"n20": node("StringConcatenate", string_a="a", string_b=["21", 0], delimiter=", "), "n21": node("Text", text="hut")}, "a, hut"),
    "joined with blanks left out": (
        {"n20": node("Text Concatenate", delimiter=", ", clean_whitespace="true", text_a=" a ", text_b="", text_c="hut")},
        "a, hut",
    ),
    "joined by line": ({"n20": node("CR Text Concatenate", text1="a", text2="hut", separator="\\n")}, "a\nhut"),
    "filled in": ({"n20": node("ImpactWildcardProcessor", wildcard_text="a {x|y}", populated_text="a hut", seed=4)}, "a hut"),
    "a styler's own": ({"n20": node("SDXLPromptStyler", text_positive="a hut", text_negative="no", style="base")}, "a hut"),
    "a style added to it": ({"n20": node("SDXLPromptStyler", text_positive="a hut", text_negative="no", style="sai-anime")}, None),
    "changed by a node nobody knows": ({"n20": node("Upside Down", text=["21", 0]), "n21": node("Text", text="a hut")}, None),
    "held by a node nobody knows, whose name doesn't tell": ({"n20": node("Frobnicate", text="a hut", times=3)}, None),
    "chosen": (
        {"n20": node("ComfySwitchNode", switch=["22", 0], on_true=["21", 0], on_false="no"), "n21": node("Text", text="a hut"),
         "n22": node("PrimitiveBoolean", value=True)},
        "a hut",
    ),
    "chosen by number": ({"n20": node("ImpactSwitch", select=2, input1="no", input2=["21", 0]), "n21": node("Text", text="a hut")}, "a hut"),
    "written by a model": ({"n20": node("TextGenerate", prompt="write: ", clip=["4", 1])}, None),
    "written by a model nobody knows": ({"n20": node("Poet", text=["21", 0], model=["4", 0]), "n21": node("Text", text="write")}, None),
    "read off an image": ({"n20": node("WD14Tagger|pysssss", image=["22", 0], exclude_tags="no")}, None),
    "chosen by chance": ({"n20": node("Random Prompts", text="a {x|y}")}, None),
    "joined with one that is written": (
        {"n20": node("StringConcatenate", string_a="a", string_b=["21", 0], delimiter=" "), "n21": node("OllamaGenerate", prompt="x")},
        None,
    ),
    "chosen at run time": ({"n20": node("ComfySwitchNode", switch=["99", 0], on_true="a", on_false="b")}, None),
    "from nowhere": ({}, None),
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_by_links(kind: str) -> None:
    nodes, expected = TEXTS[kind]
    found = found_in(graph(n6=node("CLIPTextEncode", text=["20", 0], clip=["4", 1]), **nodes))
    assert found["prompt"] == expected
    assert (found["negative_prompt"], found["seed"], found["model"]) == ("fog", "42", "sdxl/wai.safetensors")


def test_conditionings_that_are_joined() -> None:
    more = {
        "n20": node("CLIPTextEncode", text="a moat", clip=["4", 1]),
        "n21": node("CLIPTextEncode", text="a hill", clip=["4", 1]),
    }
    nodes = graph(
        n3=sampler(positive=["30", 0]),
        n30=node("ConditioningConcat", conditioning_from=["31", 0], conditioning_to=["6", 0]),
        n31=node("ConditioningCombine", conditioning_1=["32", 0], conditioning_2=["21", 0]),
        n32=node("ConditioningSetArea", conditioning=["20", 0], width=64, height=64, x=0, y=0, strength=1.0),
        **more,
    )
    assert found_in(nodes)["prompt"] == "a castle\na moat\na hill"


def test_control_nets_pass_both_prompts() -> None:
    control = node(
        "ControlNetApplyAdvanced",
        positive=["6", 0],
        negative=["7", 0],
        control_net=["31", 0],
        image=["32", 0],
        strength=1,
    )
    nodes = graph(
        n3=sampler(positive=["30", 0], negative=["30", 1]),
        n30=control,
        n31=node("ControlNetLoader", control_net_name="canny"),
    )
    assert (found_in(nodes)["prompt"], found_in(nodes)["negative_prompt"]) == ("a castle", "fog")


def test_no_negative_prompt_is_not_an_empty_one() -> None:
    zeroed = graph(n7=node("ConditioningZeroOut", conditioning=["6", 0]))
    assert found_in(zeroed)["negative_prompt"] is None
    assert found_in(graph(n7=node("CLIPTextEncode", text="", clip=["4", 1])))["negative_prompt"] == ""
    assert found_in(graph(n3=sampler(negative=["6", 0])))["negative_prompt"] is None


def test_encoders_with_several_texts() -> None:
    one = graph(n6=node("CLIPTextEncodeFlux", clip_l="a castle", t5xxl="a castle", guidance=4.0, clip=["4", 1]))
    assert (found_in(one)["prompt"], found_in(one)["distilled_guidance"]) == ("a castle", 4.0)
    two = graph(
        n6=node("CLIPTextEncodeSDXL", text_g="a castle", text_l="stones", width=1024, height=1024, clip=["4", 1])
    )
    assert found_in(two)["prompt"] == "a castle\nstones"


def test_efficient_nodes() -> None:
    loader = node("Efficient Loader", ckpt_name="wai", vae_name="Baked VAE", clip_skip=-2, lora_name="oil.safetensors", lora_model_strength=0.7,
                  lora_clip_strength=1, positive=["20", 0], negative="fog", empty_latent_width=512, empty_latent_height=640, batch_size=1,
                  lora_stack=["21", 0])  # fmt: skip
    stack = node(
        "LoRA Stacker",
        input_mode="simple",
        lora_count=1,
        lora_name_1="ink",
        lora_wt_1=0.2,
        lora_name_2="unused",
        lora_wt_2=1,
    )
    again = node("KSampler (Efficient)", seed=9, steps=5, cfg=7, sampler_name="euler", scheduler="normal", denoise=0.4,
                 model=["3", 0], positive=["3", 1], negative=["3", 2], latent_image=["3", 3])  # fmt: skip
    first = {
        **sampler(model=["4", 0], positive=["4", 1], negative=["4", 2], latent_image=["4", 3]),
        "class_type": "KSampler (Efficient)",
    }
    nodes = graph(
        n3=first,
        n4=loader,
        n20=node("Text", text="a castle"),
        n21=stack,
        n22=again,
        n9=node("SaveImage", images=["22", 5]),
    )
    found = found_in(nodes)
    assert (found["prompt"], found["negative_prompt"], found["model"], found["seed"]) == (
        "a castle",
        "fog",
        "wai",
        "42",
    )
    assert (found["width"], found["height"]) == (512, 640)
    assert found["loras"] == (Lora("ink", 0.2), Lora("oil.safetensors", 0.7))


def test_a_loader_that_is_given_what_a_model_wrote() -> None:
    loader = node("Efficient Loader", ckpt_name="wai", positive=["20", 0], negative="fog")
    nodes = graph(
        n3=sampler(positive=["4", 1], negative=["4", 2]), n4=loader, n20=node("OllamaGenerate", prompt="write")
    )
    assert (found_in(nodes)["prompt"], found_in(nodes)["negative_prompt"]) == (None, "fog")


def test_pipes_and_contexts() -> None:
    pre = node(
        "easy preSampling",
        steps=22,
        cfg=5,
        sampler_name="euler",
        scheduler="normal",
        denoise=1,
        seed=11,
        pipe=["40", 0],
    )
    loader = node("easy fullLoader", ckpt_name="wai", lora_name="None", positive="a castle", negative="fog", resolution="832 x 1216",
                  empty_latent_width=512, empty_latent_height=512)  # fmt: skip
    nodes = {
        "40": loader,
        "41": pre,
        "42": node("easy kSampler", pipe=["41", 0]),
        "43": node("SaveImage", images=["42", 1]),
    }
    found = found_in(nodes)
    assert (found["seed"], found["steps"], found["prompt"], found["negative_prompt"]) == ("11", 22, "a castle", "fog")
    assert (found["model"], found["width"], found["height"]) == ("wai", 832, 1216)

    basic = node("ToBasicPipe", model=["4", 0], clip=["4", 1], vae=["4", 2], positive=["6", 0], negative=["7", 0])
    impact = node("ImpactKSamplerBasicPipe", basic_pipe=["30", 0], seed=12, steps=8, cfg=2, sampler_name="euler", scheduler="normal",
                  latent_image=["5", 0], denoise=1)  # fmt: skip
    found = found_in(graph(n3=impact, n30=basic))
    assert (found["seed"], found["prompt"], found["negative_prompt"], found["model"]) == (
        "12",
        "a castle",
        "fog",
        "sdxl/wai.safetensors",
    )

    big = node(
        "Context Big (rgthree)",
        model=["4", 0],
        positive=["6", 0],
        negative=["7", 0],
        latent=["5", 0],
        seed=["31", 0],
        steps=["32", 0],
    )
    through = sampler(
        model=["30", 1], positive=["30", 4], negative=["30", 5], latent_image=["30", 6], seed=["30", 8], steps=["30", 9]
    )
    found = found_in(
        graph(n3=through, n30=big, n31=node("Seed (rgthree)", seed=13), n32=node("PrimitiveInt", value=33))
    )
    assert (found["seed"], found["steps"], found["prompt"], found["negative_prompt"]) == ("13", 33, "a castle", "fog")
    assert (found["model"], found["width"]) == ("sdxl/wai.safetensors", 1024)


def test_settings_behind_links() -> None:
    config = node(
        "KSampler Config (rgthree)", steps_total=5, refiner_step=24, cfg=8.0, sampler_name="dpm", scheduler="normal"
    )
    linked = sampler(steps=["10", 0], cfg=["10", 2], sampler_name=["10", 3], scheduler=["10", 4], seed=["11", 0])
    found = found_in(graph(n3=linked, n10=config, n11=node("easy seed", seed=19, control_before_generate="randomize")))
    assert (found["steps"], found["guidance_scale"], found["sampler"], found["scheduler"]) == (5, 8.0, "dpm", "normal")
    assert found["seed"] == "19"


def test_what_only_a_run_knows_is_unknown() -> None:
    calculated = sampler(steps=["10", 0], seed=["11", 0], cfg=["99", 0])
    found = found_in(
        graph(n3=calculated, n10=node("SimpleMath+", value="a*2", a=10), n11=node("RandomInt", min=0, max=9))
    )
    assert (found["steps"], found["seed"], found["guidance_scale"]) == (None, None, None)
    assert found_in(graph(n3=sampler(seed=-1)))["seed"] is None


# Model, LoRAs, size
def test_loras_in_the_order_they_are_applied() -> None:
    nodes = graph(
        n3=sampler(model=["20", 0]),
        n20=node("Power Lora Loader (rgthree)", PowerLoraLoaderHeaderWidget={"type": "x"}, model=["21", 0], clip=["21", 1],
                 lora_1={"on": True, "lora": "c", "strength": 0.3}, lora_2={"on": False, "lora": "d", "strength": 1}),
        n21=node("LoraLoader", lora_name="b", strength_model=0.2, strength_clip=1, model=["22", 0], clip=["22", 1]),
        n22=node("LoraLoaderModelOnly", lora_name="a", strength_model=0.1, model=["4", 0]),
    )  # fmt: skip
    assert found_in(nodes)["loras"] == (Lora("a", 0.1), Lora("b", 0.2), Lora("c", 0.3))
    assert found_in(nodes)["model"] == "sdxl/wai.safetensors"


def test_files_with_a_preview_beside_them() -> None:
    loader = node("CheckpointLoader|pysssss", ckpt_name={"content": "wai.safetensors", "image": None})
    lora = node(
        "LoraLoader|pysssss", lora_name={"content": "oil", "image": "x.png"}, strength_model=0.5, model=["4", 0]
    )
    found = found_in(graph(n3=sampler(model=["20", 0]), n4=loader, n20=lora))
    assert (found["model"], found["loras"]) == ("wai.safetensors", (Lora("oil", 0.5),))


def test_a_merge_of_models_is_neither() -> None:
    merge = node("ModelMergeSimple", model1=["4", 0], model2=["31", 0], ratio=0.5)
    found = found_in(
        graph(n3=sampler(model=["30", 0]), n30=merge, n31=node("CheckpointLoaderSimple", ckpt_name="other"))
    )
    assert found["model"] is None


def test_the_size_of_an_image_that_it_began_with_is_unknown() -> None:
    encoded = node("VAEEncode", pixels=["31", 0], vae=["4", 2])
    found = found_in(
        graph(n3=sampler(latent_image=["30", 0], denoise=0.6), n30=encoded, n31=node("LoadImage", image="a.png"))
    )
    assert (found["width"], found["height"], found["denoise_strength"]) == (None, None, 0.6)


@pytest.mark.parametrize(
    ("latent", "size"),
    [
        (node("SDXL Empty Latent Image (rgthree)", dimensions="1216 x 832   (landscape)", clip_scale=1.5), (1216, 832)),
        (
            node(
                "CR SDXL Aspect Ratio",
                width=1024,
                height=1024,
                aspect_ratio="5:8 portrait 832x1216",
                swap_dimensions="Off",
            ),
            (832, 1216),
        ),
        (node("CR SDXL Aspect Ratio", width=640, height=512, aspect_ratio="custom", swap_dimensions="Off"), (640, 512)),
        (
            node("SDXLEmptyLatentSizePicker+", resolution="832x1152 (0.72)", width_override=0, height_override=0),
            (832, 1152),
        ),
        (node("EmptySD3LatentImage", width=["50", 0], height=["51", 0]), (640, 512)),
        (node("RepeatLatentBatch", samples=["52", 0], amount=4), (320, 256)),
        (node("EmptyLatentImage", width=["53", 0], height=512), (None, None)),
    ],
)
def test_sizes(latent: dict[str, Any], size: tuple[int | None, int | None]) -> None:
    more = {"n50": node("PrimitiveInt", value=640), "n51": node("INTConstant", value=512),
            "n52": node("EmptyLatentImage", width=320, height=256), "n53": node("MathExpression", expression="a", a=3)}  # fmt: skip
    found = found_in(graph(n5=latent, **more))
    assert (found["width"], found["height"]) == size


# Harm
def test_circles_and_links_to_nowhere_end() -> None:
    circle = graph(
        n3=sampler(model=["4", 0], positive=["6", 0], latent_image=["5", 0], seed=["20", 0], steps=["20", 0]),
        n4=node("LoraLoader", lora_name="x", model=["4", 0]),
        n5=node("RepeatLatentBatch", samples=["5", 0]),
        n6=node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["6", 0]),
        n7=node("ControlNetApplyAdvanced", positive=["7", 0], negative=["7", 1]),
        n20=node("Reroute", value=["20", 0]),
    )
    found = found_in(circle)
    assert [found[name] for name in ("prompt", "negative_prompt", "seed", "steps", "model", "width")] == [None] * 6
    broken = {
        "3": sampler(model=["4"], positive=["nope", 0], negative=[], latent_image=[None, None]),
        "7": None,
        "8": [],
        "9": node("SaveImage"),
    }
    assert found_in(broken)["seed"] == "42"
    assert reading.read_graph({"1": 2, "prompt": "x"}) is None


def test_a_wide_graph_that_multiplies_its_paths() -> None:
    nodes = graph(n3=sampler(positive=["100", 0]))
    for id in range(100, 130):
        nodes[str(id)] = node("ConditioningCombine", conditioning_1=[str(id + 1), 0], conditioning_2=[str(id + 1), 0])
    nodes["130"] = node("CLIPTextEncode", text="a castle", clip=["4", 1])
    assert found_in(nodes)["prompt"] in ("a castle", None)


# Beside the graph
def test_an_infotext_of_a_save_node_fills_the_gaps(tmp_path: Path) -> None:
    nodes = graph(n6=node("CLIPTextEncode", text=["20", 0], clip=["4", 1]), n20=node("OllamaGenerate", prompt="x"))
    said = "what the model wrote\nNegative prompt: other\nSteps: 20, Sampler: euler_karras, Seed: 42, Model hash: 45a2"
    found = read(tmp_path, png(text("prompt", json.dumps(nodes)), text("parameters", said)))
    assert (found.generator, found.prompt, found.negative_prompt, found.model_hash) == (
        "ComfyUI",
        "what the model wrote",
        "fog",
        "45a2",
    )
    assert found.source is not None
    assert (found.source["prompt"], found.source["seed"]) == ("PNG tEXt parameters", "PNG tEXt prompt")
