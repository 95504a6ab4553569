"""A material typed in while its agency is out: from a dossier that lacks it to a second person."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.catalogue import KINDS
from contracts.errors import AskMalformed, LandbridgeError, NoSuchThing
from contracts.exchange import KindSlug
from contracts.standins import LONGEST, Proposal
from contracts.text import text
from contracts.time import BEIJING, day_of, parse_day
from gateway.api.auditors import Index
from gateway.api.door import house_of, read_words
from gateway.api.standins import keep_paper, typed_in
from gateway.console.boxes import boxes, fields_of, nearest
from gateway.console.door import Admitted, Guest, Posted, go, record, show, show_soon
from gateway.console.lookups import own_look_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.responses import Response

    from gateway.console.boxes import Box
    from gateway.console.forms import Form
    from gateway.house import House

router = APIRouter(prefix="/console/dossiers/{entry}/stand-ins/{kind}", include_in_schema=False)

USUAL = timedelta(days=7)
"""How long it serves unless somebody says otherwise."""

FILLING = timedelta(hours=1)
"""A form that was opened in time may be filled in for so long."""

PAPER_MB = 11
"""What a form has room for, beside what is typed; larger files are brought over the API."""

_TEMPLATE = "dossiers/stand-in.html"
_OWN = ("reason", "expires_at", "paper", "paper_name")
_UNFIT = re.compile(r"[\x00-\x1f]")
_NO_FILE = text("请选择纸质凭据的扫描件或照片", "Choose the file of the paper: a scan or a picture")
_KEPT = text(
    "请修改标出的一项后再次提交；其余内容已保留。",
    "Mend what is marked, and hand it in again; the rest is kept.",
)
_NO_PROJECT = text(
    "该次查询没有确定项目代码；请填写项目代码后重新查询",
    "That look-up found no project code; look it up again with the code",
)


@router.get("")
async def form_page(request: Request, guest: Admitted, entry: Index, kind: KindSlug) -> Response:
    """The fields of the kind's contract, the paper, why, and until when."""
    found = await _looked_up(request, guest, entry)
    return show_soon(
        request, guest, _TEMPLATE, lambda _: _form(request, found, entry, boxes(kind)), slug=kind
    )


@router.post("")
async def propose(request: Request, guest: Admitted, form: Posted, entry: Index, kind: KindSlug) -> Response:
    """Kept for a second person to agree to; or one more row, or the form again with what is wrong."""
    found, house = await _looked_up(request, guest, entry, FILLING), house_of(request)
    more = form.get("more")
    filled, paper, problem = boxes(kind, form, more=more), _kept(form), None
    try:
        paper = await _paper(house, guest, form) or paper
        if not more:
            order = _order(kind, form, filled, paper)
            made = await typed_in(house, found["project"], order, guest.id)
            return go(f"/console/approvals/stand-ins/{made.id}", "stand-in-typed")
    except LandbridgeError as error:
        error.about = nearest(error.about, filled)
        error.todo = _KEPT if error.about else error.todo
        problem = error
    typed = {name: form.get(name) for name in _OWN} | paper
    facts = await _form(request, found, entry, filled, typed)
    if not problem:
        await record(request, guest)
    return await show(request, guest, _TEMPLATE, slug=kind, problem=problem, **facts)


async def _looked_up(
    request: Request, guest: Guest, entry: int, grace: timedelta = timedelta()
) -> dict[str, Any]:
    """The entry of the look-up from which one comes. Raises NotGranted, NoSuchThing."""
    found = await own_look_up(house_of(request), guest, entry, request.scope["route"].path, grace)
    if not found.get("project"):
        raise NoSuchThing(_NO_PROJECT)
    return found


async def _form(
    request: Request,
    found: Mapping[str, Any],
    entry: int,
    filled: tuple[Box, ...],
    typed: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    now = house_of(request).clock()
    usual = dict.fromkeys(_OWN, "") | {"expires_at": str(day_of(now + USUAL))}
    return {
        "found": found,
        "entry": entry,
        "kinds": KINDS,
        "boxes": filled,
        "typed": typed or usual,
        "first_day": day_of(now),
        "last_day": day_of(now + LONGEST) - timedelta(days=1),
        "most": PAPER_MB,
    }


def _order(kind: str, form: Form, filled: tuple[Box, ...], paper: Mapping[str, str]) -> Proposal:
    """What is proposed. Raises AskMalformed."""
    words = {
        "kind": kind,
        "fields": fields_of(filled),
        "reason": form.get("reason"),
        "evidence": paper.get("paper"),
        "evidence_name": paper.get("paper_name"),
        "expires_at": _end_of(form.get("expires_at")),
    }
    if not words["evidence"]:
        raise AskMalformed(_NO_FILE, about="evidence")
    return read_words(Proposal, words)


def _end_of(day: str) -> str:
    """The last second of a day in China; what is no day as it is."""
    try:
        return datetime.combine(parse_day(day), time(23, 59, 59), BEIJING).isoformat()
    except ValueError:
        return day


def _kept(form: Form) -> dict[str, str]:
    """The paper that came with the form before: its digest, and what it is called."""
    paper = form.get("paper")
    return {"paper": paper, "paper_name": _title(form.get("paper_name"))} if paper else {}


async def _paper(house: House, guest: Guest, form: Form) -> dict[str, str]:
    """The paper that comes with this form, in the vault from now on. Raises as `keep_paper` does."""
    octets = form.files.get("evidence")
    if octets is None:
        return {}
    kept = await keep_paper(house, _whole(octets), guest.id)
    return {"paper": kept.digest, "paper_name": _title(form.titles["evidence"])}


async def _whole(octets: bytes) -> AsyncIterator[bytes]:
    yield octets


def _title(name: str) -> str:
    """A file's name without its folders, fit to be kept."""
    return _UNFIT.sub("", name).replace("\\", "/").rpartition("/")[2][-200:] or "paper"
