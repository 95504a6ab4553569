"""What a consumer may ask: dossiers, single materials, attachments, the catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import JSONResponse, Response

from contracts.catalogue import GATES, KINDS
from contracts.errors import AskMalformed, NoSuchThing
from contracts.exchange import Ask, Dossier, Materials, Reason
from contracts.manners import RangeNotHeld
from contracts.text import quotable, text
from gateway.api.door import (
    body_of,
    house_of,
    leave,
    read_json,
    read_words,
    reason_words,
    who_knocks,
)
from gateway.api.doors import Admitted
from gateway.api.pages import ANSWER_HEADERS, ask_body, problems
from gateway.rooms import Knock

router = APIRouter(prefix="/v1", tags=["consumers"])

Knocking = Annotated[Callable[[Callable[[], Any]], Knock[Any]], Depends(who_knocks)]
# What an ask must say is optional to the framework: our reader refuses what is missing, with an entry.
ProjectCode = Annotated[str, Path(examples=["2012-231005-04-01-735188"])]
CaseHeader = Annotated[str | None, Header(alias="Landbridge-Case", examples=["202211250018"])]
PurposeHeader = Annotated[str | None, Header(alias="Landbridge-Purpose", examples=["first-registration"])]
OperatorHeader = Annotated[str | None, Header(alias="Landbridge-Operator", examples=["reg-017"])]

_RANGE = re.compile(r"^bytes=([0-9]{0,18})-([0-9]{0,18})$")


@router.post(
    "/dossiers",
    summary="Ask for a project's dossier",
    responses={
        200: {"model": Dossier, "headers": ANSWER_HEADERS},
        **problems(400, 401, 403, 422, 429, 500, 503),
    },
    openapi_extra=ask_body(),
)
async def ask_for_dossier(request: Request, knock: Knocking) -> Response:
    """All materials one procedure needs, from every agency that holds them: signed, recorded, proven."""
    octets = await body_of(request)
    return await leave(house_of(request).exchange.dossier(knock(lambda: read_json(Ask, octets))))


@router.get(
    "/projects/{project_code}/dossier",
    summary="Ask for a project's dossier, the short form",
    responses={200: {"model": Dossier, "headers": ANSWER_HEADERS}, **problems(400, 401, 403, 429, 500, 503)},
)
async def dossier(
    request: Request,
    knock: Knocking,
    project_code: ProjectCode,
    procedure: Annotated[str | None, Query(examples=["first-registration"])] = None,
    max_age: Annotated[str | None, Query(description="seconds", examples=["3600"])] = None,
    wait: Annotated[str | None, Query(description="seconds", examples=["15"])] = None,
    _case: CaseHeader = None,
    _purpose: PurposeHeader = None,
    _operator: OperatorHeader = None,
) -> Response:
    """Case, purpose and operator travel in headers, percent-encoded UTF-8."""
    words = reason_words(request) | {
        "project_code": project_code,
        "procedure": procedure,
        "max_age": max_age,
        "wait": wait,
    }
    return await leave(house_of(request).exchange.dossier(knock(lambda: read_words(Ask, words))))


@router.get(
    "/projects/{project_code}/materials/{kind}",
    summary="Ask for one kind of material",
    responses={
        200: {"model": Materials, "headers": ANSWER_HEADERS},
        **problems(400, 401, 403, 404, 422, 429, 500, 502, 503),
    },
)
async def material(  # noqa: PLR0913  each is one parameter of the interface
    request: Request,
    knock: Knocking,
    project_code: ProjectCode,
    *,
    kind: Annotated[str, Path(examples=["land-transfer-contract"])],
    procedure: Annotated[str, Query(examples=["first-registration"])] = "first-registration",
    max_age: Annotated[str | None, Query(description="seconds", examples=["3600"])] = None,
    wait: Annotated[str | None, Query(description="seconds", examples=["15"])] = None,
    _case: CaseHeader = None,
    _purpose: PurposeHeader = None,
    _operator: OperatorHeader = None,
) -> Response:
    """200 for received, stale, declared and not_found (the status says which); 502 and 503 say who failed."""
    words = reason_words(request) | {
        "project_code": project_code,
        "procedure": procedure,
        "max_age": max_age,
        "wait": wait,
    }

    def read() -> Ask:
        if kind not in KINDS:
            raise NoSuchThing(text(f"没有材料类别 {quotable(kind)}", f"There is no kind {quotable(kind)}"))
        return read_words(Ask, words)

    return await leave(house_of(request).exchange.material(knock(read), kind))


@router.get(
    "/attachments/{attachment}",
    summary="Fetch an attachment, or a part of it",
    response_class=Response,
    responses={
        200: {
            "content": {"application/octet-stream": {}},
            "headers": ANSWER_HEADERS,
            "description": "The whole file",
        },
        206: {
            "content": {"application/octet-stream": {}},
            "headers": ANSWER_HEADERS,
            "description": "The range",
        },
        **problems(400, 401, 403, 404, 416, 429, 500, 502, 503),
    },
)
async def attachment(
    request: Request,
    knock: Knocking,
    attachment: Annotated[str, Path(examples=["att-3jtrqbr4vcvjlkdxeepfbs3wci"])],
    _case: CaseHeader = None,
    _purpose: PurposeHeader = None,
    _operator: OperatorHeader = None,
    _range: Annotated[str | None, Header(alias="Range", examples=["bytes=0-1048575"])] = None,
) -> Response:
    """Streamed; `Repr-Digest` is the whole file's SHA-256, signed with the receipt and the range."""
    # No validator of ours stands in an If-Range, so none can fit: the whole file (RFC 9110 §13.1.5).
    wanted = None if "if-range" in request.headers else request.headers.get("range")
    read = knock(lambda: read_words(Reason, reason_words(request)))
    return await leave(
        house_of(request).exchange.attachment(read, attachment, lambda size: part_of(wanted, size))
    )


@router.get(
    "/catalogue",
    summary="What kinds of material there are",
    responses=problems(401, 429),
)
async def catalogue(_visitor: Admitted) -> Response:
    """Every kind with its names, issuer, gate and share class, in the order of the five gates."""
    gates = [gate.model_dump(mode="json") for gate in GATES.values()]
    return JSONResponse({"gates": gates, "kinds": [kind.model_dump(mode="json") for kind in KINDS.values()]})


def part_of(header: str | None, size: int) -> range | None:
    """The octets a Range header picks (RFC 9110 §14.1.2), one range only; None: the whole file.

    Several ranges, or another unit, are answered whole as the RFC allows. Raises AskMalformed, RangeNotHeld.
    """
    if header is None or not header.startswith("bytes=") or "," in header:
        return None
    found = _RANGE.match(header)
    if found is None or not (found[1] or found[2]):
        raise AskMalformed(text("Range 请求头无法识别", "The Range header cannot be read"))
    if not found[1]:
        start, stop = max(0, size - int(found[2])), size
    else:
        start, stop = int(found[1]), min(size, int(found[2]) + 1) if found[2] else size
    if start >= stop:
        raise RangeNotHeld(text(f"文件共 {size} 字节", f"The file has {size} bytes"), size)
    return range(start, stop)
