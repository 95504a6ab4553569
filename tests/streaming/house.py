"""The gateway in a process of its own, so that its memory is its own.

`python -m tests.streaming.house HOME CONFIG [MUTANT]` prints one line of JSON, `url` and `key`, and serves
until its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterable
from pathlib import Path

import uvicorn
import uvloop

from demo.control import address_of, reserve
from gateway.app import create
from gateway.settings import Settings
from gateway.vault import Stored, Vault, VaultObject


def hoard_in() -> None:
    """A vault that takes in the whole stream before it writes any of it."""
    put_stream = Vault.put_stream

    async def hoarding(self: Vault, chunks: AsyncIterable[bytes], limit: int) -> Stored:
        whole = b"".join([chunk async for chunk in chunks])
        return await put_stream(self, _once(whole), limit)

    Vault.put_stream = hoarding  # type: ignore[method-assign]


def hoard_out() -> None:
    """A vault that reads the whole object before it gives any of it."""
    stream = VaultObject.stream

    def hoarding(self: VaultObject, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes, None]:
        return _joined(stream(self, start, stop))

    VaultObject.stream = hoarding  # type: ignore[method-assign]


MUTANTS = {"hoard-in": hoard_in, "hoard-out": hoard_out}


async def _once(whole: bytes) -> AsyncGenerator[bytes, None]:
    yield whole


async def _joined(pieces: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    yield b"".join([piece async for piece in pieces])


async def serve(home: Path, config: Path) -> None:
    """Serve as `landbridge serve` does, at a port of the system's choice."""
    listening = reserve()
    url = address_of(listening.getsockname()[1])
    app = create(Settings(home=home, config=config, public_url=url))
    server = uvicorn.Server(
        uvicorn.Config(app, http="httptools", access_log=False, server_header=False, log_config=None)
    )
    serving = asyncio.create_task(server.serve([listening]))
    while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn tells nobody when it is up
        await asyncio.sleep(0.01)
    key = await app.state.house.access.add("registration", ("consumer",), by="test")
    print(json.dumps({"url": url, "key": key}), flush=True)  # noqa: T201  read by whoever started us
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    for name in sys.argv[3:]:
        MUTANTS[name]()
    uvloop.run(serve(Path(sys.argv[1]), Path(sys.argv[2])))
