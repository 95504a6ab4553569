"""What the front must leave as it is: signatures, attachments, who is calling; and a gateway that is gone."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from typing import Any, Self

import httpx2
import pytest

from demo.client import Client
from demo.proofs import Answer, BrokenOff
from tests.front.nginx import Front, free_port, open_front
from tests.front.scene import FILE, STRANGERS, Scene
from tests.streaming.scene import ASK, REASON
from tests.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]


def caller(front: Front, address: str = "127.0.0.1", **headers: str) -> httpx2.AsyncClient:
    """A caller from this address of the loopback, all of which are the machine's own."""
    way = httpx2.AsyncHTTPTransport(verify=front.trusting(), local_address=address)
    return httpx2.AsyncClient(transport=way, headers=headers, trust_env=False, timeout=60)


async def test_an_ask_is_proven_through_the_front_down_to_the_log(scene: Scene, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(scene.front.certificate))
    client = Client(scene.front.url, scene.key)
    answer = await asyncio.to_thread(client.ask, ASK)
    assert answer.status_code == 200
    proof = await asyncio.to_thread(client.prove, answer)
    assert proof.entry["kind"] == "answered"


async def test_a_large_attachment_streams_and_nothing_of_it_is_written_down(scene: Scene):
    async with caller(scene.front, authorization=f"Bearer {scene.key}") as client:
        dossier = (await client.post(f"{scene.front.url}/v1/dossiers", json=ASK)).json()
        (attachment,) = dossier["materials"][0]["attachments"]
        url = f"{scene.front.url}/v1/attachments/{attachment['id']}"
        taken, size = hashlib.sha256(), 0
        async with client.stream("GET", url, headers=REASON) as answer:
            async for chunk in answer.aiter_raw():
                taken.update(chunk)
                size += len(chunk)
    assert (size, taken.hexdigest()) == (FILE, scene.agency.digest)
    await scene.front.lines(1, scene.front.told.index("/v1/attachments/"))
    assert "temporary file" not in scene.front.told


async def test_a_large_ask_is_refused_by_the_gateway_and_a_huge_one_by_the_front(scene: Scene):
    async with caller(scene.front, authorization=f"Bearer {scene.key}") as client:
        large, huge = [
            await client.post(f"{scene.front.url}/v1/dossiers", content=b" " * size)
            for size in ((1 << 20) + 1, 2 << 20)
        ]
    assert (large.status_code, huge.status_code) == (400, 400)
    assert "landbridge-receipt" in large.headers
    assert "landbridge-receipt" not in huge.headers
    assert huge.json()["type"] == "urn:landbridge:problem:ask-malformed"
    assert "temporary file" not in scene.front.told


async def test_a_stand_ins_paper_passes_as_it_comes_and_the_gateway_says_how_large(scene: Scene):
    url = f"{scene.front.url}/v1/stand-ins/papers"
    async with caller(scene.front, authorization=f"Bearer {scene.registrar}") as client:
        kept, large = [await client.post(url, content=bytes(size)) for size in (20 << 20, (64 << 20) + 1)]
    assert (kept.status_code, kept.json()["bytes"]) == (201, 20 << 20)
    assert (large.status_code, "64 MiB" in large.json()["detail_en"]) == (400, True)
    assert "temporary file" not in scene.front.told


@pytest.mark.parametrize(("size", "status"), [(66 << 20, 400), (20 << 20, 401)], ids=["huge", "stranger"])
async def test_whose_paper_is_not_taken_is_told_before_it_is_sent(scene: Scene, size: int, status: int):
    key = "" if status == 401 else f"Authorization: Bearer {scene.registrar}\r\n"
    head = f"POST /v1/stand-ins/papers HTTP/1.1\r\nHost: a\r\n{key}Content-Length: {size}\r\n\r\n"
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", scene.front.port, ssl=scene.front.trusting(), local_addr=("127.0.0.6", 0)
    )
    writer.write(head.encode())
    told = await reader.readuntil(b"\r\n")
    writer.close()
    assert told.startswith(f"HTTP/1.1 {status} ".encode())


async def sent(client: httpx2.AsyncClient, url: str, size: int) -> tuple[int, str, bool]:
    """How a form of so many octets fares: the status, its type, and whether the gateway itself answered."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await client.post(url, content=b"a" * size, headers=form)
    media_type = answer.headers["content-type"].partition(";")[0]
    if media_type == "text/plain":
        assert "12 MB" in answer.text
        assert "提交的内容过大" in answer.text
    return answer.status_code, media_type, "content-security-policy" in answer.headers


async def test_people_send_as_much_as_the_console_takes_and_read_why_not_more(scene: Scene):
    told = (400, "text/plain", False)
    async with caller(scene.front, "127.0.0.5") as client:
        agencies, sign_in = (
            f"{scene.front.url}/console/agencies/x/versions",
            scene.front.url + "/console/sign-in",
        )
        assert await sent(client, agencies, 12 << 20) == (401, "text/html", True)
        assert await sent(client, agencies, 13 << 20) == told
        assert await sent(client, sign_in, 100) == (401, "text/html", True)
        assert await sent(client, sign_in, 65 << 10) == told
        assert (await sent(client, f"{scene.front.url}/v1/dossiers", 2 << 20))[
            1
        ] == "application/problem+json"
    assert "temporary file" not in scene.front.told


async def test_people_read_that_no_gateway_is_there(tmp_path):
    nobody = (f"127.0.0.1:{free_port()}",)
    async with open_front(tmp_path / "front", free_port(), nobody) as front, caller(front) as client:
        page, program = [await client.get(front.url + path) for path in ("/console?a=b", "/v1/agencies")]
    assert (page.status_code, page.headers["content-type"]) == (503, "text/plain; charset=utf-8")
    assert "请稍后重试" in page.text
    assert "Try again shortly" in page.text
    assert page.headers["retry-after"] == program.headers["retry-after"] == "30"
    assert program.json()["type"] == "urn:landbridge:problem:gateway-unavailable"


async def refused_after(base: str, client: httpx2.AsyncClient) -> int:
    """How many strangers' calls are heard, each from an address it invented, before one is told to wait."""
    for heard in itertools.count():
        lie = f"203.0.113.{heard}"
        answer = await client.get(f"{base}/v1/agencies", headers={"x-forwarded-for": lie, "x-real-ip": lie})
        if answer.status_code == 429 or heard > 2 * STRANGERS:
            return heard
    raise AssertionError


async def test_strangers_are_told_apart_by_their_own_address(scene: Scene):
    for address in ("127.0.0.2", "127.0.0.3"):
        async with caller(scene.front, address) as client:
            assert await refused_after(scene.front.url, client) == STRANGERS


async def test_who_is_not_the_front_is_not_believed(scene: Scene):
    async with caller(scene.front, "127.0.0.4") as client:
        assert await refused_after(f"http://127.0.0.1:{scene.first.port}", client) == STRANGERS


async def test_how_the_gateway_fares_is_not_told_outside(scene: Scene):
    async with caller(scene.front) as client:
        for path in ("/metrics", "/metrics/", "/front/headers-too-large"):
            answer = await client.get(scene.front.url + path)
            assert (answer.status_code, answer.json()["type"]) == (404, "urn:landbridge:problem:not-found")


class Breaking:
    """A gateway that reads what it is asked, says this and hangs up; it remembers what it was asked."""

    def __init__(self, says: bytes) -> None:
        self._says = says
        self.asked: list[str] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._heard, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        await self._server.wait_closed()

    @property
    def port(self) -> Any:
        assert self._server
        return self._server.sockets[0].getsockname()[1]

    async def _heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b" ", 1)[0].decode())
        writer.write(self._says)
        writer.close()


SOUND = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"{" * 50


async def test_a_get_is_asked_again_elsewhere_and_a_post_that_was_sent_never_is(tmp_path):
    async with Breaking(b"") as breaking, Breaking(SOUND) as sound:
        servers = (f"127.0.0.1:{breaking.port} max_fails=0", f"127.0.0.1:{sound.port} backup")
        async with open_front(tmp_path / "front", free_port(), servers) as front, caller(front) as client:
            got = await client.get(f"{front.url}/v1/agencies")
            posted = await client.post(f"{front.url}/v1/dossiers", json={})
    assert (got.status_code, posted.status_code) == (204, 503)
    assert (breaking.asked, sound.asked) == (["GET", "POST"], ["GET"])
    assert posted.json()["type"] == "urn:landbridge:problem:gateway-unavailable"
    assert posted.headers["retry-after"] == "30"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_whose_head_has_left_and_that_breaks_off_is_never_whole(tmp_path, method):
    """Nothing can be taken back then: the caller is cut off as well, and nobody else is asked instead."""
    async with Breaking(HALF) as breaking, Breaking(SOUND) as sound:
        servers = (f"127.0.0.1:{breaking.port} max_fails=0", f"127.0.0.1:{sound.port} backup")
        async with open_front(tmp_path / "front", free_port(), servers) as front, caller(front) as client:
            with pytest.raises(httpx2.RemoteProtocolError):
                await client.request(method, f"{front.url}/v1/dossiers")
    assert (breaking.asked, sound.asked) == ([method], [])


ASKERS, ASKS = 4, 3
"""Before one gateway is killed under them, and again after."""


async def test_when_one_gateway_is_gone_the_other_goes_on_in_the_same_name_and_log(scene: Scene, monkeypatch):
    """The last test of this module: the first gateway is not started again.

    Who was being answered as it was killed has a 503, or an answer that broke off.
    """
    monkeypatch.setenv("SSL_CERT_FILE", str(scene.front.certificate))
    answers: list[list[Answer]] = [[] for _ in range(ASKERS)]
    asking = [asyncio.create_task(asked(scene, told)) for told in answers]
    await until(lambda: min(map(len, answers)) >= ASKS)
    await scene.first.kill()
    await asyncio.gather(*asking)
    client, told = Client(scene.front.url, scene.key), list(itertools.chain(*answers))
    proofs = [await asyncio.to_thread(client.prove, answer) for answer in told if answer.status_code == 200]
    assert len({proof.receipt.index for proof in proofs}) == len(proofs) >= 2 * ASKERS * ASKS
    assert {answer.status_code for answer in told} <= {200, 503}
    for gateway in (scene.first, scene.second):
        assert [line for line in scene.front.told.splitlines() if line.endswith(f":{gateway.port}")]


async def asked(scene: Scene, told: list[Answer]) -> None:
    """One thing after another, until the first gateway is gone and this asker was answered as often again."""
    client = Client(scene.front.url, scene.key)
    left = ASKS
    while left:
        gone = scene.first.process.returncode is not None
        try:
            told.append(await asyncio.to_thread(client.ask, ASK))
        except BrokenOff:
            continue
        left -= gone and told[-1].status_code == 200
