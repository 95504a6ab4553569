"""Running the house over HTTP: how the agencies stand, and kept answers forgotten by order."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request
from pydantic import AfterValidator, Field, model_validator

from adapters.resilience import BreakerState
from contracts.audit import Draft, EntryKind, Subject
from contracts.errors import FAULTS, Fault, FaultClass
from contracts.exchange import Ask, KindSlug, Slug
from contracts.identifiers import READERS
from contracts.material import Drift, Strict
from contracts.time import Instant, parse_instant
from gateway.aliases import norm_of
from gateway.api.door import body_of, house_of, read_json
from gateway.api.doors import Admitted
from gateway.api.pages import body, problems
from gateway.cache import Selection

if TYPE_CHECKING:
    from adapters.base import Adapter
    from gateway.house import House
    from gateway.pauses import Pause

router = APIRouter(prefix="/v1", tags=["operations"])


def _project_code(raw: str) -> str:
    if not READERS["project_code"](raw).usable:
        raise ValueError("not a project code")
    return raw


class PauseShown(Strict):
    """Whose word keeps an agency from being asked, since when and why."""

    by: str
    at: Instant
    reason: str


class AgencyState(Strict):
    """How one agency stands with this node; counts are of the breaker's window."""

    agency: str
    manifest_version: int
    kinds: tuple[str, ...]
    breaker: BreakerState
    next_try: Instant | None = Field(description="when an open breaker lets one call try")
    last_success: Instant | None
    last_failure: Instant | None
    last_fault: Fault | None
    last_fault_class: FaultClass | None = Field(
        description="who can end it: passing, permanent, configuration"
    )
    outcomes: int
    failures: int
    hours: str | None = Field(description="opening hours at +08:00", examples=["06:00-23:00"])
    per_second: float | None
    concurrency: int
    busy: int = Field(description="conversations going on now")
    drift: tuple[Drift, ...] = Field(description="how its replies have changed shape, as this node saw them")
    paused: PauseShown | None = Field(description="it is not asked, by order of a person")


class AgencyStates(Strict):
    """Every connected agency."""

    agencies: tuple[AgencyState, ...]


class PurgeOrder(Strict):
    """Which kept answers to forget: by agency, kind, project, or `everything`."""

    agency: Slug | None = None
    kind: KindSlug | None = None
    project_code: Annotated[str, Field(max_length=64), AfterValidator(_project_code)] | None = None
    everything: bool = False

    @model_validator(mode="after")
    def _says_what(self) -> PurgeOrder:
        named = any((self.agency, self.kind, self.project_code))
        if named == self.everything:
            raise ValueError("name an agency, a kind or a project_code, or say everything: true")
        return self


class Purged(Strict):
    """How many answers were forgotten."""

    forgotten: int


@router.get("/agencies", summary="How the agencies stand", responses=problems(401, 403, 429, 503))
async def agencies(request: Request, keeper: Admitted) -> AgencyStates:
    """Breaker, last success, last fault, hours, places, as this node sees them; an agency admin's own."""
    house = house_of(request)
    seen = [adapter for adapter in await house.agencies.all() if keeper.sees(adapter.agency)]
    return AgencyStates(agencies=tuple([await state_of(house, adapter) for adapter in seen]))


@router.post(
    "/cache/purge",
    summary="Forget kept answers",
    responses=problems(400, 401, 403, 429, 503),
    openapi_extra=body(PurgeOrder),
)
async def purge(request: Request, admin: Admitted) -> Purged:
    """On every node within a second. 503 when the shared cache does not answer: then nothing is sure."""
    order = read_json(PurgeOrder, await body_of(request))
    return Purged(
        forgotten=await forget(house_of(request), order, Draft(kind=EntryKind.PURGED, consumer=admin.id))
    )


async def forget(house: House, order: PurgeOrder, entry: Draft) -> int:
    """Carry out an order; the entry comes first, so that nothing is forgotten unrecorded.

    Raises LogUnavailable, StoreUnavailable.
    """
    what = {
        "project": norm_of("project_code", order.project_code) if order.project_code else None,
        "agencies": (order.agency,) if order.agency else (),
        "kinds": (order.kind,) if order.kind else (),
        "subject": Subject(type="cache", id="everything" if order.everything else "selection"),
    }
    await house.log.append(entry.model_copy(update=what))
    return await house.cache.purge(await _selection(house, order))


async def _selection(house: House, order: PurgeOrder) -> Selection:
    """The order with the project's other names: its materials may be kept under any of them."""
    if order.project_code is None:
        return Selection(order.agency, order.kind)
    about = Ask(
        project_code=order.project_code,
        procedure="first-registration",
        case="purge",
        purpose="purge",
        operator="purge",
    )
    names = await house.aliases.names(about)
    pairs = frozenset(
        (key.name, norm_of(key.name, key.value)) for several in names.values() for key in several
    )
    return Selection(order.agency, order.kind, norm_of("project_code", order.project_code), pairs)


async def state_of(house: House, adapter: Adapter) -> AgencyState:
    """How one connected agency stands with this node. Raises StoreUnavailable."""
    watch = house.lookout.of(adapter.agency)
    if watch is None:
        raise AssertionError("every adapter is assembled under a watch")
    standing, limits = await watch.standing(), watch.limits
    pause = (await house.pauses.current()).get(adapter.agency)
    return AgencyState(
        agency=adapter.agency,
        manifest_version=adapter.version,
        kinds=adapter.kinds,
        breaker=standing.breaker,
        next_try=standing.next_try,
        last_success=standing.last_success,
        last_failure=standing.last_failure,
        last_fault=standing.last_fault,
        last_fault_class=FAULTS[standing.last_fault].cls if standing.last_fault else None,
        outcomes=standing.outcomes,
        failures=standing.failures,
        hours=_shown(limits.hours) if limits.hours else None,
        per_second=limits.per_second,
        concurrency=limits.concurrency,
        busy=standing.busy,
        drift=tuple(signal for (of, *_), signal in house.agencies.drift.items() if of == adapter.agency),
        paused=pause_shown(pause) if pause else None,
    )


def pause_shown(pause: Pause) -> PauseShown:
    """As people see it."""
    return PauseShown(by=pause.by, at=parse_instant(pause.at), reason=pause.reason)


def _shown(hours: tuple[time, time]) -> str:
    return "-".join(edge.strftime("%H:%M") for edge in hours)
