"""A stand-in's paper where it is decided on: beside what was typed from it, or downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.audit import EntryKind, Subject
from contracts.errors import LandbridgeError
from gateway.api.consumers import part_of
from gateway.api.door import house_of
from gateway.api.standins import StandInId, look_at
from gateway.attachments import Shelved
from gateway.console.approvals import facts_about
from gateway.console.door import Admitted, Guest, show_soon
from gateway.console.viewing import downloaded, goes_in_a_frame, in_a_frame, is_read, pages_of
from gateway.rooms import Answer
from gateway.signing import repr_digest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.responses import Response

    from gateway.standins import StandIn

router = APIRouter(prefix="/console/approvals/stand-ins/{stand_in}/paper", include_in_schema=False)


@router.get("")
async def download(request: Request, guest: Admitted, stand_in: StandInId) -> Response:
    """The file, or the part of it that a Range header picks."""
    wanted = None if "if-range" in request.headers else request.headers.get("range")
    answer, stream = await _opened(request, guest, stand_in, lambda size: part_of(wanted, size))
    return downloaded(answer, stream)


@router.get("/preview")
async def preview(request: Request, guest: Admitted, stand_in: StandInId) -> Response:
    """The paper beside what was typed from it, and the decision."""
    found = await house_of(request).stand_ins.find(stand_in)
    return show_soon(
        request,
        guest,
        "approvals/paper.html",
        lambda guest: _beside(request, guest, found),
        unrecorded=True,
    )


@router.get("/content")
async def content(request: Request, guest: Admitted, stand_in: StandInId) -> Response:
    """The octets for the frame, called what they are."""
    return await in_a_frame(*await _opened(request, guest, stand_in, lambda _: None))


async def _beside(request: Request, guest: Guest, found: StandIn) -> dict[str, Any]:
    """The page's facts, once the log has who looks at the stand-in; for an OFD, at its paper as well."""
    shown, name = await look_at(house_of(request), found.id, guest.id), found.told["evidence_name"]
    facts = facts_about(guest, shown) | {"framed": goes_in_a_frame(name), "pages": None}
    if is_read(name):
        _, stream = await _opened(request, guest, found.id, lambda _: None)
        try:
            facts["pages"] = await pages_of(stream)
        except LandbridgeError as error:  # it is decided on all the same: what was typed stands beside it
            facts["problem"] = error
    return facts


async def _opened(
    request: Request, guest: Guest, stand_in: str, part: Callable[[int], range | None]
) -> tuple[Answer, AsyncIterator[bytes]]:
    """The paper, once the log has who opens which paper of which stand-in.

    Raises NoSuchThing, LogUnavailable, VaultDamaged; AskMalformed and RangeNotHeld as `part` does.
    """
    house = house_of(request)
    found = await house.stand_ins.find(stand_in)
    paper = found.told["evidence"]
    kept = await house.vault.open(paper)
    picked = part(kept.size)
    page = Subject(type="page", id=request.url.path)
    told = {"subject": page, "project": found.project, "kinds": (found.kind,), "evidence": (paper,)}
    await house.log.append(guest.entry(EntryKind.LOOKED, **told))
    # From here the log says that this person has seen it.
    headers = Shelved(found.locator(), found.project, None).headers(kept.size, picked)
    headers["repr-digest"] = repr_digest(paper)
    stream = kept.stream() if picked is None else kept.stream(picked.start, picked.stop)
    return Answer(200 if picked is None else 206, headers), stream
