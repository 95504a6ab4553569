"""The grants in force: who may see what, for which purpose, until when; changed by one without YAML."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.audit import EntryKind, Subject
from contracts.catalogue import GATES, KINDS
from contracts.conflicts import DocumentInvalid
from contracts.errors import AskMalformed, LandbridgeError, ManifestInvalid
from contracts.text import text
from contracts.time import day_of
from gateway.access.sheets import SheetGrant, read_sheet, with_decision, with_end
from gateway.api import documents
from gateway.api.documents import Written
from gateway.api.door import house_of, read_words
from gateway.api.sheets import SHEET
from gateway.audit.customs import customs_in
from gateway.audit.unused import idle
from gateway.console.days import day
from gateway.console.door import Admitted, Expected, Guest, Posted, go, nothing_more, show, show_soon
from gateway.console.forms import parted
from gateway.console.granted import EXPIRING_DAYS, TONES, decided, matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from gateway.console.forms import Form
    from gateway.house import House

router = APIRouter(prefix="/console/grants", include_in_schema=False)

EMPTY = "grants: []\n"


@router.get("")
async def sheet(request: Request, visitor: Expected, consumer: str = "") -> Response:
    """Every decision with its dates, and one consumer's kinds by purpose."""
    return show_soon(request, visitor, "grants/sheet.html", lambda _: _sheet(house_of(request), consumer))


async def _sheet(house: House, consumer: str) -> dict[str, Any]:
    in_force = await house.registry.in_force(*SHEET)
    told = decided(read_sheet(in_force.text).grants if in_force else (), day_of(house.clock()))
    consumers = list(dict.fromkeys(each.grant.consumer for each in told))
    chosen = consumer if consumer in consumers else (consumers or [""])[0]
    return {
        "document": in_force,
        "decisions": told,
        "consumers": consumers,
        "matrix": matrix(told, chosen),
        "tones": TONES,
        "expiring_days": EXPIRING_DAYS,
    }


@router.get("/unused")
async def unused(request: Request, visitor: Expected) -> Response:
    """What auditors are told of grants that stand out so, for who keeps the sheet; looking is an entry."""
    facts = partial(_idle, house_of(request))
    return show_soon(request, visitor, "grants/unused.html", facts, unrecorded=True)


async def _idle(house: House, guest: Guest) -> dict[str, Any]:
    days = customs_in(house.settings.config).unused_grants.days
    subject = Subject(type="uses", id=f"grants unused for {days} days")
    await house.log.append(guest.entry(EntryKind.AUDIT, subject=subject))
    found = await idle(house.log, await house.grants(), days)
    return {"found": found, "days": days}


@router.get("/decisions")
async def decision_page(request: Request, visitor: Expected, version: int = 0) -> Response:
    """The form for one grant more: into a new draft, or into a draft of one's own."""
    today = day_of(house_of(request).clock())
    typed = {"from": today.isoformat(), "until": date(today.year, 12, 31).isoformat(), "attachments": "yes"}
    return show_soon(
        request,
        visitor,
        "grants/decision.html",
        lambda _: _choices(request, typed, (), version),
        unrecorded=True,
    )


@router.post("/decisions")
async def decide(request: Request, guest: Admitted, form: Posted) -> Response:
    """Written into a draft, which a second person then looks at like any other."""
    version = form.whole("version") if form.get("version") else 0
    try:
        decision = _decision(form)
        made = await _drafted(request, guest, version, lambda before: with_decision(before, decision))
    except LandbridgeError as error:
        typed = {name: form.get(name) for name in form.names()}
        facts = await _choices(request, typed, form.several("kinds"), version)
        return await show(request, guest, "grants/decision.html", problem=error, **facts)
    return go(f"/console/grants/versions/{made}", "sheet-drafted")


@router.get("/endings")
async def ending_page(request: Request, visitor: Expected, grant: str, version: int = 0) -> Response:
    """The form that ends one grant."""
    today = day_of(house_of(request).clock()).isoformat()
    facts: dict[str, Any] = {"grant": grant, "day": today, "version": version}
    return show_soon(request, visitor, "grants/ending.html", nothing_more, unrecorded=True, **facts)


@router.post("/endings")
async def end(request: Request, guest: Admitted, form: Posted) -> Response:
    """Written into a draft; what would have begun later is taken out."""
    version = form.whole("version") if form.get("version") else 0
    grant, typed = form.get("grant"), form.get("day")
    try:
        last = day(typed, "day")
        made = await _drafted(request, guest, version, lambda before: with_end(before, grant, last))
    except LandbridgeError as error:
        facts = {"grant": grant, "day": typed, "version": version, "problem": error}
        return await show(request, guest, "grants/ending.html", **facts)
    return go(f"/console/grants/versions/{made}", "sheet-drafted")


async def _drafted(request: Request, guest: Guest, version: int, change: Callable[[str], str]) -> int:
    """A draft with the change in it: a new one from the sheet in force, or one's own written on."""
    house = house_of(request)
    try:
        after = change(await _before(house, version))
        read_sheet(after, f"{SHEET.name}.yaml")
    except ManifestInvalid as error:
        raise DocumentInvalid(error.detail) from None
    order, entry = Written(text=after), guest.entry(EntryKind.TRIED)
    if version:
        return (await documents.edit(house, SHEET, version, order, entry)).version.version
    return (await documents.draft(house, SHEET, order, entry)).version.version


async def _before(house: House, version: int) -> str:
    if version:
        return (await house.registry.version(*SHEET, version)).text
    in_force = await house.registry.in_force(*SHEET)
    return in_force.text if in_force else EMPTY


def _decision(form: Form) -> SheetGrant:
    """What the form says. Raises AskMalformed naming the field."""
    cut: dict[str, Any] = {
        "attachments": form.get("attachments") == "yes",
        "evidence": form.get("evidence") == "yes",
    }
    kinds, fields = form.several("kinds"), parted(form.get("fields"))
    if fields and len(kinds) != 1:
        raise AskMalformed(_ONE_KIND)
    cut |= {"fields": fields} if fields else {}
    told = {
        "id": form.get("id"),
        "consumer": form.get("consumer"),
        "purposes": parted(form.get("purposes")),
        "valid": {"from": form.get("from"), "until": form.get("until")},
        "approval": form.get("approval") or None,
        "kinds": dict.fromkeys(kinds, cut),
    }
    return read_words(SheetGrant, told)


_ONE_KIND = text(
    "限定字段时只能选一类材料；其他材料请另写一项授权",
    "Fields are named for one kind only; write another grant for the others",
)


async def _choices(
    request: Request, typed: dict[str, str], kinds: tuple[str, ...], version: int
) -> dict[str, Any]:
    names = ("id", "consumer", "purposes", "from", "until", "approval", "fields", "attachments", "evidence")
    return {
        "form": {name: typed.get(name, "") for name in names},
        "chosen": kinds,
        "consumers": await house_of(request).access.names(),
        "gates": [
            (gate, [kind for kind in KINDS.values() if kind.gate == place]) for place, gate in GATES.items()
        ],
        "version": version,
    }
