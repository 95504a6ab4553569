"""The HTTP application: the house behind its doors."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from contracts.audit import Draft, EntryKind, Subject
from contracts.errors import AskMalformed, LandbridgeError, NoSuchThing
from contracts.manners import NoSuchMethod
from contracts.reasons import why
from contracts.text import quotable, text
from gateway.api import doors
from gateway.api.door import Bounded, on_error, settle
from gateway.api.doors import Wing, check_doors
from gateway.api.pages import describe
from gateway.api.routers import ROUTERS
from gateway.building import VERSION, open_house, utc_now
from gateway.console import door as console_door
from gateway.console import doors as console_doors
from gateway.console import routers as console
from gateway.jobs import clearing, giveback, repull
from gateway.metrics import Timed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from gateway.api.doors import Table
    from gateway.house import House
    from gateway.metrics import Metrics
    from gateway.settings import Settings

SILENT_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""The framework's telemetry could export exception texts if the environment said so; here it never may."""

_HALF = text("请求未发送完整", "The ask broke off before all of it was sent")


def create(settings: Settings, clock: Callable[[], datetime] = utc_now, *, prepared: bool = False) -> FastAPI:
    """The HTTP application; its rooms open with it and close with it. `prepared`: see `prepare`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_house(settings, clock, prepared=prepared) as house:
            await house.log.append(
                Draft(kind=EntryKind.STARTED, subject=Subject(type="gateway", id="landbridge", note=VERSION))
            )
            app.state.house = house
            async with _at_work(house):
                yield
            await settle()

    app = FastAPI(
        title="陆桥 Landbridge",
        version=VERSION,
        description="不动产登记数据共享网关 | The registration system's one door to other agencies",
        telemetry=SILENT_TELEMETRY,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
    )
    app.add_middleware(Bounded)
    app.add_middleware(Timed, metrics=lambda: _metrics_of(app))
    if settings.proxies:  # outermost; nobody else's word about addresses is heard
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.proxies)
    app.add_exception_handler(LandbridgeError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_unreadable)
    app.add_exception_handler(HTTPException, _on_no_route)
    app.add_exception_handler(ClientDisconnect, _on_half)
    app.add_exception_handler(Exception, _on_error)
    for router in ROUTERS:  # as they are: including them would make every route anew
        app.router.routes.extend(router.routes)
    pages = [route for router in console.ROUTERS for route in router.routes]
    app.router.routes.insert(0, Wing("/console", pages))
    check_doors(app, tables())
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    return app


def tables() -> tuple[Table, ...]:
    """Every door of the application, and how each kind of door asks who is there."""
    return (doors.DOORS, doors.ASKED), (console_doors.PAGES, console_door.ASKED)


@asynccontextmanager
async def _at_work(house: House) -> AsyncIterator[None]:
    """While this lasts the drop folders are looked at, re-pulls done, stand-ins given back, samples go."""
    jobs = (
        house.intake.keep_sweeping(house.settings.drop_seconds, house.clock),
        repull.keep_working(house),
        giveback.keep_looking(house),
        clearing.keep_clearing(house),
    )
    going = [asyncio.create_task(job) for job in jobs]
    try:
        yield
    finally:
        for task in going:
            task.cancel()
        for task in going:
            with suppress(asyncio.CancelledError):
                await task


def _metrics_of(app: FastAPI) -> Metrics | None:
    """Who counts, once the house is open."""
    house: House | None = getattr(app.state, "house", None)
    return house.metrics if house else None


async def _on_error(request: Request, error: Exception) -> Response:
    """A problem for a program, or a page for a person."""
    say = console_door.on_error if console_door.is_page(request) else on_error
    return await say(request, error)


async def _on_no_route(request: Request, error: Exception) -> Response:
    """An address or a method that no route has."""
    missing = isinstance(error, HTTPException) and error.status_code == 404
    return await _on_error(request, NoSuchThing() if missing else NoSuchMethod())


async def _on_half(request: Request, _error: Exception) -> Response:
    """Whoever hung up before all was sent asked nothing, and hears nothing; nor is it a fault of ours."""
    return await _on_error(request, AskMalformed(_HALF))


async def _on_unreadable(request: Request, error: Exception) -> Response:
    """A path or query that FastAPI could not read, in our own words."""
    first = (
        error.errors()[0]
        if isinstance(error, RequestValidationError)
        else {"loc": ("request",), "type": "", "msg": "?"}
    )
    place = ".".join(map(quotable, first["loc"]))
    told = why(first)
    return await _on_error(request, AskMalformed(text(f"{place}：{told.zh}", f"{place}: {told.en}")))
