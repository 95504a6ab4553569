"""Looking over a period: how often who asked, when and with what outcome, and what stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, Request

from contracts.audit import EntryKind, Subject
from contracts.errors import LandbridgeError
from gateway.api.door import house_of
from gateway.audit.customs import customs_in
from gateway.audit.figures import Figures, figures
from gateway.audit.unusual import RULES, Finding, unusual
from gateway.console.door import Admitted, Guest, show
from gateway.console.log.periods import Period, days_in, lately

if TYPE_CHECKING:
    from typing import Any

    from starlette.responses import Response

    from gateway.audit.customs import Customs

router = APIRouter(prefix="/console/look", include_in_schema=False)


@router.get("")
async def look_page(request: Request, guest: Admitted) -> Response:
    """The last thirty days, or the days that were chosen; looking is an entry."""
    house = house_of(request)
    try:
        period = days_in(request.query_params, house.clock())
        customs = customs_in(house.settings.config)
        counted, found = await _seen(request, guest, period, customs)
    except LandbridgeError as error:
        typed = lately(house.clock()).typed()
        return show(request, guest, "log/look.html", error.status, typed=typed, figures=None, problem=error)
    hours = customs.out_of_hours
    return show(
        request,
        guest,
        "log/look.html",
        typed=period.typed(),
        figures=counted,
        endings=endings(counted),
        rules=[_told(rule.name, rule.title, rule.says(customs), found) for rule in RULES],
        at_work=range(hours.opens, hours.closes),
    )


async def _seen(
    request: Request, guest: Guest, period: Period, customs: Customs
) -> tuple[Figures, list[Finding]]:
    house = house_of(request)
    counted = await figures(house.log, period.span)
    found = await unusual(house.log, period.span, customs, await house.grants())
    subject = Subject(type="figures", id=str(period))
    await house.log.append(guest.entry(EntryKind.AUDIT, subject=subject))
    # From here the log says who looked at what others did.
    return counted, found


def endings(counted: Figures) -> list[tuple[str, str, int]]:
    """What became of asks: the kind of entry, the problem if any, how often."""
    return [(kind, problem or str(status or ""), count) for kind, status, problem, count in counted.outcomes]


def _told(name: str, title: object, says: object, found: list[Finding]) -> dict[str, Any]:
    finds = [(each, urlencode(each.words())) for each in found if each.rule == name]
    return {"name": name, "title": title, "says": says, "finds": finds}
