"""Registrars look a project up: afresh or from what is kept, recorded in their name, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.errors import AskMalformed, LandbridgeError, NotGranted
from contracts.exchange import KEY_NAMES, Dossier, Receipt
from contracts.problems import Told
from contracts.procedures import PROCEDURES
from contracts.text import text
from gateway.api.door import house_of
from gateway.console.door import Admitted, Expected, Guest, Posted, show, show_soon
from gateway.console.forms import parted
from gateway.console.lookups import ask_of, look_up, purposes, recent
from gateway.console.reading import read

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.console.forms import Form

router = APIRouter(prefix="/console/dossiers", include_in_schema=False)

OTHER_KEYS = sorted(KEY_NAMES - {"project_code", "project_name"})
TYPED = ("project_code", "project_name", "key", "value", "buildings", "procedure", "case", "purpose", "fresh")

_NO_KEY = text(
    "请填写项目代码、项目名称或一个其他编号",
    "Enter the project code, the project's name, or another number",
)


@router.get("")
async def form_page(request: Request, visitor: Expected, again: int | None = None) -> Response:
    """The form, and one's own last look-ups; `again`: filled in with one of them."""
    return show_soon(request, visitor, "dossiers/form.html", lambda guest: _again(request, guest, again))


async def _again(request: Request, guest: Guest, again: int | None) -> dict[str, Any]:
    typed = {}
    for each in () if again is None else await recent(house_of(request), guest):
        if each.index == again:
            typed = {"project_code": each.project or "", "case": each.case, "purpose": each.purpose}
    return await _form(request, guest, typed)


@router.post("")
async def look(request: Request, guest: Admitted, form: Posted) -> Response:
    """Ask, and show what was answered: once, from the answer itself, for nobody keeps it."""
    typed = {name: form.get(name) for name in TYPED}
    try:
        answer = await look_up(house_of(request), ask_of(_words(form), guest))
    except LandbridgeError as error:
        return await show(request, guest, "dossiers/form.html", **await _form(request, guest, typed, error))
    if answer.status != 200:
        facts = await _form(request, guest, typed, Told.of(answer.body))
        return await show(request, guest, "dossiers/form.html", **facts)
    receipt = dict(answer.headers)["landbridge-receipt"]
    return await show(
        request,
        guest,
        "dossiers/dossier.html",
        dossier=read(Dossier.model_validate_json(answer.body), house_of(request).clock()),
        typed=typed,
        receipt=receipt,
        entry=Receipt.parse(receipt).index,
        procedures=PROCEDURES,
    )


def _words(form: Form) -> dict[str, Any]:
    """An Ask's words. Raises AskMalformed where nothing says which project."""
    known = {"project_name": form.get("project_name"), form.get("key"): form.get("value")}
    known = {name: value for name, value in known.items() if name and value}
    buildings = parted(form.get("buildings"))
    if not known and not form.get("project_code"):
        raise AskMalformed(_NO_KEY)
    return {
        "project_code": form.get("project_code") or None,
        "known": known,
        "scope": {"buildings": buildings} if buildings else None,
        "procedure": form.get("procedure"),
        "case": form.get("case") or None,
        "purpose": form.get("purpose") or None,
        "max_age": 0 if form.get("fresh") else None,
    }


async def _form(
    request: Request, guest: Guest, typed: dict[str, str], problem: LandbridgeError | Told | None = None
) -> dict[str, Any]:
    house = house_of(request)
    return {
        "form": dict.fromkeys(TYPED, "") | typed,
        "procedures": PROCEDURES,
        "keys": OTHER_KEYS,
        "purposes": await purposes(house),
        "recent": await recent(house, guest),
        "ungranted": problem is not None and problem.type == NotGranted.type,
        "problem": problem,
    }
