"""When what is derived from attempts is brought up to date: for many at once, not for each.

Deriving totals, issues and full text from an attempt costs several times what storing it does; from 64 together it
costs little more than from one. So an insert stores the attempt and nothing else, until 64 wait: the next one settles
those. An attempt is *settled* where the derived tables know it and *fresh* where not, which its row number
tells. Questions add the few fresh ones themselves. A settled attempt that changes or goes is seen to at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from imglearn.store.database import Store

MOST_FRESH = 64  # attempts; more make an insert cheaper on the average, and questions dearer

SETTLED_ROW = "(SELECT settled_row FROM settling)"

# Its only row says up to which row attempts are settled, and how many fresh ones may wait. To set `last_joining`
# settles the attempts from `first_joining` up to it.
_TABLE = """CREATE TABLE settling (
    settled_row INTEGER NOT NULL,
    patience INTEGER NOT NULL,
    first_joining INTEGER NOT NULL,
    last_joining INTEGER NOT NULL
)"""
_ROW_NUMBER = ("row_id", "rowid", "oid", "_rowid_")  # all that SQLite knows it by
_LAST_ROW = "(SELECT ifnull(max(row_id), 0) FROM generation_attempts)"


class Joining(NamedTuple):
    """Attempts that are about to be settled, as SQL: the first and last of their row numbers."""

    first: str
    last: str

    def has(self, alias: str) -> str:
        """Return the condition that an attempt is one of them."""
        return f"{alias}.row_id BETWEEN {self.first} AND {self.last}"

    def has_joined(self, alias: str) -> str:
        """Return the condition that an attempt was settled before them."""
        return f"({alias}.row_id <= {SETTLED_ROW} AND {alias}.row_id NOT BETWEEN {self.first} AND {self.last})"


def script(
    settle: Callable[[Joining], Iterator[str]], unsettle: Callable[[str], Iterator[str]], columns: Iterable[str]
) -> Iterator[str]:
    """Yield the statements that make the table, and the triggers that settle.

    `settle` gives the statements that add attempts to what is derived, `unsettle` those that take `old` away where it
    is settled; it is told which row the same attempt is now: `new`, or where it is gone `old` again. They read those
    `columns` of an attempt and no others.

    What happens seldom stands in triggers of its own, since SQLite sets up the whole of a trigger before it looks
    whether there is anything to do.
    """
    yield _TABLE
    # One whose number is among the settled, which somebody must have chosen, is settled alone. Any other stays fresh
    # when it settles those before it.
    yield (
        "CREATE TRIGGER attempt_comes AFTER INSERT ON generation_attempts "
        "WHEN (SELECT new.row_id NOT BETWEEN settled_row + 1 AND settled_row + patience FROM settling) BEGIN "
        "UPDATE settling SET first_joining = min(new.row_id, settled_row + 1), "
        "last_joining = CASE WHEN new.row_id <= settled_row THEN new.row_id ELSE new.row_id - 1 END; END"
    )
    joining = Joining("new.first_joining", "new.last_joining")
    yield (
        f"CREATE TRIGGER settle AFTER UPDATE OF last_joining ON settling BEGIN {_listed(settle(joining))} "
        "UPDATE settling SET settled_row = max(settled_row, new.last_joining); END"
    )
    yield (
        f"CREATE TRIGGER attempt_goes AFTER DELETE ON generation_attempts WHEN old.row_id <= {SETTLED_ROW} "
        f"BEGIN {_listed(unsettle('old'))} END"
    )
    yield (
        f"CREATE TRIGGER attempt_changes AFTER UPDATE OF {', '.join((*_ROW_NUMBER, *columns))} ON generation_attempts "
        f"WHEN old.row_id <= {SETTLED_ROW} OR new.row_id <= {SETTLED_ROW} BEGIN {_listed(unsettle('new'))} "
        "UPDATE settling SET first_joining = new.row_id, last_joining = new.row_id WHERE new.row_id <= settled_row; "
        "END"
    )


def filling() -> str:
    """Return the statement that fills the table, which must be empty: all attempts are settled."""
    return f"INSERT INTO settling VALUES ({_LAST_ROW}, {MOST_FRESH}, 0, 0)"


@contextmanager
def settling_at_the_end(store: Store) -> Generator[None]:
    """Settle many inserts together at the end. To be used within `Store.write`."""
    store.execute(f"UPDATE settling SET patience = {2**62}")
    yield
    store.execute(f"UPDATE settling SET patience = {MOST_FRESH}")
    store.execute(f"UPDATE settling SET first_joining = settled_row + 1, last_joining = {_LAST_ROW}")


def _listed(statements: Iterator[str]) -> str:
    return " ".join(f"{statement};" for statement in statements)
