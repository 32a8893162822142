"""What a person types into a search, as FTS5 understands it."""

from __future__ import annotations

import re

from playhouse import fts_parser

_MAX_NESTING = 20
_MAX_QUERY = 2_000  # characters of what a person typed; the rest could only slow the search down


_LEFT_OUT = re.compile(r'-("[^"]*"?\*?|[^\s"()]+)\s*')


def full_text_query(term: str, *, prefix: bool = False) -> str | None:
    """Translate what a person typed into FTS5's language; None where it holds no word.

    Any text is valid: words, "a phrase", OR, -not, begin*. With `prefix` the last word may be unfinished, as while
    a person types. Of a very long text the first 2,000 characters count, and one of many brackets is taken as words.
    """
    typed = "".join(char if char.isprintable() else " " for char in term[:_MAX_QUERY])
    if prefix and typed[-1:].isalnum() and typed.count('"') % 2 == 0 and not typed.endswith((" OR", " AND", " NOT")):
        typed += "*"
    query: str = fts_parser.parse(typed)
    if query.count("(") > _MAX_NESTING or query.count(" NOT ") > _MAX_NESTING:  # FTS5's own parser has a small stack
        query = " ".join(f'"{word}"' for word in dict.fromkeys(re.findall(r"\w+", typed)))
    return None if query in ('""', "") else query


def left_out_query(term: str) -> str | None:
    """Return the query for what must not be there, of a text that says nothing else (-dust -"low points"); or None."""
    words = _LEFT_OUT.findall(term[:_MAX_QUERY])
    if not words or _LEFT_OUT.sub("", term[:_MAX_QUERY]).strip():
        return None
    return full_text_query(" OR ".join(words))
