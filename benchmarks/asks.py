"""A cached ask against a FastAPI hello: the same kind of server, the same run, turn about."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.lines import Bounds, NotAnswered, Round, Served, measure, opened, question
from contracts.project_file import read_project_file
from demo.city import PROJECTS
from demo.client import Client
from demo.run import ask_for

WARMING = Bounds(lines=8, asks=200, seconds=2.0)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one ask costs: milliseconds until answered, microseconds of the server's CPU, asks a second."""

    asks: int
    p50_ms: float
    p99_ms: float
    cpu_us: float
    per_second: float

    @classmethod
    def of(cls, rounds: Iterable[Round]) -> Cost:
        """Latencies pooled over the rounds; CPU and rate over all of them together."""
        several = list(rounds)
        took = sorted(seconds for each in several for seconds in each.took)
        cpu, elapsed = sum(each.cpu for each in several), sum(each.elapsed for each in several)
        return cls(
            asks=len(took),
            p50_ms=took[len(took) // 2] * 1e3,
            p99_ms=took[len(took) * 99 // 100] * 1e3,
            cpu_us=cpu / len(took) * 1e6,
            per_second=len(took) / elapsed,
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """One number of connections: the hello, the cached ask, and the median over the rounds of their ratio."""

    lines: int
    hello: Cost
    cached: Cost
    p50_ratio: float
    cpu_ratio: float

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


async def compare(
    folder: Path, widths: Iterable[int], rounds: int, asks: int, seconds: float
) -> list[Compared]:
    """Measure both houses for each number of connections.

    Raises NotAnswered when a cached ask was not 200, and when one left more or less than its one entry.
    """
    async with AsyncExitStack() as stack:
        hello = await stack.enter_async_context(opened("hello", folder / "hello"))
        gateway = await stack.enter_async_context(opened("gateway", folder / "gateway"))
        greeting = question("GET", f"{hello.url}/hello", {})
        asking, consumer = await _filled(gateway)
        await measure(hello, greeting, WARMING)
        await measure(gateway, asking, WARMING)
        before, found = await _size(consumer), []
        for lines in widths:
            bounds = Bounds(lines, asks, seconds)
            pairs = [
                (await measure(hello, greeting, bounds), await measure(gateway, asking, bounds))
                for _ in range(rounds)
            ]
            found.append(_compared(lines, pairs))
        _check_entries(await _size(consumer) - before, sum(each.cached.asks for each in found))
    return found


def _compared(lines: int, pairs: list[tuple[Round, Round]]) -> Compared:
    halves = [(Cost.of([hello]), Cost.of([cached])) for hello, cached in pairs]
    return Compared(
        lines=lines,
        hello=Cost.of(hello for hello, _ in pairs),
        cached=Cost.of(cached for _, cached in pairs),
        p50_ratio=median(cached.p50_ms / hello.p50_ms for hello, cached in halves),
        cpu_ratio=median(cached.cpu_us / hello.cpu_us for hello, cached in halves),
    )


async def _filled(gateway: Served) -> tuple[bytes, Client]:
    """Ask once, so that the cache is full, and prove the cached answer down to the log before timing any."""
    ask = ask_for(read_project_file(PROJECTS.read_text("utf-8"))[0])
    consumer = Client(gateway.url, gateway.key)
    await asyncio.to_thread(consumer.ask, ask)
    proof = await asyncio.to_thread(lambda: consumer.prove(consumer.ask(ask)))
    if "asked" in proof.entry or not proof.entry["outcome"]["cached"]:
        raise NotAnswered("the second ask was not answered from the cache")
    headers = {"Authorization": f"Bearer {gateway.key}", "Content-Type": "application/json"}
    return question("POST", f"{gateway.url}/v1/dossiers", headers, json.dumps(ask).encode()), consumer


async def _size(consumer: Client) -> int:
    return (await asyncio.to_thread(consumer.checkpoint)).size


def _check_entries(grown: int, asks: int) -> None:
    if grown != asks:
        raise NotAnswered(f"{asks} cached asks left {grown} entries")
