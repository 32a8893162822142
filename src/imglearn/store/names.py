"""The names that attempts go by: few different ones, each found along an index without looking at the attempts."""

from __future__ import annotations

from imglearn.store.database import Store
from imglearn.store.knobs import KNOB_NAME, KNOBS

NAMED = ("category", "material", "model", "feedback_category")  # columns that have an index of their own
MOST_NAMES = 1_000  # of more, the attempts themselves are looked at
MANY = 10_000  # attempts, which are soon put in order


def names(store: Store, column: str, limit: int = MOST_NAMES) -> list[str] | None:
    """Return the different names in a column, in their order; None where there are more than `limit`."""
    after = f"SELECT min({column}) FROM generation_attempts WHERE {column}"
    sql = (
        f"WITH RECURSIVE found (name) AS (SELECT ({after} >= '') UNION ALL "
        f"SELECT ({after} > name) FROM found WHERE name IS NOT NULL) "
        "SELECT name FROM found WHERE name IS NOT NULL LIMIT ?"
    )
    found = [str(name) for (name,) in store.execute(sql, (limit + 1,))]
    return found if len(found) <= limit else None


def knobs(store: Store, attempts: int = 2_000) -> list[str]:
    """Return the names of the knobs in `params` of so many attempts, the newest ones."""
    newest = "SELECT params FROM generation_attempts WHERE params IS NOT NULL ORDER BY row_id DESC LIMIT ?"
    sql = f"SELECT DISTINCT {KNOB_NAME} AS name FROM ({newest}) a, {KNOBS} ORDER BY name"
    return [str(name) for (name,) in store.execute(sql, (attempts,))]


def have_many(store: Store, column: str, having: list[str]) -> bool:
    """Return whether many attempts have one of these names."""
    marks = ", ".join("?" * len(having))
    sql = f"SELECT 1 FROM generation_attempts WHERE {column} IN ({marks}) LIMIT 1 OFFSET ?"
    return store.execute(sql, [*having, MANY]).fetchone() is not None
