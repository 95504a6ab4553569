"""How late an answer is when an agency hangs: silent, one byte at a time, stopping half way.

`python -m benchmarks.late`: each kit's agency hangs in each way; the answer's time minus the ask's deadline.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvloop
from ruamel.yaml import YAML

from benchmarks.lines import NotAnswered
from demo.city import HC, NR, TAX, configured
from demo.client import Client
from demo.control import House, address_of, reserve
from gateway.app import create
from gateway.cli.words import pick
from gateway.settings import Settings

LIMIT_MS = 250
"""Milliseconds after its deadline by which an answer must have come."""

WAIT = 1
"""Seconds each ask may take."""

ASKS = 3

KITS = {
    "rest": (NR, "land-transfer-contract"),
    "rest, in pages": (TAX, "land-deed-tax"),
    "soap": (HC, "completion-filing"),
}
"""The agency behind each kit, and what it is asked for."""

KNOWN = {"project_name": "翰林示例城", "supervision_no": "2310052020B00786"}

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Late:
    """One kit under one fault: the worst of so many asks, in milliseconds after the deadline."""

    kit: str
    fault: str
    asks: int
    worst_ms: float

    @property
    def over(self) -> bool:
        """Whether it is later than promised."""
        return self.worst_ms > LIMIT_MS

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


async def lateness(folder: Path, asks: int = ASKS) -> list[Late]:
    """Ask so many times under each fault of each kit; a gateway's first ask, which is cold, does not count.

    Raises NotAnswered when an ask did not end as it should.
    """
    found = []
    for fault, talk in FAULTS.items():
        async with await asyncio.start_server(talk, "127.0.0.1", 0) as hanging:
            base = address_of(hanging.sockets[0].getsockname()[1])
            async with _gateway(folder / fault.replace(" ", "-"), base) as client:
                await asyncio.to_thread(_asked, client, KITS["rest"][1])
                for kit, (_, kind) in KITS.items():
                    took = [await asyncio.to_thread(_asked, client, kind) for _ in range(asks)]
                    found.append(Late(kit, fault, asks, (max(took) - WAIT) * 1e3))
    return found


def say(found: list[Late]) -> None:
    """Print one line a fault, and mark what is over the limit."""
    print(
        pick(
            f"\n部门不应答：应答时刻减去请求时限，{ASKS} 次中最差（上限 {LIMIT_MS} ms）",
            f"\nAn agency that hangs: answer minus the ask's deadline, worst of {ASKS} (limit {LIMIT_MS} ms)",
        )
    )
    for fault in FAULTS:
        row = (
            f"{one.kit} {one.worst_ms:.0f} ms{' !' if one.over else ''}"
            for one in found
            if one.fault == fault
        )
        print(f"  {fault:14}{', '.join(row)}")


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hears everything and says nothing, until the asker gives up."""
    while await reader.read(1 << 16):
        pass
    writer.close()


async def _dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await asyncio.sleep(0.1)


async def _stopping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n" + b" " * 2048)
    await _silent(reader, writer)


FAULTS: dict[str, Talk] = {"silent": _silent, "drip": _dripping, "half a body": _stopping}


@asynccontextmanager
async def _gateway(folder: Path, base: str) -> AsyncGenerator[Client]:
    """The gateway whose agencies all hang at this address; the breaker would spare them the asking."""
    config = configured(folder / "config", dict.fromkeys((agency for agency, _ in KITS.values()), base))
    yaml = YAML()
    for path in (config / "agencies").glob("*.yaml"):
        manifest = yaml.load(path)
        manifest["limits"]["breaker"] = {"least": 10_000}
        yaml.dump(manifest, path)
    home, listening = folder / "home", reserve()
    url = address_of(listening.getsockname()[1])
    app = create(
        Settings(
            home=home, config=config, database_url=f"sqlite:///{home / 'landbridge.sqlite'}", public_url=url
        )
    )
    async with app.router.lifespan_context(app):
        house = House(app, listening)
        await house.open()
        try:
            key = await app.state.house.access.add("registration", ("consumer",), by="benchmark")
            yield Client(url, key)
        finally:
            await house.close()


def _asked(client: Client, kind: str) -> float:
    """Seconds one ask takes."""
    ask = {
        "project_code": "2012-231005-04-01-735188",
        "known": KNOWN,
        "procedure": "first-registration",
        "kinds": [kind],
        "case": "BENCH-1",
        "purpose": "first-registration",
        "operator": "benchmark",
        "wait": WAIT,
    }
    begun = time.perf_counter()
    answer = client.ask(ask)
    took = time.perf_counter() - begun
    retrieved = [one["retrieval"] for one in answer.json().get("materials", ())]
    if retrieved != ["unavailable"]:
        raise NotAnswered(f"{answer.status_code}: {retrieved}")
    return took


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="landbridge-bench-") as name:
        say(uvloop.run(lateness(Path(name))))
