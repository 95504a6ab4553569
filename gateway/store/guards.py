"""The triggers that keep the log's tables append-only, and whether they are there.

Whoever holds the database file can drop a trigger; the tree and its signed heads are for that. Triggers
are for everybody else, and for our own mistakes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

GUARDS = frozenset(
    {
        "entries_append",
        "entries_no_delete",
        "entries_blank_only",
        "nodes_append",
        "nodes_no_delete",
        "nodes_no_update",
        "checkpoints_append",
        "checkpoints_no_delete",
        "checkpoints_no_update",
    }
)
"""`_append` refuses rows out of order and rows that would replace one; `entries_blank_only` lets a body
become NULL once its `keep_until` has passed on the database's clock, and refuses every other change."""


def missing_guards(connection: Connection) -> frozenset[str]:
    """The triggers that should be there and are not."""
    there = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
    return GUARDS - set(there)
