"""One conversation with a PostgreSQL server: encrypted, read only, bounded in time and in octets.

libpq is spoken to as it is, below psycopg's connections: those go on for seconds after they are cancelled,
and take in whatever a server sends.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGconn, PGresult

from adapters.base import Deadline, failed
from adapters.documents import Turns
from adapters.egress import Egress, admissible
from adapters.manifest.tables import Database
from adapters.table.refusals import (
    at_the_door,
    other_session,
    public_unencrypted,
    refusal,
    sqlstate_only,
    uncounted,
    unusable_account,
)
from contracts.errors import Fault

SLACK = 64 << 10
"""Octets beyond a reply's limit that a conversation may take: greetings, names of columns, records of TLS."""

_BYTES_RECEIVED = 128
"""Where Linux's tcp_info keeps tcpi_bytes_received, 64 bits wide (linux/tcp.h, since 4.1)."""

_ENDS = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.FATAL_ERROR)

_READ_ONLY = b"default_transaction_read_only"
_REPORTED = {
    _READ_ONLY: b"on",
    b"DateStyle": b"ISO",
    b"IntervalStyle": b"iso_8601",
    b"TimeZone": b"UTC",
    b"client_encoding": b"UTF8",
}

_BY_SCRAM, _BY_PASSWORD = "scram-sha-256", "password,md5,scram-sha-256"

_ROOTS = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and how the line is kept: `verify`, `require` or `off`."""

    user: str = field(repr=False)
    password: str = field(repr=False)
    tls: Literal["verify", "require", "off"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a reply: its name in UTF-8, its type's OID (pg_type)."""

    name: bytes
    type: int


@dataclass(frozen=True, slots=True)
class Rows:
    """A reply: values as the server writes them in its text format, None for NULL."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[bytes | None, ...], ...] = field(repr=False)


@asynccontextmanager
async def connected(
    egress: Egress,
    database: Database,
    reader: Reader,
    deadline: Deadline,
    *,
    allow_private: bool,
    limit: int,
) -> AsyncIterator[Line]:
    """A line to a database, closed afterwards; all of it takes at most `limit` octets.

    The address is the one the egress admitted; nothing looks the name up again. Raises AgencyFailed.
    """
    async with deadline.kept():
        address = await admitted(egress, database, reader, allow_private=allow_private)
        pgconn = _begun(database, address, reader, deadline)
    line = Line(pgconn, deadline, limit)
    try:
        await line.open()
        yield line
    finally:
        # Without a word: a server that has hung must not hold us. What it still does ends by its own
        # statement_timeout, which is our deadline.
        pgconn.finish()


async def admitted(egress: Egress, database: Database, reader: Reader, *, allow_private: bool) -> str:
    """The address to connect to. Raises AgencyFailed, also for one that a line must not go to unencrypted."""
    if not all(word and word.isprintable() for word in (reader.user, reader.password)):
        # libpq takes its settings as a C string: what stood behind a NUL, encryption included, would be lost.
        raise unusable_account()
    address = await egress.admit(database.host, database.port, allow_private=allow_private)
    if reader.tls == "off" and admissible(address, allow_private=False):
        raise public_unencrypted()
    return address


class Line:
    """A conversation; one statement after the other."""

    def __init__(self, pgconn: PGconn, deadline: Deadline, limit: int) -> None:
        self._pgconn, self._deadline, self._limit = pgconn, deadline, limit

    async def open(self) -> None:
        """Be let in. Raises AgencyFailed."""
        last, state = pq.ConnStatus.STARTED, pq.PollingStatus.WRITING
        async with self._deadline.kept():
            while state != pq.PollingStatus.OK:
                heard = None
                if self._pgconn.status != pq.ConnStatus.BAD:
                    await _ready(self._pgconn.socket, writing=state == pq.PollingStatus.WRITING)
                    # Looking takes away the error of a connection that did not come about.
                    heard = None if last == pq.ConnStatus.STARTED else _heard(self._pgconn)
                state = pq.PollingStatus(self._pgconn.connect_poll())
                if state == pq.PollingStatus.FAILED:
                    raise at_the_door(self._pgconn.get_error_message(), last, heard)
                self._count()
                last = pq.ConnStatus(self._pgconn.status)
        self._pgconn.nonblocking = 1
        self._agreed()
        await self._reads_only()

    def _agreed(self) -> None:
        """Raise AgencyFailed unless the session is as we want it, as far as the server reports that.

        A pooler in between may leave settings out without a word, and this machine's PGTZ and PGDATESTYLE go
        over ours.
        """
        for name, wanted in _REPORTED.items():
            said = self._pgconn.parameter_status(name)
            if said is not None and said.partition(b",")[0] != wanted:
                raise other_session()

    async def _reads_only(self) -> None:
        """Ask whether the session is read only where it has not been reported: before 14, and by poolers."""
        if self._pgconn.parameter_status(_READ_ONLY) is not None:
            return
        found = await self.select(b"SELECT current_setting('transaction_read_only')")
        if found.rows != ((b"on",),):
            raise other_session()

    async def select(self, statement: bytes, values: Sequence[bytes | None] = ()) -> Rows:
        """The rows a statement gives; `values` stand for $1, $2 …, as text. Raises AgencyFailed."""
        async with self._deadline.kept():
            with _told():
                self._pgconn.send_query_params(statement, values)
                while self._pgconn.flush():
                    await _ready(self._pgconn.socket, writing=True)
                result = await self._result()
            if result.status == pq.ExecStatus.TUPLES_OK:
                return await _rows(result)
        raise refusal(result.error_field(pq.DiagnosticField.SQLSTATE))

    async def _result(self) -> PGresult:
        """The one result of a statement; with parameters there is no second one."""
        found: list[PGresult] = []
        while (result := await self._next()) is not None:
            if result.status not in _ENDS:
                # A copy goes on until it is taken, and is offered again each time it is asked for.
                raise failed(Fault.UNREADABLE)
            found.append(result)
        if not found:
            raise failed(Fault.RESET)
        return found[0]

    async def _next(self) -> PGresult | None:
        while self._pgconn.is_busy():
            await _ready(self._pgconn.socket)
            self._pgconn.consume_input()
            self._count()
        return self._pgconn.get_result()

    def _count(self) -> None:
        """Raise AgencyFailed (too large) once more has come than may come."""
        if _received(self._pgconn.socket) > self._limit + SLACK:
            raise failed(Fault.TOO_LARGE)


def _begun(database: Database, address: str, reader: Reader, deadline: Deadline) -> PGconn:
    """A connection begun; what matters is said, for libpq looks into files and the environment as well."""
    settings = {
        "default_transaction_read_only": "on",
        "statement_timeout": f"{max(1, int(deadline.left() * 1000))}",
        "datestyle": "ISO",
        "timezone": "UTC",
        "intervalstyle": "iso_8601",
        "bytea_output": "hex",
        "extra_float_digits": "1",
    }
    conninfo = make_conninfo(
        host=database.host,
        hostaddr=address,
        port=database.port,
        dbname=database.name,
        user=reader.user,
        password=reader.password,
        client_encoding="UTF8",
        application_name="landbridge",
        target_session_attrs="any",
        options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
        **_secured(reader),
    )
    pgconn = pq.PGconn.connect_start(conninfo.encode())
    sqlstate_only(pgconn)
    return pgconn


def _secured(reader: Reader) -> dict[str, str]:
    """How the line is kept, and how we log in.

    To a server whose certificate holds with a password, however it wants it. To any other by SCRAM (RFC 7677)
    alone: it proves that the server knows the password too, and tells it nothing; MD5 and no login do not.
    """
    own = {"gssencmode": "disable", "sslcertmode": "disable", "passfile": "/dev/null"}
    if reader.tls == "verify":
        return own | {"sslmode": "verify-full", "sslrootcert": _roots(), "require_auth": _BY_PASSWORD}
    mode = "require" if reader.tls == "require" else "disable"
    return own | {"sslmode": mode, "sslrootcert": "/dev/null/none", "require_auth": _BY_SCRAM}


def _roots() -> str:
    """The certificates this machine trusts, as Python's own connections do (SSL_CERT_FILE included)."""
    own = ssl.get_default_verify_paths().cafile
    return next((place for place in (own, *_ROOTS) if place and Path(place).is_file()), "system")


async def _rows(result: PGresult) -> Rows:
    rows, turns, columns = [], Turns(), range(result.nfields)
    for row in range(result.ntuples):
        rows.append(tuple(result.get_value(row, column) for column in columns))
        await turns.given()
    named = tuple(Column(result.fname(column) or b"", result.ftype(column)) for column in columns)
    return Rows(named, tuple(rows))


@contextmanager
def _told() -> Iterator[None]:
    """A connection that breaks off, told as that. Not chained: libpq quotes hosts, servers quote values."""
    with suppress(psycopg.Error):
        yield
        return
    raise failed(Fault.RESET) from None


async def _ready(descriptor: int, *, writing: bool = False) -> None:
    """Wait until a socket can be read, or written to."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    add, remove = (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)
    add(descriptor, _told_once, ready)
    try:
        await ready
    finally:
        remove(descriptor)


def _told_once(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    line = socket.socket(fileno=descriptor)
    try:
        yield line
    finally:
        line.detach()


def _received(descriptor: int) -> int:
    """Octets that a connection has brought so far. Raises AgencyFailed where nobody counts them."""
    with _borrowed(descriptor) as line:
        told = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED + 8)
    if len(told) < _BYTES_RECEIVED + 8:
        raise uncounted()
    return int.from_bytes(told[_BYTES_RECEIVED:], sys.byteorder)


def _heard(pgconn: PGconn) -> bytes | None:
    """The first octet of what has come and is not read yet: empty where they hung up, None where none has."""
    try:
        with _borrowed(pgconn.socket) as line:
            return line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except ConnectionError:
        return b""
    except (OSError, psycopg.Error):
        return None
