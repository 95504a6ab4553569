"""Looking over a period: how often who asked, when and with what outcome, and what stands out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, Request

from contracts.audit import EntryKind
from contracts.errors import LandbridgeError
from gateway.api.called import everybody
from gateway.api.door import house_of, read_words
from gateway.api.overviews import overview, span_of
from gateway.api.searches import Period
from gateway.audit.unusual import RULES
from gateway.console.days import days_in, lately
from gateway.console.door import Expected, confirmed, show, show_soon

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from starlette.responses import Response

    from contracts.text import Text
    from gateway.audit.figures import Figures, Span
    from gateway.audit.names import Names
    from gateway.audit.unusual import Finding
    from gateway.console.door import Guest
    from gateway.house import House

router = APIRouter(prefix="/console/look", include_in_schema=False)


@router.get("")
async def look_page(request: Request, visitor: Expected) -> Response:
    """The last thirty days, or the days that were chosen; looking is an entry."""
    house, query = house_of(request), request.query_params
    try:
        period = days_in(query.get("from", ""), query.get("until", ""), house.clock())
        span = span_of(house, read_words(Period, period.edges()))
    except LandbridgeError as error:
        typed = lately(house.clock()).typed()
        guest = await confirmed(request, visitor)
        return await show(request, guest, "log/look.html", typed=typed, figures=None, problem=error)
    facts = partial(_seen, house, span)
    return show_soon(request, visitor, "log/look.html", facts, unrecorded=True, typed=period.typed())


async def _seen(house: House, span: Span, guest: Guest) -> dict[str, Any]:
    seen, names = await overview(house, span, guest.entry(EntryKind.AUDIT)), await everybody(house)
    hours = seen.customs.out_of_hours
    return {
        "figures": seen.figures,
        "names": names,
        "endings": endings(seen.figures),
        "rules": [
            {"name": rule.name, "title": rule.title, "says": rule.says(seen.customs)}
            | {"finds": list(_found(rule.name, seen.findings, names))}
            for rule in RULES
        ],
        "at_work": range(hours.opens, hours.closes),
    }


def endings(counted: Figures) -> list[tuple[str, str, int]]:
    """What became of asks: the kind of entry, the problem if any, how often."""
    return [(kind, problem or str(status or ""), count) for kind, status, problem, count in counted.outcomes]


def _found(rule: str, findings: Iterable[Finding], names: Names) -> Iterator[tuple[Text, str]]:
    """What one rule found, told by names, with the words of the search that shows its entries."""
    return ((each.called(names), urlencode(each.words())) for each in findings if each.rule == rule)
