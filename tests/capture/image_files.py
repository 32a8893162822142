"""Small image files made in code: each format's containers round whatever texts a test puts in."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from imglearn.capture.image import read_image
from imglearn.capture.image_record import ImageRecord


def chunk(name: bytes, data: bytes, crc: bytes = b"\0\0\0\0") -> bytes:
    return struct.pack(">I4s", len(data), name) + data + crc


def pixels(width: int, height: int, samples: int = 3, value: int = 0) -> bytes:
    row = b"\0" + bytes([value]) * (width * samples)
    return chunk(b"IDAT", zlib.compress(row * height))


def png(
    *chunks: bytes, size: tuple[int, int] = (4, 4), color: int = 2, idat: bytes | None = None, end: bool = True
) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, color, 0, 0, 0))
    body = pixels(*size, samples={2: 3, 6: 4, 0: 1}[color]) if idat is None else idat
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + body + (chunk(b"IEND", b"") if end else b"")


def text(key: str, value: str | bytes) -> bytes:
    return chunk(b"tEXt", key.encode() + b"\0" + (value if isinstance(value, bytes) else value.encode()))


def ztxt(key: str, value: str | bytes) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode()
    return chunk(b"zTXt", key.encode() + b"\0\0" + zlib.compress(raw, 9))


def itxt(key: str, value: str, compressed: bool = False) -> bytes:
    raw = zlib.compress(value.encode()) if compressed else value.encode()
    return chunk(b"iTXt", key.encode() + b"\0" + bytes([compressed, 0]) + b"en\0key\0" + raw)


def exif(ifd0: dict[int, bytes] | None = None, sub: dict[int, bytes] | None = None, order: str = ">") -> bytes:
    """A TIFF block with these tags in IFD0 and in the Exif directory; UserComment is of type 7, the others ASCII."""
    tags = dict(ifd0 or {})
    head = (b"MM" if order == ">" else b"II") + struct.pack(order + "HI", 42, 8)
    entries = len(tags) + bool(sub)
    data_at = 8 + 2 + 12 * entries + 4
    table, data = b"", b""
    for tag, value in sorted(tags.items()):
        entry, data = _entry(order, tag, value, data_at, data)
        table += entry
    if sub:
        table += struct.pack(order + "HHII", 0x8769, 4, 1, data_at + len(data))
        start = data_at + len(data)
        inner_at = start + 2 + 12 * len(sub) + 4
        inner_table, inner = b"", b""
        for tag, value in sorted(sub.items()):
            entry, inner = _entry(order, tag, value, inner_at, inner)
            inner_table += entry
        data += struct.pack(order + "H", len(sub)) + inner_table + b"\0\0\0\0" + inner
    return head + struct.pack(order + "H", entries) + table + b"\0\0\0\0" + data


def _entry(order: str, tag: int, value: bytes, data_at: int, data: bytes) -> tuple[bytes, bytes]:
    kind = 7 if tag in (0x9286, 0x927C) else 1 if tag >= 0x9C9B else 2
    if len(value) <= 4:
        return struct.pack(order + "HHI", tag, kind, len(value)) + value.ljust(4, b"\0"), data
    return struct.pack(order + "HHII", tag, kind, len(value), data_at + len(data)), data + value + b"\0" * (
        len(value) % 2
    )


USER_COMMENT, DESCRIPTION, MAKE, MODEL, SOFTWARE, XP_COMMENT = 0x9286, 0x010E, 0x010F, 0x0110, 0x0131, 0x9C9C


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(*segments: bytes, size: tuple[int, int] = (8, 8), end: bool = True) -> bytes:
    frame = segment(0xC0, struct.pack(">BHHB", 8, size[1], size[0], 1) + b"\1\x11\0")
    scan = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\x34\x56"
    return b"\xff\xd8" + b"".join(segments) + frame + scan + (b"\xff\xd9" if end else b"")


def app1_exif(tiff: bytes) -> bytes:
    return segment(0xE1, b"Exif\0\0" + tiff)


def app1_xmp(packet: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def webp(*chunks: tuple[bytes, bytes], size: tuple[int, int] = (16, 9)) -> bytes:
    wide, high = (side - 1 for side in size)
    body = _riff(b"VP8X", b"\x08\0\0\0" + wide.to_bytes(3, "little") + high.to_bytes(3, "little"))
    body += _riff(b"VP8 ", b"\0" * 11) + b"".join(_riff(*one) for one in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def _riff(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(data), name) + data


def avif(*items: tuple[bytes, bytes], size: tuple[int, int] = (20, 10), in_idat: bool = False) -> bytes:
    """An AVIF with items of these types (`Exif`, `mime`) and contents."""
    ftyp = box(b"ftyp", b"avif\0\0\0\0avifmif1")
    for place_of_data in (0, None):  # the second time with the place that the first has shown
        infe, iloc, content, place = b"", b"", b"", 0
        start = 0 if in_idat else (len(ftyp) + len(made) + 8 if place_of_data is None else 0)  # noqa: F821
        for number, (kind, data) in enumerate(items, 1):
            infe += box(b"infe", b"\2\0\0\0" + struct.pack(">HH", number, 0) + kind + b"\0")
            method = struct.pack(">H", 1 if in_idat else 0)
            iloc += struct.pack(">H", number) + method + struct.pack(">HHII", 0, 1, start + place, len(data))
            content += data
            place += len(data)
        ispe = box(b"ispe", b"\0\0\0\0" + struct.pack(">II", *size))
        boxes = box(b"iinf", b"\0\0\0\0" + struct.pack(">H", len(items)) + infe)
        boxes += box(b"iloc", b"\1\0\0\0\x44\0" + struct.pack(">H", len(items)) + iloc)
        boxes += box(b"iprp", box(b"ipco", ispe)) + (box(b"idat", content) if in_idat else b"")
        made = box(b"meta", b"\0\0\0\0" + boxes)
    return ftyp + made + box(b"mdat", b"" if in_idat else content)


def xmp(properties: str, namespaces: str = "") -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmlns:exif="http://ns.adobe.com/exif/1.0/" {namespaces}>{properties}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def read(tmp_path: Path, content: bytes, name: str = "image.png", raw: bool = False) -> ImageRecord:
    file = tmp_path / name
    file.write_bytes(content)
    return read_image(file, raw=raw)


INFOTEXT = (
    "a castle in a field\nNegative prompt: fog\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 3438565066, Size: 512x768, Model hash: abc123, Model: v1-5"
)
