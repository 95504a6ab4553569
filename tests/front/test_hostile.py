"""Callers who begin and do not go on, and callers who hide one message in another."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router

from demo.control import reserve
from tests.front.scene import Scene

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

TARGET = b"POST /v1/dossiers HTTP/1.1\r\nHost: a\r\n"
PAPERS = TARGET.replace(b"dossiers", b"stand-ins/papers")
"""What the front gathers, and what it lets pass as it comes."""

HIDDEN = b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n\r\n"
REACHED = b'"keys"'
"""Stands in the answer to the hidden message, and nowhere else."""

SMUGGLER = "127.0.0.7"
"""An address that no other test has: strangers are counted by theirs."""

CHUNKED = b"0\r\n\r\n"

SMUGGLED = {
    "content-length-and-transfer-encoding": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    + CHUNKED,
    "content-length-twice": b"Content-Length: 5\r\nContent-Length: 0\r\n\r\n",
    "content-length-signed": b"Content-Length: +0\r\n\r\n",
    "transfer-encoding-unknown": b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKED,
    "transfer-encoding-twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + CHUNKED,
    "transfer-encoding-space-before-colon": b"Content-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n"
    + CHUNKED,
    "transfer-encoding-folded": b"Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n\r\n" + CHUNKED,
    "header-folded": b"X: y\r\n Content-Length: 5\r\n\r\n",
    "bare-carriage-return": b"X: y\rTransfer-Encoding: chunked\r\n\r\n",
    "null-octet": b"X: \x00\r\n\r\n",
    "chunk-size-overflows": b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
}
REWRITTEN = {
    "bare-line-feed": b"Content-Length: 0\n\n",
    "bare-line-feed-in-a-chunk": b"Transfer-Encoding: chunked\r\n\r\n2\nab\n0\n\n",
}
"""What nginx forgives. It passes each message on in its own words, so that both sides count alike."""


async def talk(
    port: int, octets: bytes, trust: ssl.SSLContext | None = None, address: str = "127.0.0.1"
) -> bytes:
    """Send these octets, then nothing more; everything that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, local_addr=(address, 0))
    writer.write(octets + HIDDEN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    heard = await until_closed(reader)
    writer.close()
    return heard


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """What comes until the other side closes; a reset is a close."""
    heard = b""
    with contextlib.suppress(ConnectionError):
        while octets := await reader.read(65536):
            heard += octets
    return heard


def statuses(heard: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", heard)]


async def smuggle(port: int, target: bytes, trust: ssl.SSLContext | None = None) -> dict[str, bytes]:
    """Every sick message, each on a connection of its own and followed by the hidden one; what came back."""
    heard = await asyncio.gather(*(talk(port, target + rest, trust, SMUGGLER) for rest in SMUGGLED.values()))
    return dict(zip(SMUGGLED, heard, strict=True))


@pytest.mark.parametrize("target", [TARGET, PAPERS])
async def test_a_message_that_can_be_read_two_ways_is_refused_and_the_hidden_one_never_heard(
    scene: Scene, target: bytes
):
    heard = await smuggle(scene.front.port, target, scene.front.trusting())
    unknown = {"transfer-encoding-unknown"}
    assert {sick: statuses(octets) for sick, octets in heard.items()} == {
        sick: [501] if sick in unknown else [400] for sick in SMUGGLED
    }
    assert [sick for sick, octets in heard.items() if REACHED in octets] == []


@pytest.mark.parametrize("target", [TARGET, PAPERS])
async def test_the_gateway_alone_does_not_hear_it_either(scene: Scene, target: bytes):
    heard = await smuggle(scene.first.port, target)
    assert {sick: statuses(octets) for sick, octets in heard.items()} == {sick: [400] for sick in SMUGGLED}
    assert [sick for sick, octets in heard.items() if REACHED in octets] == []


@pytest.mark.parametrize(("target", "address"), [(TARGET, "127.0.0.1"), (PAPERS, "127.0.0.8")])
@pytest.mark.parametrize("forgiven", REWRITTEN)
async def test_what_the_front_forgives_it_counts_as_the_gateway_does(scene: Scene, forgiven, target, address):
    before = len(scene.front.told)
    heard = await talk(scene.front.port, target + REWRITTEN[forgiven], scene.front.trusting(), address)
    assert statuses(heard) == [401, 200]
    first, second = await scene.front.lines(2, before)
    assert f'"{target.split(b" HTTP")[0].decode()}" 401' in first
    assert '"GET /.well-known/jwks.json" 200' in second


async def test_a_server_that_believes_both_lengths_answers_the_hidden_message():
    """The control: uvicorn on h11. Were the words above harmless, the tests above would prove nothing."""
    async with lenient() as port:
        sick = SMUGGLED["content-length-and-transfer-encoding"]
        heard = await talk(port, TARGET + sick)
    assert statuses(heard) == [200, 200]
    assert REACHED in heard


@asynccontextmanager
async def lenient() -> AsyncGenerator[int]:
    routes = [
        Route("/v1/dossiers", lambda _: PlainTextResponse("asked"), methods=["POST"]),
        Route("/.well-known/jwks.json", lambda _: PlainTextResponse(REACHED)),
    ]
    listening = reserve()
    server = uvicorn.Server(uvicorn.Config(Router(routes), http="h11", lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve([listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
        listening.close()


@dataclass
class Begun:
    """A caller who began and does not go on."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


async def begin(port: int, octets: bytes, trust: ssl.SSLContext | None) -> Begun:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
    writer.write(octets)
    await writer.drain()
    return Begun(reader, writer)


HALF_HEADER = TARGET + b"Authorization: Bea"
HALF_BODY = TARGET + b"Content-Length: 1000\r\n\r\n{"


async def test_three_hundred_half_open_callers_are_cut_off_and_the_gateway_never_sees_them(scene: Scene):
    """A third each: no handshake, half a header block, half a body. Nobody else waits meanwhile."""
    trust, before = scene.front.trusting(), len(scene.front.told)
    kinds = [(b"", None), (HALF_HEADER, trust), (HALF_BODY, trust)] * 100
    callers = await asyncio.gather(*(begin(scene.front.port, octets, tls) for octets, tls in kinds))
    async with httpx2.AsyncClient(verify=trust, trust_env=False) as client:
        assert (await client.get(f"{scene.front.url}/health/ready")).status_code == 200
    heard = await asyncio.gather(*(until_closed(each.reader) for each in callers))
    assert [octets for octets in heard if REACHED in octets] == []
    for each in callers:
        each.writer.close()
    cut = await scene.front.lines(200, before, "408")
    assert {line.rsplit(" ", 1)[1] for line in cut} == {"-"}  # no gateway was asked


async def test_the_gateway_alone_keeps_them(scene: Scene):
    """Why there is a front: who began at the gateway is still there when the front has cut its own off."""
    kept = [await begin(scene.first.port, HALF_HEADER, None) for _ in range(30)]
    cut = await begin(scene.front.port, HALF_HEADER, scene.front.trusting())
    await until_closed(cut.reader)
    cut.writer.close()
    assert not any(each.reader.at_eof() for each in kept)
    for each in kept:
        each.writer.write(b"rer x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    answers = [await until_closed(each.reader) for each in kept]
    assert {status for heard in answers for status in statuses(heard)} <= {401, 429}
    assert all(answers)
    for each in kept:
        each.writer.close()


async def test_a_header_block_over_the_limit_is_431_in_the_gateways_words(scene: Scene):
    async with httpx2.AsyncClient(verify=scene.front.trusting(), trust_env=False) as client:
        fits = {f"x-{number}": "a" * 7000 for number in range(3)}
        assert (await client.get(f"{scene.front.url}/health/live", headers=fits)).status_code == 200
        for large in ({"x": "a" * 33_000}, {f"x-{number}": "a" * 7000 for number in range(5)}):
            answer = await client.get(f"{scene.front.url}/health/live", headers=large)
            assert answer.status_code == 431
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"] == "urn:landbridge:problem:headers-too-large"
