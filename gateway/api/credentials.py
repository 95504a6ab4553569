"""Secrets over HTTP: set and given another value, never shown; listed with where and when they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import Field, SecretStr

from adapters.manifest import load as load_manifest
from contracts.audit import Draft
from contracts.errors import ManifestInvalid
from contracts.exchange import Slug
from contracts.material import Strict
from contracts.time import Instant, parse_instant
from gateway.api.door import body_of, house_of, read_json
from gateway.api.doors import Admitted
from gateway.api.pages import body, problems
from gateway.api.versions import entry_of
from gateway.registry import DocumentKind
from gateway.safe import Kept

if TYPE_CHECKING:
    from gateway.house import House

router = APIRouter(prefix="/v1", tags=["registry"])

SecretName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


class Value(Strict):
    """A secret's new value; it is never shown again."""

    value: SecretStr = Field(min_length=1)


class SecretShown(Strict):
    """What may be told of a secret.

    `source` says what is used: the machine's environment or file, if it has one, goes before the database.
    `used_by`: agencies whose manifests in force name it.
    """

    agency: str
    name: str
    source: Literal["environment", "file", "database", "missing"]
    version: int | None
    set_by: str | None
    set_at: Instant | None
    last_used_day: str | None = Field(description="at +08:00; of the value in the database")
    used_by: tuple[str, ...]


class SecretsShown(Strict):
    """Every secret within reach, and those that manifests in force name and nobody set."""

    secrets: tuple[SecretShown, ...]


class Rewrapped(Strict):
    """How many secrets were sealed anew."""

    rewrapped: int


@router.get(
    "/agencies/{agency}/secrets", summary="An agency's secrets", responses=problems(400, 401, 403, 429, 503)
)
async def secrets(request: Request, person: Admitted, agency: Slug) -> SecretsShown:
    """Which there are, whence, by whom and since when, last used when; never a value."""
    del person
    return await listed(house_of(request), agency)


@router.put(
    "/agencies/{agency}/secrets/{name}",
    summary="Set a secret",
    responses=problems(400, 401, 403, 429, 503),
    openapi_extra=body(Value),
)
async def put(request: Request, person: Admitted, agency: Slug, name: SecretName) -> SecretShown:
    """In use within two seconds; the value before it is destroyed."""
    order = read_json(Value, await body_of(request))
    return await put_secret(house_of(request), (agency, name), order, entry_of(person))


@router.post("/secrets/rotation", summary="Seal every secret anew", responses=problems(401, 403, 429, 503))
async def rotate(request: Request, person: Admitted) -> Rewrapped:
    """New wrapping keys and new keys for each; the values stay. All or none."""
    return Rewrapped(rewrapped=await house_of(request).safe.rewrap(entry_of(person)))


async def listed(house: House, agency: str | None = None) -> SecretsShown:
    """Secrets of one agency, or all. Raises StoreUnavailable."""
    users = await _users(house)
    found = await house.safe.listed(users)
    shown = [_shown(kept, users) for kept in found if agency in (None, kept.agency)]
    return SecretsShown(secrets=tuple(shown))


async def put_secret(
    house: House, which: tuple[str, str], order: Value, entry: Draft, *, known: bool = False
) -> SecretShown:
    """Set one, the entry first. Raises as `Safe.put`."""
    agency, name = which
    kept = await house.safe.put(agency, name, order.value.get_secret_value(), entry, known=known)
    return _shown(kept, await _users(house))


async def _users(house: House) -> dict[str, list[str]]:
    """By reference, the agencies whose manifests in force name it."""
    users: dict[str, list[str]] = {}
    for name, document in (await house.registry.current(DocumentKind.AGENCY)).items():
        try:
            manifest = load_manifest(document.text, f"{name}.yaml")
        except ManifestInvalid:
            continue
        for reference in manifest.secrets:
            users.setdefault(reference, []).append(name)
    return users


def _shown(kept: Kept, users: dict[str, list[str]]) -> SecretShown:
    return SecretShown.model_validate(
        {
            "agency": kept.agency,
            "name": kept.name,
            "source": kept.source,
            "version": kept.version,
            "set_by": kept.by,
            "set_at": parse_instant(kept.at) if kept.at else None,
            "last_used_day": kept.last_used_day,
            "used_by": tuple(users.get(f"secret:{kept.agency}/{kept.name}", ())),
        }
    )
