"""One agency in full: how it stands with this node, its last day in figures, and what depends on it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from pydantic import Field

from adapters.manifest import load as load_manifest
from contracts.catalogue import KINDS
from contracts.errors import ManifestInvalid, NoSuchThing
from contracts.exchange import Slug
from contracts.material import Strict
from contracts.procedures import PROCEDURES
from contracts.remedies import REMEDIES
from contracts.text import Text, text
from contracts.time import Instant, day_of
from gateway.api.door import house_of
from gateway.api.doors import Admitted
from gateway.api.operations import AgencyState, state_of
from gateway.api.pages import problems
from gateway.registry import DocumentKind, DocumentState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.base import Adapter
    from adapters.manifest import Manifest
    from contracts.exchange import Grant
    from gateway.house import House

router = APIRouter(prefix="/v1/agencies/{agency}", tags=["operations"])


class Requiring(Strict):
    """One requirement of a procedure; `alone` where nothing else will do in the kind's place."""

    procedure: str
    procedure_title: Text
    title: Text
    alone: bool


class Granted(Strict):
    """A consumer's grant that names the kind: for which purpose, until which day."""

    consumer: str
    purpose: str
    valid_until: str


class KindDepended(Strict):
    """A kind that the agency issues, and what comes to a halt without it."""

    kind: str
    title: Text
    required_by: tuple[Requiring, ...]
    granted_to: tuple[Granted, ...]


class ContactShown(Strict):
    """Whom to call, as the manifest has it."""

    unit: str
    phone: str | None
    note: str | None


class HalfHour(Strict):
    """How often it was asked in half an hour, how often in vain, and how many seconds that took."""

    begins: Instant
    asked: int
    failed: int
    mean_seconds: float
    slowest_seconds: float


class AgencySheet(Strict):
    """One agency in full; `state` is None until a version is in force that can be used."""

    agency: str
    title: Text | None = Field(description="as its manifest in force has it")
    state: AgencyState | None
    broken: Text | None = Field(description="why the version in force cannot be used")
    last_arrived: Instant | None = Field(
        description="of a drop folder, the last delivery; else the last usable reply to this process"
    )
    remedy: Text | None = Field(description="what to do about the last fault")
    drops: bool = Field(description="whether it delivers files by itself")
    contact: ContactShown | None
    waiting: tuple[int, ...] = Field(description="versions that wait for a second person")
    kinds: tuple[KindDepended, ...]
    recent_since: Instant = Field(description="when this process began to count")
    recent: tuple[HalfHour, ...] = Field(description="the last day, half hours without asks left out")


@router.get("", summary="One agency in full", responses=problems(400, 401, 403, 404, 429, 503))
async def agency_sheet(request: Request, keeper: Admitted, agency: Slug) -> AgencySheet:
    """How it stands with this node, the last day in figures, and what depends on it."""
    del keeper
    return await sheet(house_of(request), agency)


async def sheet(house: House, agency: str) -> AgencySheet:
    """One agency in full. Raises NoSuchThing: nothing was ever drafted under this name."""
    versions = await house.registry.versions(DocumentKind.AGENCY, agency)
    if not versions:
        raise NoSuchThing(text(f"没有部门 {agency}", f"There is no agency {agency}"))
    adapter = await connected(house, agency)
    manifest = next(
        (_read(each.text, agency) for each in versions if each.state is DocumentState.PUBLISHED), None
    )
    state = await state_of(house, adapter) if adapter else None
    contact = manifest.contact if manifest else None
    return AgencySheet(
        agency=agency,
        title=manifest.title if manifest else None,
        state=state,
        broken=house.agencies.broken.get(agency),
        last_arrived=await _last_arrived(house, adapter, state),
        remedy=REMEDIES[state.last_fault] if state and state.last_fault else None,
        drops=bool(manifest and manifest.connection.drop),
        contact=ContactShown(**contact.model_dump()) if contact else None,
        waiting=tuple(each.version for each in versions if each.state is DocumentState.SUBMITTED),
        kinds=_depended(manifest.kinds, await _standing_grants(house)) if manifest else (),
        recent_since=house.recent.since,
        recent=tuple(_half_hours(house, agency)),
    )


async def title_of(house: House, agency: str) -> Text | None:
    """What it is called, by its manifest in force, or the one before. Raises StoreUnavailable."""
    document = await house.registry.last_in_force(DocumentKind.AGENCY, agency)
    return _title(document.text, agency) if document else None


async def titles(house: House) -> dict[str, Text | None]:
    """The same of every agency that has a manifest in force. Raises StoreUnavailable."""
    current = await house.registry.current(DocumentKind.AGENCY)
    return {name: _title(document.text, name) for name, document in current.items()}


async def places_of_secrets(house: House, agency: str) -> dict[str, tuple[str, ...]]:
    """By name of a secret of the agency's, where its manifest in force has its placeholder."""
    document = await house.registry.in_force(DocumentKind.AGENCY, agency)
    manifest = _read(document.text, agency) if document else None
    return {
        reference.removeprefix(f"secret:{agency}/"): tuple(".".join(map(str, place)) for place in places)
        for reference, places in (manifest.secret_places.items() if manifest else ())
    }


async def names(house: House, assigned: Sequence[str] | None) -> list[str]:
    """Agencies within reach, those not yet connected too: the assigned, or all that were ever drafted."""
    found = await house.registry.names(DocumentKind.AGENCY)
    return found if assigned is None else sorted(assigned)


async def in_force(house: House, agency: str) -> Adapter:
    """The adapter of the version in force. Raises NoSuchThing."""
    adapter = await connected(house, agency)
    if adapter is None:
        raise NoSuchThing(text(f"没有已发布的部门 {agency}", f"No agency {agency} is published"))
    return adapter


async def connected(house: House, agency: str) -> Adapter | None:
    """The same; None where no version is in force, or none that can be used."""
    return next((each for each in await house.agencies.all() if each.agency == agency), None)


async def drafted(house: House, agency: str) -> bool:
    """Whether anything was ever drafted under this name. Raises StoreUnavailable."""
    return await house.registry.drafted(DocumentKind.AGENCY, agency)


async def known(house: House, agency: str) -> None:
    """Raises NoSuchThing: nothing was ever drafted under this name."""
    if not await drafted(house, agency):
        raise NoSuchThing(text(f"没有部门 {agency}", f"There is no agency {agency}"))


@lru_cache(maxsize=256)
def _title(document: str, agency: str) -> Text | None:
    """Read once a version: every page of the log names agencies."""
    manifest = _read(document, agency)
    return manifest.title if manifest else None


def _read(document: str, agency: str) -> Manifest | None:
    """A manifest; None where an update of ours can no longer read it."""
    try:
        return load_manifest(document, f"{agency}.yaml")
    except ManifestInvalid:
        return None


async def _last_arrived(house: House, adapter: Adapter | None, state: AgencyState | None) -> Instant | None:
    if adapter and adapter.capabilities.local:
        return (await house.intake.standing(adapter.agency)).last_arrived
    return state.last_success if state else None


async def _standing_grants(house: House) -> list[Grant]:
    """Grants of today and later; a sheet that cannot be read any more names nobody."""
    today = day_of(house.clock())
    try:
        return [grant for grant in await house.grants() if grant.valid_until >= today]
    except ManifestInvalid:
        return []


def _depended(kinds: Sequence[str], grants: Sequence[Grant]) -> tuple[KindDepended, ...]:
    return tuple(
        KindDepended(
            kind=kind,
            title=text(KINDS[kind].zh, KINDS[kind].en),
            required_by=tuple(_requiring(kind)),
            granted_to=tuple(
                Granted(consumer=each.consumer, purpose=each.purpose, valid_until=str(each.valid_until))
                for each in grants
                if each.kind == kind
            ),
        )
        for kind in kinds
    )


def _requiring(kind: str) -> list[Requiring]:
    return [
        Requiring(
            procedure=procedure.slug,
            procedure_title=procedure.title,
            title=requirement.title,
            alone=all(kind in option for option in requirement.alternatives),
        )
        for procedure in PROCEDURES.values()
        for requirement in procedure.requirements
        if any(kind in option for option in requirement.alternatives)
    ]


def _half_hours(house: House, agency: str) -> list[HalfHour]:
    return [
        HalfHour(
            begins=slot.begins,
            asked=slot.asked,
            failed=slot.failed,
            mean_seconds=round(slot.mean, 3),
            slowest_seconds=round(slot.slowest, 3),
        )
        for slot in house.recent.of(agency)
    ]
