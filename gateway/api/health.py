"""Health and public keys, the doors open to everybody; and what Prometheus is told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from adapters.resilience import BreakerState
from contracts.errors import LandbridgeError
from gateway.api.door import house_of
from gateway.api.doors import Admitted
from gateway.metrics import MEDIA_TYPE, Measure
from gateway.readiness import Trouble, free_megabytes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.house import House

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> Response:
    """The process answers."""
    return JSONResponse({"status": "live"})


@router.get("/health/ready", responses={503: {"description": "尚未就绪 / Not ready"}})
async def ready(request: Request) -> Response:
    """Whether an ask could be answered now; each part with `ok`, or with what is wrong in both languages.

    A part that is only `degraded` is said, and the house goes on.
    """
    found = await house_of(request).readiness.parts()
    parts = {name: _said(trouble) for name, trouble in found.items()}
    troubles = [trouble for trouble in found.values() if trouble]
    out = any(trouble.out for trouble in troubles)
    status = "not-ready" if out else "degraded" if troubles else "ready"
    return JSONResponse({"status": status, "parts": parts}, 503 if out else 200)


def _said(trouble: Trouble | None) -> str | dict[str, str]:
    if trouble is None:
        return "ok"
    return {"state": "out" if trouble.out else "degraded", **trouble.detail.model_dump()}


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request, _visitor: Admitted) -> Response:
    """Everything counted and measured, in Prometheus' text format; `docs/metrics.md` says what each means."""
    house = house_of(request)
    groups = (_of_agencies, _of_log, _of_house)
    measures = [measure for group in groups for measure in await _told(group, house)]
    return Response(house.metrics.page(measures), media_type=MEDIA_TYPE)


async def _told(group: Callable[[House], Awaitable[list[Measure]]], house: House) -> list[Measure]:
    """What can be measured now: a house that is out has most to tell."""
    try:
        return await group(house)
    except LandbridgeError:
        return []


async def _of_agencies(house: House) -> list[Measure]:
    signals = Counter(agency for agency, _, _ in house.agencies.drift)
    found: list[Measure] = []
    for agency in [adapter.agency for adapter in await house.agencies.all()]:
        found.append(("landbridge_drift_signals", (agency,), signals[agency]))
        if watch := house.lookout.of(agency):
            standing = await watch.standing()
            found.append(("landbridge_agency_busy", (agency,), standing.busy))
            found += [
                ("landbridge_breaker_state", (agency, state.value), state is standing.breaker)
                for state in BreakerState
            ]
    return found


async def _of_log(house: House) -> list[Measure]:
    newest = await house.log.newest_at()
    age = (house.log.clock() - newest).total_seconds() if newest else 0.0
    size = await house.log.size()
    return [("landbridge_log_size", (), size), ("landbridge_log_head_age_seconds", (), age)]


async def _of_house(house: House) -> list[Measure]:
    parts = await house.readiness.parts()
    return [
        ("landbridge_cache_answers", (), len(house.cache)),
        ("landbridge_disk_free_bytes", (), free_megabytes(house.settings) << 20),
        *(
            ("landbridge_part_fit", (name,), 1.0 if trouble is None else 0.0 if trouble.out else 0.5)
            for name, trouble in parts.items()
        ),
    ]


@router.get("/.well-known/jwks.json")
async def keys(request: Request) -> Response:
    """The public keys: for answers, and for the log's checkpoints (RFC 7517)."""
    return JSONResponse(house_of(request).jwks, headers={"cache-control": "public, max-age=300"})
