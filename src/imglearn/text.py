"""Safe text: stored strings never reach a terminal raw.

Prompts, feedback, issues and paths come from models and strangers. An escape sequence in them could move the
cursor, write the clipboard or hide what follows, and neither Rich nor Textual takes it out.
"""

from __future__ import annotations

_BIDI_AND_LINES = (
    *range(0x202A, 0x202F),  # embeddings and overrides
    *range(0x2066, 0x206A),  # isolates
    0x061C,
    0x200E,
    0x200F,  # direction marks
    0x2028,
    0x2029,  # line and paragraph separator: some terminals and libraries break the line on them
)

_VISIBLE: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)},
    0x7F: "\u2421",
    **{code: f"<{code:02X}>" for code in range(0x80, 0xA0)},
    **{code: f"<U+{code:04X}>" for code in _BIDI_AND_LINES},
    **dict.fromkeys(range(55296, 57344), "�"),
}

_ONE_LINE: dict[int, str] = {**_VISIBLE, 0x09: " ", 0x0A: " "}


_ONE_SIGN: dict[int, str] = {
    code: sign if len(sign) == 1 else "\N{REPLACEMENT CHARACTER}" for code, sign in _ONE_LINE.items()
}


def safe_text(text: str) -> str:
    """Return the text with every control character made visible; newline and tab stay.

    C0 codes become their pictures (ESC is shown as `␛`), DEL `␡`, C1 codes `<9B>`, bidi controls and line
    separators `<U+202E>`. A Windows line end counts as a newline. Printable text comes back unchanged.
    """
    if text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_VISIBLE)


def safe_line(text: str, limit: int = 500) -> str:
    """Return the text safe and on one line, at most `limit` characters of it, for a cell of a table.

    Cutting comes first, so that a text of any length costs the same.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_ONE_LINE)


def safe_signs(text: str) -> str:
    """Return the text safe and on one line, sign for sign: where a cursor stands in it, each has its place."""
    return text if text.isprintable() else text.translate(_ONE_SIGN)


def storable_text(text: str) -> str:
    """Return the text as the database can hold it whole: what it can't is spelled out.

    That is a lone surrogate (from a file name that isn't valid UTF-8, or half an emoji), stored as `\\udc80`, and
    NUL, at which SQLite's own functions end a text, stored as `\\x00`.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode(errors="backslashreplace").decode()
    return text.replace("\0", "\\x00") if "\0" in text else text


_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded_cell(text: str) -> str:
    """Return the text as a cell of a CSV that no spreadsheet takes for a formula: an apostrophe before it.

    An empty text, which is not the same as none, and one that begins with an apostrophe get one as well, so that
    `unguarded_cell` gives back exactly what was there.
    """
    return f"'{text}" if not text or text.startswith(("'", *_FORMULA_STARTS)) else text


def unguarded_cell(cell: str) -> str:
    """Return the text that `guarded_cell` made a cell of."""
    rest = cell[1:]
    return rest if cell.startswith("'") and (not rest or rest.startswith(("'", *_FORMULA_STARTS))) else cell


_UNSAFE_IN_JSON = {code: f"\\u{code:04x}" for code in (0x7F, *range(0x80, 0xA0), *_BIDI_AND_LINES)}


def safe_json(text: str) -> str:
    """Return JSON with its control characters escaped: the same values, and safe on a terminal."""
    return text if text.isascii() and "\x7f" not in text else text.translate(_UNSAFE_IN_JSON)
