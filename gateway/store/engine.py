"""Connections: how a database is opened, and what every connection is told first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from contracts.errors import SetupIncomplete
from contracts.text import text
from gateway.store.backend import BUSY_MILLISECONDS, Terms
from gateway.store.postgres import Postgres
from gateway.store.sqlite import Sqlite

if TYPE_CHECKING:
    from sqlalchemy import URL

    from gateway.store.backend import Backend

BACKENDS: dict[str, Backend] = {"sqlite": Sqlite(), "postgresql": Postgres()}
"""Each can keep the log's promise; a database whose triggers nobody wrote could not."""

_UNSUPPORTED = text(
    "LANDBRIDGE_DATABASE_URL 须为 sqlite:///路径 或 postgresql://用户@主机/库名，不支持 {name}",
    "LANDBRIDGE_DATABASE_URL is sqlite:///path or postgresql://user@host/name, not {name}",
)


def database_url(raw: str) -> URL:
    """A database URL we can serve. Raises SetupIncomplete for any other."""
    return backend_of(raw).admit(_parsed(raw))


def backend_of(raw: str) -> Backend:
    """The ways of the database at a URL. Raises SetupIncomplete."""
    name = _parsed(raw).get_backend_name()
    if name not in BACKENDS:
        raise SetupIncomplete(_UNSUPPORTED.fill(name=name))
    return BACKENDS[name]


def _parsed(raw: str) -> URL:
    try:
        return make_url(raw)
    except ArgumentError:
        # Without its cause, which quotes the URL: there may be a password in it.
        raise SetupIncomplete(_UNSUPPORTED.fill(name="?")) from None


def open_engine(
    raw: str,
    *,
    writes: bool,
    connections: int = 1,
    busy_milliseconds: int = BUSY_MILLISECONDS,
    unhurried: bool = False,
) -> Engine:
    """An engine of at most `connections` connections. Raises SetupIncomplete.

    Those that write hold the one write lock from when they begin, so that what they read is still so when
    they commit; the others cannot write at all. They wait `busy_milliseconds` for another's lock, and a
    statement is stopped before the log loses patience, unless `unhurried`. Errors never show parameters:
    they may be personal.
    """
    backend = backend_of(raw)
    engine = create_engine(
        database_url(raw),
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        **backend.options(),
    )
    backend.attend(engine, Terms(writes, busy_milliseconds, unhurried))
    return engine
