"""The way out: every detour, delay and oversize that an agency, or somebody in between, may try."""

import asyncio
import gzip
import socket

import aiohttp
import pytest

from adapters.base import Deadline
from adapters.egress import Egress, Origin, Outgoing, Reply, admissible
from contracts.errors import AgencyFailed, Fault
from tests.adapters.agencies import http, says

MIB = 1 << 20


async def ask(
    egress: Egress, url: str, *, seconds: float = 5, limit: int = MIB, private: bool = True
) -> Reply:
    origin = Origin.of(url, allow_private=private)
    return await egress.send(Outgoing("GET", url), origin, Deadline.after(seconds), MIB)


async def fault_of(egress: Egress, url: str, **how) -> Fault:
    with pytest.raises(AgencyFailed) as caught:
        await ask(egress, url, **how)
    return caught.value.fault


async def test_a_whole_reply_comes_back_octet_by_octet(egress, open_agency):
    body = gzip.compress('{"名": 1}'.encode())
    agency = await open_agency(says(http(body, Content_Encoding="gzip", X_Odd="\u00e9")))
    reply = await ask(egress, agency.url + "/a?b=%E7%BF%B0")
    assert reply.body == body
    assert reply.status == 200
    assert ("Content-Encoding", "gzip") in reply.headers
    assert agency.asked[0].startswith(b"GET /a?b=%E7%BF%B0 HTTP/1.1\r\n")


async def drip(writer: asyncio.StreamWriter) -> None:
    """One octet every 20 ms: each read succeeds, the whole takes for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n")
    for _ in range(40):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def test_one_octet_at_a_time_does_not_outlast_the_deadline(egress, open_agency):
    agency = await open_agency(drip)
    assert await fault_of(egress, agency.url, seconds=0.2) is Fault.SILENT


async def test_a_timeout_per_read_does_not_stop_it(open_agency):
    """What the plain stack does, so that the test above is known to need the total deadline."""
    agency = await open_agency(drip)
    timeout = aiohttp.ClientTimeout(sock_read=0.2)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(agency.url) as reply:
        assert len(await reply.read()) == 40


async def drip_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(40):
        writer.write(f"X-{number}: y\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.02)


async def test_headers_count_against_the_deadline_too(egress, open_agency):
    agency = await open_agency(drip_headers)
    assert await fault_of(egress, agency.url, seconds=0.2) is Fault.SILENT


async def test_a_spent_deadline_asks_nobody(egress, open_agency):
    agency = await open_agency(says(http(b"{}")))
    assert await fault_of(egress, agency.url, seconds=0) is Fault.SILENT


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


async def test_an_endless_body_stops_at_the_limit(egress, open_agency):
    agency = await open_agency(endless)
    assert await fault_of(egress, agency.url) is Fault.TOO_LARGE


async def test_200_mb_announced_are_not_read(egress, open_agency):
    agency = await open_agency(says(http(b" ", Content_Length=str(200 * MIB))))
    assert await fault_of(egress, agency.url) is Fault.TOO_LARGE


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.write(http(b"{}", Content_Length="4000"))
    await writer.drain()
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


SICK = {
    "short of its Content-Length": (says(http(b"{}", Content_Length="40")), Fault.TRUNCATED),
    "chunks without an end": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\r\n"),
        Fault.TRUNCATED,
    ),
    "reset in the body": (reset, Fault.RESET),
    "closed without a word": (says(b""), Fault.RESET),
    "not HTTP": (says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), Fault.UNREADABLE),
    "a header without end": (says(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 40_000 + b"\r\n\r\n"), Fault.UNREADABLE),
}


@pytest.mark.parametrize("sickness", SICK)
async def test_a_reply_that_is_not_whole_is_named_precisely(egress, open_agency, sickness):
    behave, fault = SICK[sickness]
    agency = await open_agency(behave)
    assert await fault_of(egress, agency.url) is fault


async def test_a_closed_port_refuses(egress, open_agency):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        assert await fault_of(egress, f"http://127.0.0.1:{unheard.getsockname()[1]}/") is Fault.REFUSED


async def test_plain_http_where_tls_is_spoken(egress, open_agency):
    agency = await open_agency(says(http(b"{}")), hasty=True)
    assert await fault_of(egress, agency.url.replace("http:", "https:")) is Fault.TLS


async def test_a_redirect_to_another_origin_is_the_reply(egress, open_agency):
    elsewhere = await open_agency(says(http(b'{"stolen": true}')))
    agency = await open_agency(says(http(status="302 Found", Location=f"{elsewhere.url}/x")))
    reply = await ask(egress, agency.url)
    assert reply.status == 302
    assert elsewhere.asked == []


async def test_a_redirect_to_another_scheme_or_user_is_not_followed(egress, open_agency):
    agency = await open_agency(says(http(status="302 Found", Location="//u:p@127.0.0.1/x")))
    assert (await ask(egress, agency.url)).status == 302
    assert len(agency.asked) == 1


async def test_three_redirects_within_the_origin_are_followed_and_no_fourth(egress, open_agency):
    onward = http(status="302 Found", Location="/again")
    agency = await open_agency(says(onward, onward, onward, http(b"{}")))
    assert (await ask(egress, agency.url)).body == b"{}"
    circle = await open_agency(says(onward))
    assert (await ask(egress, circle.url)).status == 302
    assert len(circle.asked) == 4


async def test_a_post_is_not_turned_into_a_get_by_a_redirect(egress, open_agency):
    agency = await open_agency(says(http(status="302 Found", Location="/again")))
    post = Outgoing("POST", agency.url, (("Content-Type", "application/json"),), b"{}")
    origin = Origin.of(agency.url, allow_private=True)
    assert (await egress.send(post, origin, Deadline.after(5), MIB)).status == 302
    assert len(agency.asked) == 1


PRIVATE = [
    "http://127.0.0.1/",
    "http://10.1.2.3/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/",
    "http://224.0.0.1/",
    "http://[::1]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://0x7f.0.0.1/",
    "http://0x7f000001/",
    "http://127.1/",
    "http://127.0.0.1./",
]


@pytest.mark.parametrize("url", PRIVATE)
async def test_an_inside_address_is_not_admitted_however_it_is_written(egress, url):
    assert await fault_of(egress, url, private=False) is Fault.NOT_ADMITTED


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://224.0.0.1/", "http://2130706433/"])
async def test_some_addresses_are_never_admitted(egress, url):
    assert await fault_of(egress, url, private=True) is Fault.NOT_ADMITTED


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_addresses_of_the_open_network_are_admissible(address):
    assert admissible(address, allow_private=False)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a/", "http:///x", "http://u:p@a/", "gopher://a/", "//a"]
)
def test_what_is_no_plain_web_address_has_no_origin(url):
    with pytest.raises(AgencyFailed) as caught:
        Origin.of(url)
    assert caught.value.fault is Fault.NOT_ADMITTED


async def test_an_address_outside_the_origin_is_not_asked(egress, open_agency):
    agency, other = await open_agency(says(http(b"{}"))), await open_agency(says(http(b"{}")))
    with pytest.raises(AgencyFailed) as caught:
        await egress.send(
            Outgoing("GET", other.url), Origin.of(agency.url, allow_private=True), Deadline.after(5), MIB
        )
    assert caught.value.fault is Fault.NOT_ADMITTED
    assert other.asked == []


async def test_a_name_is_looked_up_once_and_the_connection_goes_where_the_check_looked(open_agency):
    """Rebinding: the second answer to the same question leads inside."""
    honest = await open_agency(says(http(b"honest")))
    inside = await open_agency(says(http(b"inside")), host="127.0.0.2", port=honest.port)
    answers = iter([("127.0.0.1",), ("127.0.0.2",), ("127.0.0.2",)])

    async def lookup(_host: str, _port: int) -> tuple[str, ...]:
        return next(answers)

    async with Egress(lookup) as egress:
        replies = [await ask(egress, f"http://nr.example.gov.cn:{honest.port}/") for _ in range(2)]
    assert [reply.body for reply in replies] == [b"honest", b"honest"]
    assert inside.asked == []
    assert b"Host: nr.example.gov.cn" in honest.asked[0]


@pytest.mark.parametrize("found", [("10.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("::ffff:10.0.0.1",)])
async def test_a_name_that_leads_inside_is_not_admitted(found):
    async def lookup(_host: str, _port: int) -> tuple[str, ...]:
        return found

    async with Egress(lookup) as egress:
        assert await fault_of(egress, "http://nr.example.gov.cn/", private=False) is Fault.NOT_ADMITTED


@pytest.mark.parametrize("found", [OSError("no such name"), ()])
async def test_a_name_nobody_knows(found):
    async def lookup(_host: str, _port: int) -> tuple[str, ...]:
        if isinstance(found, OSError):
            raise found
        return found

    async with Egress(lookup) as egress:
        assert await fault_of(egress, "http://nr.example.gov.cn/") is Fault.UNRESOLVED


async def test_a_pin_runs_out_and_is_checked_again(open_agency):
    agency = await open_agency(says(http(b"{}")))
    answers, now = iter([("127.0.0.1",), ("169.254.1.1",)]), [0.0]

    async def lookup(_host: str, _port: int) -> tuple[str, ...]:
        return next(answers)

    async with Egress(lookup, monotonic=lambda: now[0]) as egress:
        url = f"http://nr.example.gov.cn:{agency.port}/"
        await ask(egress, url)
        now[0] += 61
        assert await fault_of(egress, url) is Fault.NOT_ADMITTED


async def test_other_kits_are_told_an_address_to_connect_to(egress):
    assert await egress.admit("127.0.0.1", 22, allow_private=True) == "127.0.0.1"
    with pytest.raises(AgencyFailed):
        await egress.admit("127.0.0.1", 22)


async def test_no_proxy_and_no_cookie_of_the_environment_is_used(egress, open_agency, monkeypatch):
    trap = await open_agency(says(http(b"proxied")))
    monkeypatch.setenv("http_proxy", trap.url)
    agency = await open_agency(says(http(b"{}", Set_Cookie="who=us; Path=/")))
    for _ in range(2):
        assert (await ask(egress, agency.url)).body == b"{}"
    assert trap.asked == []
    assert b"cookie" not in agency.asked[1].lower()


def test_a_question_never_shows_itself():
    secret = Outgoing("GET", "http://a/?key=s3cret", (("X-Key", "s3cret"),), b"s3cret")
    assert "s3cret" not in repr(secret)


async def test_an_error_never_quotes_what_was_asked(egress, open_agency):
    agency = await open_agency(says(b"nonsense\r\n\r\n"))
    origin = Origin.of(agency.url, allow_private=True)
    question = Outgoing("GET", f"{agency.url}/?key=s3cret", (("X-Key", "s3cret"),))
    with pytest.raises(AgencyFailed) as caught:
        await egress.send(question, origin, Deadline.after(5), MIB)
    assert caught.value.__suppress_context__
    assert "s3cret" not in f"{caught.value!r} {caught.value.detail}"
