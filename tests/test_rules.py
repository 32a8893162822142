from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from imglearn import rules, settings
from imglearn.errors import SettingsError

TWO_RULES = """
[[watch.rule]]
path = 'outputs/(?P<material>[^/]+)/'
category = "wood_hardwood"

[[watch.rule]]
prompt = '(?i)\\boak\\b'
material = "Oak"
category = "wood"
"""


def configured(home: Path, text: str) -> tuple[rules.Rule, ...]:
    config = home / "rules.toml"
    config.write_text(text)
    return settings.resolve(env={"IMGLEARN_CONFIG": str(config)}).watch_rules.value


def test_of_each_field_the_first_rule_counts_that_says_it(home: Path) -> None:
    found = configured(home, TWO_RULES)
    assert rules.said(found, "/x/outputs/Birch/1.png", "an oak") == {"material": "Birch", "category": "wood_hardwood"}
    assert rules.said(found, "/x/1.png", "an OAK plank") == {"material": "Oak", "category": "wood"}
    assert rules.said(found, "/x/1.png", "soaked") == {}
    assert rules.said(found, "/x/1.png", None) == {}


def test_a_rule_with_path_and_prompt_wants_both(home: Path) -> None:
    found = configured(home, "[[watch.rule]]\npath = 'a/'\nprompt = 'b'\nmodel = 'flux'")
    assert rules.said(found, "a/1.png", "b") == {"model": "flux"}
    assert rules.said(found, "a/1.png", "c") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[watch]\nrules = 1", r"unknown setting 'watch.rules'; known is watch.rule"),
        ("watch = 1", r"wants tables \[\[watch.rule\]\]"),
        ("[watch]\nrule = 5", r"wants tables \[\[watch.rule\]\]"),
        ("[[watch.rule]]\npath = '('\ncategory = 'a'", r"watch.rule 1: path: '\(' is no regex"),
        ("[[watch.rule]]\npath = '(?P<colour>.)'", "unknown name 'colour'; known are material, category, model"),
        ("[[watch.rule]]\npath = 'a'", "it says nothing"),
        ("[[watch.rule]]\ncategory = 'a'", "wants a regex for path or prompt"),
        ("[[watch.rule]]\npath = 'a'\ncategory = 5", "category: got 5; wants a text"),
        ("[[watch.rule]]\npath = 'a'\nfolder = 'a'", "unknown key 'folder'"),
    ],
)
def test_a_bad_rule_says_what_is_wrong(home: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        configured(home, text)


@pytest.mark.parametrize(
    ("pattern", "path", "wanted"),
    [
        ("{category}/{material}/*.png", "wood/Oak/1.png", {"category": "wood", "material": "Oak"}),
        ("{category}/{material}/*.png", "wood/Oak/deeper/1.png", {}),
        ("{category}/{material}/*.png", "wood/Oak/1.webp", {}),
        ("{category}/**/{model}_*", "wood/a/b/flux_1.png", {"category": "wood", "model": "flux"}),
        ("**/{material}-?.png", "a/Oak-1.png", {"material": "Oak"}),
        ("**/{material}-?.png", "Oak-1.png", {"material": "Oak"}),
        ("{material}.png", "a+b.png", {"material": "a+b"}),
    ],
)
def test_a_pattern_names_parts_of_the_path(pattern: str, path: str, wanted: dict[str, str]) -> None:
    assert rules.said([rules.from_pattern(pattern)], path, None) == wanted


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("*.png", "it says nothing"),
        ("{colour}/*", "unknown name 'colour'"),
        ("{}/*", "unknown name ''"),
        ("{model}/{model}", "stands in it twice"),
    ],
)
def test_a_bad_pattern_says_what_is_wrong(pattern: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        rules.from_pattern(pattern)


def test_a_regex_that_finds_no_end_is_passed_over_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_MOST_SECONDS", 0.05)
    slow = rules.Rule(None, re.compile(r"^(a+)+$"), {"material": "a"})
    other = rules.Rule(None, re.compile("a"), {"material": "b"})
    told: list[str] = []
    began = time.monotonic()
    assert rules.said([slow, other], "x", "a" * 60 + "!", told.append) == {"material": "b"}
    assert time.monotonic() - began < 2
    assert "takes too long and is passed over" in told[0]
