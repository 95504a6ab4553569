"""A project's other names over HTTP: shown, confirmed, rejected by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import AfterValidator

from adapters.base import Key
from contracts.audit import Draft, EntryKind, Subject, who
from contracts.exchange import KEY_NAMES, KeyValue, ProjectCode
from contracts.material import Strict
from contracts.time import Instant, parse_instant
from gateway.aliases import Alias, AliasState, norm_of
from gateway.api.door import body_of, house_of, read_json
from gateway.api.doors import Admitted
from gateway.api.pages import body, problems
from gateway.trail import loggable

if TYPE_CHECKING:
    from gateway.house import House

router = APIRouter(prefix="/v1/projects/{project_code}/aliases", tags=["operations"])


def _key_name(key: str) -> str:
    if key not in KEY_NAMES:
        raise ValueError(f"unknown key; keys are {', '.join(sorted(KEY_NAMES))}")
    return key


class AliasShown(Strict):
    """One other name of a project: when it was first heard, from whom, and who decided on it."""

    key: str
    value: str
    state: AliasState
    source: str
    at: Instant
    decided_by: str | None = None
    decided_at: Instant | None = None


class AliasesShown(Strict):
    """Every other name of a project, rejected ones too."""

    project_code: str
    aliases: tuple[AliasShown, ...]


class Decision(Strict):
    """A person's word on one name the project has: it is the project's, or it is not."""

    key: Annotated[str, AfterValidator(_key_name)]
    value: KeyValue
    decision: Literal["confirm", "reject"]


@router.get("", summary="A project's other names", responses=problems(400, 401, 403, 429, 503))
async def aliases(request: Request, person: Admitted, project_code: ProjectCode) -> AliasesShown:
    """What it is known by, how surely, who taught it and who decided; an entry says who looked."""
    return await show(house_of(request), project_code, Draft(kind=EntryKind.ALIAS, consumer=person.id))


@router.post(
    "/decisions",
    summary="Confirm or reject a name",
    responses=problems(400, 401, 403, 404, 429, 503),
    openapi_extra=body(Decision),
)
async def decisions(request: Request, person: Admitted, project_code: ProjectCode) -> AliasShown:
    """It stands against whatever materials teach later, until a person decides otherwise."""
    order = read_json(Decision, await body_of(request))
    entry = Draft(kind=EntryKind.ALIAS, consumer=person.id)
    return await decide(house_of(request), project_code, order, entry)


async def show(house: House, project_code: str, entry: Draft) -> AliasesShown:
    """The names, once the log has who looks. Raises LogUnavailable, StoreUnavailable."""
    project = norm_of("project_code", project_code)
    subject = Subject(type="aliases", id=project, note="shown")
    await house.log.append(entry.model_copy(update={"project": project, "subject": subject}))
    held = await house.aliases.listed(project)
    return AliasesShown(project_code=project, aliases=tuple(_shown(alias) for alias in held))


async def decide(house: House, project_code: str, order: Decision, entry: Draft) -> AliasShown:
    """Carry out a decision; the entry comes first, with the value only where a grammar vouches for it.

    Raises NoSuchThing, LogUnavailable, StoreUnavailable.
    """
    project, confirm = norm_of("project_code", project_code), order.decision == "confirm"
    alias = await house.aliases.known(project, order.key, order.value)
    name = loggable(Key(alias.key, alias.raw, confirmed=confirm))
    subject = Subject(type="alias", id=name, note="confirmed" if confirm else "rejected")
    await house.log.append(entry.model_copy(update={"project": project, "subject": subject}))
    # The log has the decision. A crash here leaves it without effect: the person sees no answer and repeats.
    await house.aliases.decide(project, order.key, order.value, confirm=confirm, by=who(entry))
    return _shown(await house.aliases.known(project, order.key, order.value))


def _shown(alias: Alias) -> AliasShown:
    return AliasShown(
        key=alias.key,
        value=alias.raw,
        state=alias.state,
        source=alias.source,
        at=parse_instant(alias.at),
        decided_by=alias.decided_by,
        decided_at=parse_instant(alias.decided_at) if alias.decided_at else None,
    )
