"""One table of ills for every kit that speaks HTTP: each becomes its own fault, and no other."""

import asyncio
import gzip
from dataclasses import replace

import pytest

from adapters.base import Deadline
from adapters.resilience import sturdy
from contracts.errors import AgencyDeclined, AgencyFailed, AgencyUnavailable, EvidenceOffContract, Fault
from tests.adapters.agencies import http, says
from tests.adapters.kits import KITS

MIB = 1 << 20
GONE = "http://127.0.0.1:1"


@pytest.fixture(params=KITS)
def kit(request):
    return KITS[request.param]


@pytest.fixture
def ask(kit, egress, clock, grant_for):
    """Asks this kit's agency at an address and reads what it says."""

    async def asked(base: str, seconds: float = 5):
        manifest = kit.manifest(base)
        adapter = sturdy(kit.make(manifest, 1, egress, str, clock), manifest.limits, clock)
        found = await adapter.pull(grant_for(kit.kind), kit.keys, Deadline.after(seconds))
        return [material for evidence in found for material in adapter.read(evidence).materials]

    return asked


@pytest.fixture
def fault_of(ask):
    async def told(base: str, seconds: float = 5) -> Fault:
        with pytest.raises(AgencyFailed) as caught:
            await ask(base, seconds)
        assert caught.value.type == caught.value.row.problem
        return caught.value.fault

    return told


def whole(kit, body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    return http(body, status, **({"Content_Type": kit.media_type} | headers))


async def test_what_is_well_reads_well(open_agency, kit, ask):
    agency = await open_agency(says(whole(kit, kit.healthy)))
    assert {material.retrieval for material in await ask(agency.url)} == {"received"}


async def test_none_is_an_answer(open_agency, kit, ask):
    agency = await open_agency(says(whole(kit, kit.none)))
    assert [material.retrieval for material in await ask(agency.url)] == ["not_found"]


async def test_gzip_is_read(open_agency, kit, ask):
    agency = await open_agency(says(whole(kit, gzip.compress(kit.healthy), Content_Encoding="gzip")))
    assert {material.retrieval for material in await ask(agency.url)} == {"received"}


@pytest.mark.parametrize("label", ["gb2312", "utf-16", "iso-8859-1", "x-unknown"])
async def test_a_wrong_charset_label_changes_nothing(open_agency, kit, ask, label):
    media_type = f"{kit.media_type.partition(';')[0]}; charset={label}"
    agency = await open_agency(says(whole(kit, kit.healthy, Content_Type=media_type)))
    right = await open_agency(says(whole(kit, kit.healthy)))
    one, other = await ask(agency.url), await ask(right.url)
    assert [material.fields for material in one] == [material.fields for material in other]


WHOLE = {
    "401": (lambda kit: whole(kit, b"no", "401 Unauthorized"), Fault.UNAUTHORISED),
    "403": (lambda kit: whole(kit, b"no", "403 Forbidden"), Fault.UNAUTHORISED),
    "404": (lambda kit: whole(kit, b"no", "404 Not Found"), Fault.NO_SUCH_ADDRESS),
    "429": (lambda kit: whole(kit, b"no", "429 Too Many Requests", Retry_After="30"), Fault.SHEDDING),
    "500": (lambda kit: whole(kit, b"no", "500 Internal Server Error"), Fault.BROKEN),
    "500 and the answer": (lambda kit: whole(kit, kit.healthy, "500 Internal Server Error"), Fault.BROKEN),
    "a web page": (lambda kit: whole(kit, b"<html></html>", Content_Type="text/html"), Fault.UNREADABLE),
    "a web page called otherwise": (lambda kit: whole(kit, b"<!DOCTYPE html><html>"), Fault.UNREADABLE),
    "empty": (lambda kit: whole(kit, b""), Fault.UNREADABLE),
    "cut short": (lambda kit: whole(kit, kit.healthy[:-9]), Fault.UNREADABLE),
    "cut short in gzip": (
        lambda kit: whole(kit, gzip.compress(kit.healthy)[:-9], Content_Encoding="gzip"),
        Fault.TRUNCATED,
    ),
    "success false": (lambda kit: whole(kit, kit.declined), Fault.DECLINED),
    "another project": (lambda kit: whole(kit, kit.stranger), Fault.OTHER_PROJECT),
    "200 MB announced": (lambda kit: whole(kit, b"x", Content_Length=str(200 * MIB)), Fault.TOO_LARGE),
    "a gzip bomb": (
        lambda kit: whole(kit, gzip.compress(bytes(128 * MIB), 1), Content_Encoding="gzip"),
        Fault.TOO_LARGE,
    ),
    "elsewhere": (
        lambda kit: whole(kit, b"", "302 Found", Location="http://10.0.0.1/"),
        Fault.REDIRECTED,
    ),
    "less than it announced": (
        lambda kit: whole(kit, kit.healthy, Content_Length=str(len(kit.healthy) + 5)),
        Fault.TRUNCATED,
    ),
    "more than it announced": (
        lambda kit: whole(kit, kit.healthy, Content_Length=str(len(kit.healthy) - 5)),
        Fault.UNREADABLE,
    ),
    "no HTTP": (lambda _: b"hello\r\n\r\n", Fault.UNREADABLE),
}


@pytest.mark.parametrize("ill", WHOLE)
async def test_a_sick_reply_is_told_as_what_it_is(open_agency, kit, fault_of, ill):
    make, fault = WHOLE[ill]
    agency = await open_agency(says(make(kit)))
    assert await fault_of(agency.url) is fault


@pytest.mark.parametrize("media_type", ["text/html;charset=utf-8", "text/xml", "application/json"])
async def test_a_web_page_is_called_one(open_agency, kit, ask, media_type):
    agency = await open_agency(says(whole(kit, b"\n<!DOCTYPE html><html>", Content_Type=media_type)))
    with pytest.raises(AgencyFailed, match="web page"):
        await ask(agency.url)


@pytest.mark.parametrize("name", KITS)
async def test_each_kit_has_ills_of_its_own(open_agency, name, egress, clock, grant_for):
    kit = KITS[name]
    for ill, body, status, fault in kit.ills:
        agency = await open_agency(says(whole(kit, body, status)))
        adapter = kit.make(kit.manifest(agency.url), 1, egress, str, clock)
        [evidence] = await adapter.pull(grant_for(kit.kind), kit.keys, Deadline.after(5))
        with pytest.raises(AgencyFailed) as caught:
            adapter.read(evidence)
        assert caught.value.fault is fault, ill


async def test_nobody_listens(fault_of):
    assert await fault_of(GONE) is Fault.REFUSED


async def test_it_accepts_and_says_nothing(open_agency, fault_of):
    agency = await open_agency(lambda _: asyncio.sleep(30))
    assert await fault_of(agency.url, 0.3) is Fault.SILENT


async def test_a_byte_now_and_then_does_not_keep_us(open_agency, kit, fault_of):
    async def drip(writer: asyncio.StreamWriter) -> None:
        for octet in whole(kit, kit.healthy):
            writer.write(bytes([octet]))
            await writer.drain()
            await asyncio.sleep(0.05)

    agency = await open_agency(drip)
    assert await fault_of(agency.url, 0.4) is Fault.SILENT


async def test_a_reset_in_the_middle(open_agency, kit, fault_of):
    async def reset(writer: asyncio.StreamWriter) -> None:
        reply = whole(kit, kit.healthy)
        writer.write(reply[: len(reply) // 2])
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()

    agency = await open_agency(reset)
    assert await fault_of(agency.url) in (Fault.RESET, Fault.TRUNCATED)


async def test_200_mb_are_not_waited_for(open_agency, kit, fault_of):
    sent = 0

    async def pour(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(whole(kit, b"", Content_Length="", Transfer_Encoding="chunked"))
        for _ in range(200):
            writer.write(b"100000\r\n" + bytes(MIB) + b"\r\n")
            await writer.drain()
            sent += 1

    agency = await open_agency(pour)
    assert await fault_of(agency.url) is Fault.TOO_LARGE
    assert sent < 50


async def test_a_redirect_elsewhere_is_not_followed(open_agency, kit, fault_of):
    elsewhere = await open_agency(says(whole(kit, kit.healthy)))
    for status in ("301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
        agency = await open_agency(says(whole(kit, b"", status, Location=f"{elsewhere.url}/x")))
        assert await fault_of(agency.url) is Fault.REDIRECTED
    assert elsewhere.asked == []


def test_every_fault_has_a_class_of_its_own():
    kinds = {fault: type(failure_of(fault)) for fault in Fault}
    assert kinds[Fault.SILENT] is AgencyUnavailable
    assert kinds[Fault.DECLINED] is AgencyDeclined
    assert kinds[Fault.OTHER_PROJECT] is EvidenceOffContract


def failure_of(fault: Fault) -> AgencyFailed:
    from adapters.base import failed

    return failed(fault)


async def test_the_reader_believes_no_reply_of_another_kit(open_agency, kit, fault_of):
    other = next(one for one in KITS.values() if one.media_type != kit.media_type)
    agency = await open_agency(says(whole(replace(kit, media_type=other.media_type), other.healthy)))
    assert await fault_of(agency.url) is Fault.UNREADABLE
