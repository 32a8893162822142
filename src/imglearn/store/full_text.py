"""Full text: which words of attempts and remarks are indexed, and the triggers that keep the indexes.

The words stay in their tables, the indexes hold only where they are. No trigger runs before a change: of one that is
then passed over (UPDATE OR IGNORE) the index would already have been told. The few attempts that are not settled yet
are put into a small index of the connection's own when somebody searches.
"""

from __future__ import annotations

from collections.abc import Iterator

from imglearn.store.database import Store
from imglearn.store.settling import SETTLED_ROW, Joining

TABLES = ("attempts_fts", "feedback_fts")

_TOKENIZE = "tokenize='porter unicode61 remove_diacritics 2'"
_FRESH = "fresh_attempts_fts"


def _listed(column: str) -> str:
    """Read a list without JSON's brackets and commonest escapes, which are no words.

    (FTS5 may not read a view that calls json_each.)
    """
    inner = f"substr({{a}}.{column}, 3, length({{a}}.{column}) - 4)"
    for written, said in (('", "', "; "), ('","', "; "), ("\\n", " "), ('\\"', '"')):
        inner = f"replace({inner}, '{written}', '{said}')"
    return inner


_ATTEMPT_WORDS = {
    "feedback_text": "{a}.feedback_text",
    "physics_issues": _listed("physics_issues"),
    "red_flags": _listed("red_flags"),
    "notes": "{a}.notes",
    "prompt": "{a}.prompt",
    "material": "{a}.material",
    "category": "{a}.category",
}
_REMARK_WORDS = {name: f"{{a}}.{name}" for name in ("text", "notes", "material", "category")}
_ATTEMPT_NAMES = ", ".join(_ATTEMPT_WORDS)


def _said(words: dict[str, str], row: str) -> str:
    return ", ".join(f"{sql.format(a=row)} AS {name}" for name, sql in words.items())


def script() -> Iterator[str]:
    """Yield the statements that make the indexes and the triggers that keep them."""
    yield (
        f"CREATE VIEW attempt_words AS SELECT a.row_id AS row_id, {_said(_ATTEMPT_WORDS, 'a')} "
        f"FROM generation_attempts a WHERE a.row_id <= {SETTLED_ROW}"
    )
    yield _index("attempts_fts", "attempt_words", _ATTEMPT_WORDS)
    yield _index("feedback_fts", "feedback", _REMARK_WORDS)
    add, out = _add("feedback_fts", _REMARK_WORDS), _take_away("feedback_fts", _REMARK_WORDS)
    names = ", ".join(_REMARK_WORDS)
    yield f"CREATE TRIGGER feedback_fts_insert AFTER INSERT ON feedback BEGIN {add}; END"
    yield f"CREATE TRIGGER feedback_fts_delete AFTER DELETE ON feedback BEGIN {out}; END"
    yield f"CREATE TRIGGER feedback_fts_update AFTER UPDATE OF row_id, {names} ON feedback BEGIN {out}; {add}; END"


def rebuilding() -> Iterator[str]:
    """Yield the statements that make the indexes anew from the texts."""
    return (f"INSERT INTO {index} ({index}) VALUES ('rebuild')" for index in TABLES)


def settle(joining: Joining) -> Iterator[str]:
    """Yield the statement that adds attempts that are being settled."""
    yield (
        f"INSERT INTO attempts_fts (rowid, {_ATTEMPT_NAMES}) SELECT a.row_id, {_said(_ATTEMPT_WORDS, 'a')} "
        f"FROM generation_attempts a NOT INDEXED WHERE {joining.has('a')}"
    )


def unsettle() -> Iterator[str]:
    """Yield the statement that takes away `old` where it is settled."""
    yield _take_away("attempts_fts", _ATTEMPT_WORDS, f"WHERE old.row_id <= {SETTLED_ROW}")


def of_attempts(store: Store) -> tuple[str, ...]:
    """Return the indexes that hold the words of all attempts, none in two. To be used within `Store.read`."""
    (fresh,) = store.execute(
        f"SELECT EXISTS (SELECT 1 FROM generation_attempts WHERE row_id > {SETTLED_ROW})"
    ).fetchone()
    if not fresh:
        return ("attempts_fts",)
    store.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{_FRESH} USING fts5 ({_ATTEMPT_NAMES}, {_TOKENIZE})")
    store.execute(f"DELETE FROM temp.{_FRESH}")
    store.execute(
        f"INSERT INTO temp.{_FRESH} (rowid, {_ATTEMPT_NAMES}) SELECT a.row_id, {_said(_ATTEMPT_WORDS, 'a')} "
        f"FROM generation_attempts a WHERE a.row_id > {SETTLED_ROW}"
    )
    return ("attempts_fts", _FRESH)


def _index(index: str, content: str, words: dict[str, str]) -> str:
    return (
        f"CREATE VIRTUAL TABLE {index} USING fts5 "
        f"({', '.join(words)}, content='{content}', content_rowid='row_id', {_TOKENIZE})"
    )


def _add(index: str, words: dict[str, str]) -> str:
    return f"INSERT INTO {index} (rowid, {', '.join(words)}) SELECT new.row_id, {_said(words, 'new')}"


def _take_away(index: str, words: dict[str, str], where: str = "") -> str:
    return (
        f"INSERT INTO {index} ({index}, rowid, {', '.join(words)}) "
        f"SELECT 'delete', old.row_id, {_said(words, 'old')} {where}"
    )
