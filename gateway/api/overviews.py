"""Following one project, operator or consumer, and looking over a period: for auditors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from contracts.audit import Draft, EntryKind, Subject
from contracts.errors import AskMalformed
from contracts.material import Strict
from contracts.text import Text, text
from contracts.time import Instant, stored
from gateway.api.door import house_of, read_words
from gateway.api.doors import Admitted
from gateway.api.pages import problems
from gateway.api.searches import Hits, Paged, Period, Wanted, query_of, said, shown
from gateway.audit.customs import customs_in
from gateway.audit.figures import Figures, Span, figures
from gateway.audit.follow import Thread, follow
from gateway.audit.unusual import Finding, unusual

if TYPE_CHECKING:
    from gateway.audit import search
    from gateway.audit.customs import Customs
    from gateway.house import House

router = APIRouter(prefix="/v1/log", tags=["log"])

LONGEST = timedelta(days=366)
USUAL = timedelta(days=30)

_TOO_LONG = text(
    "时段须在 366 天以内，且起早于止", "A period has 366 days at most, and begins before it ends"
)


class FollowAsked(Period, Paged):
    """Whom or what to follow, a page at a time."""

    what: Literal["project", "operator", "consumer"]
    who: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="its code, another name it is known by, or an account"
    )


class ShareShown(Strict):
    """What became of the asks of one consumer, or for one purpose."""

    name: str | None
    answered: int
    refused: int
    failed: int
    personal: int = Field(description="answers with personal information")
    projects: int


class AgencyShown(Strict):
    """How often an agency was asked, its data given, and its data used afterwards."""

    name: str
    asked: int
    answered: int
    used: int


class OutcomeShown(Strict):
    """How often asks ended so."""

    kind: str
    status: int | None
    problem: str | None
    count: int


class FindingShown(Strict):
    """One thing that stands out, by which rule."""

    rule: str
    told: Text
    count: int
    since: Instant
    until: Instant
    consumer: str | None
    operator: str | None


class OverviewShown(Strict):
    """A period in figures; `hours` are the 24 of the day at +08:00."""

    consumers: tuple[ShareShown, ...]
    purposes: tuple[ShareShown, ...]
    agencies: tuple[AgencyShown, ...]
    outcomes: tuple[OutcomeShown, ...]
    hours: tuple[int, ...]
    exports: int
    unusual: tuple[FindingShown, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of a period, what stands out in it, and the thresholds that decided."""

    figures: Figures
    findings: tuple[Finding, ...]
    customs: Customs


@router.get("/follow", summary="Follow one thread", responses=problems(400, 401, 403, 404, 429, 503))
async def thread(request: Request, auditor: Admitted, asked: Annotated[FollowAsked, Query()]) -> Hits:
    """All of one project, operator or consumer, newest first, with what others did about it. An entry too."""
    entry = Draft(kind=EntryKind.AUDIT, consumer=auditor.id)
    house = house_of(request)
    return await shown(house, await followed(house, asked, entry))


@router.get("/overview", summary="A period in figures", responses=problems(400, 401, 403, 429, 503))
async def look(request: Request, auditor: Admitted, asked: Annotated[Period, Query()]) -> OverviewShown:
    """Figures and what stands out, of the last thirty days by default. Looking is an entry too."""
    house = house_of(request)
    return told(
        await overview(house, span_of(house, asked), Draft(kind=EntryKind.AUDIT, consumer=auditor.id))
    )


async def whom(house: House, asked: FollowAsked) -> search.Query:
    """Who or what is to be followed. Raises AskMalformed, NoSuchThing, ProjectAmbiguous."""
    return await query_of(house, read_words(Wanted, {asked.what: asked.who}))


async def followed(house: House, asked: FollowAsked, entry: Draft) -> search.Page:
    """One page. Raises as `whom` and `along`."""
    return await along(house, await whom(house, asked), asked, entry)


async def along(house: House, query: search.Query, asked: FollowAsked, entry: Draft) -> search.Page:
    """One page, once the log has who followed whom: `query` is `whom`'s. Raises LogUnavailable."""
    since, until = (stored(edge) if edge else None for edge in (asked.since, asked.until))
    page = await follow(
        house.log, Thread(asked.what, str(query.said()[asked.what]), since, until), asked.limit, asked.before
    )
    subject = Subject(type="search", id=said(query), note="followed")
    await house.log.append(entry.model_copy(update={"subject": subject, "count": len(page.finds)}))
    # From here the log says who was followed; the finds have gone nowhere yet.
    return page


def span_of(house: House, asked: Period) -> Span:
    """The period that was asked for. Raises AskMalformed."""
    until = asked.until or house.clock() + timedelta(milliseconds=1)  # this instant, too
    since = asked.since or until - USUAL
    if not timedelta() < until - since <= LONGEST:
        raise AskMalformed(_TOO_LONG)
    return Span(stored(since), stored(until))


async def overview(house: House, span: Span, entry: Draft, what: str = "figures") -> Overview:
    """The period, once the log has who looks; `what` they make of it: figures, or a report.

    Raises ManifestInvalid for broken thresholds, LogUnavailable, StoreUnavailable.
    """
    customs = customs_in(house.settings.config)
    counted = await figures(house.log, span)
    found = await unusual(house.log, span, customs, await house.grants())
    subject = Subject(type=what, id=f"{span.since}..{span.until}")
    await house.log.append(entry.model_copy(update={"subject": subject}))
    # From here the log says who looked at what others did.
    return Overview(counted, tuple(found), customs)


def told(seen: Overview) -> OverviewShown:
    """An overview as auditors' programs see it."""
    counted = seen.figures
    names = ("rule", "told", "count", "since", "until", "consumer", "operator")
    finds = ({name: getattr(each, name) for name in names} for each in seen.findings)
    return OverviewShown(
        consumers=tuple(ShareShown.model_validate(each._asdict()) for each in counted.consumers),
        purposes=tuple(ShareShown.model_validate(each._asdict()) for each in counted.purposes),
        agencies=tuple(AgencyShown.model_validate(each._asdict()) for each in counted.agencies),
        outcomes=tuple(
            OutcomeShown(kind=kind, status=status, problem=problem, count=count)
            for kind, status, problem, count in counted.outcomes
        ),
        hours=counted.hours,
        exports=counted.exports,
        unusual=tuple(FindingShown.model_validate(each) for each in finds),
    )
