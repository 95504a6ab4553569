"""Databases for tests, of either kind: one of one's own for each test, and somebody else's hand in it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.store.migrate import migrate
from gateway.store.postgres import WRITE_LOCK
from tests.postgres import CARELESS, Postgres

KINDS = ("sqlite", "postgres")

only_sqlite = pytest.mark.parametrize("store_kind", ["sqlite"])
"""For what only a file has: pragmas, copies."""

only_postgres = pytest.mark.parametrize("store_kind", ["postgres"])
"""For what only a server has: sessions, nodes."""


class Outsider:
    """A plain connection to the same database, told nothing of what ours are told."""

    refused: type[Exception]

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def spoken(self, statement: str) -> str:
        """A statement of SQLite's, as this database says it."""
        return statement

    def execute(self, statement: str, values: Any = ()) -> Any:
        """A cursor; outside a transaction each statement stands for itself."""
        return self.raw.execute(self.spoken(statement), values or None)

    def lock(self) -> None:
        """Take the write lock, and keep it until `rollback`."""
        raise NotImplementedError

    def rollback(self) -> None:
        self.raw.execute("ROLLBACK")

    def triggers(self) -> list[tuple[str, str, str]]:
        """Name, what drops it, and what makes it again."""
        raise NotImplementedError

    def disarm(self, *names: str) -> list[str]:
        """Drop these triggers, or all; gives what makes them again."""
        chosen = [each for each in self.triggers() if not names or each[0] in names]
        assert chosen
        for _, drop, _ in chosen:
            self.raw.execute(drop)
        return [make for _, _, make in chosen]


class SqliteOutsider(Outsider):
    """With recursive_triggers off, as anybody's."""

    refused = sqlite3.IntegrityError

    def execute(self, statement: str, values: Any = ()) -> Any:
        return self.raw.execute(statement, values)

    def lock(self) -> None:
        self.raw.execute("BEGIN IMMEDIATE")

    def triggers(self) -> list[tuple[str, str, str]]:
        found = self.raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        return [(name, f"DROP TRIGGER {name}", sql) for name, sql in found]


class PostgresOutsider(Outsider):
    """The owner of the database, even."""

    refused = psycopg.IntegrityError

    def spoken(self, statement: str) -> str:
        statement = re.sub(r"x'([0-9a-f]*)'", r"'\\x\1'::bytea", statement)
        statement = re.sub(r"zeroblob\((\d+)\)", r"decode(repeat('00', \1), 'hex')", statement)
        blob = r"CAST\(replace\(CAST\((\w+) AS TEXT\), ('[^']*'), ('[^']*')\) AS BLOB\)"
        statement = re.sub(blob, r"convert_to(replace(convert_from(\1, 'UTF8'), \2, \3), 'UTF8')", statement)
        return statement.replace("?", "%s")

    def lock(self) -> None:
        self.raw.execute("BEGIN")
        self.raw.execute(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")

    def triggers(self) -> list[tuple[str, str, str]]:
        found = self.raw.execute(
            "SELECT tgname, relname, pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger"
            " JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
        ).fetchall()
        return [
            (
                name,
                f"DROP TRIGGER {name} ON {table}",
                f"{made}; ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
            )
            for name, table, made in found
        ]


@contextmanager
def outsider_at(url: str) -> Iterator[Outsider]:
    """A hand of somebody else's in the database at `url`."""
    if url.startswith("sqlite"):
        raw: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        made: Outsider = SqliteOutsider(raw)
    else:
        raw = psycopg.connect(url, autocommit=True)
        made = PostgresOutsider(raw)
    try:
        yield made
    finally:
        raw.close()


class Cluster(Postgres):
    """A server for databases that are thrown away, each a copy of a migrated one or of an empty one."""

    def __init__(self) -> None:
        super().__init__(memory=True, **CARELESS)
        self.start()
        self._count = 0
        self._own = psycopg.connect(self.url("postgres"), autocommit=True)
        self._own.execute("CREATE DATABASE blank TEMPLATE template0")
        self._own.execute("CREATE DATABASE migrated TEMPLATE template0")
        migrate(self.url("migrated"))

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """The URL of a copy, dropped afterwards whoever is still connected."""
        self._count += 1
        name = f"test_{self._count}"
        # File by file: on a file system in memory that is three times as fast as through the log.
        self._own.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self.url(name)
        finally:
            self._own.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def remove(self) -> None:
        self._own.close()
        super().remove()


def migrated_file(folder: Path) -> bytes:
    """The octets of an SQLite database with its tables and nothing in them."""
    migrate(f"sqlite:///{folder / 'migrated.sqlite'}")
    return (folder / "migrated.sqlite").read_bytes()
