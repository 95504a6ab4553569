"""What can be wrong with an agency that speaks HTTP, and what the asker is to be told of each."""

import asyncio
import functools
import gzip
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from demo import hc_shapes
from demo.city import HC
from tests.adapters.agencies import Behaviour, http, says
from tests.adapters.kits import Kit

MIB = 1 << 20
SECOND = 1.0


@dataclass(frozen=True)
class Told:
    """What is said of the sick agency's material; `status` is that of an ask for it alone."""

    retrieval: str
    status: int
    problem: str | None = None
    cls: str | None = None
    fault: str | None = None
    retry_after: bool = False
    next_try: int | None = None


def passing(fault: str, next_try: int | None = None) -> Told:
    """It may be over soon: who asks is told to come again."""
    return Told("unavailable", 503, "agency-unavailable", "passing", fault, True, next_try)


def declined(fault: str, cls: str) -> Told:
    """The agency says no, to us or to this."""
    return Told("unavailable", 502, "agency-declined", cls, fault)


def odd(fault: str, cls: str) -> Told:
    """What came is not what was agreed."""
    return Told("invalid", 502, "evidence-off-contract", cls, fault)


RECEIVED, NOT_FOUND = Told("received", 200), Told("not_found", 200)


@dataclass(frozen=True)
class Ill:
    """`behave` None: nobody listens. `hangs`: it never ends by itself, only a deadline ends the ask."""

    told: Told
    behave: Callable[[Kit], Behaviour] | None
    hangs: bool = False
    in_soap: Told | None = None

    def told_by(self, kit: Kit) -> Told:
        """What is told of this kit's agency: the same of all, where SOAP does not know better."""
        return self.in_soap if self.in_soap and kit.agency == HC else self.told


def whole(kit: Kit, body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    return http(body, status, **({"Content_Type": kit.media_type} | headers))


def well(kit: Kit) -> Behaviour:
    return says(whole(kit, kit.healthy))


def silent(_: Kit) -> Behaviour:
    return lambda _: asyncio.Event().wait()  # type: ignore[return-value]


def dripping(kit: Kit) -> Behaviour:
    """One byte a second, from the first of the head on: the whole reply would take half an hour."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        for octet in whole(kit, kit.healthy):
            writer.write(bytes([octet]))
            await asyncio.sleep(SECOND)

    return drip


def dripping_body(kit: Kit) -> Behaviour:
    """The head at once, then one byte a second."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        reply = whole(kit, kit.healthy)
        writer.write(reply[: -len(kit.healthy)])
        for octet in kit.healthy:
            writer.write(bytes([octet]))
            await asyncio.sleep(SECOND)

    return drip


def stopping(kit: Kit) -> Behaviour:
    """Half of the reply, and then no more."""

    async def stop(writer: asyncio.StreamWriter) -> None:
        reply = whole(kit, kit.healthy)
        writer.write(reply[: len(reply) // 2])
        await asyncio.Event().wait()

    return stop


def endless(kit: Kit) -> Behaviour:
    """A body of blanks without an end, too slow to grow too large."""

    async def go_on(writer: asyncio.StreamWriter) -> None:
        writer.write(whole(kit, b"", Content_Length="", Transfer_Encoding="chunked"))
        while True:
            writer.write(b"1\r\n \r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    return go_on


def resetting(kit: Kit) -> Behaviour:
    """Closed with a reset in the middle of the body (socket(7), SO_LINGER)."""

    async def reset(writer: asyncio.StreamWriter) -> None:
        import socket

        reply = whole(kit, kit.healthy)
        writer.write(reply[: -len(kit.healthy) // 2])
        await writer.drain()
        # The half that was sent is heard before the reset is.
        await asyncio.sleep(0.05)
        line = writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return reset


def announcing(kit: Kit) -> Behaviour:
    """200 MB by its head."""
    return says(whole(kit, b"x", Content_Length=str(200 * MIB)))


def pouring(kit: Kit, mib: int = 200) -> Behaviour:
    """So many MiB that no head announced, made as they are taken."""

    async def pour(writer: asyncio.StreamWriter) -> None:
        writer.write(whole(kit, b"", Content_Length="", Transfer_Encoding="chunked"))
        for _ in range(mib):
            writer.write(b"100000\r\n" + bytes(MIB) + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    return pour


def bursting(kit: Kit, mib: int = 512) -> Behaviour:
    """Half a MiB of gzip that is so many MiB of zeros, made as it is taken."""

    async def burst(writer: asyncio.StreamWriter) -> None:
        writer.write(whole(kit, b"", Content_Length="", Transfer_Encoding="chunked", Content_Encoding="gzip"))
        for piece in bomb(mib):
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    return burst


def bomb(mib: int) -> Iterator[bytes]:
    """A valid gzip file of so many MiB of zeros: one deflated MiB repeated (RFC 1951, RFC 1952)."""
    one_mib, checksum = _zeros(), zlib.crc32(b"")
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    for _ in range(mib):
        checksum = zlib.crc32(bytes(MIB), checksum)
        yield one_mib
    yield b"\x03\x00" + struct.pack("<LL", checksum, mib * MIB & 0xFFFFFFFF)


@functools.cache
def _zeros() -> bytes:
    """A MiB of zeros, deflated so that it may stand anywhere in a stream."""
    packer = zlib.compressobj(9, wbits=-15)
    return packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)


def saying(
    body: Callable[[Kit], bytes], status: str = "200 OK", **headers: str
) -> Callable[[Kit], Behaviour]:
    """A whole reply of this body."""
    return lambda kit: says(whole(kit, body(kit), status, **headers))


def labelled(charset: str) -> Callable[[Kit], Behaviour]:
    """The healthy reply under the name of another charset."""
    return lambda kit: says(
        whole(kit, kit.healthy, Content_Type=f"{kit.media_type.partition(';')[0]}; charset={charset}")
    )


def stating(more: int) -> Callable[[Kit], Behaviour]:
    """The healthy reply under a Content-Length that many octets off."""
    return lambda kit: says(whole(kit, kit.healthy, Content_Length=str(len(kit.healthy) + more)))


def redirecting(status: str, elsewhere: str) -> Callable[[Kit], Behaviour]:
    return lambda kit: says(whole(kit, b"", status, Location=elsewhere))


def a_fault(code: str) -> Callable[[Kit], bytes]:
    """SOAP 1.1 §4.4.1: `Server` is the agency's own breakdown, `Client` says that the question is wrong."""
    return lambda _: hc_shapes.fault(code, "x").encode()


def a_page(_: Kit) -> bytes:
    return "<!DOCTYPE html><html><body>系统维护中</body></html>".encode()


ILLS = {
    "refused": Ill(passing("refused"), None),
    "silent": Ill(passing("silent"), silent, hangs=True),
    "one byte a second": Ill(passing("silent"), dripping, hangs=True),
    "one byte a second after the head": Ill(passing("silent"), dripping_body, hangs=True),
    "half and no more": Ill(passing("silent"), stopping, hangs=True),
    "a body without an end": Ill(passing("silent"), endless, hangs=True),
    "reset in the body": Ill(passing("reset"), resetting),
    "401": Ill(declined("unauthorised", "configuration"), saying(lambda _: b"no", "401 Unauthorized")),
    "429": Ill(
        passing("shedding", next_try=120),
        saying(lambda _: b"no", "429 Too Many Requests", Retry_After="120"),
    ),
    "500": Ill(passing("broken"), saying(lambda _: b"no", "500 Internal Server Error")),
    "a web page": Ill(odd("unreadable", "configuration"), saying(a_page, Content_Type="text/html")),
    "a web page called otherwise": Ill(odd("unreadable", "configuration"), saying(a_page)),
    "empty": Ill(odd("unreadable", "configuration"), saying(lambda _: b"")),
    "truncated": Ill(odd("unreadable", "configuration"), saying(lambda kit: kit.healthy[:-9])),
    "truncated in gzip": Ill(
        passing("truncated"),
        saying(lambda kit: gzip.compress(kit.healthy)[:-9], Content_Encoding="gzip"),
    ),
    "called GB 2312": Ill(RECEIVED, labelled("gb2312")),
    "called UTF-16": Ill(RECEIVED, labelled("utf-16")),
    "called nothing known": Ill(RECEIVED, labelled("x-unknown")),
    "SOAP fault of the server": Ill(
        passing("broken"), saying(a_fault("Server"), "500 Internal Server Error")
    ),
    "SOAP fault of the client": Ill(
        passing("broken"),
        saying(a_fault("Client"), "500 Internal Server Error"),
        in_soap=declined("declined", "permanent"),
    ),
    "SOAP fault with 200": Ill(
        odd("unreadable", "configuration"), saying(a_fault("Server")), in_soap=passing("broken")
    ),
    "success false": Ill(declined("declined", "permanent"), saying(lambda kit: kit.declined)),
    "none": Ill(NOT_FOUND, saying(lambda kit: kit.none)),
    "another project": Ill(odd("other-project", "permanent"), saying(lambda kit: kit.stranger)),
    "200 MB": Ill(odd("too-large", "configuration"), pouring),
    "200 MB announced": Ill(odd("too-large", "configuration"), announcing),
    "a gzip bomb": Ill(odd("too-large", "configuration"), bursting),
    "less than its Content-Length": Ill(passing("truncated"), stating(5)),
    "more than its Content-Length": Ill(odd("unreadable", "configuration"), stating(-5)),
}
"""Every ill that needs no second agency; a redirect to one is beside the table."""
