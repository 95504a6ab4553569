"""The servers that are measured, each in a process of its own: the gateway, and a FastAPI hello.

`python -m benchmarks.houses gateway|hello FOLDER` serves until its standard input closes. Its first line of
output is JSON: `url`, and for the gateway `key`, a consumer's.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from socket import socket
from typing import Annotated

import uvicorn
import uvloop
from fastapi import Depends, FastAPI

from demo import nr
from demo.city import NR, PROJECTS, configured
from demo.control import Control, address_of, reserve
from gateway.app import SILENT_TELEMETRY, create
from gateway.settings import Settings

hello_app = FastAPI(telemetry=SILENT_TELEMETRY, docs_url=None, redoc_url=None)


async def greeting() -> str:
    """The one async dependency."""
    return "hello"


@hello_app.get("/hello")
async def hello(words: Annotated[str, Depends(greeting)]) -> dict[str, str]:
    """The least a FastAPI route with a dependency does."""
    return {"words": words}


@asynccontextmanager
async def hello_house(_folder: Path) -> AsyncGenerator[dict[str, str]]:
    """The baseline."""
    listening = reserve()
    async with _served(hello_app, listening):
        yield {"url": _url(listening)}


@asynccontextmanager
async def gateway_house(folder: Path) -> AsyncGenerator[dict[str, str]]:
    """The gateway as `landbridge serve` runs it, over the demo's natural resources agency.

    The agency shares the process; while answers come from the cache it is idle and costs nothing.
    """
    control, listening = Control(), reserve()
    natives = json.loads(PROJECTS.read_bytes(), parse_float=Decimal)["projects"]
    base = await control.open(NR, lambda desk: nr.create(natives, desk))
    home, url = folder / "home", _url(listening)
    app = create(
        Settings(
            home=home,
            config=configured(folder / "config", {NR: base}),
            database_url=f"sqlite:///{home / 'landbridge.sqlite'}",
            public_url=url,
        )
    )
    try:
        async with _served(app, listening):
            key = await app.state.house.access.add("registration", ("consumer",), by="benchmark")
            yield {"url": url, "key": key}
    finally:
        await control.close()


@asynccontextmanager
async def _served(app: FastAPI, listening: socket) -> AsyncGenerator[None]:
    config = uvicorn.Config(app, http="httptools", access_log=False, server_header=False, log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listening]))
    while not server.started:
        if serving.done():
            raise RuntimeError("the application did not start")
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _url(listening: socket) -> str:
    return address_of(listening.getsockname()[1])


HOUSES = {"gateway": gateway_house, "hello": hello_house}


async def serve(name: str, folder: Path) -> None:
    """Serve one house until standard input closes."""
    async with HOUSES[name](folder) as card:
        print(json.dumps(card), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], Path(sys.argv[2])))
