"""Consumers and their keys, for the security administrator: registered, given another key, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request

from contracts.errors import LandbridgeError
from gateway.access.roles import ROLES
from gateway.api.door import house_of
from gateway.audit import search
from gateway.console.door import Admitted, Guest, Posted, go, show
from gateway.console.forms import parted

if TYPE_CHECKING:
    from typing import Any

    from starlette.responses import Response

    from gateway.console.forms import Form

router = APIRouter(prefix="/console/consumers", include_in_schema=False)

Name = Annotated[str, Path(max_length=64)]


@router.get("")
async def consumers(request: Request, guest: Admitted) -> Response:
    """Every consumer, and the form for another."""
    return await _list(request, guest)


@router.post("")
async def register(request: Request, guest: Admitted, form: Posted) -> Response:
    """Another consumer, and its key, shown this once."""
    name, agencies = form.get("consumer"), parted(form.get("agencies"))
    try:
        key = await house_of(request).access.add(
            name, form.several("roles"), by=guest.id, agencies=agencies, new=True
        )
    except LandbridgeError as error:
        return await _list(request, guest, error, form)
    return show(request, guest, "consumers/key.html", consumer=name, key=key)


@router.get("/{consumer}")
async def consumer_page(request: Request, guest: Admitted, consumer: Name) -> Response:
    """One consumer, its keys, and what can be done with them."""
    return await _one(request, guest, "consumers/one.html", consumer)


@router.post("/{consumer}/keys")
async def another_key(request: Request, guest: Admitted, _form: Posted, consumer: Name) -> Response:
    """Another key beside those in force; a consumer that was revoked is in force again."""
    access = house_of(request).access
    row = await access.one(consumer)
    try:
        key = await access.add(consumer, tuple(row["roles"]), by=guest.id, agencies=tuple(row["agencies"]))
    except LandbridgeError as error:
        return await _one(request, guest, "consumers/one.html", consumer, error)
    return show(request, guest, "consumers/key.html", consumer=consumer, key=key)


@router.get("/{consumer}/revocation")
async def revocation(request: Request, guest: Admitted, consumer: Name, key: str = "") -> Response:
    """What would end, before it does: one key, or the consumer with all of them."""
    return await _one(request, guest, "consumers/revocation.html", consumer, which=key)


@router.post("/{consumer}/revocation")
async def revoke(request: Request, guest: Admitted, form: Posted, consumer: Name) -> Response:
    """It opens nothing any more, on every node within a second."""
    key = form.get("key") or None
    try:
        await house_of(request).access.revoke(consumer, by=guest.id, key=key)
    except LandbridgeError as error:
        return await _one(request, guest, "consumers/one.html", consumer, error)
    return go(f"/console/consumers/{consumer}", "key-revoked" if key else "consumer-revoked")


async def _list(
    request: Request, guest: Guest, problem: LandbridgeError | None = None, form: Form | None = None
) -> Response:
    typed = {
        "consumer": form.get("consumer") if form else "",
        "roles": form.several("roles") if form else ("consumer",),
        "agencies": form.get("agencies") if form else "",
    }
    rows = await house_of(request).access.listed()
    facts = {"consumers": rows, "roles": ROLES, "form": typed, "problem": problem}
    return show(request, guest, "consumers/list.html", **facts)


async def _one(
    request: Request,
    guest: Guest,
    template: str,
    consumer: str,
    problem: LandbridgeError | None = None,
    **facts: Any,
) -> Response:
    house = house_of(request)
    last = (await search.search(house.log, search.Query(consumer=consumer), 1, alone=True)).finds
    facts |= {
        "consumer": await house.access.one(consumer),
        "keys": await house.access.keys(consumer),
        "heard": (last[0].entry or {}).get("at") if last else None,
        "problem": problem,
    }
    return show(request, guest, template, **facts)
