"""A place where gateways live and die: their home, their configuration, the port that stays the same."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

Alterations = list[tuple[str, str]]


def free_port() -> int:
    """One below those the system gives to connections: a client of ours must not sit on it by chance."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass
class Gateway:
    """One process of the command line. `status` comes once it is gone: an exit code, or minus a signal."""

    pid: int
    status: asyncio.Future[int]

    async def kill(self) -> int:
        """`kill -9`, by its id; gives how it ended."""
        if not self.status.done():
            os.kill(self.pid, signal.SIGKILL)
        return await self.status

    async def stop(self) -> int:
        """Ask it to end; gives how it did."""
        if not self.status.done():
            os.kill(self.pid, signal.SIGTERM)
        return await self.status


@dataclass
class Nursery:
    """The process that forks them, one at a time."""

    process: Process
    _last: asyncio.Task[None] | None = None

    async def hatch(self, argv: list[str], env: Mapping[str, str], said: Path, alter: Alterations) -> Gateway:
        """A fresh process of `landbridge ARGV`; the one before it must be gone."""
        assert self._last is None or self._last.done()
        order = {"argv": argv, "env": dict(env), "said": str(said), "alter": alter}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        gateway = Gateway(await self._number(), asyncio.get_running_loop().create_future())
        self._last = asyncio.create_task(self._await_end(gateway))
        return gateway

    async def _await_end(self, gateway: Gateway) -> None:
        gateway.status.set_result(os.waitstatus_to_exitcode(await self._number()))

    async def _number(self) -> int:
        assert self.process.stdout
        return int(await self.process.stdout.readline())


@asynccontextmanager
async def open_nursery() -> AsyncIterator[Nursery]:
    """Start it, and end it."""
    command = (sys.executable, "-m", "tests.crash.nursery")
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        yield Nursery(process)
    finally:
        await process.communicate(b"")  # its orders end, and with them it


@dataclass
class Site:
    """`home`, `config` and `url` of one installation, and the gateway that runs on it now."""

    nursery: Nursery
    home: Path
    config: Path
    url: str
    said: Path
    port: int = field(default_factory=free_port)
    running: Gateway | None = None

    @property
    def base(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}"

    async def landbridge(self, *argv: str, alter: Alterations | None = None) -> Gateway:
        """The command line on this installation."""
        env = {
            "LANDBRIDGE_HOME": str(self.home),
            "LANDBRIDGE_CONFIG": str(self.config),
            "LANDBRIDGE_DATABASE_URL": self.url,
            "LANDBRIDGE_DROP_SECONDS": "0.2",
            "LANDBRIDGE_PORT": str(self.port),
            "LANDBRIDGE_WAIT_SECONDS": "5",
        }
        self.running = await self.nursery.hatch(list(argv), env, self.said, alter or [])
        return self.running

    async def serve(self, *, alter: Alterations | None = None) -> Gateway:
        """A gateway that listens, or one that is gone already."""
        gateway = await self.landbridge("serve", alter=alter)
        while not gateway.status.done() and not await self._listens():  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.005)
        return gateway

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except ConnectionError:
            return False
        writer.close()
        return True

    async def add_consumer(
        self, name: str = "registration", *words: str, alter: Alterations | None = None
    ) -> str:
        """Register a consumer at the terminal; gives its key."""
        self.said.unlink(missing_ok=True)
        added = await self.landbridge("consumer", "add", name, *words, alter=alter)
        assert await added.status == 0, self.said.read_text("utf-8")
        return self.said.read_text("utf-8").split()[-1]

    async def settle(self) -> None:
        """Whatever runs here is killed."""
        if self.running:
            await self.running.kill()
