"""Servers that are no good: they speak PostgreSQL's protocol (version 3) as far as they please."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.adapters.table.conftest import SECRET

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """What a listening socket heard; `gone` once whoever asked has hung up."""

    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    sent: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base(self) -> str:
        return f"postgresql://127.0.0.1:{self.port}/gg_qzk"


@asynccontextmanager
async def serving(
    talk: Callable[[Server, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[Server]:
    server, talks = Server(), set[asyncio.Task[None]]()

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this = asyncio.current_task()
        assert this
        talks.add(this)
        try:
            await talk(server, reader, writer)
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            server.gone.set()
            writer.transport.abort()
            talks.discard(this)

    listening = await asyncio.start_server(met, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for each in tuple(talks):
            each.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


READY = message(b"Z", b"I")


def wish(number: int, more: bytes = b"") -> bytes:
    """How one is to log in; 0 is let in."""
    return message(b"R", number.to_bytes(4, "big") + more)


LET_IN, CLEARTEXT, GSS, MD5 = wish(0), wish(3), wish(7), wish(5, b"salt")


def setting(name: str, value: str) -> bytes:
    return message(b"S", f"{name}\0{value}\0".encode())


SESSION = setting("client_encoding", "UTF8") + setting("default_transaction_read_only", "on")


def refused(sqlstate: str, words: str) -> bytes:
    fields = (b"SFATAL", b"VFATAL", b"C" + sqlstate.encode(), b"M" + words.encode())
    return message(b"E", b"".join(each + b"\0" for each in fields) + b"\0")


async def greeted(reader: asyncio.StreamReader) -> bytes:
    """A start-up message, or a wish for encryption."""
    length = int.from_bytes(await reader.readexactly(4), "big")
    return await reader.readexactly(length - 4)


async def said(reader: asyncio.StreamReader) -> bytes:
    """One message, without its kind."""
    await reader.readexactly(1)
    return await greeted(reader)


async def met(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: bytes = SESSION + READY
) -> None:
    """Somebody who greets, and is let in: both prove by SCRAM-SHA-256 (RFC 5802, 7677) what they know."""
    await greeted(reader)
    writer.write(wish(10, b"SCRAM-SHA-256\0\0"))
    first = (await said(reader)).partition(b"n,,")[2]
    ours = first.partition(b"r=")[2] + b"ours"
    challenge = b"r=" + ours + b",s=" + base64.b64encode(b"salt") + b",i=4096"
    writer.write(wish(11, challenge))
    last = (await said(reader)).rpartition(b",p=")[0]
    salted = hashlib.pbkdf2_hmac("sha256", SECRET.encode(), b"salt", 4096)
    key = hmac.digest(salted, b"Server Key", "sha256")
    signature = hmac.digest(key, b",".join((first, challenge, last)), "sha256")
    writer.write(wish(12, b"v=" + base64.b64encode(signature)) + LET_IN + session)


async def asked(reader: asyncio.StreamReader) -> bytes:
    """Everything until a statement is to be run."""
    heard = b""
    while True:
        kind = await reader.readexactly(1)
        length = int.from_bytes(await reader.readexactly(4), "big")
        heard += kind + await reader.readexactly(length - 4)
        if kind == b"S":
            return heard


def described(*names: str) -> bytes:
    """Parsed, bound, and these columns of text."""
    columns = b"".join(
        name.encode() + bytes(7) + (25).to_bytes(4, "big") + b"\xff\xff" + b"\xff\xff\xff\xff" + bytes(2)
        for name in names
    )
    described = message(b"T", len(names).to_bytes(2, "big") + columns)
    return message(b"1") + message(b"2") + described
