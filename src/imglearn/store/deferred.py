"""Many inserts in one transaction: what triggers would derive from each is derived from all at once."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from imglearn.store.database import Store
from imglearn.store.ids import last_row_id

# Holds a row only within such a transaction, so that nobody else ever sees one. (Taking the triggers away instead would
# change the schema, and every other connection would have to read it anew.)
DEFERRAL = "CREATE TABLE deferral (last_row INTEGER NOT NULL)"
UNLESS_DEFERRED = "WHEN NOT EXISTS (SELECT 1 FROM deferral)"

_WORTHWHILE = 100  # inserts; for fewer, deriving from all at once costs more than it saves


@contextmanager
def deferred(store: Store, inserts: int) -> Generator[Callable[[], None]]:
    """Defer the insert triggers' work to the end, or to a call of what is given. To be used within `Store.write`.

    An attempt that was inserted here may be changed or deleted only after such a call.
    """
    if inserts < _WORTHWHILE:
        yield lambda: None
        return
    from imglearn.store import derived

    last = last_row_id(store)
    store.execute("INSERT INTO deferral VALUES (?)", (last,))

    def derive() -> None:
        nonlocal last
        for statement in derived.adding(f"{{a}}.row_id > {last}"):
            store.execute(statement)
        last = last_row_id(store)

    yield derive
    derive()
    store.execute("DELETE FROM deferral")
