"""Health and public keys: the doors open to everybody."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from gateway.api.door import house_of

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> Response:
    """The process answers."""
    return JSONResponse({"status": "live"})


@router.get("/health/ready", responses={503: {"description": "尚未就绪 / Not ready"}})
async def ready(request: Request) -> Response:
    """Whether an ask could be answered now; each part with `ok`, or with what is wrong in both languages."""
    found = await house_of(request).readiness()
    parts = {name: "ok" if trouble is None else trouble.model_dump() for name, trouble in found.items()}
    fit = all(trouble is None for trouble in found.values())
    return JSONResponse({"status": "ready" if fit else "not-ready", "parts": parts}, 200 if fit else 503)


@router.get("/.well-known/jwks.json")
async def keys(request: Request) -> Response:
    """The public keys: for answers, and for the log's checkpoints (RFC 7517)."""
    return JSONResponse(house_of(request).jwks, headers={"cache-control": "public, max-age=300"})
