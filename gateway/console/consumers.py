"""Consumers and their keys, for the security administrator: registered, given another key, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request

from contracts.errors import LandbridgeError
from gateway.access.roles import ROLES
from gateway.api.door import house_of
from gateway.audit import search
from gateway.console.door import Admitted, Expected, Guest, Posted, go, show, show_soon
from gateway.console.forms import parted

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.console.forms import Form

router = APIRouter(prefix="/console/consumers", include_in_schema=False)

Name = Annotated[str, Path(max_length=64)]


@router.get("")
async def consumers(request: Request, visitor: Expected) -> Response:
    """Every consumer, and the form for another."""
    return show_soon(request, visitor, "consumers/list.html", lambda _: _list(request))


@router.post("")
async def register(request: Request, guest: Admitted, form: Posted) -> Response:
    """Another consumer, and its key, shown this once."""
    name, agencies = form.get("consumer"), parted(form.get("agencies"))
    try:
        key = await house_of(request).access.add(
            name, form.several("roles"), by=guest.id, agencies=agencies, title=form.get("title"), new=True
        )
    except LandbridgeError as error:
        return await show(request, guest, "consumers/list.html", problem=error, **await _list(request, form))
    return await show(request, guest, "consumers/key.html", consumer=name, key=key)


@router.get("/{consumer}")
async def consumer_page(request: Request, visitor: Expected, consumer: Name) -> Response:
    """One consumer, its keys, and what can be done with them."""
    await house_of(request).access.check_known(consumer)
    return show_soon(
        request, visitor, "consumers/one.html", lambda _: _consumer(request, consumer), name=consumer
    )


@router.post("/{consumer}/keys")
async def another_key(request: Request, guest: Admitted, _form: Posted, consumer: Name) -> Response:
    """Another key beside those in force; a consumer that was revoked is in force again."""
    access = house_of(request).access
    row = await access.one(consumer)
    try:
        key = await access.add(consumer, tuple(row["roles"]), by=guest.id, agencies=tuple(row["agencies"]))
    except LandbridgeError as error:
        return await _one(request, guest, consumer, error)
    return await show(request, guest, "consumers/key.html", consumer=consumer, key=key)


@router.post("/{consumer}/title")
async def entitle(request: Request, guest: Admitted, form: Posted, consumer: Name) -> Response:
    """What people call it, sentences of the log too."""
    try:
        await house_of(request).access.entitle(consumer, form.get("title"), by=guest.id)
    except LandbridgeError as error:
        return await _one(request, guest, consumer, error, title=form.get("title"))
    return go(f"/console/consumers/{consumer}", "consumer-titled")


@router.get("/{consumer}/revocation")
async def revocation(request: Request, visitor: Expected, consumer: Name, key: str = "") -> Response:
    """What would end, before it does: one key, or the consumer with all of them."""
    await house_of(request).access.check_known(consumer)
    return show_soon(
        request, visitor, "consumers/revocation.html", lambda _: _consumer(request, consumer), which=key
    )


@router.post("/{consumer}/revocation")
async def revoke(request: Request, guest: Admitted, form: Posted, consumer: Name) -> Response:
    """It opens nothing any more, on every node within a second."""
    key = form.get("key") or None
    try:
        await house_of(request).access.revoke(consumer, by=guest.id, key=key)
    except LandbridgeError as error:
        return await _one(request, guest, consumer, error)
    return go(f"/console/consumers/{consumer}", "key-revoked" if key else "consumer-revoked")


async def _list(request: Request, form: Form | None = None) -> dict[str, Any]:
    typed = {
        "consumer": form.get("consumer") if form else "",
        "title": form.get("title") if form else "",
        "roles": form.several("roles") if form else ("consumer",),
        "agencies": form.get("agencies") if form else "",
    }
    return {"consumers": await house_of(request).access.listed(), "roles": ROLES, "form": typed}


async def _one(
    request: Request, guest: Guest, consumer: str, problem: LandbridgeError, **typed: str
) -> Response:
    facts = await _consumer(request, consumer) | {"name": consumer, "problem": problem} | typed
    return await show(request, guest, "consumers/one.html", **facts)


async def _consumer(request: Request, consumer: str) -> dict[str, Any]:
    """It, its keys, and when it was last heard."""
    house = house_of(request)
    row = await house.access.one(consumer)
    last = (await search.search(house.log, search.Query(consumer=consumer), 1, alone=True)).finds
    heard = (last[0].entry or {}).get("at") if last else None
    keys = await house.access.keys(consumer)
    return {"consumer": row, "title": row["title"] or "", "keys": keys, "heard": heard}
