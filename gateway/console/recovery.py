"""After trouble at an agency: the open cases it touched, asked about afresh, and how far that has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.errors import LandbridgeError
from contracts.exchange import Slug
from gateway.api import documents, recovery
from gateway.api.door import house_of, read_words
from gateway.api.recovery import CaseNamed, RepullId, RepullOrder, Trouble
from gateway.api.versions import which_of
from gateway.console.agencies import ROOT, frame_of, page_of
from gateway.console.days import moment
from gateway.console.door import (
    Admitted,
    Expected,
    Guest,
    Posted,
    confirmed,
    go,
    may,
    nothing_more,
    record,
    show,
    show_soon,
)
from gateway.touched import Cause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from gateway.console.forms import Form

AGAIN = "landbridge-again"
"""The header by which an open page says that it looks again by itself."""

router = APIRouter(prefix="/console/agencies/{agency}", include_in_schema=False)


@router.get("/touched")
async def touched_page(request: Request, visitor: Expected, agency: Slug) -> Response:
    """By what went wrong; nothing is looked through before somebody says what."""
    words = request.query_params
    frame = await frame_of(request, visitor, agency)
    try:
        trouble = _trouble(words) if words.get("cause") else None
    except LandbridgeError as error:
        guest = await confirmed(request, visitor)
        frame |= await _about(request, guest, agency, words) | {"problem": error}
        return await show(request, guest, "agencies/touched.html", **frame)

    async def facts(guest: Guest) -> dict[str, Any]:
        return await _touched(request, guest, agency, words, trouble)

    looked = trouble is not None
    return show_soon(request, visitor, "agencies/touched.html", facts, unrecorded=looked, **frame)


@router.post("/repulls")
async def repull(request: Request, guest: Admitted, form: Posted, agency: Slug) -> Response:
    """The chosen cases, asked about afresh in the background."""
    chosen = form.several("cases")
    try:
        cases = [_named(each) for each in chosen]
        order = read_words(
            RepullOrder,
            {
                "cases": cases or None,
                "kinds": form.several("kinds"),
                "reason": form.get("reason") or None,
            },
        )
        noted = await recovery.order(house_of(request), agency, order, guest.id)
    except LandbridgeError as error:
        words = {name: form.get(name) for name in ("cause", "from", "until", "version") if form.get(name)}
        return await _again(request, guest, agency, words, form, error)
    return go(f"/console/agencies/{agency}/repulls/{noted.id}", "repull-ordered")


@router.get("/repulls/{repull}")
async def progress_page(request: Request, guest: Admitted, agency: Slug, repull: RepullId) -> Response:
    """Case by case; it looks again by itself until all are done."""
    frame = await frame_of(request, guest, agency)
    frame |= {"found": recovery.told(await house_of(request).repulls.progress(agency, repull))}
    again = AGAIN in request.headers
    return show_soon(request, guest, "agencies/repull.html", nothing_more, unrecorded=again, **frame)


async def _touched(
    request: Request, guest: Guest, agency: str, words: Mapping[str, str], trouble: Trouble | None
) -> dict[str, Any]:
    """The cases that a trouble touched, or why they cannot be said."""
    facts = await _about(request, guest, agency, words)
    try:
        found = await recovery.look(house_of(request), agency, trouble, guest.id) if trouble else None
    except LandbridgeError as error:
        await record(request, guest)  # what stands round it is seen all the same
        return facts | {"problem": error}
    return facts | {"found": recovery.shown(found) if found else None}


async def _again(
    request: Request,
    guest: Guest,
    agency: str,
    words: Mapping[str, str],
    form: Form,
    problem: LandbridgeError,
) -> Response:
    """What was ticked and written in the form stands there again."""
    facts: dict[str, Any] = {}
    try:
        trouble = _trouble(words) if words.get("cause") else None
        facts |= await _touched(request, guest, agency, words, trouble)
    except LandbridgeError:
        facts |= await _about(request, guest, agency, words)
    facts |= {"ticked": form.several("cases"), "reason": form.raw("reason"), "problem": problem}
    return await page_of(request, guest, "agencies/touched.html", agency, **facts)


async def _about(request: Request, guest: Guest, agency: str, words: Mapping[str, str]) -> dict[str, Any]:
    """What may be chosen; in a new form every case is ticked."""
    history = await documents.history(house_of(request), which_of(agency))
    ever = [act.version for act in history.acts if act.act in {"published", "rolled-back"}]
    return {
        "problem": None,
        "found": None,
        "ticked": None,
        "reason": "",
        "causes": tuple(Cause),
        "words": {name: words.get(name, "") for name in ("cause", "from", "until", "version")},
        "published": sorted(set(ever), reverse=True),
        "works": may(guest, f"{ROOT}/repulls", "POST"),
    }


def _trouble(words: Mapping[str, str]) -> Trouble:
    """What went wrong; an outage's edges are local instants, as a browser sends them. Raises AskMalformed."""
    asked: dict[str, Any] = {"cause": words["cause"]}
    if words["cause"] == Cause.OUTAGE:
        asked |= {name: moment(words[name], name) for name in ("from", "until") if words.get(name)}
    if words["cause"] == Cause.PUBLICATION:
        asked["version"] = words.get("version") or None
    return read_words(Trouble, asked)


def _named(chosen: str) -> CaseNamed:
    """A case and its project, as the page's tick box bears them. Raises AskMalformed."""
    case, _, project = chosen.partition(" ")
    return read_words(CaseNamed, {"case": case, "project_code": project})
