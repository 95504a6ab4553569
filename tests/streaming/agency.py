"""An agency with one file of any size: octets made as they are read, never held."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

BLOCK = 1 << 20
_PATTERN = hashlib.shake_128(b"landbridge").digest(BLOCK - 8)


def octets(size: int, start: int = 0) -> Iterator[bytes]:
    """The file's octets from `start`, no two blocks alike."""
    for index in range(start // BLOCK, -(-size // BLOCK)):
        block = (index.to_bytes(8, "big") + _PATTERN)[: size - index * BLOCK]
        yield block[max(0, start - index * BLOCK) :]


def part(size: int, start: int, stop: int) -> bytes:
    """The octets from `start` up to, not including, `stop`."""
    return b"".join(octets(min(size, stop), start))


@dataclass
class Agency:
    """One row with one file of `size` octets; `served` says what left for it, `digest` their SHA-256."""

    port: int
    size: int
    served: int = 0
    digest: str = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1]
                await (self._file(writer) if path.startswith(b"/files/") else self._row(writer))
        writer.close()

    async def _row(self, writer: asyncio.StreamWriter) -> None:
        file = {"name": "竣工图.zip", "path": "files/drawings.zip", "size": self.size}
        body = json.dumps({"rows": [{"xmdm": "2012-231005-04-01-735188", "fj": [file]}]}).encode()
        writer.write(_head("application/json", len(body)) + body)
        await writer.drain()

    async def _file(self, writer: asyncio.StreamWriter) -> None:
        writer.write(_head("application/zip", self.size))
        taken, self.served = hashlib.sha256(), 0
        for block in octets(self.size):
            taken.update(block)
            writer.write(block)
            await writer.drain()
            self.served += len(block)
        self.digest = taken.hexdigest()


def _head(media: str, length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n".encode()


@asynccontextmanager
async def open_agency(size: int) -> AsyncGenerator[Agency]:
    agency = Agency(0, size)
    server = await asyncio.start_server(agency.answer, "127.0.0.1", 0)
    agency.port = server.sockets[0].getsockname()[1]
    try:
        yield agency
    finally:
        server.close()
