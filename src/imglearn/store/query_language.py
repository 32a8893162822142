"""What a person types into a search, as FTS5 understands it."""

from __future__ import annotations

from playhouse import fts_parser

_MAX_QUERY = 2_000  # characters of what a person typed; the rest could only slow the search down


def full_text_query(term: str, *, prefix: bool = False) -> str | None:
    """Translate what a person typed into FTS5's language; None where it holds no word.

    Any text is valid: words, "a phrase", OR, -not, begin*. With `prefix` the last word may be unfinished, as while
    a person types.
    """
    typed = "".join(char if char.isprintable() else " " for char in term[:_MAX_QUERY])
    if prefix and typed[-1:].isalnum() and typed.count('"') % 2 == 0 and not typed.endswith((" OR", " AND", " NOT")):
        typed += "*"
    query: str = fts_parser.parse(typed)
    return None if query == '""' else query
