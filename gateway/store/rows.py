"""Many rows in few statements: each lets the interpreter go, and a busy loop is slow to give it back."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table
    from sqlalchemy.engine import Dialect

VALUES = 5000
"""Values of one statement, at most: fewer than any database of ours takes."""


def add_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns, given as the driver takes them."""
    names = tuple(rows[0]) if rows else ()
    for start in range(0, len(rows), VALUES // max(1, len(names))):
        part = rows[start : start + VALUES // len(names)]
        values = tuple(chain.from_iterable([row[name] for name in names] for row in part))
        connection.exec_driver_sql(_statement(connection.dialect, table, names, len(part)), values)


def _statement(dialect: Dialect, table: Table, names: tuple[str, ...], rows: int) -> str:
    quote = dialect.identifier_preparer.quote
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    one = f"({', '.join([mark] * len(names))})"
    columns = ", ".join(quote(name) for name in names)
    return f"INSERT INTO {quote(table.name)} ({columns}) VALUES {', '.join([one] * rows)}"  # noqa: S608  our own names
