"""Which rows there are: ids by their beginning, as people type them, and the last attempt's row."""

from __future__ import annotations

from imglearn.store.database import Store
from imglearn.text import storable_text


def ids_from(store: Store, table: str, prefix: str, limit: int) -> list[str]:
    """Return the ids in a table that are or begin with `prefix`: just that one where it is an id itself."""
    prefix = storable_text(prefix)
    with store.read():
        if store.execute(f"SELECT 1 FROM {table} WHERE id = ?", (prefix,)).fetchone():
            return [prefix]
        sql = f"SELECT id FROM {table} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        return [str(id) for (id,) in store.execute(sql, (prefix, prefix + chr(0x10FFFF), limit))]


def last_row_id(store: Store) -> int:
    """Return the number of the attempt's row that was stored last, 0 where there is none."""
    with store.read():
        (last,) = store.execute("SELECT ifnull(max(row_id), 0) FROM generation_attempts").fetchone()
    return int(last)
