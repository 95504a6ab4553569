"""Agencies in poor health, and an adapter to ask them with."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.egress import Egress
from adapters.manifest import Manifest, load
from adapters.rest import RestAdapter
from contracts.exchange import Grant
from tests.adapters.agencies import Agency, Behaviour, read_request

ROOT = Path(__file__).resolve().parents[2]
YAML = (ROOT / "config" / "agencies" / "mdj-nr.yaml").read_text("utf-8")


@pytest.fixture
async def open_agency() -> AsyncIterator[Callable[..., Awaitable[Agency]]]:
    """Opens an agency on a socket of its own; a hasty one does not wait to be asked."""
    servers: list[asyncio.Server] = []
    talks: set[asyncio.Task[None]] = set()

    async def open_one(
        behave: Behaviour, host: str = "127.0.0.1", port: int = 0, *, hasty: bool = False
    ) -> Agency:
        agency = Agency(port, host)

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            this = asyncio.current_task()
            assert this is not None
            talks.add(this)
            try:
                agency.asked.append(b"" if hasty else await read_request(reader))
                await behave(writer)
                await writer.drain()
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                writer.close()
                talks.discard(this)

        server = await asyncio.start_server(talk, host, port)
        servers.append(server)
        agency.port = server.sockets[0].getsockname()[1]
        return agency

    yield open_one
    for server in servers:
        server.close()
    for task in tuple(talks):
        task.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress() as opened:
        yield opened


@pytest.fixture
def manifest_at() -> Callable[..., Manifest]:
    """The demo agency's manifest with its base address, and any other lines of it, replaced."""

    def at(base: str = "http://127.0.0.1:8101", **replaced: str) -> Manifest:
        yaml = YAML.replace("http://127.0.0.1:8101", base)
        for old, new in replaced.items():
            yaml = yaml.replace(old, new)
        return load(yaml, "mdj-nr.yaml")

    return at


@pytest.fixture
def adapter_of(egress, clock) -> Callable[..., RestAdapter]:
    """A REST adapter for a manifest; secrets by reference."""

    def of(manifest: Manifest, secrets: dict[str, str] | None = None) -> RestAdapter:
        return RestAdapter(manifest, 3, egress, (secrets or {}).__getitem__, clock)

    return of


@pytest.fixture
def grant_for() -> Callable[..., Grant]:
    def grant(kind: str, *, attachments: bool = True) -> Grant:
        return Grant(
            id="g1",
            consumer="registration",
            purpose="first-registration",
            kind=kind,
            attachments=attachments,
            valid_from=date(2026, 1, 1),
            valid_until=date(2026, 12, 31),
        )

    return grant


@pytest.fixture(scope="session")
def projects() -> list[dict[str, Any]]:
    """The demo's projects as they stand in the file, numbers as Decimal."""
    text = (ROOT / "demo" / "projects.json").read_text("utf-8")
    return json.loads(text, parse_float=Decimal)["projects"]
