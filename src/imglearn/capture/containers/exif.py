"""EXIF: the texts of a TIFF directory and of the Exif directory that it points to."""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from

from imglearn.capture.containers.texts import user_comment, utf8_or_latin1, utf16
from imglearn.capture.limits import Budget
from imglearn.capture.parts import Part

_TAGS = {
    0x010D: "DocumentName",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x013B: "Artist",
    0x013C: "HostComputer",
    0x02BC: "XMP",
    0x8298: "Copyright",
    0x927C: "MakerNote",
    0x9286: "UserComment",
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9D: "XPAuthor",
    0x9C9E: "XPKeywords",
    0x9C9F: "XPSubject",
}
_POINTERS = frozenset({0x8769})
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
_MAX_ENTRIES = 2_000


def read(data: bytes, place: str, budget: Budget) -> Iterator[Part]:
    """Yield the texts, in the order of the directories. What points outside or in circles is passed over."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return
    waiting, seen = [unpack_from(order + "I", data, 4)[0]], set[int]()
    entries = 0
    while waiting:
        start = waiting.pop()
        if start in seen or start + 2 > len(data):
            continue
        seen.add(start)
        count = unpack_from(order + "H", data, start)[0]
        for number in range(count):
            entry = start + 2 + 12 * number
            entries += 1
            if entry + 12 > len(data) or entries > _MAX_ENTRIES:
                break
            tag, kind, amount = unpack_from(order + "HHI", data, entry)
            if tag in _POINTERS:
                waiting.append(unpack_from(order + "I", data, entry + 8)[0])
                continue
            size = _SIZES.get(kind, 0) * amount
            where = entry + 8 if size <= 4 else unpack_from(order + "I", data, entry + 8)[0]
            if (kind in (1, 2, 7, 129) and size) and where + size <= len(data) and (kind == 2 or tag in _TAGS):
                yield from _parts(tag, data[where : where + size], order == ">", place, budget)


def _parts(tag: int, raw: bytes, big_endian: bool, place: str, budget: Budget) -> Iterator[Part]:
    name = _TAGS.get(tag, f"0x{tag:04X}")
    if name == "XMP":
        from imglearn.capture.containers import xmp

        yield from xmp.read(raw, budget)
        return
    if not budget.allows(len(raw)):
        return
    if name == "UserComment":
        text = user_comment(raw, big_endian)
    elif name.startswith("XP"):
        text = utf16(raw, big_endian=False)
    else:
        text = utf8_or_latin1(raw.rstrip(b"\0"))
    text = text.strip("\0")
    if text and (name != "MakerNote" or text.isprintable()):
        yield Part(name, text, place)
