"""A client that costs little: keep-alive connections, one question repeated, every answer timed."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_TICKS = os.sysconf("SC_CLK_TCK")


class NotAnswered(Exception):
    """A server said something else than 200; measuring on would measure nothing."""


@dataclass(frozen=True, slots=True)
class Served:
    """A house in its own process."""

    name: str
    pid: int
    url: str
    key: str = ""

    def cpu_seconds(self) -> float:
        """User and system time of all its threads so far (proc_pid_stat(5), fields 14 and 15)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a round ends: after so many asks or seconds, whichever comes first, over so many connections."""

    lines: int
    asks: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Round:
    """One house measured once: seconds each ask took, seconds in all, the server's CPU seconds."""

    took: tuple[float, ...]
    elapsed: float
    cpu: float


@asynccontextmanager
async def opened(name: str, folder: Path) -> AsyncGenerator[Served]:
    """Start a house in a process of its own; it stops when it is no longer wanted."""
    command = (sys.executable, "-m", "benchmarks.houses", name, str(folder))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        card = json.loads(await _first_line(process))
        yield Served(name, process.pid, **card)
    finally:
        if process.stdin:
            process.stdin.close()
        await process.wait()


async def _first_line(process: Process) -> bytes:
    line = await process.stdout.readline() if process.stdout else b""
    if not line:
        raise NotAnswered("the server did not start")
    return line


def question(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """An HTTP/1.1 request as it goes over the wire (RFC 9112)."""
    parts = urlsplit(url)
    fields = {"Host": parts.netloc, **headers} | ({"Content-Length": str(len(body))} if body else {})
    lines = [f"{method} {parts.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


async def measure(served: Served, octets: bytes, bounds: Bounds) -> Round:
    """Put the same question until the bounds are met. Raises NotAnswered."""
    turns, until = repeat(None, bounds.asks), time.perf_counter() + bounds.seconds
    cpu, begun = served.cpu_seconds(), time.perf_counter()
    each = await asyncio.gather(*(_line(served, octets, turns, until) for _ in range(bounds.lines)))
    elapsed = time.perf_counter() - begun
    return Round(tuple(took for line in each for took in line), elapsed, served.cpu_seconds() - cpu)


async def _line(served: Served, octets: bytes, turns: Iterator[None], until: float) -> list[float]:
    parts, took = urlsplit(served.url), []
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        for _ in turns:
            begun = time.perf_counter()
            if begun >= until:
                break
            writer.write(octets)
            await _answer(reader)
            took.append(time.perf_counter() - begun)
    finally:
        writer.close()
        await writer.wait_closed()
    return took


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if not head.startswith(b"HTTP/1.1 200 ") or length is None:
        raise NotAnswered(head.partition(b"\r\n")[0].decode("latin-1"))
    await reader.readexactly(int(length[1]))
