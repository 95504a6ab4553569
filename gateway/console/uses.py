"""Who used an agency's data: by consumer, purpose and project, over a period."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.audit import EntryKind
from contracts.errors import AskMalformed, LandbridgeError
from contracts.exchange import Slug
from contracts.text import text
from contracts.time import BEIJING
from gateway.api import searches
from gateway.api.door import house_of, read_words
from gateway.api.searches import UsesAsked
from gateway.console.agencies import ROOT, may, page_of
from gateway.console.door import Admitted

if TYPE_CHECKING:
    from datetime import date

    from starlette.responses import Response

router = APIRouter(prefix="/console/agencies/{agency}/uses", include_in_schema=False)

DAYS = 30
"""Days that are looked at unless somebody says otherwise."""


@router.get("")
async def uses_page(request: Request, guest: Admitted, agency: Slug) -> Response:
    """Counted, and one by one; looking is an entry."""
    house, query = house_of(request), request.query_params
    today = house.clock().astimezone(BEIJING).date()
    since = query.get("since") or str(today - timedelta(days=DAYS))
    until = query.get("until") or str(today)
    problem, found = None, None
    try:
        asked = _asked(since, until, query.get("before"))
        found = await searches.used(house, agency, asked, guest.entry(EntryKind.AUDIT))
    except LandbridgeError as error:
        problem = error
    return await page_of(
        request,
        guest,
        "agencies/uses.html",
        agency,
        status=problem.status if problem else 200,
        problem=problem,
        found=found,
        since=since,
        until=until,
        before=query.get("before"),
        pauses=may(guest, f"{ROOT}/pause", "POST"),
        paused=(await house.pauses.current()).get(agency),
        connected=any(each.agency == agency for each in await house.agencies.all()),
    )


def _asked(since: str, until: str, before: str | None) -> UsesAsked:
    """Whole days at +08:00, both inclusive. Raises AskMalformed."""
    first, last = day_from(since), day_from(until)
    if first > last:
        raise AskMalformed(text("起始日期须早于结束日期", "The first day must not lie after the last"))
    words: dict[str, Any] = {"from": midnight(first), "until": midnight(last + timedelta(days=1))}
    return read_words(UsesAsked, words | {"before": before or None})


def day_from(written: str) -> date:
    """A day as a browser sends it. Raises AskMalformed."""
    try:
        return datetime.fromisoformat(written).date()
    except ValueError:
        raise AskMalformed(text("日期应形如 2026-03-01", "A day is written as 2026-03-01")) from None


def midnight(day: date) -> str:
    """The day's first instant at +08:00."""
    return datetime.combine(day, time(), BEIJING).isoformat()
