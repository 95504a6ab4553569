"""Agencies on sockets of their own that say exactly the octets they are told to."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Agency:
    """A listening socket; `asked` holds every request's octets, head and body."""

    port: int
    host: str = "127.0.0.1"
    asked: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return head + (await reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b"")


def http(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole reply; `Content_Length` and the like may be overridden."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def says(*replies: bytes) -> Behaviour:
    """Answers one request after another with these octets, then closes."""
    waiting = list(replies)

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(waiting.pop(0) if len(waiting) > 1 else waiting[0])

    return behave
