"""Stand-ins over HTTP: a paper uploaded, its facts typed in, a second person's word, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request
from pydantic import Field

from contracts.audit import Draft, EntryKind, Subject, done_by
from contracts.errors import AskMalformed, EvidenceOffContract
from contracts.exchange import ProjectCode
from contracts.material import Digest, Strict
from contracts.standins import STAND_IN_ID, Proposal, StandInShown, Verdict
from contracts.text import text
from gateway.aliases import norm_of
from gateway.api.door import body_of, house_of, read_json
from gateway.api.doors import Admitted
from gateway.api.pages import body, problems
from gateway.audit import search
from gateway.standins import NO_PAPER

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from gateway.house import House
    from gateway.standins import StandIn

router = APIRouter(prefix="/v1", tags=["stand-ins"])

PAPER_LIMIT = 64 * 1024 * 1024
"""Octets of one paper's file."""

StandInId = Annotated[str, Path(pattern=STAND_IN_ID, examples=["man-000000000000000000000000"])]


class Paper(Strict):
    """An uploaded file, kept encrypted under its digest."""

    digest: Digest
    bytes: int = Field(ge=0)


class StandInsShown(Strict):
    """Every stand-in of a project, newest first."""

    project_code: str
    stand_ins: tuple[StandInShown, ...]


@router.post(
    "/stand-ins/papers",
    summary="Upload the paper a stand-in is typed from",
    status_code=201,
    responses=problems(400, 401, 403, 429, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def papers(request: Request, person: Admitted) -> Paper:
    """The octets as they are, 64 MiB at most; the digest is what a proposal then names."""
    return await keep_paper(house_of(request), request.stream(), person.id)


@router.post(
    "/projects/{project_code}/stand-ins",
    summary="Type a material in while its agency is out",
    status_code=201,
    responses=problems(400, 401, 403, 429, 503),
    openapi_extra=body(Proposal),
)
async def propose(request: Request, person: Admitted, project_code: ProjectCode) -> StandInShown:
    """It serves nobody until a second person agrees."""
    order = read_json(Proposal, await body_of(request))
    project = norm_of("project_code", project_code)
    return await typed_in(house_of(request), project, order, person.id)


@router.get(
    "/projects/{project_code}/stand-ins",
    summary="A project's stand-ins",
    responses=problems(400, 401, 403, 429, 503),
)
async def listed(request: Request, person: Admitted, project_code: ProjectCode) -> StandInsShown:
    """What was typed in, by whom, and what the agency said when it was back; an entry says who looked."""
    return await look(house_of(request), norm_of("project_code", project_code), person.id)


@router.post(
    "/stand-ins/{stand_in}/decisions",
    summary="Agree to a stand-in, refuse or withdraw it",
    responses=problems(400, 401, 403, 404, 409, 429, 503),
    openapi_extra=body(Verdict),
)
async def decisions(request: Request, person: Admitted, stand_in: StandInId) -> StandInShown:
    """Only a second person may agree or refuse, and only to exactly the content they saw."""
    order = read_json(Verdict, await body_of(request))
    return shown(await house_of(request).stand_ins.decide(stand_in, order, by=person.id))


async def keep_paper(house: House, octets: AsyncIterable[bytes], by: str) -> Paper:
    """A paper into the vault, and an entry that says who brought it. Raises AskMalformed when too large."""
    try:
        kept = await house.vault.put_stream(octets, PAPER_LIMIT)
    except EvidenceOffContract:
        raise AskMalformed(
            text("文件超过 64 MiB；请压缩或拆分", "The file exceeds 64 MiB; compress or split it"),
            about="evidence",
        ) from None
    subject = Subject(type="paper", id=kept.digest, note="uploaded")
    draft = Draft(kind=EntryKind.STAND_IN, evidence=(kept.digest,), subject=subject, **done_by(by))
    await house.log.append(draft)
    return Paper(digest=kept.digest, bytes=kept.bytes)


async def typed_in(house: House, project: str, order: Proposal, by: str) -> StandInShown:
    """Keep what one person typed in, from a paper that was uploaded as one.

    Whoever decides opens the paper: the digest of anything else that the vault holds, an agency's reply say,
    would open that. Raises as `StandIns.propose` does.
    """
    if not (await house.vault.has(order.evidence) and await _uploaded(house, order.evidence)):
        raise AskMalformed(NO_PAPER, about="evidence")
    return shown(await house.stand_ins.propose(project, order, by=by))


async def _uploaded(house: House, digest: str) -> bool:
    """Whether the log has that somebody brought it as a stand-in's paper. Raises LogUnavailable."""
    wanted = Subject(type="paper", id=digest, note="uploaded").model_dump(exclude_none=True)
    async for finds in search.pages(house.log, search.Query(kind=EntryKind.STAND_IN.value), limit=100):
        if any((found.entry or {}).get("subject") == wanted for found in finds):
            return True
    return False


async def look(house: House, project: str, by: str) -> StandInsShown:
    """A project's stand-ins, once the log has who looks."""
    subject = Subject(type="stand-ins", id=project, note="shown")
    await house.log.append(Draft(kind=EntryKind.STAND_IN, project=project, subject=subject, **done_by(by)))
    found = await house.stand_ins.listed(project)
    return StandInsShown(project_code=project, stand_ins=tuple(shown(each) for each in found))


async def look_at(house: House, identity: str, by: str) -> StandInShown:
    """One stand-in, once the log has who looks. Raises NoSuchThing."""
    found = await house.stand_ins.find(identity)
    subject = Subject(type="stand-in", id=found.id, digest=found.content, note="shown")
    entry = Draft(kind=EntryKind.STAND_IN, project=found.project, subject=subject, **done_by(by))
    await house.log.append(entry)
    return shown(found)


def shown(stand_in: StandIn) -> StandInShown:
    """As people see it."""
    told = stand_in.told
    return StandInShown(
        id=stand_in.id,
        project_code=stand_in.project,
        kind=stand_in.kind,
        state=stand_in.state,
        content=stand_in.content,
        fields=told["fields"],
        reason=told["reason"],
        evidence=told["evidence"],
        evidence_name=told["evidence_name"],
        entered_by=stand_in.entered_by,
        entered_at=stand_in.entered_at,
        expires_at=stand_in.expires_at,
        decided_by=stand_in.decided_by,
        decided_at=stand_in.decided_at,
        replaced_at=stand_in.replaced_at,
        differing=stand_in.differing,
    )
