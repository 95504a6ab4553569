"""An agency's drop folder: what arrived, what was set aside and why, and how that is put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.audit import EntryKind
from contracts.errors import LandbridgeError
from contracts.exchange import Slug
from gateway.api import agencies, deliveries
from gateway.api.deliveries import Aside
from gateway.api.door import house_of
from gateway.console.agencies import ROOT, frame_of, page_of
from gateway.console.door import Admitted, Expected, Guest, Posted, go, may, show_soon

if TYPE_CHECKING:
    from starlette.responses import Response

router = APIRouter(prefix="/console/agencies/{agency}/deliveries", include_in_schema=False)


@router.get("")
async def deliveries_page(request: Request, visitor: Expected, agency: Slug) -> Response:
    """The newest, taken in and set aside."""
    await agencies.known(house_of(request), agency)
    frame = await frame_of(request, visitor, agency)
    return show_soon(
        request,
        visitor,
        "agencies/deliveries.html",
        lambda guest: _delivered(request, guest, agency),
        **frame,
    )


@router.post("/{delivery}/return")
async def put_back(
    request: Request, guest: Admitted, _form: Posted, agency: Slug, delivery: Aside
) -> Response:
    """It lies in the folder again; the next sweep takes it in or says what is wrong now."""
    try:
        await deliveries.redeliver(house_of(request), agency, delivery, guest.entry(EntryKind.PUT_BACK))
    except LandbridgeError as error:
        facts = await _delivered(request, guest, agency)
        return await page_of(request, guest, "agencies/deliveries.html", agency, problem=error, **facts)
    return go(f"/console/agencies/{agency}/deliveries", "delivery-put-back")


async def _delivered(request: Request, guest: Guest, agency: str) -> dict[str, Any]:
    house = house_of(request)
    return {
        "found": await deliveries.delivered(house, agency),
        "sweeps": house.settings.drop_seconds,
        "works": may(guest, f"{ROOT}/deliveries/{{delivery}}/return", "POST"),
    }
