"""The container's health check, against servers that are ready, not ready, and not there."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE

import pytest

from demo.control import reserve


async def health(port: int) -> tuple[int | None, str]:
    place = {"PATH": os.environ["PATH"], "LANDBRIDGE_PORT": str(port)}
    command = (sys.executable, "-m", "gateway.cli.health")
    process = await asyncio.create_subprocess_exec(*command, env=place, stdout=PIPE, stderr=PIPE)
    told, complaint = await process.communicate()
    assert complaint == b""
    return process.returncode, told.decode().strip()


@pytest.mark.parametrize(
    ("said", "code"), [("200 OK", 0), ("503 Service Unavailable", 1), ("404 Not Found", 1), ("2000 ?", 1)]
)
async def test_only_ready_is_healthy(said, code):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(f"HTTP/1.1 {said}\r\nContent-Length: 5\r\n\r\nparts".encode())
        writer.close()

    asked: list[bytes] = []
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        assert await health(server.sockets[0].getsockname()[1]) == (code, "parts")
    assert asked[0].startswith(b"GET /health/ready HTTP/1.1\r\n")


async def test_nobody_there_is_not_healthy():
    with reserve() as listening:
        port = listening.getsockname()[1]
    code, told = await health(port)
    assert code == 1
    assert "refused" in told
