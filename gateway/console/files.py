"""A dossier's files at the console, each an answer of the exchange: downloaded, framed, an OFD read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request

from contracts.errors import AskMalformed, StoreUnavailable
from contracts.problems import Told
from gateway.api.auditors import Index
from gateway.api.consumers import part_of
from gateway.api.door import house_of
from gateway.console.door import Admitted, Guest, show, tell
from gateway.console.lookups import fetch, named
from gateway.console.viewing import downloaded, goes_in_a_frame, in_a_frame, is_read, pages_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.rooms import Answer

router = APIRouter(prefix="/console/dossiers/{entry}/attachments/{attachment}", include_in_schema=False)

Attachment = Annotated[str, Path(max_length=64)]


@router.get("")
async def download(request: Request, guest: Admitted, entry: Index, attachment: Attachment) -> Response:
    """The file, or the part of it that a Range header picks, streamed as it comes."""
    wanted = None if "if-range" in request.headers else request.headers.get("range")
    answer = await fetch(house_of(request), guest, entry, attachment, lambda size: part_of(wanted, size))
    if answer.stream is None:
        return _told(request, guest, answer)
    return downloaded(answer, answer.stream)


@router.get("/preview")
async def preview(request: Request, guest: Admitted, entry: Index, attachment: Attachment) -> Response:
    """A frame for what browsers show; for an OFD its text, for everything else how to get it."""
    name = await named(house_of(request), guest, entry, attachment)
    facts: dict[str, Any] = {"entry": entry, "attachment": attachment, "name": name, "pages": None}
    if not is_read(name):
        framed = goes_in_a_frame(name)
        return await show(request, guest, "dossiers/preview.html", framed=framed, **facts)
    answer = await fetch(house_of(request), guest, entry, attachment, lambda _: None)
    if answer.stream is None:
        return _told(request, guest, answer)
    try:
        facts["pages"] = await pages_of(answer.stream)
    except (AskMalformed, StoreUnavailable) as error:  # what cannot be read as text may still be downloaded
        facts["problem"] = error
    return await show(request, guest, "dossiers/preview.html", framed=False, **facts)


@router.get("/content")
async def content(request: Request, guest: Admitted, entry: Index, attachment: Attachment) -> Response:
    """The octets for the frame, called what they are."""
    answer = await fetch(house_of(request), guest, entry, attachment, lambda _: None)
    if answer.stream is None:
        return _told(request, guest, answer)
    return await in_a_frame(answer, answer.stream)


def _told(request: Request, guest: Guest, answer: Answer) -> Response:
    return tell(request, guest, Told.of(answer.body))
