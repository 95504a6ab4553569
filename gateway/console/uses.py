"""Who used an agency's data: by consumer, purpose and project, over a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.audit import EntryKind
from contracts.errors import LandbridgeError
from contracts.exchange import Slug
from gateway.api import searches
from gateway.api.agencies import connected
from gateway.api.door import house_of, read_words
from gateway.api.searches import UsesAsked
from gateway.console.agencies import ROOT, frame_of
from gateway.console.days import days_in
from gateway.console.door import Expected, Guest, confirmed, may, record, show, show_soon

if TYPE_CHECKING:
    from starlette.responses import Response

router = APIRouter(prefix="/console/agencies/{agency}/uses", include_in_schema=False)


@router.get("")
async def uses_page(request: Request, visitor: Expected, agency: Slug) -> Response:
    """Counted, and one by one; looking is an entry."""
    query = request.query_params
    since, until = query.get("since", ""), query.get("until", "")
    frame = await frame_of(request, visitor, agency)
    try:
        period = days_in(since, until, house_of(request).clock(), "since")
        since, until = period.typed().values()
        asked = read_words(UsesAsked, {**period.edges(), "before": query.get("before") or None})
    except LandbridgeError as error:
        guest = await confirmed(request, visitor)
        frame |= await _about(request, guest, agency) | {"since": since, "until": until, "found": None}
        return await show(request, guest, "agencies/uses.html", problem=error, **frame)
    frame |= {"since": since, "until": until}

    async def facts(guest: Guest) -> dict[str, Any]:
        return await _used(request, guest, agency, asked)

    return show_soon(request, visitor, "agencies/uses.html", facts, unrecorded=True, **frame)


async def _used(request: Request, guest: Guest, agency: str, asked: UsesAsked) -> dict[str, Any]:
    entry = guest.entry(EntryKind.AUDIT)
    facts: dict[str, Any] = {"problem": None, "found": None}
    try:
        facts["found"] = await searches.used(house_of(request), agency, asked, entry)
    except LandbridgeError as error:
        await record(request, guest)  # what stands round it is seen all the same
        facts["problem"] = error
    return facts | await _about(request, guest, agency)


async def _about(request: Request, guest: Guest, agency: str) -> dict[str, Any]:
    house = house_of(request)
    return {
        "before": request.query_params.get("before"),
        "pauses": may(guest, f"{ROOT}/pause", "POST"),
        "paused": (await house.pauses.current()).get(agency),
        "connected": await connected(house, agency) is not None,
    }
