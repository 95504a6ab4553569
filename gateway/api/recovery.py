"""After trouble at an agency: which open cases it touched, and their materials asked for afresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from contracts.audit import Draft, EntryKind, Subject, done_by
from contracts.errors import AskMalformed
from contracts.exchange import CaseId, KindSlug, ProjectCode, Slug
from contracts.material import Strict
from contracts.text import text
from contracts.time import Instant, parse_instant
from gateway.aliases import norm_of
from gateway.api.agencies import in_force
from gateway.api.door import body_of, house_of, read_json
from gateway.api.doors import Admitted
from gateway.api.pages import body, problems
from gateway.repulls import Order, Progress
from gateway.touched import Cause, Touched, Window, drift, outage, publication, touched

if TYPE_CHECKING:
    from gateway.house import House

router = APIRouter(prefix="/v1/agencies/{agency}", tags=["operations"])

AgencyName = Annotated[Slug, Path(examples=["mdj-hc"])]
RepullId = Annotated[str, Path(pattern="^rep-[0-9a-f]{24}$", examples=["rep-000000000000000000000000"])]


class Trouble(BaseModel):
    """A query string: what went wrong, and for an outage when, for a publication which version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cause: Cause
    since: Instant | None = Field(None, alias="from", description="an outage's first instant")
    until: Instant | None = Field(None, description="the first instant after it")
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="the publication that was bad")


class CaseShown(Strict):
    """One touched case: its last answer, and the status of each kind it was answered badly."""

    case: str
    project_code: str
    consumer: str
    purpose: str
    answered_at: Instant
    index: int
    kinds: dict[str, str]


class CasesShown(Strict):
    """The touched cases, newest first, and the time that was looked at; not `complete`: there may be more."""

    cause: Cause
    since: Instant
    until: Instant | None
    complete: bool
    cases: tuple[CaseShown, ...]


class CaseNamed(Strict):
    """A case and the project it is about."""

    case: CaseId
    project_code: ProjectCode


class RepullOrder(Strict):
    """What to ask for afresh, and why: these cases, for these kinds or all of the agency's."""

    cases: Annotated[tuple[CaseNamed, ...], Field(min_length=1, max_length=1000)]
    kinds: tuple[KindSlug, ...] = ()
    reason: Annotated[str, Field(min_length=4, max_length=500)]


class RepullNoted(Strict):
    """The re-pull's id, for looking at its progress."""

    id: str
    cases: int


class RepullCase(Strict):
    """One case: waiting, running, done with the statuses by kind, or failed with the problem's type."""

    case: str
    project_code: str
    state: str
    told: dict[str, str]


class RepullShown(Strict):
    """How a re-pull stands."""

    id: str
    kinds: tuple[str, ...]
    by: str
    at: Instant
    reason: str
    done: bool
    cases: tuple[RepullCase, ...]


@router.get(
    "/touched", summary="Open cases that trouble touched", responses=problems(400, 401, 403, 404, 429, 503)
)
async def touched_cases(
    request: Request, admin: Admitted, agency: AgencyName, trouble: Annotated[Trouble, Query()]
) -> CasesShown:
    """By their newest answer, so a case asked about again since is not among them; looking is an entry."""
    return shown(await look(house_of(request), agency, trouble, admin.id))


@router.post(
    "/repulls",
    summary="Ask afresh for many cases",
    status_code=202,
    responses=problems(400, 401, 403, 404, 429, 503),
    openapi_extra=body(RepullOrder),
)
async def repull(request: Request, admin: Admitted, agency: AgencyName) -> RepullNoted:
    """In the background, a few at a time and within the agency's own limits."""
    wanted = read_json(RepullOrder, await body_of(request))
    return await order(house_of(request), agency, wanted, admin.id)


@router.get(
    "/repulls/{repull}", summary="How a re-pull stands", responses=problems(400, 401, 403, 404, 429, 503)
)
async def progress(request: Request, _admin: Admitted, agency: AgencyName, repull: RepullId) -> RepullShown:
    """Every case with what the agency said this time."""
    return told(await house_of(request).repulls.progress(agency, repull))


async def order(house: House, agency: str, wanted: RepullOrder, by: str) -> RepullNoted:
    """Have the cases asked about afresh, the entry first. Raises NoSuchThing, AskMalformed."""
    cases = tuple((each.case, norm_of("project_code", each.project_code)) for each in wanted.cases)
    kinds = await kinds_of(house, agency, wanted.kinds)
    noted = await house.repulls.order(Order(agency, kinds, cases, by, wanted.reason))
    return RepullNoted(id=noted, cases=len(cases))


async def look(house: House, agency: str, trouble: Trouble, by: str) -> Touched:
    """The touched cases, once the log has who looks.

    Raises NoSuchThing for an agency, a version in force or a change that never was; AskMalformed.
    """
    kinds, window = await kinds_of(house, agency, ()), await _window(house, agency, trouble)
    subject = Subject(type="touched", id=agency, version=trouble.version, note=trouble.cause.value)
    await house.log.append(Draft(kind=EntryKind.AUDIT, agencies=(agency,), subject=subject, **done_by(by)))
    return await touched(house.log, agency, kinds, window)


async def kinds_of(house: House, agency: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds an agency has, or those of them that are wanted. Raises NoSuchThing, AskMalformed."""
    adapter = await in_force(house, agency)
    if strange := sorted(set(wanted) - set(adapter.kinds)):
        raise AskMalformed(
            text(f"{agency} 不提供 {strange[0]}", f"kinds: {agency} does not issue {strange[0]}")
        )
    return wanted or adapter.kinds


async def _window(house: House, agency: str, trouble: Trouble) -> Window:
    if trouble.cause is Cause.OUTAGE:
        return outage(trouble.since, trouble.until, house.clock())
    if trouble.cause is Cause.DRIFT:
        return await drift(house.log, agency, house.clock())
    if trouble.version is None:
        raise AskMalformed(text("请指明 version：有问题的版本", "Name the bad publication: version"))
    return await publication(house.registry, agency, trouble.version)


def shown(found: Touched) -> CasesShown:
    """As people see them."""
    window = found.window
    return CasesShown(
        cause=window.cause,
        since=parse_instant(window.since),
        until=parse_instant(window.until) if window.until else None,
        complete=found.complete,
        cases=tuple(
            CaseShown(
                case=each.case,
                project_code=each.project,
                consumer=each.consumer,
                purpose=each.purpose,
                answered_at=parse_instant(each.at),
                index=each.index,
                kinds=each.kinds,
            )
            for each in found.cases
        ),
    )


def told(found: Progress) -> RepullShown:
    """As people see it."""
    return RepullShown(
        id=found.id,
        kinds=found.kinds,
        by=found.by,
        at=parse_instant(found.at),
        reason=found.reason,
        done=found.done,
        cases=tuple(
            RepullCase(case=each.case, project_code=each.project, state=each.state, told=each.told)
            for each in found.cases
        ),
    )
