"""Connections: how a database is opened, and what every connection is told first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from contracts.errors import SetupIncomplete
from contracts.text import text

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

BUSY_MILLISECONDS = 900
"""How long a connection waits for another process's lock: less than the log's patience, so that whoever
waits hears why."""

_ONLY_SQLITE = text(
    "目前仅支持 SQLite 数据库（sqlite:///路径），不支持 {name}",
    "Only SQLite databases (sqlite:///path) are supported so far, not {name}",
)
_NO_FILE = text("SQLite 数据库必须是文件", "The SQLite database must be a file")
_NO_WAL = text(
    "数据库文件无法使用 WAL 模式（网络文件系统？）；请放在本地磁盘",
    "The database file cannot use WAL (a network file system?); put it on a local disk",
)


def database_url(raw: str) -> URL:
    """A database URL we can serve. Raises SetupIncomplete for any other.

    The log's triggers are written for SQLite only, and without them its promise does not hold.
    """
    try:
        url = make_url(raw)
    except ArgumentError:
        # Without its cause, which quotes the URL: there may be a password in it.
        raise SetupIncomplete(_ONLY_SQLITE.fill(name="?")) from None
    if url.get_backend_name() != "sqlite":
        raise SetupIncomplete(_ONLY_SQLITE.fill(name=url.get_backend_name()))
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise SetupIncomplete(_NO_FILE)
    return url


def open_engine(raw: str, *, writes: bool, connections: int = 1) -> Engine:
    """An engine of at most `connections` connections. Raises SetupIncomplete.

    Those that write take the write lock when they begin, so that what they read is still so when they
    commit; the others cannot write at all. Errors never show parameters: they may be personal.
    """
    engine = create_engine(
        database_url(raw),
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _greet_writer if writes else _greet_reader)
    event.listen(engine, "begin", _begin_writing if writes else _begin_reading)
    return engine


def _greet_writer(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # the driver begins no transactions of its own; ours begin below
    raw.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    if raw.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
        raise SetupIncomplete(_NO_WAL)
    # FULL: a commit is on the disk before it is acknowledged. With NORMAL a power cut takes back
    # thousands of acknowledged entries.
    raw.execute("PRAGMA synchronous=FULL")
    # Without this, INSERT OR REPLACE deletes the old row and no trigger hears of it.
    raw.execute("PRAGMA recursive_triggers=ON")
    raw.execute("PRAGMA foreign_keys=ON")


def _greet_reader(raw: Any, record: object) -> None:
    _greet_writer(raw, record)
    raw.execute("PRAGMA query_only=ON")


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
