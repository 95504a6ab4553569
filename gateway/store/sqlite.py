"""SQLite: one file on this machine, one process."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from contracts.errors import SetupIncomplete
from contracts.text import text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import URL, Connection, Engine

    from gateway.store.backend import Terms

_NO_FILE = text("SQLite 数据库必须是文件", "The SQLite database must be a file")
_NO_WAL = text(
    "数据库文件无法使用 WAL 模式（网络文件系统？）；请放在本地磁盘",
    "The database file cannot use WAL (a network file system?); put it on a local disk",
)


class Sqlite:
    """See Backend."""

    silence_seconds = None
    many_processes = False

    def admit(self, url: URL) -> URL:
        """A file, not memory: the log outlives the process."""
        if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            raise SetupIncomplete(_NO_FILE)
        return url

    def options(self) -> Mapping[str, Any]:
        """Reader threads share the pool's connections."""
        return {"connect_args": {"check_same_thread": False}}

    def attend(self, engine: Engine, terms: Terms) -> None:
        """Those that write take the write lock when they begin; the others cannot write at all."""
        event.listen(engine, "connect", partial(_greet, terms))
        event.listen(engine, "begin", _begin_writing if terms.writes else _begin_reading)

    def exists(self, url: URL) -> bool:
        """Connecting would make the file."""
        return Path(str(url.database)).exists()

    def lax(self, _connection: Connection) -> Sequence[str]:
        """What matters every connection is told."""
        return ()

    def unhurry(self, connection: Connection) -> None:
        """Nothing hurries it."""

    def severance(self, *_engines: Engine) -> Callable[[], None]:
        """There is nobody at the other end."""
        return lambda: None


def _greet(terms: Terms, raw: Any, _record: object) -> None:
    raw.isolation_level = None  # the driver begins no transactions of its own; ours begin below
    raw.execute(f"PRAGMA busy_timeout={terms.busy_milliseconds}")
    if raw.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
        raise SetupIncomplete(_NO_WAL)
    # FULL: a commit is on the disk before it is acknowledged. With NORMAL a power cut takes back
    # thousands of acknowledged entries.
    raw.execute("PRAGMA synchronous=FULL")
    # Without this, INSERT OR REPLACE deletes the old row and no trigger hears of it.
    raw.execute("PRAGMA recursive_triggers=ON")
    raw.execute("PRAGMA foreign_keys=ON")
    if terms.unhurried:
        _write_out(terms, raw)
    if not terms.writes:
        raw.execute("PRAGMA query_only=ON")


def _write_out(terms: Terms, raw: Any) -> None:
    """At start, unless others are at it: what is there is written into the file, and synced, once more.

    A process may have died of a sync that failed. What it wrote then lies in the page cache as if the disk
    had it, and no later sync writes it; whatever was built on it would go with it when the power does.
    """
    raw.execute("PRAGMA busy_timeout=0")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.execute(f"PRAGMA busy_timeout={terms.busy_milliseconds}")


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # it may wait in vain: then it fails as statements do


def _begin_reading(connection: Connection) -> None:
    connection.connection.cursor().execute("BEGIN")  # waits for nothing, and every look pays for it
