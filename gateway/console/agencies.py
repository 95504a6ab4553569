"""Agencies looked after: how each stands, tested, paused, and what is noted of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from fastapi import APIRouter, Request

from adapters.resilience import BreakerState
from contracts.audit import EntryKind
from contracts.errors import LandbridgeError, NoSuchThing
from contracts.exchange import Slug
from contracts.text import text
from gateway.api import agencies, upkeep
from gateway.api.agencies import HalfHour
from gateway.api.door import house_of, read_words
from gateway.api.doors import Reach
from gateway.api.upkeep import Noted, PauseOrder
from gateway.console.door import Admitted, Expected, Guest, Posted, Visitor, go, may, show, show_soon
from gateway.console.doors import Entrance, within
from gateway.observed import SLOT, SLOTS

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from starlette.responses import Response

    from gateway.api.agencies import AgencySheet
    from gateway.api.upkeep import Tested
    from gateway.house import House

router = APIRouter(prefix="/console/agencies", include_in_schema=False)

ROOT = "/console/agencies/{agency}"


class Condition(NamedTuple):
    """How an agency is, in one word of ours, and the tone it is said in."""

    word: str
    tone: str


_DELIVERIES = f"{ROOT}/deliveries"
"""Whoever was never drafted has no drop folder yet."""

_TABS = (
    Entrance(ROOT, text("概况", "Overview")),
    Entrance(f"{ROOT}/versions", text("版本", "Versions")),
    Entrance(f"{ROOT}/secrets", text("凭据", "Secrets")),
    Entrance(_DELIVERIES, text("投递", "Deliveries")),
    Entrance(f"{ROOT}/uses", text("使用情况", "Uses")),
    Entrance(f"{ROOT}/touched", text("受影响的办件", "Touched cases")),
)


@router.get("")
async def home(request: Request, visitor: Expected) -> Response:
    """A card for every agency in reach, those not connected yet too."""
    return show_soon(request, visitor, "agencies/home.html", partial(_cards, house_of(request)))


async def _cards(house: House, guest: Guest) -> dict[str, Any]:
    assigned = None if guest.reach is Reach.ALL else tuple(guest.person.agencies)
    sheets = [(name, await _sheet(house, name)) for name in await agencies.names(house, assigned)]
    cards = [(name, found, condition(found), whole_day(house, found)) for name, found in sheets]
    return {"cards": cards, "consumers_of": consumers_of, "connects": may(guest, f"{ROOT}/connect")}


@router.get("/{agency}")
async def agency_page(request: Request, visitor: Expected, agency: Slug) -> Response:
    """The same in full."""
    frame = await frame_of(request, visitor, agency)
    return show_soon(
        request, visitor, "agencies/overview.html", lambda guest: _overview(request, guest, agency), **frame
    )


@router.post("/{agency}/probe")
async def probe(request: Request, guest: Admitted, _form: Posted, agency: Slug) -> Response:
    """The connection tested in three steps."""
    try:
        tested = await upkeep.tested(house_of(request), agency, guest.entry(EntryKind.TRIED))
    except LandbridgeError as error:
        return await _page(request, guest, agency, problem=error)
    return await _page(request, guest, agency, tested=tested)


@router.post("/{agency}/notes")
async def note(request: Request, guest: Admitted, form: Posted, agency: Slug) -> Response:
    """A note added."""
    words = {"about": form.get("about"), "text": form.text("text")}
    try:
        order = read_words(Noted, words)
        await upkeep.add_note(house_of(request), agency, order, guest.entry(EntryKind.NOTED))
    except LandbridgeError as error:
        return await _page(request, guest, agency, problem=error, form=words)
    return go(f"/console/agencies/{agency}", "agency-noted")


@router.post("/{agency}/pause")
async def pause(request: Request, guest: Admitted, form: Posted, agency: Slug) -> Response:
    """The agency's data is not used for now."""
    words = {"reason": form.get("reason")}
    try:
        order = read_words(PauseOrder, {"reason": words["reason"] or None})
        await upkeep.paused(house_of(request), agency, order, guest.entry(EntryKind.PAUSED))
    except LandbridgeError as error:
        return await _page(request, guest, agency, problem=error, form=words)
    return go(f"/console/agencies/{agency}", "agency-paused")


@router.post("/{agency}/resumption")
async def resume(request: Request, guest: Admitted, _form: Posted, agency: Slug) -> Response:
    """And is used again."""
    try:
        await upkeep.resumed(house_of(request), agency, guest.entry(EntryKind.RESUMED))
    except LandbridgeError as error:
        return await _page(request, guest, agency, problem=error)
    return go(f"/console/agencies/{agency}", "agency-resumed")


async def _page(
    request: Request,
    guest: Guest,
    agency: str,
    *,
    problem: LandbridgeError | None = None,
    tested: Tested | None = None,
    form: dict[str, str] | None = None,
) -> Response:
    facts = await _overview(request, guest, agency, tested, form)
    return await page_of(request, guest, "agencies/overview.html", agency, problem=problem, **facts)


async def _overview(
    request: Request,
    guest: Guest,
    agency: str,
    tested: Tested | None = None,
    form: dict[str, str] | None = None,
) -> dict[str, Any]:
    house = house_of(request)
    sheet = await _sheet(house, agency)
    mine = may(guest, f"{ROOT}/notes", "POST")
    notes = await upkeep.noted(house, agency) if sheet and mine else ()
    return {
        "sheet": sheet,
        "condition": condition(sheet),
        "day": whole_day(house, sheet),
        "contact": next((each for each in notes if each.about.value == "contact"), None),
        "calls": [each for each in notes if each.about.value == "call"],
        "tested": tested,
        "form": {"about": "call", "text": "", "reason": ""} | (form or {}),
        "works": mine,
        "connects": may(guest, f"{ROOT}/connect"),
    }


async def page_of(
    request: Request, guest: Guest, template: str, agency: str, *, status: int | None = None, **facts: Any
) -> Response:
    """A page of one agency that answers a form. Raises as `frame_of`."""
    return await show(request, guest, template, status, **facts, **await frame_of(request, guest, agency))


async def frame_of(request: Request, visitor: Visitor, agency: str) -> dict[str, Any]:
    """What stands round a page of one agency: its name above, and the way to its other pages.

    Raises NoSuchThing: nobody ever drafted it, and it is not assigned to who looks either.
    """
    house = house_of(request)
    title = await agencies.title_of(house, agency)
    drafted = title is not None or await agencies.drafted(house, agency)
    if agency not in visitor.person.agencies and not drafted:
        await agencies.known(house, agency)
    title = title or text(f"部门 {agency}", f"Agency {agency}")
    own = [each for each in _TABS if may(visitor, each.path) and (drafted or each.path != _DELIVERIES)]
    tabs = [Entrance(each.path.replace("{agency}", agency), each.title) for each in own]
    here = request.url.path.replace("/repulls/", "/touched/")  # what was ordered there
    return {"agency": agency, "agency_title": title, "tabs": tabs, "tab_here": within(tabs, here)}


def consumers_of(sheet: AgencySheet) -> list[str]:
    """Whoever has a grant for something of an agency's."""
    return sorted({grant.consumer for kind in sheet.kinds for grant in kind.granted_to})


def condition(sheet: AgencySheet | None) -> Condition:
    """The worst that is to be said of an agency."""
    state = sheet.state if sheet else None
    if sheet is None or state is None:
        broken = sheet is not None and sheet.broken is not None
        return Condition("agency-unusable", "bad") if broken else Condition("agency-unconnected", "wait")
    heard, missed = state.last_success, state.last_failure
    judged = (
        (state.paused is not None, "agency-paused", "wait"),
        (state.breaker is BreakerState.OPEN, "agency-resting", "bad"),
        (state.breaker is BreakerState.HALF_OPEN, "agency-testing", "bad"),
        (missed is not None and (heard is None or missed > heard), "agency-failing", "bad"),
        (heard is None and not sheet.drops, "agency-unheard", ""),
    )
    found = (Condition(word, tone) for holds, word, tone in judged if holds)
    return next(found, Condition("agency-well", "good"))


def whole_day(house: House, sheet: AgencySheet | None) -> list[HalfHour]:
    """Every half hour of the last day, those without asks too; empty where nobody asked at all."""
    if not sheet or not sheet.recent:
        return []
    counted = {each.begins: each for each in sheet.recent}
    now = house.clock()
    last = now.replace(minute=now.minute - now.minute % 30, second=0, microsecond=0)
    instants = [last - place * SLOT for place in reversed(range(SLOTS))]
    return [counted.get(each) or _quiet(each) for each in instants]


def _quiet(begins: datetime) -> HalfHour:
    return HalfHour(begins=begins, asked=0, failed=0, mean_seconds=0.0, slowest_seconds=0.0)


async def _sheet(house: House, agency: str) -> AgencySheet | None:
    """None for one that is assigned and was never drafted."""
    try:
        return await agencies.sheet(house, agency)
    except NoSuchThing:
        return None
