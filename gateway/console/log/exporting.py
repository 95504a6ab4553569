"""Exports of what a search finds: ordered, listed, fetched again; each with its signed manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse

from contracts.audit import EntryKind, Subject
from contracts.errors import LandbridgeError
from gateway.api.auditors import Index
from gateway.api.door import house_of, read_words
from gateway.api.exports import ExportOrdered, leaving, ordered
from gateway.audit import manifests
from gateway.console.door import Admitted, Expected, Guest, Posted, go, show, show_soon
from gateway.console.log.search import WORDS, choices, filled, typed_in, worded
from gateway.console.log.typed import in_form
from gateway.console.rendering import HEADERS

if TYPE_CHECKING:
    from starlette.responses import Response

router = APIRouter(prefix="/console/exports", include_in_schema=False)


FORMATS = ("csv", "jsonl")


@router.get("")
async def exports_page(request: Request, visitor: Expected) -> Response:
    """The form, filled in by the search that led here, and the exports made so far."""
    typed = typed_in(request.query_params)
    return show_soon(
        request,
        visitor,
        "log/exports.html",
        lambda guest: _exports(request, guest, typed, "csv"),
        unrecorded=True,
    )


@router.post("")
async def order(request: Request, guest: Admitted, form: Posted) -> Response:
    """Make one; the manifest is kept, the file is what the same search finds again."""
    typed, chosen = typed_in({name: form.get(name) for name in WORDS}), form.get("format")
    try:
        asked = read_words(ExportOrdered, worded(typed) | {"format": chosen})
        await ordered(house_of(request), asked, guest.entry(EntryKind.AUDIT))
    except LandbridgeError as error:
        facts = await _exports(request, guest, typed, chosen)
        return await show(request, guest, "log/exports.html", problem=in_form(error), **facts)
    return go("/console/exports", "exported")


@router.get("/{entry}/file")
async def file(request: Request, guest: Admitted, entry: Index) -> Response:
    """The file that a manifest names; its leaving is an entry of its own."""
    house = house_of(request)
    kept = await manifests.one(house.log, entry)
    return await leaving(house, kept.query(), kept.manifest.format, guest.entry(EntryKind.AUDIT))


@router.get("/{entry}/manifest")
async def manifest(request: Request, _guest: Admitted, entry: Index) -> Response:
    """The signed note, which says nothing that the page of exports does not."""
    kept = await manifests.one(house_of(request).log, entry)
    named = {"content-disposition": f'attachment; filename="landbridge-export-{entry}.manifest"'}
    return PlainTextResponse(kept.note, headers=HEADERS | named)


async def _exports(request: Request, guest: Guest, typed: dict[str, str], chosen: str) -> dict[str, Any]:
    house = house_of(request)
    kept = await manifests.listed(house.log)
    subject = Subject(type="exports", id="listed")
    await house.log.append(guest.entry(EntryKind.AUDIT, subject=subject))
    # What others searched for is about to be shown, and the log says to whom.
    return {
        "typed": typed,
        "chosen": chosen,
        "formats": FORMATS,
        "asked": urlencode(filled(typed)),
        "exports": {entry: each.manifest if each else None for entry, each in kept.items()},
        "altered": manifests.ALTERED,
        "vkey": house.log.verifier.vkey,
        **await choices(house),
    }
