"""The house of compose.yaml: the front, two gateways on one home, PostgreSQL and Valkey; and an agency."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.building import open_house
from gateway.settings import Settings
from tests.front.nginx import Front, free_port, open_front
from tests.streaming.agency import Agency, open_agency
from tests.streaming.scene import configured

FILE = 64 << 20
"""Octets of the agency's one attachment."""

STRANGERS = 3
"""Unknown callers heard per address and minute."""


@dataclass(frozen=True)
class Gateway:
    """One `landbridge serve`."""

    process: Process
    port: int

    async def kill(self) -> None:
        """As a power cut would."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


@dataclass(frozen=True)
class Scene:
    """The front, the gateway it asks, the one it asks when that one is gone; keys of two who ask."""

    front: Front
    first: Gateway
    second: Gateway
    agency: Agency
    key: str = field(repr=False)
    registrar: str = field(repr=False)


@asynccontextmanager
async def open_scene(folder: Path, database_url: str, redis_url: str) -> AsyncGenerator[Scene]:
    """The second gateway stands by until the first is gone, so that a test knows whom it asks."""
    port = free_port()
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        agency = await stack.enter_async_context(open_agency(FILE))
        place = {
            "PATH": os.environ["PATH"],
            "LANDBRIDGE_HOME": str(folder / "home"),
            "LANDBRIDGE_CONFIG": str(configured(folder / "config", agency.port)),
            "LANDBRIDGE_DATABASE_URL_FILE": _secret(folder / "database_url", database_url),
            "LANDBRIDGE_REDIS_URL_FILE": _secret(folder / "redis_url", redis_url),
            "LANDBRIDGE_PUBLIC_URL": f"https://127.0.0.1:{port}",
            "LANDBRIDGE_TRUSTED_PROXIES": "127.0.0.1",
            "LANDBRIDGE_STRANGERS_PER_MINUTE": str(STRANGERS),
            "FORWARDED_ALLOW_IPS": "*",  # uvicorn's own word for "believe everybody" must not be heard
        }
        keys = await _registered(folder / "home", folder / "config", database_url)
        starting = [_serve(place, folder / f"{name}.log") for name in ("first", "second")]
        first, second = await asyncio.gather(*starting)
        stack.push_async_callback(first.kill)
        stack.push_async_callback(second.kill)
        servers = (f"127.0.0.1:{first.port}", f"127.0.0.1:{second.port} backup")
        front = await stack.enter_async_context(open_front(folder / "front", port, servers))
        yield Scene(front, first, second, agency, *keys)


def _secret(file: Path, value: str) -> str:
    """As an engine mounts it: a file, with the line's end an editor leaves."""
    file.write_text(f"{value}\n", "utf-8")
    return str(file)


async def _registered(home: Path, config: Path, database_url: str) -> tuple[str, str]:
    async with open_house(Settings(home=home, config=config, database_url=database_url)) as house:
        key = await house.access.add("registration", ("consumer",), by="test")
        return key, await house.access.add("wang", ("registrar",), by="test")


async def _serve(place: dict[str, str], told: Path) -> Gateway:
    """`told` takes its words: a pipe that nobody reads any more would hold the gateway's end back."""
    command = (sys.executable, "-m", "gateway.cli", "serve", "--port", "0")
    with told.open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, env=place, stdin=DEVNULL, stderr=log)
    while not (up := re.search(r"running on http://127\.0\.0\.1:(\d+)", said := _text(told))):
        assert process.returncode is None, said
        await asyncio.sleep(0.01)
    return Gateway(process, int(up[1]))


def _text(log: Path) -> str:
    return log.read_text("utf-8")
