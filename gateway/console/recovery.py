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
from gateway.console.agencies import ROOT, page_of
from gateway.console.days import moment
from gateway.console.door import Admitted, Guest, Posted, go, may
from gateway.touched import Cause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from gateway.api.recovery import CasesShown
    from gateway.console.forms import Form

router = APIRouter(prefix="/console/agencies/{agency}", include_in_schema=False)


@router.get("/touched")
async def touched_page(request: Request, guest: Admitted, agency: Slug) -> Response:
    """By what went wrong; nothing is looked through before somebody says what."""
    return await _touched(request, guest, agency, request.query_params)


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
        return await _touched(request, guest, agency, words, error, form)
    return go(f"/console/agencies/{agency}/repulls/{noted.id}", "repull-ordered")


@router.get("/repulls/{repull}")
async def progress_page(request: Request, guest: Admitted, agency: Slug, repull: RepullId) -> Response:
    """Case by case; it looks again by itself until all are done."""
    found = recovery.told(await house_of(request).repulls.progress(agency, repull))
    return await page_of(request, guest, "agencies/repull.html", agency, found=found)


async def _touched(
    request: Request,
    guest: Guest,
    agency: str,
    words: Mapping[str, str],
    problem: LandbridgeError | None = None,
    form: Form | None = None,
) -> Response:
    """`form`: what was ticked and written in it stands there again; in a new one every case is ticked."""
    house, found = house_of(request), None
    try:
        found = await _found(request, guest, agency, words) if words.get("cause") else None
    except LandbridgeError as error:
        problem = problem or error
    history = await documents.history(house, which_of(agency))
    ever = [act.version for act in history.acts if act.act in {"published", "rolled-back"}]
    return await page_of(
        request,
        guest,
        "agencies/touched.html",
        agency,
        problem=problem,
        found=found,
        ticked=form.several("cases") if form else None,
        reason=form.raw("reason") if form else "",
        causes=tuple(Cause),
        words={name: words.get(name, "") for name in ("cause", "from", "until", "version")},
        published=sorted(set(ever), reverse=True),
        works=may(guest, f"{ROOT}/repulls", "POST"),
    )


async def _found(request: Request, guest: Guest, agency: str, words: Mapping[str, str]) -> CasesShown:
    """The touched cases; an outage's edges are local instants, as a browser sends them."""
    asked: dict[str, Any] = {"cause": words["cause"]}
    if words["cause"] == Cause.OUTAGE:
        asked |= {name: moment(words[name]) for name in ("from", "until") if words.get(name)}
    if words["cause"] == Cause.PUBLICATION:
        asked["version"] = words.get("version") or None
    trouble = read_words(Trouble, asked)
    return recovery.shown(await recovery.look(house_of(request), agency, trouble, guest.id))


def _named(chosen: str) -> CaseNamed:
    """A case and its project, as the page's tick box bears them. Raises AskMalformed."""
    case, _, project = chosen.partition(" ")
    return read_words(CaseNamed, {"case": case, "project_code": project})
