"""The grant sheet over HTTP: the same life as a manifest's, in the hands of two security administrators."""

from __future__ import annotations

from fastapi import APIRouter, Request

from gateway.api import documents
from gateway.api.documents import (
    Because,
    Compared,
    Gone,
    History,
    Refusal,
    Seen,
    VersionShown,
    VersionText,
    Which,
    Written,
)
from gateway.api.door import body_of, house_of, read_json
from gateway.api.doors import Admitted
from gateway.api.pages import body
from gateway.api.versions import LOOKING, TURNING, entry_of
from gateway.registry import DocumentKind

router = APIRouter(prefix="/v1/grants/versions", tags=["registry"])

SHEET = Which(DocumentKind.GRANTS, DocumentKind.GRANTS.value)


@router.get("", summary="The grant sheet's versions and their history", responses=LOOKING)
async def versions(request: Request, person: Admitted) -> History:
    """Who drafted, submitted, published and rolled back what, when and why."""
    del person
    return await documents.history(house_of(request), SHEET)


@router.post("", summary="Draft a sheet", status_code=201, responses=LOOKING, openapi_extra=body(Written))
async def draft(request: Request, person: Admitted) -> VersionText:
    """The whole sheet, as it is to be in force."""
    order = read_json(Written, await body_of(request))
    return await documents.draft(house_of(request), SHEET, order, entry_of(person))


@router.get("/{version}", summary="A sheet's text and what is wrong with it", responses=LOOKING)
async def version_text(request: Request, person: Admitted, version: int) -> VersionText:
    """The same rules as at loading."""
    del person
    return await documents.version_text(house_of(request), SHEET, version)


@router.put("/{version}", summary="Edit a draft", responses=TURNING, openapi_extra=body(Written))
async def edit(request: Request, person: Admitted, version: int) -> VersionText:
    """Its author's alone; a submission of the old text is void."""
    order = read_json(Written, await body_of(request))
    return await documents.edit(house_of(request), SHEET, version, order, entry_of(person))


@router.get("/{version}/diff", summary="Two sheets as a unified diff", responses=LOOKING)
async def diff(request: Request, person: Admitted, version: int, against: int) -> Compared:
    """From the version `against` to this one."""
    del person
    return await documents.diff(house_of(request), SHEET, against, version)


@router.post("/{version}/submission", summary="Submit", responses=TURNING, openapi_extra=body(Seen))
async def submit(request: Request, person: Admitted, version: int) -> VersionShown:
    """Its author asks a second security administrator to look."""
    order = read_json(Seen, await body_of(request))
    return await documents.submit(house_of(request), SHEET, version, order, entry_of(person))


@router.post("/{version}/withdrawal", summary="Withdraw", responses=TURNING, openapi_extra=body(Gone))
async def withdraw(request: Request, person: Admitted, version: int) -> VersionShown:
    """Its author gives it up."""
    order = read_json(Gone, await body_of(request))
    return await documents.withdraw(house_of(request), SHEET, version, order, entry_of(person))


@router.post("/{version}/rejection", summary="Reject", responses=TURNING, openapi_extra=body(Refusal))
async def reject(request: Request, person: Admitted, version: int) -> VersionShown:
    """A second person says no, and why."""
    order = read_json(Refusal, await body_of(request))
    return await documents.reject(house_of(request), SHEET, version, order, entry_of(person))


@router.post("/{version}/publication", summary="Publish", responses=TURNING, openapi_extra=body(Seen))
async def publish(request: Request, person: Admitted, version: int) -> VersionShown:
    """A second person puts in force the content with the digest they saw."""
    order = read_json(Seen, await body_of(request))
    return await documents.publish(house_of(request), SHEET, version, order, entry_of(person))


@router.post("/{version}/rollback", summary="Roll back to it", responses=TURNING, openapi_extra=body(Because))
async def roll_back(request: Request, person: Admitted, version: int) -> VersionShown:
    """One person is enough."""
    order = read_json(Because, await body_of(request))
    return await documents.roll_back(house_of(request), SHEET, version, order, entry_of(person))
