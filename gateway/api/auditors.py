"""The audit log over HTTP: entries for auditors, one's own entries and all proofs for everybody known."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import PlainTextResponse, Response

from contracts.audit import Draft, EntryKind, Subject
from contracts.errors import NoSuchThing
from contracts.material import Strict
from contracts.text import text
from gateway.api.door import house_of
from gateway.api.doors import Admitted, Reach, Visitor
from gateway.api.pages import problems

if TYPE_CHECKING:
    from gateway.house import House

router = APIRouter(prefix="/v1/log", tags=["log"])

Index = Annotated[int, Field(ge=0, le=2**53)]
"""The number of an entry."""


class InclusionProof(Strict):
    """RFC 9162 §2.1.3: base64 hashes from the leaf's sibling up to the root of the tree of that size."""

    index: int
    size: int
    leaf: str
    path: list[str]


class ConsistencyProof(Strict):
    """RFC 9162 §2.1.4: base64 hashes proving that the tree of `second` entries begins with the `first`."""

    first: int
    second: int
    path: list[str]


class EntryLine(Strict):
    """One entry: its place, its leaf hash, and its canonical octets as text (null once blanked)."""

    index: int
    leaf: str
    entry: str | None


class EntryPage(Strict):
    """Consecutive entries from `start`."""

    size: int = Field(description="how many entries the log has")
    entries: list[EntryLine]


@router.get("/checkpoint", response_class=PlainTextResponse, responses=problems(401, 429, 503))
async def checkpoint(request: Request, _visitor: Admitted) -> Response:
    """The newest checkpoint: a C2SP signed note naming the log, its size and its root."""
    return PlainTextResponse(await house_of(request).log.checkpoint())


@router.get("/proofs/inclusion", responses=problems(400, 401, 404, 429, 503))
async def inclusion(request: Request, _visitor: Admitted, index: Index, size: Index) -> InclusionProof:
    """That entry `index` is in the tree of the first `size` entries."""
    log = house_of(request).log
    if not index < size <= await log.size():
        raise NoSuchThing(text("没有这样的日志条目或大小", "The log has no such entry or size"))
    line = (await log.lines(index, 1))[0]
    path = [_b64(step) for step in await log.inclusion(index, size)]
    return InclusionProof(index=index, size=size, leaf=_b64(line.leaf), path=path)


@router.get("/proofs/consistency", responses=problems(400, 401, 404, 429, 503))
async def consistency(request: Request, _visitor: Admitted, first: Index, second: Index) -> ConsistencyProof:
    """That the log only grew between two of its sizes."""
    log = house_of(request).log
    if not 0 < first <= second <= await log.size():
        raise NoSuchThing(text("日志没有这样的大小", "The log never had such a size"))
    path = [_b64(step) for step in await log.consistency(first, second)]
    return ConsistencyProof(first=first, second=second, path=path)


@router.get("/entries", responses=problems(400, 401, 403, 429, 503))
async def entries(
    request: Request, auditor: Admitted, start: Index = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> EntryPage:
    """Entries in order. Reading them is an entry too."""
    house = house_of(request)
    await _searched(house, auditor, f"{start}+{limit}")
    found = await house.log.lines(start, limit)
    lines = [
        EntryLine(index=line.index, leaf=_b64(line.leaf), entry=line.body.decode() if line.body else None)
        for line in found
    ]
    return EntryPage(size=await house.log.size(), entries=lines)


@router.get(
    "/entries/{index}",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}, **problems(400, 401, 404, 429, 503)},
)
async def entry(request: Request, visitor: Admitted, index: Index) -> Response:
    """One entry's canonical octets, exactly as hashed. A consumer may read its own, an auditor all."""
    house = house_of(request)
    found = await house.log.lines(index, 1)
    body = found[0].body if found else None
    own = body is not None and json.loads(body).get("consumer") == visitor.id
    if body is None or not (own or visitor.reach is Reach.ALL):
        raise NoSuchThing(text("没有此日志条目，或不属于您", "There is no such entry, or it is not yours"))
    if not own:
        await _searched(house, visitor, f"{index}+1")
    return Response(body, media_type="application/json")


async def _searched(house: House, auditor: Visitor, place: str) -> None:
    """An auditor's own search is an entry, before its finds leave."""
    subject = Subject(type="entries", id=place)
    await house.log.append(Draft(kind=EntryKind.AUDIT, consumer=auditor.id, subject=subject))


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
