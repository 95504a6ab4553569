"""What the plain clients make of the same ills: the table beside this one is no matter of course."""

import asyncio
import gzip
from pathlib import Path

import aiohttp
import httpx2
import pytest
import zeep
from lxml import etree

from demo import hc_shapes
from tests.adapters.kits import KITS, P1, P2, as_soap
from tests.faults.ills import MIB, bursting, pouring, redirecting, saying, whole
from tests.faults.wards import Ward

WSDL = Path(hc_shapes.__file__).with_name("hc.wsdl")
SOAP, REST = KITS["soap"], KITS["rest"]
OURS = 8 * MIB
"""Octets at which the manifests' limits stop a reply, before and after decompression."""


@pytest.fixture
async def ward():
    opened = Ward()
    yield opened
    await opened.close()


async def through_zeep(ward: Ward) -> object:
    """What zeep's own client gives for the demo's question, asked at the ward."""

    def call() -> object:
        client = zeep.Client(str(WSDL))
        (binding,) = client.wsdl.bindings
        return client.create_service(binding, f"{ward.url}/services/HcService").query("<ROOT/>")

    return await asyncio.to_thread(call)


async def test_a_timeout_of_one_second_waits_for_every_byte_anew(ward):
    """A timeout of httpx's, like that of requests and zeep, is one for each read: the sum has no end."""
    timeout, every, octets = 1.0, 0.15, 12
    assert every * octets > timeout

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(whole(REST, b"", Content_Length=str(octets)))
        for _ in range(octets):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(every)

    await ward.turn(drip)
    async with httpx2.AsyncClient(timeout=timeout, trust_env=False) as client:
        answer = await client.get(ward.url)
    assert (answer.status_code, len(answer.content)) == (200, octets)


async def test_half_a_megabyte_becomes_as_much_as_the_agency_likes(ward):
    await ward.turn(bursting(REST, 64))
    async with aiohttp.ClientSession() as client, client.get(ward.url) as answer:
        taken = 0
        while chunk := await answer.content.read(MIB):
            taken += len(chunk)
    assert taken == 64 * MIB > OURS


async def test_200_mb_are_taken_in_whole(ward):
    await ward.turn(pouring(REST, 200))
    async with aiohttp.ClientSession() as client, client.get(ward.url) as answer:
        assert len(await answer.read()) == 200 * MIB


async def test_a_redirect_is_followed_elsewhere_with_our_credentials(ward):
    elsewhere = Ward()
    await elsewhere.turn(saying(lambda kit: kit.healthy)(REST))
    try:
        await ward.turn(redirecting("307 Temporary Redirect", f"{elsewhere.url}/x")(REST))
        async with (
            aiohttp.ClientSession(headers={"X-App-Key": "sealing-wax"}) as client,
            client.get(ward.url) as answer,
        ):
            assert answer.status == 200
        assert b"X-App-Key: sealing-wax" in elsewhere.asked[0]
    finally:
        await elsewhere.close()


async def test_zeep_hands_over_an_answer_about_another_project(ward):
    await ward.turn(saying(lambda kit: kit.stranger)(SOAP))
    told = str(await through_zeep(ward))
    assert P2["name"] in told
    assert P1["name"] not in told


async def test_zeep_takes_a_declined_question_for_an_answer(ward):
    await ward.turn(saying(lambda kit: kit.declined)(SOAP))
    assert "查询失败" in str(await through_zeep(ward))


async def test_zeep_unpacks_a_bomb_whole_and_quotes_it_in_its_error(ward):
    body = as_soap(hc_shapes.reply(hc_shapes.filings(P1))) + b" " * (2 * OURS)
    await ward.turn(saying(lambda _: gzip.compress(body, 1), Content_Encoding="gzip")(SOAP))
    with pytest.raises(zeep.exceptions.TransportError) as caught:
        await through_zeep(ward)
    assert len(caught.value.content) > 2 * OURS
    assert len(str(caught.value)) > 2 * OURS


def test_gbk_that_calls_itself_gb2312_is_refused():
    """镕 is in GBK and not in GB 2312: a third of the names with it could not be read."""
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring('<?xml version="1.0" encoding="GB2312"?><n>朱镕</n>'.encode("gbk"))
