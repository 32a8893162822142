"""Bytes as text, in the encodings that generators use for it, whatever the standards ask for."""

from __future__ import annotations


def utf8_or_latin1(raw: bytes) -> str:
    """Return text in UTF-8, or else in Latin-1, which takes any bytes."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def utf16(raw: bytes, big_endian: bool = True) -> str:
    """Return text in UTF-16 of either byte order: by its mark, or by where the zeros of its ASCII stand.

    `big_endian` decides where neither tells. An odd byte at the end is left out.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        big_endian, raw = raw.startswith(b"\xfe"), raw[2:]
    else:
        sample = raw[: 2 * 1024]
        high, low = sample[::2].count(0), sample[1::2].count(0)
        if high != low:
            big_endian = high > low
    return raw[: len(raw) // 2 * 2].decode("utf-16-be" if big_endian else "utf-16-le", errors="replace")


def user_comment(raw: bytes, big_endian: bool) -> str:
    """Return the text of an EXIF UserComment: with its eight bytes of charset, or bare."""
    head, rest = raw[:8], raw[8:]
    if head == b"UNICODE\0":
        return _unicode(rest, big_endian)
    if head in (b"ASCII\0\0\0", b"\0" * 8, b"JIS\0\0\0\0\0", b"UTF-8\0\0\0", b"UTF8\0\0\0\0"):
        return _unicode(rest, big_endian)
    return _unicode(raw, big_endian)


def _unicode(raw: bytes, big_endian: bool) -> str:
    """Return text that is called Unicode or ASCII: some programs write UTF-8 under either name."""
    sample = raw[: 2 * 1024].rstrip(b"\0 ")
    zeros = sample.count(0)
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not marked and zeros <= len(sample) // 50:
        try:
            return raw.rstrip(b"\0").decode()
        except UnicodeDecodeError:
            if not _mostly_ascii(sample):
                return utf16(raw, big_endian)
            return raw.decode("latin-1")
    return utf16(raw, big_endian)


def _mostly_ascii(raw: bytes) -> bool:
    return sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in raw) * 10 >= 9 * len(raw)
