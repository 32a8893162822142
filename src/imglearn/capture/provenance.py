"""Who made an image that carries no parameters: the maker that its provenance (C2PA, IPTC) names.

Nothing is fetched and no signature is checked: this is what the file says of itself.
"""

from __future__ import annotations

import re

from imglearn.capture.found import Found
from imglearn.capture.parts import Parts

# Only what a trained model made counts: a photo that was edited, or a drawing by rule, has no generator.
_BY_A_MODEL = re.compile(rb"digitalsourcetype/(trainedAlgorithmicMedia|compositeWithTrainedAlgorithmicMedia)\b", re.I)
_BY_A_MODEL_BARE = re.compile(rb"\b(trainedAlgorithmicMedia|compositeWithTrainedAlgorithmicMedia)\b")

_MAKERS = (
    ("OpenAI", re.compile(rb"OpenAI|ChatGPT|DALL.{0,2}E|GPT-4o|gpt-image|\bSora\b", re.I)),
    ("Adobe Firefly", re.compile(rb"Adobe[ _]Firefly|\bFirefly\b", re.I)),
    ("Microsoft", re.compile(rb"Bing Image Creator|Microsoft (Designer|Responsible AI|Corporation)", re.I)),
    ("Google", re.compile(rb"Google Generative AI|Google C2PA|Google LLC|Made with Google AI|\bImagen\b|\bGemini\b")),
    ("Stability AI", re.compile(rb"Stability ?AI", re.I)),
    ("Black Forest Labs", re.compile(rb"Black Forest Labs", re.I)),
    ("Midjourney", re.compile(rb"Midjourney", re.I)),
    ("Ideogram", re.compile(rb"Ideogram", re.I)),
    ("Leonardo", re.compile(rb"Leonardo\.?(Ai|Interactive)", re.I)),
    ("Meta", re.compile(rb"Imagined with AI|Made with Meta AI|Meta AI", re.I)),
    ("xAI", re.compile(rb"\bGrok\b|\bxAI\b")),
    ("ByteDance", re.compile(rb"ByteDance|Seedream|Dreamina|Jimeng", re.I)),
    ("Amazon", re.compile(rb"Amazon Titan|Amazon Nova|Amazon Bedrock", re.I)),
    ("Adobe", re.compile(rb"\bAdobe\b")),
)


def maker(manifest: bytes, parts: Parts) -> Found | None:
    """Return the maker of an image that a model made, None where nothing says that one did."""
    if manifest and _BY_A_MODEL.search(manifest):
        return Found(_named_in(manifest), "C2PA") if _named_in(manifest) else None
    for part in parts.named("DigitalSourceType"):
        if _BY_A_MODEL_BARE.search(part.text.encode(errors="replace")):
            said = " ".join(other.text for other in parts.named("Credit", "CreatorTool", "Software", "creator", "Make"))
            if name := _named_in(said.encode(errors="replace")):
                return Found(name, part.source)
    return None


def _named_in(text: bytes) -> str | None:
    return next((name for name, pattern in _MAKERS if pattern.search(text)), None)
