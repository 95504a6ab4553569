"""What waits for a second person: for this one to decide, or of this one's own for somebody else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import APIRouter, Request

from contracts.audit import EntryKind, Subject, people_of
from contracts.catalogue import KINDS
from contracts.errors import LandbridgeError
from contracts.standins import Verdict
from gateway.api.door import house_of, read_words
from gateway.api.standins import StandInId, look_at
from gateway.console.agencies import ROOT
from gateway.console.door import Admitted, Expected, Guest, Posted, go, may, show, show_soon
from gateway.console.reading import facts_of
from gateway.registry import DocumentKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.responses import Response

    from contracts.standins import StandInShown
    from gateway.house import House
    from gateway.registry import Document
    from gateway.standins import StandIn

T = TypeVar("T")

router = APIRouter(prefix="/console/approvals", include_in_schema=False)


@router.get("")
async def approvals(request: Request, visitor: Expected) -> Response:
    """Grant sheets, manifests and stand-ins, as far as they are this person's to decide or their own."""
    return show_soon(request, visitor, "approvals/list.html", partial(_waiting, house_of(request)))


async def _waiting(house: House, guest: Guest) -> dict[str, Any]:
    registrar = may(guest, "/console/approvals/stand-ins/{stand_in}", "POST")
    documents = [each for each in await house.registry.waiting() if _concerns(guest, each)]
    typed = await _stand_ins(house, guest) if registrar else []
    return {
        "registrar": registrar,
        "documents": _halves(guest, documents, lambda each: people_of(each.origin, each.submitted_by)),
        "typed": _halves(guest, typed, lambda each: people_of(each.entered_by)),
        "address": _address,
    }


def _concerns(guest: Guest, document: Document) -> bool:
    """Whether publishing it is this person's."""
    if document.kind is DocumentKind.GRANTS:
        return may(guest, "/console/grants/versions/{version}/publication", "POST")
    return may(guest, f"{ROOT}/versions/{{version}}/publication", "POST") and guest.sees(document.name)


def _halves(
    guest: Guest, found: Iterable[T], hands: Callable[[T], frozenset[str]]
) -> tuple[list[T], list[T]]:
    """What is this person's to decide, and what waits for somebody else: they had a hand in it."""
    halves: tuple[list[T], list[T]] = [], []
    for each in found:
        halves[guest.person.account in hands(each)].append(each)
    return halves


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
    facts = facts_about(guest, await look_at(house_of(request), stand_in, guest.id))
    return await show(request, guest, "approvals/stand_in.html", problem=problem, **facts)


def facts_about(guest: Guest, found: StandInShown) -> dict[str, Any]:
    """A stand-in on a page; `second`: this person may agree to it, for another typed it in."""
    return {
        "found": found,
        "kind": KINDS[found.kind],
        "typed": facts_of(found.kind, found.fields),
        "second": guest.person.account not in people_of(found.entered_by),
    }
