"""Who used an agency's data: by consumer, purpose and project, over a period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from contracts.audit import EntryKind
from contracts.errors import LandbridgeError
from contracts.exchange import Slug
from gateway.api import searches
from gateway.api.agencies import connected
from gateway.api.door import house_of, read_words
from gateway.api.searches import UsesAsked
from gateway.console.agencies import ROOT, page_of
from gateway.console.days import days_in
from gateway.console.door import Admitted, may

if TYPE_CHECKING:
    from starlette.responses import Response

router = APIRouter(prefix="/console/agencies/{agency}/uses", include_in_schema=False)


@router.get("")
async def uses_page(request: Request, guest: Admitted, agency: Slug) -> Response:
    """Counted, and one by one; looking is an entry."""
    house, query = house_of(request), request.query_params
    since, until = query.get("since", ""), query.get("until", "")
    problem, found = None, None
    try:
        period = days_in(since, until, house.clock())
        since, until = period.typed().values()
        asked = read_words(UsesAsked, {**period.edges(), "before": query.get("before") or None})
        found = await searches.used(house, agency, asked, guest.entry(EntryKind.AUDIT))
    except LandbridgeError as error:
        problem = error
    return await page_of(
        request,
        guest,
        "agencies/uses.html",
        agency,
        problem=problem,
        found=found,
        since=since,
        until=until,
        before=query.get("before"),
        pauses=may(guest, f"{ROOT}/pause", "POST"),
        paused=(await house.pauses.current()).get(agency),
        connected=await connected(house, agency) is not None,
    )
