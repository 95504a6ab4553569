"""What waits for a second person: for this one to decide, or of this one's own for somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.audit import EntryKind, Subject, person_of
from contracts.catalogue import KINDS
from contracts.errors import LandbridgeError
from contracts.standins import Verdict
from gateway.api.door import house_of, read_words
from gateway.api.standins import StandInId, look_at
from gateway.console.door import Admitted, Guest, Posted, go, show
from gateway.console.reading import facts_of
from gateway.registry import DocumentKind

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.house import House
    from gateway.registry import Document
    from gateway.standins import StandIn

router = APIRouter(prefix="/console/approvals", include_in_schema=False)


@router.get("")
async def approvals(request: Request, guest: Admitted) -> Response:
    """Grant sheets, manifests and stand-ins, as far as they are this person's to decide or their own."""
    house = house_of(request)
    documents = [each for each in await house.registry.waiting() if _concerns(guest, each)]
    typed = await _stand_ins(house, guest) if guest.person.role == "registrar" else []
    return show(
        request,
        guest,
        "approvals/list.html",
        to_decide=[each for each in documents if guest.person.account not in _hands(each)],
        own=[each for each in documents if guest.person.account in _hands(each)],
        typed_by_others=[each for each in typed if person_of(each.entered_by) != guest.person.account],
        typed_by_self=[each for each in typed if person_of(each.entered_by) == guest.person.account],
        address=_address,
    )


def _concerns(guest: Guest, document: Document) -> bool:
    """As the API's doors decide who publishes what."""
    if document.kind is DocumentKind.GRANTS:
        return guest.person.role == "security-admin"
    return guest.person.role in {"system-admin", "agency-admin"} and guest.sees(document.name)


def _hands(document: Document) -> set[str]:
    """Who has had a hand in it, by name."""
    return {person_of(each or "") for each in (document.origin, document.submitted_by)}


def _address(document: Document) -> str:
    """The page on which it is decided."""
    whose = "grants" if document.kind is DocumentKind.GRANTS else f"agencies/{document.name}"
    return f"/console/{whose}/versions/{document.version}"


async def _stand_ins(house: House, guest: Guest) -> list[StandIn]:
    """What waits, once the log has who looks."""
    found = await house.stand_ins.waiting()
    if found:
        subject = Subject(type="stand-ins", id="waiting", note="shown")
        await house.log.append(guest.entry(EntryKind.STAND_IN, subject=subject))
    return found


@router.get("/stand-ins/{stand_in}")
async def stand_in_page(request: Request, guest: Admitted, stand_in: StandInId) -> Response:
    """What was typed in, from which paper and why; looking is an entry."""
    return await _stand_in(request, guest, stand_in)


@router.post("/stand-ins/{stand_in}")
async def decide(request: Request, guest: Admitted, form: Posted, stand_in: StandInId) -> Response:
    """Agreed to, refused or withdrawn: exactly the content that the page showed."""
    decision = form.get("decision")
    try:
        order = read_words(Verdict, {"content": form.get("content"), "decision": decision})
        await house_of(request).stand_ins.decide(stand_in, order, by=guest.id)
    except LandbridgeError as error:
        return await _stand_in(request, guest, stand_in, error)
    return go(f"/console/approvals/stand-ins/{stand_in}", f"stand-in-{order.decision}")


async def _stand_in(
    request: Request, guest: Guest, stand_in: str, problem: LandbridgeError | None = None
) -> Response:
    found = await look_at(house_of(request), stand_in, guest.id)
    typed = facts_of(found.kind, found.fields)
    facts: dict[str, Any] = {"found": found, "kind": KINDS[found.kind], "typed": typed, "problem": problem}
    return show(request, guest, "approvals/stand_in.html", problem.status if problem else 200, **facts)
