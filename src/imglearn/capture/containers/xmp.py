"""XMP: the properties of an RDF packet, each as a text of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from imglearn.capture.limits import MAX_PARTS, Budget
from imglearn.capture.parts import Part

_WRAPPERS = frozenset({"rdf:RDF", "rdf:Description", "rdf:Alt", "rdf:Seq", "rdf:Bag", "rdf:li", "x:xmpmeta"})
_MAX_DEPTH = 64


def read(packet: bytes, budget: Budget) -> Iterator[Part]:
    """Yield the properties in order; the place is `XMP` and the prefix, the key the bare name.

    A packet that declares entities is refused: expanding them is how a few bytes become gigabytes.
    """
    packet = packet.strip(b"\0 \r\n\t")
    if not packet:
        return
    if b"<!" in packet.replace(b"<![CDATA[", b"").replace(b"<!--", b""):
        budget.refused = "an XMP packet with DOCTYPE or ENTITY was refused"
        return
    reading = _Reading()
    try:
        reading.feed(packet)
    except _TooMuch:
        budget.refused = "an XMP packet beyond all measure was left out"
        return
    for name, text in reading.found:
        prefix, _, key = name.rpartition(":")
        if text.strip() and budget.allows(len(text)):
            yield Part(key, text, f"XMP {prefix}".strip())


class _TooMuch(Exception):  # noqa: N818
    pass


class _Reading:
    """Collects the texts and attributes that aren't RDF's own frame, under the innermost property around them."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self._path: list[str] = []
        self._texts: list[list[str]] = []

    def feed(self, packet: bytes) -> None:
        from pyexpat import ExpatError, ParserCreate

        parser = ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        with suppress(ExpatError, ValueError):  # what came before a mistake counts
            parser.Parse(packet, True)
        self._texts.clear()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= _MAX_DEPTH or len(self.found) > MAX_PARTS:
            raise _TooMuch
        self._path.append(name)
        self._texts.append([])
        for key, value in attributes.items():
            if not key.startswith(("xmlns", "xml:", "rdf:", "x:")):
                self.found.append((key, value))

    def _text(self, text: str) -> None:
        if self._texts:
            self._texts[-1].append(text)

    def _end(self, name: str) -> None:
        text = "".join(self._texts.pop())
        self._path.pop()
        if not text.strip():
            return
        if name in _WRAPPERS:
            name = next((outer for outer in reversed(self._path) if outer not in _WRAPPERS), "")
        if name:
            self.found.append((name, text))

    def _refuse(self, *_: object) -> None:
        raise _TooMuch
