"""AVIF and HEIC: boxes within boxes; the texts are items, found by the tables of the `meta` box."""

from __future__ import annotations

from collections.abc import Iterator
from struct import error as StructError  # noqa: N812
from struct import unpack, unpack_from
from typing import TYPE_CHECKING

from imglearn.capture.containers import exif, xmp
from imglearn.capture.containers.stream import CutOff, Stream
from imglearn.capture.limits import MAX_TEXT_BYTES, Budget, Unreadable

if TYPE_CHECKING:
    from imglearn.capture.containers import Contents

KIND = "AVIF"
_BRANDS = (b"avif", b"avis", b"mif1", b"msf1", b"heic", b"heix", b"heif", b"hevc")
_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_MAX_BOXES = 10_000
_MAX_PIECES = 1_000  # of one item


def read(stream: Stream, contents: Contents, budget: Budget) -> None:
    """Read the boxes of the file's top. Raises Unreadable for a film and other families of this format."""
    for number, (name, length) in enumerate(_top_boxes(stream)):
        start, inside = stream.place, f"its {name.decode('latin-1')} box"
        if number == 0:
            brands = stream.take(min(length, 256), inside)
            if not any(brand in brands for brand in _BRANDS):
                raise Unreadable("is not a PNG, JPEG, WebP or AVIF image")
        elif name == b"meta" and length <= MAX_TEXT_BYTES:
            data = stream.take(length, inside)
            try:
                _read_items(data[4:], stream, contents, budget)
            except (StructError, IndexError):
                contents.incomplete = "a broken meta box"
        elif name == b"uuid" and budget.allows(min(length, MAX_TEXT_BYTES)):
            data = stream.take(min(length, MAX_TEXT_BYTES), inside)
            if data.startswith(_C2PA):
                contents.provenance = data[16:]
            elif data.startswith(_XMP):
                contents.parts.extend(xmp.read(data[16:], budget))
        stream.place = start
        stream.skip(length, inside)


def _top_boxes(stream: Stream) -> Iterator[tuple[bytes, int]]:
    for _ in range(_MAX_BOXES):
        if not stream.left:
            return
        length, name = unpack(">I4s", stream.take(8, "its boxes"))
        header = 8
        if length == 1:
            length, header = unpack(">Q", stream.take(8, "its boxes"))[0], 16
        elif length == 0:
            length = stream.left + header
        if length < header:
            raise CutOff("a broken box")
        yield name, length - header


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the boxes in the content of one."""
    place = 0
    for _ in range(_MAX_BOXES):
        if place + 8 > len(data):
            return
        length, name = unpack_from(">I4s", data, place)
        if length < 8 or place + length > len(data):
            return
        yield name, data[place + 8 : place + length]
        place += length


def _read_items(data: bytes, stream: Stream, contents: Contents, budget: Budget) -> None:
    boxes = dict(_boxes(data))
    kinds = _item_kinds(boxes.get(b"iinf", b""))
    contents.width, contents.height = _size(boxes)
    for item, place, pieces in _locations(boxes.get(b"iloc", b"")):
        kind = kinds.get(item)
        if kind not in (b"Exif", b"mime") or not budget.allows(sum(length for _, length in pieces)):
            continue
        text = b"".join(_piece(place, offset, length, stream, boxes.get(b"idat", b"")) for offset, length in pieces)
        if kind == b"mime":
            contents.parts.extend(xmp.read(text, budget))
        elif len(text) > 4:  # before the TIFF header stands how far away it is
            begin = 4 + int.from_bytes(text[:4], "big")
            contents.parts.extend(exif.read(text[begin:].removeprefix(b"Exif\0\0"), "EXIF", budget))


def _piece(place: int, offset: int, length: int, stream: Stream, idat: bytes) -> bytes:
    if place == 1:
        return idat[offset : offset + length]
    stream.place = offset
    return stream.take(length, "its texts")


def _item_kinds(data: bytes) -> dict[int, bytes]:
    """Return the type of each item by its number."""
    if not data:
        return {}
    kinds = {}
    for name, entry in _boxes(data[6 if data[0] == 0 else 8 :]):
        if name == b"infe" and entry[0] in (2, 3):
            wide = 4 if entry[0] == 3 else 2
            kinds[int.from_bytes(entry[4 : 4 + wide], "big")] = entry[6 + wide : 10 + wide]
    return kinds


def _locations(data: bytes) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Yield each item's number, whether it lies in the file (0) or in `idat` (1), and its pieces."""
    if not data:
        return
    version = data[0]
    offset_size, length_size = data[4] >> 4, data[4] & 15
    base_size, index_size = data[5] >> 4, data[5] & 15 if version else 0
    place = 6

    def number(size: int) -> int:
        nonlocal place
        place += size
        if place > len(data):
            raise IndexError
        return int.from_bytes(data[place - size : place], "big")

    for _ in range(min(number(4 if version == 2 else 2), _MAX_BOXES)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(base_size)
        pieces = []
        for _ in range(min(number(2), _MAX_PIECES)):
            number(index_size)
            offset = number(offset_size)
            pieces.append((base + offset, number(length_size)))
        yield item, method, pieces


def _size(boxes: dict[bytes, bytes]) -> tuple[int | None, int | None]:
    """Return the largest size that a property of the items names: tiles and thumbnails are smaller."""
    properties = dict(_boxes(boxes.get(b"iprp", b""))).get(b"ipco", b"")
    sizes = [unpack(">II", value[4:12]) for name, value in _boxes(properties) if name == b"ispe" and len(value) >= 12]
    return max(sizes, key=lambda size: size[0] * size[1], default=(None, None))
