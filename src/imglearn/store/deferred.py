"""Many inserts in one transaction: what triggers would derive from each is derived from all at once."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from imglearn.store.database import Store

_WORTHWHILE = 100  # inserts; for fewer, taking the triggers away and putting them back costs more than it saves


@contextmanager
def deferred(store: Store, inserts: int) -> Generator[Callable[[], None]]:
    """Defer the insert triggers' work to the end, or to a call of what is given. To be used within `Store.write`.

    Others never see the database without its triggers, since all of it is one transaction. An attempt that was
    inserted here may be changed or deleted only after such a call.
    """
    if inserts < _WORTHWHILE:
        yield lambda: None
        return
    from imglearn.store import derived

    last = _last_row(store)
    triggers = [statement for statement in derived.script() if _makes(statement) in derived.INSERT_TRIGGERS]
    for name in derived.INSERT_TRIGGERS:
        store.execute(f"DROP TRIGGER IF EXISTS {name}")

    def derive() -> None:
        nonlocal last
        for statement in derived.adding(f"{{a}}.row_id > {last}"):
            store.execute(statement)
        last = _last_row(store)

    yield derive
    derive()
    for statement in triggers:
        store.execute(statement)


def _last_row(store: Store) -> int:
    (last,) = store.execute("SELECT ifnull(max(row_id), 0) FROM generation_attempts").fetchone()
    return int(last)


def _makes(statement: str) -> str:
    """Return the name of the trigger that a statement makes, empty where it makes something else."""
    _, found, rest = statement.partition("CREATE TRIGGER ")
    return rest.split(None, 1)[0] if found else ""
