"""Agencies' manifests over HTTP: drafted, tried, compared, published by a second person, rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from adapters.base import Deadline
from contracts.audit import Draft, EntryKind
from contracts.conflicts import WrongState
from contracts.exchange import Slug
from contracts.material import Strict
from contracts.text import text
from gateway.api import documents
from gateway.api.documents import (
    Because,
    Compared,
    Gone,
    History,
    Refusal,
    Seen,
    Version,
    VersionShown,
    VersionText,
    Which,
    Written,
)
from gateway.api.door import body_of, house_of, read_json
from gateway.api.doors import Admitted, Visitor
from gateway.api.pages import body, problems
from gateway.registry import DocumentKind
from gateway.trials import MOST_PER_KIND, PER_KIND, Comparison, Trial, TrialOrder

if TYPE_CHECKING:
    from gateway.house import House
    from gateway.registry import Document

router = APIRouter(prefix="/v1/agencies/{agency}/versions", tags=["registry"])

LOOKING = problems(400, 401, 403, 404, 429, 503)
TURNING = problems(400, 401, 403, 404, 409, 422, 429, 503)

Replies = Annotated[int, Field(ge=1, le=MOST_PER_KIND)]
"""How many recorded replies of each kind are compared, the newest first."""


class Beside(Strict):
    """With which version to compare, the one in force without; over how many replies of each kind."""

    against: Version | None = None
    replies: Replies = PER_KIND


COMPARING_SECONDS = 60
"""How long comparing may take: fronts wait 75 s for an answer, and one cut off would tell nothing."""


@router.get("", summary="A manifest's versions and their history", responses=LOOKING)
async def versions(request: Request, person: Admitted, agency: Slug) -> History:
    """Who drafted, submitted, published and rolled back what, when and why."""
    del person
    return await documents.history(house_of(request), which_of(agency))


@router.post("", summary="Draft a version", status_code=201, responses=LOOKING, openapi_extra=body(Written))
async def draft(request: Request, person: Admitted, agency: Slug) -> VersionText:
    """The draft is its author's; `problems` says what keeps it from being submitted."""
    order = read_json(Written, await body_of(request))
    return await documents.draft(house_of(request), which_of(agency), order, entry_of(person))


@router.get("/{version}", summary="A version's text and what is wrong with it", responses=LOOKING)
async def version_text(request: Request, person: Admitted, agency: Slug, version: Version) -> VersionText:
    """The same rules as at loading; every problem with its line and field."""
    del person
    return await documents.version_text(house_of(request), which_of(agency), version)


@router.put("/{version}", summary="Edit a draft", responses=TURNING, openapi_extra=body(Written))
async def edit(request: Request, person: Admitted, agency: Slug, version: Version) -> VersionText:
    """Its author's alone; a submission of the old text is void."""
    order = read_json(Written, await body_of(request))
    return await documents.edit(house_of(request), which_of(agency), version, order, entry_of(person))


@router.get("/{version}/diff", summary="Two versions' texts as a unified diff", responses=LOOKING)
async def diff(
    request: Request, person: Admitted, agency: Slug, version: Version, against: Version
) -> Compared:
    """From the version `against` to this one."""
    del person
    return await documents.diff(house_of(request), which_of(agency), against, version)


@router.post("/{version}/submission", summary="Submit", responses=TURNING, openapi_extra=body(Seen))
async def submit(request: Request, person: Admitted, agency: Slug, version: Version) -> VersionShown:
    """Its author asks a second person to look; it must be valid by then."""
    order = read_json(Seen, await body_of(request))
    return await documents.submit(house_of(request), which_of(agency), version, order, entry_of(person))


@router.post("/{version}/withdrawal", summary="Withdraw", responses=TURNING, openapi_extra=body(Gone))
async def withdraw(request: Request, person: Admitted, agency: Slug, version: Version) -> VersionShown:
    """Its author gives it up."""
    order = read_json(Gone, await body_of(request))
    return await documents.withdraw(house_of(request), which_of(agency), version, order, entry_of(person))


@router.post("/{version}/rejection", summary="Reject", responses=TURNING, openapi_extra=body(Refusal))
async def reject(request: Request, person: Admitted, agency: Slug, version: Version) -> VersionShown:
    """A second person says no, and why; the author may edit it."""
    order = read_json(Refusal, await body_of(request))
    return await documents.reject(house_of(request), which_of(agency), version, order, entry_of(person))


@router.post("/{version}/publication", summary="Publish", responses=TURNING, openapi_extra=body(Seen))
async def publish(request: Request, person: Admitted, agency: Slug, version: Version) -> VersionShown:
    """A second person puts in force the content they saw, by its digest; within two seconds everywhere."""
    order = read_json(Seen, await body_of(request))
    return await documents.publish(house_of(request), which_of(agency), version, order, entry_of(person))


@router.post("/{version}/rollback", summary="Roll back to it", responses=TURNING, openapi_extra=body(Because))
async def roll_back(request: Request, person: Admitted, agency: Slug, version: Version) -> VersionShown:
    """One person is enough; asks under way end on the version they began with."""
    order = read_json(Because, await body_of(request))
    return await documents.roll_back(house_of(request), which_of(agency), version, order, entry_of(person))


@router.post(
    "/{version}/trials",
    summary="Try a version",
    response_model=Trial,
    responses=TURNING,
    openapi_extra=body(TrialOrder),
)
async def trials(request: Request, person: Admitted, agency: Slug, version: Version) -> Response:
    """On the live agency with a project, as the built-in consumer `trial`; or over one recorded reply."""
    order = read_json(TrialOrder, await body_of(request))
    house = house_of(request)
    found = await house.registry.version(*which_of(agency), version)
    if order.sample:
        trial = await house.trials.read_recorded(found, order.sample, entry_of(person))
        return Response(
            trial.model_dump_json(by_alias=True, exclude_none=True), 200, media_type="application/json"
        )
    reply = await house.trials.pull(found, order, person.id)
    return Response(reply.body, reply.status, dict(reply.headers))


@router.post("/{version}/comparisons", summary="Compare over recorded replies", responses=TURNING)
async def comparisons(
    request: Request,
    person: Admitted,
    agency: Slug,
    version: Version,
    against: Version | None = None,
    replies: Replies = PER_KIND,
) -> Comparison:
    """Field by field beside the version in force, or `against`, over so many replies of each kind.

    Personal values count and are not shown. `cut`: there was no time for all of them.
    """
    order = Beside(against=against, replies=replies)
    return await compared(house_of(request), which_of(agency), version, order, entry_of(person))


async def compared(house: House, which: Which, version: int, order: Beside, entry: Draft) -> Comparison:
    """A version over recorded replies beside another. Raises as `Trials.compare` and `beside`."""
    after = await house.registry.version(*which, version)
    before = await beside(house, which, order.against)
    until = Deadline.after(COMPARING_SECONDS)
    return await house.trials.compare(before, after, entry, per_kind=order.replies, until=until)


async def beside(house: House, which: Which, against: Version | None) -> Document:
    """What to compare with: the version in force unless one is named. Raises WrongState, NoSuchThing."""
    if against is not None:
        return await house.registry.version(*which, against)
    found = await house.registry.in_force(*which)
    if found is None:
        raise WrongState(text(f"{which.name} 没有已发布的版本", f"No version of {which.name} is in force"))
    return found


def entry_of(person: Visitor) -> Draft:
    """An entry of this person's act; what it was is filled in where it is done."""
    return Draft(kind=EntryKind.TRIED, consumer=person.id)


def which_of(name: str) -> Which:
    """An agency's manifest."""
    return Which(DocumentKind.AGENCY, name)
