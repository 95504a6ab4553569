"""Real gateways of several processes on one PostgreSQL and one Valkey, and a bureau that they ask."""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.project_file import read_project_file
from demo import nr
from demo.city import NR, PROJECTS, configured
from demo.control import Control, Desk
from demo.run import ask_for
from gateway.building import open_house
from gateway.settings import Settings
from tests import waiting
from tests.cache.conftest import store

__all__ = ["store"]

ROOT = Path(__file__).resolve().parents[2]
TEXT = PROJECTS.read_text("utf-8")
PROJECT = read_project_file(TEXT)[0]
ASK = ask_for(PROJECT) | {"wait": 60}
PATIENCE_SECONDS = 240
"""For conditions that come about as soon as the machine has time for them."""

TIMEOUT = pytest.mark.timeout(600)
"""Each of these starts several processes, and on a crowded machine each takes its time to be there."""


until = partial(waiting.until, seconds=PATIENCE_SECONDS)


@dataclass
class Node:
    """One `landbridge serve`, with a home of its own."""

    env: dict[str, str] = field(repr=False)
    base: str
    http: httpx2.AsyncClient
    process: asyncio.subprocess.Process
    log: Path
    key: str = field(default="", repr=False)

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    async def do(self, who: str, method: str, path: str, **words: Any) -> dict[str, Any]:
        """What somebody with the key `who` is told; it must be a yes."""
        told = await self.http.request(method, path, headers={"authorization": f"Bearer {who}"}, **words)
        assert told.is_success, told.text
        return dict(told.json())

    async def ask(self, **changes: Any) -> httpx2.Response:
        return await self.http.post("/v1/dossiers", json=ASK | changes, headers=self.bearer)

    async def ready(self) -> bool:
        if self.process.returncode is not None:
            raise RuntimeError(self.log.read_text("utf-8"))
        try:
            return (await self.http.get("/health/ready")).status_code == 200
        except httpx2.HTTPError:
            return False

    def workers(self) -> list[int]:
        """Its child processes that serve."""
        pid = self.process.pid
        children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.process.wait()


class Site:
    """Machines that share a database and a cache, and the same key files."""

    def __init__(self, folder: Path, config: Path, url: str, redis_url: str) -> None:
        self.folder, self.config, self.url, self.redis_url = folder, config, url, redis_url
        self.nodes: list[Node] = []

    def settings(self, home: str = "first", **more: Any) -> Settings:
        """Of a node, for what is done in this process."""
        shared = {"database_url": self.url, "redis_url": self.redis_url or None, "config": self.config}
        return Settings(home=self.folder / home, **shared | more)

    async def prepare(self) -> str:
        """Keys, tables, and a consumer, whose key it gives."""
        async with open_house(self.settings()) as house:
            return await house.access.add("registration", ("consumer", "system-admin"), by="test")

    def furnish(self, home: str) -> None:
        """What a further machine is given: the key files of the first, and the vault they share."""
        if not (self.folder / home).exists():
            shutil.copytree(self.folder / "first" / "keys", self.folder / home / "keys")
            (self.folder / "first" / "vault").mkdir(mode=0o700, exist_ok=True)
            (self.folder / home / "vault").symlink_to(self.folder / "first" / "vault")

    async def serve(self, home: str = "first", *words: str, port: int | None = None) -> Node:
        """A node, once it is ready."""
        with socket.create_server(("127.0.0.1", port or 0)) as reserved:
            port = reserved.getsockname()[1]
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LANDBRIDGE_")},
            "LANDBRIDGE_HOME": str(self.folder / home),
            "LANDBRIDGE_CONFIG": str(self.config),
            "LANDBRIDGE_DATABASE_URL": self.url,
            "LANDBRIDGE_PORT": str(port),
            "LANDBRIDGE_LANG": "en",
            **({"LANDBRIDGE_REDIS_URL": self.redis_url} if self.redis_url else {}),
        }
        told = self.folder / f"{home}-{len(self.nodes)}.log"
        with told.open("wb") as file:
            command = [sys.executable, "-m", "gateway.cli", "serve", *words]
            process = await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, env=env, stdout=file, stderr=file
            )
        base = f"http://127.0.0.1:{port}"
        http = httpx2.AsyncClient(base_url=base, timeout=PATIENCE_SECONDS)
        node = Node(env, base, http, process, told)
        self.nodes.append(node)
        await until(node.ready)
        return node

    async def close(self) -> None:
        for node in self.nodes:
            await node.http.aclose()
            if node.process.returncode is None:
                node.process.kill()
                await node.process.wait()


@pytest.fixture
async def bureau() -> AsyncIterator[Control]:
    control = Control()
    yield control
    await control.close()


@pytest.fixture
def shown_keys() -> list[str]:
    """The header X-Key of each call the bureau heard; empty for none."""
    return []


@pytest.fixture
async def config(bureau: Control, shown_keys: list[str], tmp_path: Path) -> Path:
    natives = json.loads(TEXT, parse_float=Decimal)["projects"]

    def attentive(desk: Desk) -> ASGIApp:
        inner = nr.create(natives, desk)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                shown_keys.append(dict(scope["headers"]).get(b"x-key", b"").decode())
            await inner(scope, receive, send)

        return app

    base = await bureau.open(NR, attentive)
    return configured(tmp_path / "config", {NR: base})


@pytest.fixture
def store_kind() -> str:
    """Several processes are PostgreSQL's."""
    return "postgres"


@pytest.fixture
async def site(tmp_path: Path, config: Path, blank_url: str, store: Any) -> AsyncIterator[Site]:
    opened = Site(tmp_path, config, blank_url, store.connection_url)
    yield opened
    await opened.close()
