"""Searching the log, and who used an agency's data: for auditors, for agency admins, for the command line."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.audit import Draft, EntryKind, Subject
from contracts.errors import NoSuchThing, ProjectAmbiguous
from contracts.exchange import CaseId, KindSlug, Slug, no_person
from contracts.identifiers import READERS, Verdict, normalise
from contracts.material import Strict
from contracts.text import Text, text
from contracts.time import Instant, stored
from gateway.aliases import ONE_PROJECT_KEYS, norm_of
from gateway.api.agencies import connected
from gateway.api.called import names_in
from gateway.api.door import house_of
from gateway.api.doors import Admitted
from gateway.api.pages import problems
from gateway.audit import search
from gateway.audit.sentence import sentence

if TYPE_CHECKING:
    from gateway.audit.names import Names
    from gateway.audit.search import Found
    from gateway.house import House

router = APIRouter(prefix="/v1", tags=["log"])

_NO_SUCH_PROJECT = text(
    "没有项目使用此代码或名称；请核对，或改用项目代码",
    "No project bears this code or name; check it, or give the project code",
)
_SEVERAL = text("可能的项目：{codes}", "It may be any of: {codes}")

Whose = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._:@\-]{0,99}$"), AfterValidator(no_person)]
"""A consumer or an operator as entries name them, `os:` accounts of the command line too."""

Ending = Annotated[
    str, Field(pattern=r"^([1-5][0-9]{2}|[a-z][a-z\-]{0,59})$", examples=["200", "not-granted"])
]
"""An HTTP status, or the type of a problem without its prefix."""


class Period(BaseModel):
    """A query string: text throughout, so read leniently; a name nobody knows is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: Instant | None = Field(None, alias="from", description="first instant")
    until: Instant | None = Field(None, description="first instant no more")


class Wanted(Period):
    """What to find; all of it must fit."""

    project: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="project code in any form, or another name the project is known by"
    )
    case: CaseId | None = None
    consumer: Whose | None = None
    operator: Whose | None = None
    agency: Slug | None = None
    kind: EntryKind | None = Field(None, description="kind of entry")
    material: KindSlug | None = Field(None, description="kind of material")
    outcome: Ending | None = Field(None, description="HTTP status or problem type")


class Paged(BaseModel):
    """How many at once, and where the page before left off."""

    limit: int = Field(50, ge=1, le=200)
    before: int | None = Field(None, ge=0, le=2**53, description="cursor: `before` of the page before")


class SearchAsked(Wanted, Paged):
    """A search, a page at a time."""


class UsesAsked(Period, Paged):
    """A period, a page at a time."""


class Related(Strict):
    """An entry that belongs to a find."""

    index: int
    sentence: Text


class Hit(Strict):
    """One entry found. `fits` is false where its leaf or the index do not fit it: run a verification."""

    index: int
    leaf: str
    entry: dict[str, Any] | None = Field(description="null once blanked, or when damaged")
    sentence: Text
    fits: bool
    answer: Related | None = Field(description="of a use: the answer that was used")
    uses: tuple[Related, ...] = Field(description="of an answer: what became of it")


class Hits(Strict):
    """One page, newest first."""

    hits: tuple[Hit, ...]
    before: int | None = Field(description="ask with this for the next page; null at the end")


class AgencyUse(Strict):
    """One time that a consumer came to the agency's data; materials are those that the agency issues."""

    index: int
    at: Instant
    kind: str = Field(description="answered, or used: viewed, printed or exported after delivery")
    act: str | None
    consumer: str | None
    purpose: str | None
    project: str | None
    materials: tuple[str, ...]
    status: int | None


class AgencyCount(Strict):
    """How often a consumer came for one purpose in the period, and when last."""

    consumer: str | None
    purpose: str | None
    kind: str
    count: int
    last: Instant


class AgencyUses(Strict):
    """Who used an agency's data: counted over the period, and one by one, newest first."""

    agency: str
    counts: tuple[AgencyCount, ...]
    uses: tuple[AgencyUse, ...]
    before: int | None


@router.get(
    "/log/search",
    summary="Search the log",
    responses=problems(400, 401, 403, 404, 429, 503),
)
async def find(request: Request, auditor: Admitted, asked: Annotated[SearchAsked, Query()]) -> Hits:
    """By project, case, consumer, operator, agency, kind, outcome and period. Searching is an entry too."""
    house = house_of(request)
    query = await query_of(house, asked)
    entry = Draft(kind=EntryKind.AUDIT, consumer=auditor.id)
    return await shown(house, await looked_for(house, query, asked, entry))


@router.get(
    "/agencies/{agency}/uses",
    summary="Who used an agency's data",
    responses=problems(400, 401, 403, 429, 503),
)
async def uses(
    request: Request, keeper: Admitted, agency: Slug, asked: Annotated[UsesAsked, Query()]
) -> AgencyUses:
    """For auditors, and for the agency's own admin; no cases, no operators. Looking is an entry too."""
    return await used(house_of(request), agency, asked, Draft(kind=EntryKind.AUDIT, consumer=keeper.id))


async def query_of(house: House, asked: Wanted, size: int | None = None) -> search.Query:
    """What the log is searched for, a project by its code. Raises NoSuchThing, ProjectAmbiguous."""
    ending = asked.outcome or ""
    return search.Query(
        case=asked.case,
        project=await _project(house, asked.project) if asked.project else None,
        operator=asked.operator,
        problem=ending if ending and not ending.isdigit() else None,
        material=asked.material,
        agency=asked.agency,
        consumer=asked.consumer,
        kind=asked.kind.value if asked.kind else None,
        status=int(ending) if ending.isdigit() else None,
        since=stored(asked.since) if asked.since else None,
        until=stored(asked.until) if asked.until else None,
        size=size,
    )


async def _project(house: House, raw: str) -> str:
    """The project's code, whatever it is called. A name goes no further than this."""
    if READERS["project_code"](raw).verdict is not Verdict.NOT_ONE:
        return norm_of("project_code", raw)
    keys = [key for key in ONE_PROJECT_KEYS if READERS[key](raw).usable]
    pairs = {(key, norm_of(key, raw)) for key in keys} | {("project_name", normalise(raw))}
    bearers = await house.aliases.bearers(pairs)
    codes = sorted({code for states in bearers.values() for code in states})
    if not codes:
        raise NoSuchThing(_NO_SUCH_PROJECT, about="project")
    if len(codes) > 1:
        raise ProjectAmbiguous(_SEVERAL.fill(codes=", ".join(codes[:20])), about="project")
    return codes[0]


def said(query: search.Query) -> str:
    """What was searched for, for the log: every word has passed the grammar that entries themselves pass."""
    return " ".join(f"{name}={value}" for name, value in query.said().items()) or "everything"


async def looked_for(house: House, query: search.Query, asked: Paged, entry: Draft) -> search.Page:
    """One page, once the log has who searched for what. Raises LogUnavailable."""
    place = f" before={asked.before}" if asked.before is not None else ""
    page = await search.search(house.log, query, asked.limit, asked.before)
    subject = Subject(type="search", id=said(query) + place)
    await house.log.append(entry.model_copy(update={"subject": subject, "count": len(page.finds)}))
    # From here the log says that this was searched for; the finds have gone nowhere yet.
    return page


async def shown(house: House, page: search.Page) -> Hits:
    """A page as auditors see it, everybody by the name people call them. Raises StoreUnavailable."""
    names = await names_in(house, (*page.finds, *page.related.values()))
    return Hits(hits=tuple(_hit(page, found, names) for found in page.finds), before=page.before)


def _hit(page: search.Page, found: Found, names: Names) -> Hit:
    answer = page.related.get((found.entry or {}).get("answer", -1))
    return Hit(
        index=found.index,
        leaf=base64.b64encode(found.leaf).decode(),
        entry=found.entry,
        sentence=sentence(found.entry, names),
        fits=found.fits,
        answer=_related(answer, names) if answer else None,
        uses=tuple(_related(use, names) for use in page.uses_of(found)),
    )


def _related(found: Found, names: Names) -> Related:
    return Related(index=found.index, sentence=sentence(found.entry, names))


async def used(house: House, agency: str, asked: UsesAsked, entry: Draft) -> AgencyUses:
    """Who used an agency's data, once the log has who looks. Raises LogUnavailable, StoreUnavailable."""
    since, until = (stored(edge) if edge else None for edge in (asked.since, asked.until))
    query = search.Query(agency=agency, since=since, until=until, uses=True)
    page = await search.search(house.log, query, asked.limit, asked.before, alone=True)
    counts = await search.uses(house.log, agency, since, until) if asked.before is None else []
    await house.log.append(entry.model_copy(update={"subject": Subject(type="uses", id=said(query))}))
    adapter = await connected(house, agency)
    issued = set(adapter.kinds if adapter else ())
    return AgencyUses(
        agency=agency,
        counts=tuple(AgencyCount.model_validate(asdict(each)) for each in counts),
        uses=tuple(_use(found.index, found.entry, issued) for found in page.finds if found.entry),
        before=page.before,
    )


def _use(index: int, entry: dict[str, Any], issued: set[str]) -> AgencyUse:
    """What an agency may know of a use of its data: nothing of other agencies', of cases or persons."""
    plain = {name: entry.get(name) for name in ("at", "kind", "consumer", "purpose", "project")}
    return AgencyUse.model_validate(
        {
            **plain,
            "index": index,
            "act": (entry.get("event") or {}).get("act"),
            "materials": tuple(kind for kind in entry.get("kinds", ()) if kind in issued),
            "status": (entry.get("outcome") or {}).get("status"),
        }
    )
