"""The consumers' register over HTTP: who is in it, and what people call each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import Field

from contracts.material import Strict
from contracts.time import Instant, parse_instant
from gateway.access.roles import TITLE_LENGTH
from gateway.api.door import body_of, house_of, read_json
from gateway.api.doors import Admitted
from gateway.api.pages import body, problems

if TYPE_CHECKING:
    from collections.abc import Mapping

router = APIRouter(prefix="/v1/consumers", tags=["consumers"])

Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,63}$", examples=["registration"])]


class Title(Strict):
    """What people call a consumer; empty: by its name again."""

    title: str = Field(max_length=TITLE_LENGTH, examples=["登记系统"])


class ConsumerShown(Strict):
    """One consumer; `keys` counts those in force."""

    consumer: str
    title: str | None
    roles: tuple[str, ...]
    agencies: tuple[str, ...]
    keys: int
    registered_at: Instant
    revoked_at: Instant | None


class ConsumersShown(Strict):
    """Everybody in the register, those revoked too, by name."""

    consumers: tuple[ConsumerShown, ...]


@router.get("", summary="The consumers' register", responses=problems(400, 401, 403, 429, 503))
async def listed(request: Request, person: Admitted) -> ConsumersShown:
    """Names, titles, roles; never a key."""
    del person
    rows = await house_of(request).access.listed()
    return ConsumersShown(consumers=tuple(map(_shown, rows)))


@router.put(
    "/{consumer}/title",
    summary="Give a consumer a title",
    responses=problems(400, 401, 403, 404, 429, 503),
    openapi_extra=body(Title),
)
async def entitle(request: Request, person: Admitted, consumer: Name) -> ConsumerShown:
    """Sentences of the log call it so, those of earlier entries too: entries hold its name."""
    order = read_json(Title, await body_of(request))
    return _shown(await house_of(request).access.entitle(consumer, order.title, by=person.id))


def _shown(row: Mapping[str, Any]) -> ConsumerShown:
    return ConsumerShown(
        consumer=row["id"],
        title=row["title"],
        roles=tuple(row["roles"]),
        agencies=tuple(row["agencies"]),
        keys=row["keys"],
        registered_at=parse_instant(row["created_at"]),
        revoked_at=parse_instant(row["revoked_at"]) if row["revoked_at"] else None,
    )
