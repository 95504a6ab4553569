"""The triggers that keep the log's tables append-only: how they are made, and whether they are there.

Whoever holds the database can drop a trigger; the tree and its signed heads are for that. Triggers are for
everybody else, and for our own mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable

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

EMPTYING = "_no_truncate"
"""PostgreSQL empties a table without deleting a row: there every `_no_delete` has one of these beside it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger that refuses a change.

    `change` is INSERT, UPDATE or DELETE; `when` an SQL condition over NEW and OLD that both databases read
    alike (None: always), `sentence` what whoever tries is told. None of them holds a quote of its own.
    """

    name: str
    table: str
    change: str
    sentence: str
    when: str | None = None


def set_up(connection: Connection, guards: Iterable[Guard]) -> None:
    """Make these triggers, whichever the database: for migrations."""
    for guard in guards:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(_on_sqlite(guard))
            continue
        _on_postgres(connection, guard, guard.change, "ROW")
        if guard.change == "DELETE":
            emptying = Guard(f"{guard.table}{EMPTYING}", guard.table, "TRUNCATE", guard.sentence)
            _on_postgres(connection, emptying, "TRUNCATE", "STATEMENT")


def _on_sqlite(guard: Guard) -> str:
    when = f"WHEN {guard.when}\n" if guard.when else ""
    return (
        f"CREATE TRIGGER {guard.name} BEFORE {guard.change} ON {guard.table}\n"
        f"{when}BEGIN SELECT RAISE(ABORT, '{guard.sentence}'); END"
    )


def _on_postgres(connection: Connection, guard: Guard, change: str, each: str) -> None:
    """A function and the trigger that calls it.

    The function names its schema, or a temporary table of the same name would be asked instead; the trigger
    holds for replicated changes and for sessions that say theirs are.
    """
    current = connection.execute(text("SELECT current_schema()")).scalar_one()
    schema = connection.dialect.identifier_preparer.quote(current)
    connection.exec_driver_sql(
        f"CREATE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql"
        f" SET search_path = {schema}, pg_temp AS $$ BEGIN"
        f" IF {guard.when or 'TRUE'} THEN RAISE EXCEPTION '{guard.sentence}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        f" RETURN {'OLD' if change == 'DELETE' else 'NEW'}; END $$"
    )
    connection.exec_driver_sql(
        f"CREATE TRIGGER {guard.name} BEFORE {change} ON {guard.table}"
        f" FOR EACH {each} EXECUTE FUNCTION {guard.name}()"
    )
    connection.exec_driver_sql(f"ALTER TABLE {guard.table} ENABLE ALWAYS TRIGGER {guard.name}")


_THERE = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    # Only those that always fire, and on the table they are named after.
    "postgresql": """
        SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE tgenabled = 'A' AND NOT tgisinternal AND relnamespace = current_schema()::regnamespace
          AND starts_with(tgname::text, relname::text || '_')
    """,
}


def due_guards(dialect: str) -> frozenset[str]:
    """The triggers that should be there on this kind of database."""
    if dialect == "sqlite":
        return GUARDS
    deleting = {name for name in GUARDS if name.endswith("_no_delete")}
    return GUARDS | {name.removesuffix("_no_delete") + EMPTYING for name in deleting}


def missing_guards(connection: Connection) -> frozenset[str]:
    """The triggers that should be there and are not, or are switched off."""
    dialect = connection.dialect.name
    there = connection.execute(text(_THERE[dialect])).scalars()
    return due_guards(dialect) - set(there)
