"""What a front-end database, or somebody who pretends to be one, may try on us."""

# ruff: noqa: S608  the agency's own statements, in a database that is thrown away

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from adapters.base import Deadline, Key
from adapters.egress import Egress
from adapters.manifest.tables import Database
from adapters.table import Reader, connected
from contracts.errors import AgencyFailed, Fault
from tests.adapters.table.conftest import SECRET
from tests.adapters.table.filings import CODE
from tests.adapters.table.servers import (
    CLEARTEXT,
    GSS,
    LET_IN,
    MD5,
    READY,
    SESSION,
    Server,
    asked,
    described,
    greeted,
    message,
    met,
    refused,
    serving,
    setting,
)
from tests.adapters.table.test_refusals import failure_of
from tests.front.nginx import certify

TABLE, VERIFY = "table: SPGL_JSGCJGYSBAXXB", ("    tls: off\n", "")
REQUIRE = ("    tls: off\n", "    tls: require\n")
PLAIN = ("      newest: LSH\n      per: JGYSBABH\n", "")
SMALL = ("materials:\n", "limits: {body_bytes: 65536}\nmaterials:\n")
BY_NAME = (
    ('GCDM: {value: "{project_code}", fit: starts}', 'JSDW: "{project_name}"'),
    ("[project_code,", "[project_name,"),
    ("project_code: {at: GCDM, fit: starts}", "project_name: JSDW"),
)
ROW = f'\'{CODE}\'::text AS "GCDM", 1 AS "SJYXBS"'


@pytest.mark.parametrize(
    "name", ['x\'; DROP TABLE "SPGL_JSGCJGYSBAXXB"; --', "\\' OR 1=1 --", '$1 %s {JSDW} ":x', "湖滨'花园\""]
)
async def test_a_name_is_a_value_whatever_stands_in_it(clean, desk, name):
    clean.put(LSH=1, JSDW=name)
    clean.put(LSH=2, JSDW="other", JGYSBABH="b")
    known = {"project_name": (Key("project_name", name, confirmed=True),)}
    [material] = (await desk(clean.base, *BY_NAME).read(known)).materials
    assert material.fields["holder_name"] == name
    assert clean.owner.execute('SELECT count(*) FROM "SPGL_JSGCJGYSBAXXB"').fetchone() == (2,)


async def test_a_table_is_a_name_whatever_stands_in_it(clean, desk):
    clean.put()
    name = 'a"; DROP TABLE "SPGL_JSGCJGYSBAXXB"; --'
    edits = (TABLE, f"table: '{name}'"), ("newest: LSH", "newest: 'LSH\"; --'")
    assert (await failure_of(desk(clean.base, *edits))).fault is Fault.NO_SUCH_ADDRESS
    quoted = name.replace('"', '""')
    clean.run(f'CREATE VIEW "{quoted}" AS SELECT *, "LSH" AS "LSH""; --" FROM "SPGL_JSGCJGYSBAXXB"')
    out = await desk(clean.base, *edits).read()
    assert len(out.materials) == 1
    assert [signal.path for signal in out.drift] == ["rows[].…"]


async def test_a_view_of_millions_costs_as_many_rows_as_may_come(house, desk):
    house.run(f"CREATE VIEW millions AS SELECT {ROW}, generate_series(1, 1000000000)")
    error = await failure_of(desk(house.base, (TABLE, "table: millions"), PLAIN))
    assert (error.fault, "500" in error.detail.en) == (Fault.TOO_LARGE, True)


@pytest.mark.parametrize(
    "query", ["repeat('x', 70000)", "repeat('x', 200) AS a FROM generate_series(1, 400) g --"]
)
async def test_more_octets_than_agreed(house, desk, query):
    house.run(
        f"CREATE OR REPLACE VIEW wide AS SELECT {ROW}, {query}".replace(
            "repeat('x', 70000)", "repeat('x', 70000) AS a"
        )
    )
    error = await failure_of(desk(house.base, (TABLE, "table: wide"), PLAIN, SMALL))
    assert error.fault is Fault.TOO_LARGE


ENDLESS, CHUNK = 1 << 29, 1 << 16


async def endless(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One row of half a gigabyte."""
    await met(reader, writer)
    await asked(reader)
    writer.write(
        described("GCDM") + b"D" + (ENDLESS + 10).to_bytes(4, "big") + b"\0\1" + ENDLESS.to_bytes(4, "big")
    )
    while server.sent < ENDLESS:
        writer.write(bytes(CHUNK))
        await writer.drain()
        server.sent += CHUNK


async def floods(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Settings without end, before anything is asked; libpq takes each that is not too long."""
    await met(reader, writer, SESSION)
    while server.sent < ENDLESS:
        told = setting(f"a{server.sent}", "x" * 20_000)
        writer.write(told)
        await writer.drain()
        server.sent += len(told)


@pytest.mark.parametrize("talk", [endless, floods], ids=["a row", "a greeting"])
async def test_what_never_ends_is_not_waited_for(desk, talk):
    async with serving(talk) as server:
        assert (await failure_of(desk(server.base, SMALL))).fault is Fault.TOO_LARGE
        await server.gone.wait()
        assert server.sent < ENDLESS // 8


async def copies(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Something else than rows, which is offered again and again until somebody takes it."""
    await met(reader, writer)
    await asked(reader)
    writer.write(message(b"1") + message(b"2") + message(b"H", b"\0\0\0"))


async def says_done(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await met(reader, writer)
    await asked(reader)
    writer.write(message(b"1") + message(b"2") + message(b"n") + message(b"C", b"INSERT 0 1\0") + READY)


async def mumbles(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """GBK under the name of UTF-8."""
    await met(reader, writer)
    await asked(reader)
    row = message(b"D", b"\0\1" + (2).to_bytes(4, "big") + b"\xb5\xc4")
    writer.write(described("GCDM") + row + message(b"C", b"SELECT 1\0") + READY)


async def refuses_what_was_wanted(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await greeted(reader)
    writer.write(refused("08P01", "unsupported startup parameter: options"))


async def silent(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def hangs_up(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def hears_and_hangs_up(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await greeted(reader)
    writer.close()


async def speaks_http(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greeted(reader)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def stops_halfway(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await met(reader, writer)
    await asked(reader)
    writer.write(described("GCDM")[:-3])
    await writer.drain()
    writer.close()


async def falls_silent(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await met(reader, writer)
    await asked(reader)
    await asyncio.Event().wait()


async def drips(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Each octet on its own, none of them the last."""
    await met(reader, writer, SESSION)
    while True:
        writer.write(setting("a", "b"))
        await writer.drain()
        await asyncio.sleep(0.01)


async def tells_tales(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greeted(reader)
    writer.write(refused("28P01", f"Geheimnis: {SECRET}"))


async def denies_encryption(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await greeted(reader)
    writer.write(b"N")
    server.heard.append(await reader.read())


TROUBLE = [
    (silent, (), Fault.SILENT),
    (silent, (VERIFY,), Fault.SILENT),
    (falls_silent, (), Fault.SILENT),
    (drips, (), Fault.SILENT),
    (hangs_up, (), Fault.RESET),
    (hangs_up, (VERIFY,), Fault.RESET),
    (hears_and_hangs_up, (), Fault.RESET),
    (hears_and_hangs_up, (VERIFY,), Fault.RESET),
    (stops_halfway, (), Fault.RESET),
    (refuses_what_was_wanted, (), Fault.OFF_CONTRACT),
    (copies, (), Fault.UNREADABLE),
    (mumbles, (), Fault.UNREADABLE),
    (says_done, (), Fault.UNREADABLE),
    (speaks_http, (), Fault.UNREADABLE),
    (speaks_http, (VERIFY,), Fault.TLS),
    (tells_tales, (), Fault.UNAUTHORISED),
    (denies_encryption, (VERIFY,), Fault.TLS),
    (denies_encryption, (REQUIRE,), Fault.TLS),
]


@pytest.mark.parametrize(("talk", "edits", "fault"), TROUBLE)
async def test_trouble_is_told(desk, talk, edits, fault):
    async with serving(talk) as server:
        error = await failure_of(desk(server.base, *edits), seconds=0.5 if fault is Fault.SILENT else 30)
        assert error.fault is fault
        assert set(server.heard) <= {b""}


WISHES = [CLEARTEXT, MD5, GSS, LET_IN + SESSION + READY]
IDS = ["clear", "md5", "gss", "none"]


@pytest.mark.parametrize("logging_in", WISHES, ids=IDS)
async def test_whoever_does_not_prove_to_know_the_password_is_told_nothing(desk, logging_in):
    """Also who lets us in without: anybody could say then what is in the dossiers."""

    async def wants(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greeted(reader)
        writer.write(logging_in)
        server.heard.append(await reader.read())

    async with serving(wants) as server:
        error = await failure_of(desk(server.base))
        await server.gone.wait()
        assert (error.fault, "SCRAM" in error.detail.en) == (Fault.UNAUTHORISED, True)
        assert server.heard == [b""]


@asynccontextmanager
async def encrypted(folder, address: str, behind: int | bytes) -> AsyncIterator[Server]:
    """Encryption in front of a server that has none, or of one that wants a login and no more."""
    certify(folder, address)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")

    async def talk(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greeted(reader)
        writer.write(b"S")
        await writer.drain()
        with suppress(ssl.SSLError):
            await writer.start_tls(context)
            if isinstance(behind, bytes):
                await greeted(reader)
                writer.write(behind)
                server.heard.append(await reader.read())
                return
            await joined(reader, writer, behind)

    async with serving(talk) as server:
        yield server


async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    from_it, to_it = await asyncio.open_connection("127.0.0.1", port)

    async def carried(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            while octets := await source.read(1 << 16):
                target.write(octets)
        target.close()

    try:
        await asyncio.gather(carried(reader, to_it), carried(from_it, writer))
    finally:
        to_it.transport.abort()


@pytest.fixture
def trusting(tmp_path, monkeypatch):
    """This machine trusts the certificate in its folder."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    return tmp_path


def through(base: str, server: Server) -> str:
    return f"{server.base.rpartition('/')[0]}/{base.rpartition('/')[2]}"


async def test_an_encrypted_line_to_who_it_is(clean, server, desk, trusting):
    clean.put()
    async with encrypted(trusting, "127.0.0.1", server.port) as front:
        assert len((await desk(through(clean.base, front), VERIFY).read()).materials) == 1


async def test_an_encrypted_line_to_somebody_else(clean, server, desk, trusting):
    clean.put()
    async with encrypted(trusting, "127.0.0.2", server.port) as front:
        assert (await failure_of(desk(through(clean.base, front), VERIFY))).fault is Fault.TLS
        assert len((await desk(through(clean.base, front), REQUIRE).read()).materials) == 1


async def test_an_encrypted_line_that_nobody_vouches_for(clean, server, desk, tmp_path):
    async with encrypted(tmp_path, "127.0.0.1", server.port) as front:
        assert (await failure_of(desk(through(clean.base, front), VERIFY))).fault is Fault.TLS


@pytest.mark.parametrize("logging_in", WISHES, ids=IDS)
async def test_who_is_not_verified_is_not_given_the_password(desk, tmp_path, logging_in):
    async with encrypted(tmp_path, "127.0.0.1", logging_in) as front:
        assert (await failure_of(desk(front.base, REQUIRE))).fault is Fault.UNAUTHORISED
        await front.gone.wait()
        assert front.heard == [b""]


@pytest.mark.parametrize(
    ("logging_in", "given"), [(each, each in (CLEARTEXT, MD5)) for each in WISHES], ids=IDS
)
async def test_who_is_verified_is_given_the_password_as_they_want_it(desk, trusting, logging_in, given):
    """And is asked for it: a server that lets everybody in is not the one that was agreed on."""
    async with encrypted(trusting, "127.0.0.1", logging_in) as front:
        error = await failure_of(desk(front.base, VERIFY), seconds=2)
        assert error.fault is (Fault.SILENT if given else Fault.UNAUTHORISED)
        await front.gone.wait()
        assert (SECRET.encode() in front.heard[0]) == (logging_in == CLEARTEXT)
        assert (b"md5" in front.heard[0]) == (logging_in == MD5)


async def test_a_private_address_that_nobody_admitted_hears_nothing(clean, desk):
    async with serving(silent) as server:
        closed = ("  allow_private: true\n", "")
        assert (await failure_of(desk(server.base, VERIFY, closed))).fault is Fault.NOT_ADMITTED
        assert not server.gone.is_set()
    for host in ("169.254.169.254", "100.100.100.200", "0.0.0.0", "2130706433", "[::ffff:169.254.169.254]"):
        assert (await failure_of(desk(f"postgresql://{host}/a"))).fault is Fault.NOT_ADMITTED


async def test_a_name_is_looked_up_once_and_what_it_gave_is_what_is_reached(clean, server, desk):
    """Nobody else's resolver knows this name; where it leads is judged anew each time."""
    clean.put()
    given = [("127.0.0.1",), ("127.0.0.1", "169.254.169.254"), ("169.254.169.254",)]
    asked_for: list[str] = []

    async def look_up(host: str, port: int) -> tuple[str, ...]:
        asked_for.append(host)
        return given[len(asked_for) - 1]

    base = clean.base.replace("127.0.0.1", "qzk.invalid")
    async with Egress(look_up) as way:
        office = desk(base, way=way)
        assert len((await office.read()).materials) == 1
        for _ in range(2):
            assert (await failure_of(office)).fault is Fault.NOT_ADMITTED
    assert asked_for == ["qzk.invalid"] * 3


async def test_a_public_address_hears_nothing_unencrypted(desk):
    """Whatever the manifest says of private ones: names lead where somebody else says."""

    async def look_up(host: str, port: int) -> tuple[str, ...]:
        return ("64:ff9b::808:808", "8.8.8.8")

    async with Egress(look_up) as way:
        office = desk("postgresql://qzk.invalid/a", way=way)
        error = await failure_of(office, seconds=1)
        assert (error.fault, "tls" in error.detail.en) == (Fault.NOT_ADMITTED, True)
        probed = await office.adapter.probe(Deadline.after(1))
        assert [step.fault for step in probed.steps] == [Fault.NOT_ADMITTED]


@pytest.mark.parametrize("word", ["re\0ader", "", "re\nader", "re\u202eader"])
@pytest.mark.parametrize("place", ["user", "password"])
async def test_nothing_cuts_off_what_is_said_of_encryption(egress, place, word):
    """Settings of libpq are a C string: behind a NUL there are none, and it would go on unencrypted."""
    words = {"user": "reader", "password": SECRET, place: word}
    async with serving(silent) as server:
        where = Database("127.0.0.1", server.port, "a")
        line = connected(
            egress, where, Reader(**words, tls="verify"), Deadline.after(1), allow_private=True, limit=1
        )
        with pytest.raises(AgencyFailed) as caught:
            await line.__aenter__()
        assert caught.value.fault is Fault.UNAUTHORISED
        assert not server.gone.is_set()


async def test_a_name_that_leads_nowhere(desk):
    async def look_up(host: str, port: int) -> tuple[str, ...]:
        raise OSError

    async with Egress(look_up) as way:
        assert (await failure_of(desk("postgresql://qzk.invalid/a", way=way))).fault is Fault.UNRESOLVED
