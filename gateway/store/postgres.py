"""PostgreSQL: several processes and machines, one log in one order."""

from __future__ import annotations

import socket
from contextlib import suppress
from functools import partial
from os import dup
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from sqlalchemy import event

from contracts.errors import SetupIncomplete
from contracts.text import text
from gateway.store.backend import without_values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from psycopg import Connection as Raw
    from sqlalchemy import URL, Connection, Engine, ExceptionContext

    from gateway.store.backend import Terms

WRITE_LOCK = 0x4C616E64_62726467
"""Whoever writes holds this advisory lock from the beginning to the end of the transaction."""

STATEMENT_MILLISECONDS = 1200
"""How long one statement may take when somebody waits for it: less than it takes to count as silent."""

IDLE_MILLISECONDS = 2000
"""How long a writer may hold its transaction open without a word. A node that hangs, or is cut off, in the
middle of a commit would otherwise keep every other node from writing."""

_LAX = (
    "SELECT name FROM pg_settings WHERE reset_val = 'off'"
    " AND name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name"
)
_NO_NAME = text(
    "PostgreSQL 地址须写明数据库名（postgresql://用户@主机/库名）",
    "The PostgreSQL URL must name the database (postgresql://user@host/name)",
)
_OTHER_DRIVER = text(
    "PostgreSQL 只能经 psycopg 连接（postgresql://…）",
    "PostgreSQL is reached through psycopg only (postgresql://…)",
)


class Postgres:
    """See Backend."""

    silence_seconds = 1.5
    many_processes = True

    def admit(self, url: URL) -> URL:
        """Through psycopg 3, to a database that is named."""
        if url.drivername not in {"postgresql", "postgresql+psycopg"}:
            raise SetupIncomplete(_OTHER_DRIVER)
        if not url.database:
            raise SetupIncomplete(_NO_NAME)
        return url.set(drivername="postgresql+psycopg")

    def options(self) -> Mapping[str, Any]:
        """A connection that died while nobody used it is replaced before anybody does.

        We have no hstore: whether the server has it is not asked at every start.
        """
        return {"pool_pre_ping": True, "use_native_hstore": False}

    def attend(self, engine: Engine, terms: Terms) -> None:
        """Those that write queue for the lock; the others see one state and cannot write."""
        event.listen(engine, "do_connect", _with_limits)
        event.listen(engine, "connect", partial(_greet, terms))
        event.listen(engine, "handle_error", _keep_values_out)
        if terms.writes:
            event.listen(engine, "begin", _queue)

    def exists(self, _url: URL) -> bool:
        """It is the server's to say."""
        return True

    def lax(self, connection: Connection) -> Sequence[str]:
        """As the server has them: our own sessions commit as `_greet` tells them, whatever it says."""
        return connection.exec_driver_sql(_LAX).scalars().all()

    def unhurry(self, connection: Connection) -> None:
        """Until the end of this transaction."""
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")

    def severance(self, *engines: Engine) -> Callable[[], None]:
        """A thread that waits for a server that hangs waits for good, unless its socket is shut."""
        lines: WeakSet[Raw[Any]] = WeakSet()
        for engine in engines:
            event.listen(engine, "connect", lambda raw, _record: lines.add(raw))

        def sever() -> None:
            for raw in list(lines):
                _shut(raw)

        return sever


def _with_limits(_dialect: object, _record: object, _args: object, given: dict[str, Any]) -> None:
    """A peer that is gone without a word is noticed by the kernel. What the URL says is stronger."""
    usual = {
        "connect_timeout": 2,
        "tcp_user_timeout": 5000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "application_name": "landbridge",
    }
    for name, value in usual.items():
        given.setdefault(name, value)


def _greet(terms: Terms, raw: Raw[Any], _record: object) -> None:
    """Whatever the server, the role or the URL say, a session of ours keeps these terms."""
    told = {
        "timezone": "UTC",
        "lock_timeout": str(terms.busy_milliseconds),
        "statement_timeout": "0" if terms.unhurried else str(STATEMENT_MILLISECONDS),
        # Stricter would take its snapshot before it has the lock, and commit on what is no longer so.
        "default_transaction_isolation": "read committed" if terms.writes else "repeatable read",
        "default_transaction_read_only": "off" if terms.writes else "on",
        "idle_in_transaction_session_timeout": str(IDLE_MILLISECONDS) if _may_block(terms) else "0",
    }
    with raw.cursor() as cursor:
        for name, value in told.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        # A commit is on the disk before it is acknowledged; a stand-by's word on top is welcome.
        cursor.execute(
            "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
            " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)"
        )
    raw.commit()


def _keep_values_out(context: ExceptionContext) -> None:
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            without_values(error)


def _may_block(terms: Terms) -> bool:
    return terms.writes and not terms.unhurried


def _queue(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")


def _shut(raw: Raw[Any]) -> None:
    from psycopg import Error  # noqa: PLC0415  loaded by now; who keeps a file need not load it

    with suppress(OSError, Error), socket.socket(fileno=dup(raw.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
