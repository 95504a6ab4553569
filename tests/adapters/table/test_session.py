"""A session is as we want it, read only and in forms we know, whoever else has a say; or it is left."""

import asyncio
import importlib

import psycopg
import pytest

from adapters.table import line, refusals
from contracts.errors import Fault
from tests.adapters.table.servers import (
    READY,
    SESSION,
    Server,
    asked,
    described,
    message,
    met,
    refused,
    serving,
    setting,
)
from tests.adapters.table.test_refusals import failure_of


async def test_what_this_machine_is_set_to_changes_nothing(clean, desk, monkeypatch):
    """Where nobody tells it otherwise, libpq reads a dozen files and variables."""
    clean.put()
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=off -c statement_timeout=1")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.9")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    monkeypatch.setenv("PGTARGETSESSIONATTRS", "read-write")
    assert len((await desk(clean.base).read()).materials) == 1


OTHER = [
    ("default_transaction_read_only", "off"),
    ("DateStyle", "German, DMY"),
    ("IntervalStyle", "postgres"),
    ("TimeZone", "UTC+8"),
    ("client_encoding", "GBK"),
]


@pytest.mark.parametrize(("name", "value"), OTHER)
async def test_another_session_than_was_wanted_is_left(desk, name, value):
    """A pooler that leaves out settings it does not know, and a server that says so."""

    async def forgets(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await met(reader, writer, SESSION + setting(name, value) + READY)
        server.heard.append(await reader.read(1))

    async with serving(forgets) as server:
        assert (await failure_of(desk(server.base), seconds=5)).fault is Fault.OFF_CONTRACT
        await server.gone.wait()
        assert server.heard in ([b""], [b"X"])


@pytest.mark.parametrize(("said", "asked_on"), [(b"on", True), (b"off", False), (None, False)])
async def test_who_does_not_report_that_it_is_read_only_is_asked(desk, said, asked_on):
    """Servers before 14, and poolers."""

    async def reports_nothing(
        server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await met(reader, writer, setting("client_encoding", "UTF8") + READY)
        server.heard.append(await asked(reader))
        row = message(b"D", b"\0\1" + len(said).to_bytes(4, "big") + said) if said else b""
        writer.write(described("a") + row + message(b"C", b"SELECT 1\0") + READY)
        server.heard.append(await asked(reader))
        writer.write(refused("P0001", "") + READY)

    async with serving(reports_nothing) as server:
        error = await failure_of(desk(server.base), seconds=5)
        assert error.fault is (Fault.DECLINED if asked_on else Fault.OFF_CONTRACT)
        assert b"transaction_read_only" in server.heard[0]
        assert [b"SPGL_JSGCJGYSBAXXB" in each for each in server.heard[1:]] == [True] * asked_on


async def test_octets_that_nobody_counts_are_not_taken_for_none(clean, desk, monkeypatch):
    """A kernel whose tcp_info ends before them."""
    monkeypatch.setattr(line, "_BYTES_RECEIVED", 1000)
    error = await failure_of(desk(clean.base))
    assert (error.fault, "tcp_info" in error.detail.en) == (Fault.OFF_CONTRACT, True)


def test_another_libpq_than_the_one_that_is_loaded_is_refused(monkeypatch):
    monkeypatch.setattr(psycopg.pq, "__impl__", "python")
    with pytest.raises(ImportError, match="binary"):
        importlib.reload(refusals)


@pytest.mark.parametrize(("name", "value"), [("PGDATESTYLE", "German"), ("PGTZ", "Asia/Shanghai")])
async def test_dates_in_another_form_are_not_taken_for_ours(clean, desk, monkeypatch, name, value):
    """The variables that go over what we ask for."""
    clean.put()
    monkeypatch.setenv(name, value)
    assert (await failure_of(desk(clean.base))).fault is Fault.OFF_CONTRACT
