"""Secrets planted in the environment reach the agency and nobody else: no evidence, reading, error or log."""

import asyncio
import base64
import logging
import traceback
from urllib.parse import quote

import pytest

from adapters.base import Deadline, evidence_octets
from contracts.audit import Recorded
from contracts.errors import AgencyFailed, LandbridgeError
from demo.control import Fault as Trouble
from gateway.safe import Safe
from gateway.store.database import Database
from tests.conformance.offices import MANIFESTS, WEB, Office, grant_for
from tests.faults.wards import Ward

VALUE = "geheim&値/+ %41"
"""Escaped differently in a header, in a query and in XML."""

VALUE = "geheim&wax/+ %41"
FORMS = (VALUE, quote(VALUE, safe=""), quote(VALUE), base64.b64encode(VALUE.encode()).decode(), "geheim")


def with_secrets(raw) -> None:
    """Credentials in a header and in the query, and where it is SOAP in the envelope too."""
    own = f"secret:{raw['agency']}"
    raw["connection"]["credentials"] = {
        "headers": {"X-App-Key": f"Bearer {own}/key"},
        "query": {"token": f"{own}/token"},
    }
    raw["limits"]["breaker"] = {"least": 10_000}
    for rule in raw["materials"]:
        for name, argument in rule["ask"].get("arguments", {}).items():
            rule["ask"]["arguments"][name] = argument.replace("<APPID>BDC<", f"<APPID>{own}/app<")


@pytest.fixture
async def planted(street, home, monkeypatch, caplog, clock, database_url):
    """The environment with a secret for everything each agency names, read as the gateway reads it."""
    for agency in MANIFESTS:
        for name in ("KEY", "TOKEN", "APP"):
            monkeypatch.setenv(f"LANDBRIDGE_SECRET_{agency.upper().replace('-', '_')}_{name}", VALUE)
    database = Database(database_url)
    street.secrets = Safe(database, bytes(32), home / "secrets", unheard, clock)
    caplog.set_level(logging.DEBUG)
    yield street
    await database.close()


async def unheard(draft) -> Recorded:
    raise AssertionError(draft)


def shows(words: str) -> list[str]:
    return [form for form in FORMS if form in words]


@pytest.mark.parametrize("agency", MANIFESTS)
async def test_what_is_kept_and_told_holds_no_secret(planted, agency, caplog):
    office = await planted.open(agency, with_secrets if agency in WEB else None)
    await office.deliver()
    kept = []
    for kind in office.manifest.kinds:
        for evidence in await office.pull(kind):
            out = office.adapter.read(evidence)
            kept += [evidence_octets(evidence).decode("latin-1"), repr(evidence), repr(out)]
            for place in out.locators[:1]:
                pieces = office.adapter.fetch(grant_for(kind), place, Deadline.after(10))
                kept.append(repr(pieces) + str(sum([len(piece) async for piece in pieces])))
    kept.append(repr(await office.adapter.probe(Deadline.after(5))))
    assert len(kept) > 3
    assert [shows(words) for words in kept] == [[] for _ in kept]
    assert shows(caplog.text) == []
    assert shows(repr((office.manifest, office.adapter, office.lookout))) == []


@pytest.mark.parametrize("agency", WEB)
async def test_the_agency_itself_is_shown_them(planted, agency):
    office = await planted.open(agency, with_secrets)
    await office.read(office.manifest.kinds[0])
    heard = office.tongue.heard[-1]
    assert f"x-app-key: Bearer {VALUE}" in heard
    assert f"token={quote(VALUE, safe='')}" in heard
    assert set(office.adapter.secrets) >= {f"secret:{agency}/key", f"secret:{agency}/token"}


@pytest.mark.parametrize("agency", WEB)
async def test_no_trouble_brings_them_out(planted, agency, caplog, subtests):
    office = await planted.open(agency, with_secrets)
    office.desk.delay = 0.01
    for trouble in Trouble:
        with subtests.test(str(trouble)):
            await office.control.fault(agency, trouble)
            words = await everything_told(office, office.manifest.kinds[0])
            assert words
            assert shows(words) == []
    assert shows(caplog.text) == []


async def broken_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello\r\n\r\n")


async def broken_header(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")


async def head_too_large(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n")


async def broken_chunk(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n")


async def half_a_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")


async def hang_up(_: asyncio.StreamWriter) -> None:
    pass


async def say_nothing(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


NETWORK = (None, broken_head, broken_header, head_too_large, broken_chunk, half_a_body, hang_up, say_nothing)
"""What goes wrong below a reply; None: nobody listens."""


@pytest.mark.parametrize("agency", WEB)
async def test_what_the_network_says_is_nobodys_cause(planted, agency, subtests):
    """The HTTP library's errors quote address, query and headers: no traceback may show one."""
    ward = Ward()
    await ward.turn(hang_up)
    office = await planted.open(agency, with_secrets, base=ward.url)
    for behave in NETWORK:
        with subtests.test(getattr(behave, "__name__", "")):
            await ward.turn(behave)
            with pytest.raises(AgencyFailed) as caught:
                await office.pull(office.manifest.kinds[0], seconds=0.5 if behave is say_nothing else 10)
            told = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
            assert (shows(told), str(ward.port) in told) == ([], False)
            assert [type(one) for one in causes(caught.value) if not isinstance(one, LandbridgeError)] == []
    await ward.close()


def causes(error: BaseException) -> list[BaseException]:
    """The error and what a traceback shows as its causes."""
    found = [error]
    while (further := found[-1].__cause__ or _context(found[-1])) is not None:
        found.append(further)
    return found


def _context(error: BaseException) -> BaseException | None:
    return None if error.__suppress_context__ else error.__context__


async def everything_told(office: Office, kind: str) -> str:
    """Evidence and reading, or the failure as a log, a traceback or a careless handler would show it."""
    words = ""
    try:
        for evidence in await office.pull(kind, seconds=0.3):
            words += evidence_octets(evidence).decode("latin-1")
            words += repr(office.adapter.read(evidence))
    except AgencyFailed as failure:
        words += "".join(traceback.format_exception(failure)) + repr(failure) + repr(vars(failure))
    return words
