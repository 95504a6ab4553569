"""The access report of a month or a year, to be printed and filed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from contracts.audit import EntryKind
from contracts.errors import LandbridgeError
from contracts.time import BEIJING
from gateway.api.called import everybody
from gateway.api.door import house_of, read_words
from gateway.api.overviews import overview, span_of
from gateway.api.searches import Period as Asked
from gateway.audit.figures import UPKEEP
from gateway.audit.unusual import RULES
from gateway.console.days import month_or_year
from gateway.console.door import Expected, confirmed, nothing_more, show, show_soon
from gateway.console.log.look import endings

if TYPE_CHECKING:
    from typing import Any

    from starlette.responses import Response

    from gateway.audit.figures import Span
    from gateway.console.days import Period
    from gateway.console.door import Guest

router = APIRouter(prefix="/console/report", include_in_schema=False)


@router.get("")
async def report_page(request: Request, visitor: Expected) -> Response:
    """The form; with a year in the address, the report, which is an entry."""
    now = house_of(request).clock().astimezone(BEIJING)
    typed = {"year": request.query_params.get("year", ""), "month": request.query_params.get("month", "")}
    frame: dict[str, Any] = {"typed": typed, "now": now, "report": None, "problem": None}
    if not typed["year"]:
        frame["typed"] = {"year": str(now.year), "month": str(now.month)}
        return show_soon(request, visitor, "log/report.html", nothing_more, unrecorded=True, **frame)
    try:
        period = month_or_year(typed["year"], typed["month"])
        span = span_of(house_of(request), read_words(Asked, period.edges()))
    except LandbridgeError as error:
        guest = await confirmed(request, visitor)
        return await show(request, guest, "log/report.html", **frame | {"problem": error})

    async def facts(guest: Guest) -> dict[str, Any]:
        return await _report(request, guest, period, span)

    return show_soon(request, visitor, "log/report.html", facts, unrecorded=True, **frame)


async def _report(request: Request, guest: Guest, period: Period, span: Span) -> dict[str, Any]:
    house = house_of(request)
    seen = await overview(house, span, guest.entry(EntryKind.AUDIT), "report")
    listed, counted = await house.verifications.listed(), seen.figures
    report = {
        "period": period,
        "figures": counted,
        "names": await everybody(house),
        "endings": endings(counted),
        "upkeep": [(kind.value, counted.upkeep.get(kind.value, 0)) for kind in UPKEEP],
        "unusual": [
            (rule.title, rule.says(seen.customs), sum(each.rule == rule.name for each in seen.findings))
            for rule in RULES
        ],
        "verification": next((each for each in listed if each.told), None),
        "size": await house.log.size(),
        "origin": house.log.origin,
        "kept": (house.settings.retention_days, house.settings.retention_personal_days),
    }
    return {"report": report}
