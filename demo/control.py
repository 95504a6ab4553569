"""Who runs the demo's agencies: opens them, breaks them on purpose, mends them, closes them, tells the time.

`await control.open("mdj-nr", lambda desk: nr_app(projects, desk))` gives the agency's base URL;
`await control.fault("mdj-nr", Fault.SILENT)` breaks it, `None` mends it, `await control.close()` stops all.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import uvicorn
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAINTENANCE = (
    "<!DOCTYPE html><html><head><title>系统维护</title></head><body>系统维护中，请稍后访问</body></html>"
)


class Fault(StrEnum):
    """The ways an agency goes wrong here. `REPLIES` says what the whole replies are."""

    DOWN = "down"  # the listening socket is closed
    SLOW = "slow"  # answers rightly, after `Desk.delay` seconds
    SILENT = "silent"  # accepts the connection and never answers
    TRUNCATED = "truncated"  # breaks off in the middle of the body
    BROKEN = "broken"  # 500
    SHEDDING = "shedding"  # 429, Retry-After
    UNAUTHORISED = "unauthorised"  # 401
    HTML = "html"  # 200 and a maintenance page
    DECLINED = "declined"  # 200, well formed, and the agency's own word for no
    OTHER_PROJECT = "other-project"  # a well formed reply about somebody else


REPLIES: dict[Fault, Callable[[], Response]] = {
    Fault.BROKEN: lambda: JSONResponse({"type": "error", "message": "系统内部错误"}, 500),
    Fault.SHEDDING: lambda: JSONResponse(
        {"type": "error", "message": "访问过于频繁"}, 429, {"Retry-After": "30"}
    ),
    Fault.UNAUTHORISED: lambda: JSONResponse({"type": "error", "message": "未授权"}, 401),
    Fault.HTML: lambda: HTMLResponse(MAINTENANCE),
    Fault.DECLINED: lambda: JSONResponse({"type": "error", "message": "查询失败"}),
}


@dataclass
class Desk:
    """One agency's state: what is wrong with it, and what it was asked (method and path, in order).

    `replies` are what this agency says in place of `REPLIES`.
    """

    fault: Fault | None = None
    delay: float = 1.0
    asked: list[str] = field(default_factory=list)
    replies: Mapping[Fault, Callable[[], Response]] = field(default_factory=dict)


class Clock:
    """An aware UTC clock that runs with the world's, moved on by what it was told."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC) + self._ahead  # noqa: TID251  the demo's composition root: here the clock is made

    def catch_up(self) -> None:
        """From now on it is the world's clock: people's phones show codes of that."""
        self._ahead = timedelta()

    def advance(self, seconds: float) -> None:
        """Moves on by `seconds`."""
        self._ahead += timedelta(seconds=seconds)


def reserve(port: int = 0) -> socket.socket:
    """A listening socket on 127.0.0.1, at a port the system chooses unless one is named."""
    return socket.create_server(("127.0.0.1", port), backlog=128)


class House:
    """One HTTP server on the loop; its port stays its own when it closes and opens again.

    What the application opens and closes with itself (its lifespan) is its owner's business.
    """

    def __init__(self, app: ASGIApp, listening: socket.socket | None = None) -> None:
        self._app = app
        self._listening = listening or reserve()
        self._port: int = self._listening.getsockname()[1]
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Its base URL, without a slash at the end."""
        return address_of(self._port)

    async def open(self) -> None:
        """Start to answer."""
        if self._listening.fileno() < 0:
            self._listening = reserve(self._port)
        self._server = _Server(_quiet(self._app))
        self._task = asyncio.create_task(self._server.serve([self._listening]))
        await self._server.up.wait()

    async def close(self) -> None:
        """Close the listening socket and every connection. Closing twice is closing once."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
        self._listening.close()
        self._server = self._task = None


def address_of(port: int) -> str:
    """The base URL of a server at this port."""
    return f"http://127.0.0.1:{port}"


def _quiet(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


class _Server(uvicorn.Server):
    """Signals are the process's: several servers share it, and each would take them for its own."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell whoever waits for it."""
        try:
            await super().startup(sockets)
        finally:
            self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class Control:
    """All agencies of the demo by name, their faults, and the clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.desks: dict[str, Desk] = {}
        self._houses: dict[str, House] = {}

    async def open(self, agency: str, make: Callable[[Desk], ASGIApp], port: int = 0) -> str:
        """Start an agency whose application is `make(desk)`; returns its base URL. Raises OSError."""
        listening = reserve(port)
        desk = self.desks[agency] = Desk()
        house = self._houses[agency] = House(_at_fault(make(desk), desk), listening)
        await house.open()
        return house.url

    async def fault(self, agency: str, fault: Fault | None) -> None:
        """From here on the agency goes wrong in this way; None mends it."""
        desk, house = self.desks[agency], self._houses[agency]
        was, desk.fault = desk.fault, fault
        if fault is Fault.DOWN:
            await house.close()
        elif was is Fault.DOWN:
            await house.open()

    async def close(self) -> None:
        """Stop every agency."""
        await asyncio.gather(*(house.close() for house in self._houses.values()))


def _at_fault(app: ASGIApp, desk: Desk) -> ASGIApp:
    """The application as the desk's fault lets it be heard."""

    async def heard(scope: Scope, receive: Receive, send: Send) -> None:
        desk.asked.append(f"{scope['method']} {scope['path']}")
        whole = {**REPLIES, **desk.replies}
        if desk.fault in whole:
            await whole[desk.fault]()(scope, receive, send)
        elif desk.fault is Fault.SILENT:
            await _never(receive)
        elif desk.fault is Fault.TRUNCATED:
            await app(scope, receive, _half(send))
        else:
            await asyncio.sleep(desk.delay if desk.fault is Fault.SLOW else 0)
            await app(scope, receive, send)

    return heard


async def _never(receive: Receive) -> None:
    """Read what comes until the asker gives up."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _half(send: Send) -> Send:
    """Half of every piece, and never the last one: the server then drops the connection."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.body":
            body: bytes = message.get("body", b"")
            message = {**message, "body": body[: len(body) // 2], "more_body": True}
        await send(message)

    return sent
