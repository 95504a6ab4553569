"""What came in through an agency's drop folder, what was set aside and why, and how that is put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request
from pydantic import Field

from contracts.exchange import Slug
from contracts.material import Digest, Strict
from contracts.text import Text, text
from contracts.time import Instant, parse_instant
from gateway.api.agencies import known
from gateway.api.door import house_of
from gateway.api.doors import Admitted
from gateway.api.pages import problems
from gateway.api.versions import entry_of

if TYPE_CHECKING:
    from contracts.audit import Draft
    from gateway.house import House
    from gateway.intake.records import Arrived, SetAside

router = APIRouter(prefix="/v1/agencies/{agency}/deliveries", tags=["operations"])

Aside = Annotated[str, Path(pattern=r"^qua-[a-z2-7]{26}$", examples=["qua-aaaaaaaaaaaaaaaaaaaaaaaaaa"])]


class ArrivedShown(Strict):
    """A delivery taken in; `version` counts those under the agency's number for it."""

    id: str
    package: str = Field(description="the agency's number for it")
    version: int
    arrived_at: Instant
    superseded_at: Instant | None
    files: int
    octets: int


class AsideShown(Strict):
    """A delivery that was set aside, and why; `put_back_at`: it was laid into the folder again."""

    id: str
    name: str
    digest: Digest | None
    reason: str
    why: Text
    at: Instant
    put_back_at: Instant | None
    put_back_by: str | None


class DeliveriesShown(Strict):
    """The newest deliveries, taken in and set aside."""

    arrived: tuple[ArrivedShown, ...]
    quarantined: tuple[AsideShown, ...]


@router.get("", summary="An agency's deliveries", responses=problems(400, 401, 403, 404, 429, 503))
async def deliveries(request: Request, keeper: Admitted, agency: Slug) -> DeliveriesShown:
    """What arrived, and what was set aside and why."""
    del keeper
    return await delivered(house_of(request), agency)


@router.post(
    "/{delivery}/return",
    summary="Have a delivery judged once more",
    status_code=204,
    responses=problems(400, 401, 403, 404, 409, 429, 503),
)
async def put_back(request: Request, keeper: Admitted, agency: Slug, delivery: Aside) -> None:
    """It is laid into the drop folder again; the next sweep takes it in or says what is wrong now."""
    await redeliver(house_of(request), agency, delivery, entry_of(keeper))


async def delivered(house: House, agency: str) -> DeliveriesShown:
    """The newest deliveries. Raises NoSuchThing, StoreUnavailable."""
    await known(house, agency)
    arrived, aside = await house.intake.arrived(agency)
    return DeliveriesShown(arrived=tuple(map(_arrived, arrived)), quarantined=tuple(map(_aside, aside)))


async def redeliver(house: House, agency: str, delivery: str, entry: Draft) -> None:
    """Put one back, the entry first. Raises as `Intake.put_back`."""
    await house.intake.put_back(agency, delivery, house.clock(), entry)


def _arrived(found: Arrived) -> ArrivedShown:
    return ArrivedShown(
        id=found.id,
        package=found.package,
        version=found.version,
        arrived_at=parse_instant(found.arrived_at),
        superseded_at=parse_instant(found.superseded_at) if found.superseded_at else None,
        files=found.files,
        octets=found.octets,
    )


def _aside(found: SetAside) -> AsideShown:
    return AsideShown(
        id=found.id,
        name=found.name,
        digest=found.digest,
        reason=found.reason,
        why=text(found.zh, found.en),
        at=parse_instant(found.at),
        put_back_at=parse_instant(found.put_back_at) if found.put_back_at else None,
        put_back_by=found.put_back_by,
    )
