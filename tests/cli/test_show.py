from __future__ import annotations

import json

from support import Cli

from imglearn.logger import ImageGenerationLogger


def fill(logger: ImageGenerationLogger) -> None:
    logger.log_record(
        {
            "id": "5a-first",
            "timestamp": "2025-11-25T10:00:00Z",
            "material": "Birch",
            "category": "wood",
            "realism_score": 70,
            "prompt": "dust floats over the table",
            "params": {"steps": 20},
            "physics_issues": ["Dust floats"],
        }
    )
    logger.log_record(
        {
            "id": "5a-second",
            "timestamp": "2025-11-25T10:01:00Z",
            "material": "Birch",
            "category": "wood",
            "realism_score": 82,
            "prompt": "dust settles on the table",
            "params": {"steps": 30, "lora": {"name": "dust", "weight": 0.5}},
            "parent_id": "5a-first",
            "extra": {"process": {"host": "gpu-box", "pid": 4242}, "judge": {"sure": 0.123456789}},
        }
    )


def test_a_retry_says_what_it_changed(logger: ImageGenerationLogger, cli: Cli) -> None:
    fill(logger)
    shown = cli("show", "5a-second").stdout
    assert "Since 5a-first, which it retries: 70 fail → 82 pass, +12" in shown
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "steps 20 → 30" in lines
    assert "prompt dust [-floats over-] {+settles on+} the table" in lines
    assert "Since" not in cli("show", "5a-first").stdout
    found = json.loads(cli("show", "5a-second", "--json").stdout)
    assert found["changes"]["score_change"] == 12
    assert json.loads(cli("show", "5a-first", "--json").stdout)["changes"] is None


def test_nested_values_have_a_line_each_and_a_process_is_said_as_people_know_it(
    logger: ImageGenerationLogger, cli: Cli
) -> None:
    fill(logger)
    lines = [" ".join(line.split()) for line in cli("show", "5a-second").stdout.splitlines()]
    assert "lora.name = dust" in lines
    assert "lora.weight = 0.5" in lines
    assert "extra process = 4242 on gpu-box" in lines
    assert "judge.sure = 0.123456789" in lines


def test_an_ambiguous_beginning_lists_what_would_be_meant(logger: ImageGenerationLogger, cli: Cli) -> None:
    fill(logger)
    done = cli("show", "5a")
    assert (done.returncode, done.stdout) == (2, "")
    assert "5a-first  2025-11-25 10:00:00  Birch  70 fail\n" in done.stderr
    assert "5a-second  2025-11-25 10:01:00  Birch  82 pass\n" in done.stderr
