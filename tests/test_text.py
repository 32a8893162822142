from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imglearn.text import safe_line, safe_text, storable_text

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)
BIDI = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}


def is_dangerous(char: str) -> bool:
    return (
        unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs")
        or unicodedata.bidirectional(char) in BIDI
        or char in "\u200e\u200f\u061c"
    )


@given(ANY_TEXT)
def test_safe_text_has_no_control_character_but_newline_and_tab(text: str) -> None:
    assert not [char for char in safe_text(text) if is_dangerous(char) and char not in "\n\t"]


@given(ANY_TEXT)
def test_safe_text_keeps_every_other_character_in_order(text: str) -> None:
    harmless = [char for char in text if not is_dangerous(char)]
    rest = iter(safe_text(text))
    assert all(char in rest for char in harmless)


@given(ANY_TEXT)
def test_safe_text_of_safe_text_is_the_same(text: str) -> None:
    assert safe_text(safe_text(text)) == safe_text(text)


@given(ANY_TEXT, st.integers(2, 50))
def test_safe_line_is_one_line(text: str, limit: int) -> None:
    line = safe_line(text, limit)
    assert line.splitlines() in ([], [line])
    assert "\t" not in line


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x9b31m", "<9B>31m"),
        ("\u202eabc", "<U+202E>abc"),
        ("\x7f\x00", "␡␀"),
        ("a\r\nb\rc", "a\nb␍c"),
        ("plain 漢字 👍", "plain 漢字 👍"),
    ],
)
def test_control_characters_are_shown_as_signs(raw: str, shown: str) -> None:
    assert safe_text(raw) == shown


def test_a_long_line_is_cut_with_a_sign() -> None:
    assert safe_line("x" * 1000, 10) == "x" * 9 + "…"


@given(ANY_TEXT)
def test_storable_text_can_be_stored_and_says_what_it_replaced(text: str) -> None:
    stored = storable_text(text)
    stored.encode()
    assert "\0" not in stored
    if not any(0xD800 <= ord(char) < 0xE000 or char == "\0" for char in text):
        assert stored == text


def test_half_an_emoji_is_spelled_out() -> None:
    assert storable_text("a\ud83db") == "a\\ud83db"
    assert storable_text("a\0b") == "a\\x00b"
