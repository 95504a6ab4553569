"""Servers that are no good: they speak PostgreSQL's protocol (version 3) as far as they please."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

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
LET_IN = message(b"R", bytes(4)) + message(b"S", b"client_encoding\0UTF8\0") + READY
CLEARTEXT = message(b"R", (3).to_bytes(4, "big"))


def refused(sqlstate: str, words: str) -> bytes:
    fields = (b"SFATAL", b"VFATAL", b"C" + sqlstate.encode(), b"M" + words.encode())
    return message(b"E", b"".join(each + b"\0" for each in fields) + b"\0")


async def greeted(reader: asyncio.StreamReader) -> bytes:
    """A start-up message, or a wish for encryption."""
    length = int.from_bytes(await reader.readexactly(4), "big")
    return await reader.readexactly(length - 4)


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
