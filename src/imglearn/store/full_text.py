"""Full text: which words of attempts and remarks are indexed, and the triggers that keep the indexes.

The words stay in their tables, the indexes hold only where they are. No trigger runs before a change: of one that is
then passed over (UPDATE OR IGNORE) the index would already have been told.
"""

from __future__ import annotations

from collections.abc import Iterator

from imglearn.store.deferred import UNLESS_DEFERRED

TABLES = ("attempts_fts", "feedback_fts")

_TOKENIZE = "tokenize='porter unicode61 remove_diacritics 2'"


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


def script() -> Iterator[str]:
    """Yield the statements that make the indexes and the triggers that keep them."""
    columns = ", ".join(f"{sql.format(a='a')} AS {name}" for name, sql in _ATTEMPT_WORDS.items())
    yield f"CREATE VIEW attempt_words AS SELECT a.row_id AS row_id, {columns} FROM generation_attempts a"
    yield from _index("attempts_fts", "attempt_words", "generation_attempts", _ATTEMPT_WORDS)
    yield from _index("feedback_fts", "feedback", "feedback", _REMARK_WORDS)


def rebuilding() -> Iterator[str]:
    """Yield the statements that make the indexes anew from the texts."""
    return (f"INSERT INTO {index} ({index}) VALUES ('rebuild')" for index in TABLES)


def adding_sql(condition: str) -> str:
    """Return the statement that adds the attempts `a` that meet a condition to their index."""
    names = ", ".join(_ATTEMPT_WORDS)
    return f"INSERT INTO attempts_fts (rowid, {names}) SELECT row_id, {names} FROM attempt_words a WHERE {condition}"


def _index(index: str, content: str, table: str, words: dict[str, str]) -> Iterator[str]:
    names = ", ".join(words)

    def said(row: str) -> str:
        return ", ".join(sql.format(a=row) for sql in words.values())

    add = f"INSERT INTO {index} (rowid, {names}) VALUES (new.row_id, {said('new')});"
    take_away = f"INSERT INTO {index} ({index}, rowid, {names}) VALUES ('delete', old.row_id, {said('old')});"
    yield f"CREATE VIRTUAL TABLE {index} USING fts5 ({names}, content='{content}', content_rowid='row_id', {_TOKENIZE})"
    when = UNLESS_DEFERRED if table == "generation_attempts" else ""
    yield f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} {when} BEGIN {add} END"
    yield f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} BEGIN {take_away} END"
    yield f"CREATE TRIGGER {index}_update AFTER UPDATE OF row_id, {names} ON {table} BEGIN {take_away} {add} END"
