"""Exports of what a search finds: the signed manifest first, then the file it names; for auditors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from contracts.audit import Draft, EntryKind, Subject, who
from contracts.errors import NoSuchThing
from contracts.text import text
from contracts.time import stored
from gateway.api.door import body_of, house_of, read_json
from gateway.api.doors import Admitted
from gateway.api.pages import body, problems
from gateway.api.searches import Wanted, query_of, said
from gateway.audit import extract, manifests
from gateway.audit.extract import Format, Manifest, Measured

if TYPE_CHECKING:
    from gateway.audit import search
    from gateway.house import House

router = APIRouter(prefix="/v1/log/exports", tags=["log"])

MEDIA = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/x-ndjson"}


class ExportOrdered(Wanted):
    """What to export, and as what."""

    format: Format


class ExportFetched(ExportOrdered):
    """The same again with the manifest's `size`, so that it is the same file."""

    size: int = Field(ge=0, le=2**53, description="`size` of the manifest")


@router.post(
    "",
    summary="Order an export: its signed manifest",
    response_class=PlainTextResponse,
    responses=problems(400, 401, 403, 404, 429, 503),
    openapi_extra=body(ExportOrdered),
)
async def order(request: Request, auditor: Admitted) -> Response:
    """A C2SP signed note: the file's digest, how many entries, what was searched for, who exported, when."""
    asked = read_json(ExportOrdered, await body_of(request))
    entry = Draft(kind=EntryKind.AUDIT, consumer=auditor.id)
    return PlainTextResponse(await ordered(house_of(request), asked, entry))


@router.get(
    "",
    summary="Fetch an export's file",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {}, "application/x-ndjson": {}}},
        **problems(400, 401, 403, 404, 429, 503),
    },
)
async def fetch(request: Request, auditor: Admitted, asked: Annotated[ExportFetched, Query()]) -> Response:
    """The file that the manifest of the same order names, streamed; its leaving is an entry of its own."""
    house = house_of(request)
    if asked.size > await house.log.size():
        raise NoSuchThing(text("日志没有这样的大小", "The log never had such a size"))
    query = await query_of(house, asked, size=asked.size)
    return await leaving(house, query, asked.format, Draft(kind=EntryKind.AUDIT, consumer=auditor.id))


async def ordered(house: House, asked: ExportOrdered, entry: Draft) -> str:
    """The signed manifest of what this search finds now.

    Raises NoSuchThing, ProjectAmbiguous, LogUnavailable, StoreUnavailable.
    """
    query = await query_of(house, asked, size=await house.log.size())
    measured = Measured()
    async for _ in extract.octets(house.log, query, asked.format, measured):
        pass
    return await signed(house, query, asked.format, measured, entry)


async def leaving(house: House, query: search.Query, form: Format, entry: Draft) -> Response:
    """The file, streamed, once the log has that it leaves. Raises LogUnavailable."""
    subject = Subject(type="export", id=said(query), note=f"{form} file")
    await house.log.append(entry.model_copy(update={"subject": subject}))
    # From here the log says that the file left; if the connection breaks, it says more than happened.
    named = {"content-disposition": f'attachment; filename="landbridge-export.{form}"'}
    octets = extract.octets(house.log, query, form, Measured())
    return StreamingResponse(octets, 200, named, MEDIA[form])


async def signed(house: House, query: search.Query, form: Format, measured: Measured, entry: Draft) -> str:
    """The manifest of a file that was measured, once the log has the export; it is kept.

    Raises LogUnavailable, StoreUnavailable.
    """
    subject = Subject(type="export", id=said(query), digest=measured.digest, note=form)
    update = {"subject": subject, "count": measured.entries}
    recorded = await house.log.append(entry.model_copy(update=update))
    manifest = Manifest(
        origin=house.log.origin,
        format=form,
        file=measured.digest,
        bytes=measured.size,
        entries=measured.entries,
        size=query.size or 0,
        query=query.said(),
        by=who(entry),
        at=stored(house.log.clock()),
        entry=recorded.index,
        checkpoint=await house.log.checkpoint(),
    )
    note = house.log.attest(manifest.text())
    await manifests.keep(house.log, manifest, note)
    return note
