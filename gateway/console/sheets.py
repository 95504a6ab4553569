"""The grant sheet's versions: drafted as YAML, published by a second person who saw the same, rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.audit import EntryKind, person_of
from contracts.errors import LandbridgeError, NoSuchThing
from gateway.api import documents
from gateway.api.documents import Because, Gone, Refusal, Seen, Version, Written
from gateway.api.door import house_of, read_words
from gateway.api.sheets import SHEET
from gateway.console.door import Admitted, Guest, Posted, go, show
from gateway.console.grants import EMPTY

if TYPE_CHECKING:
    from starlette.responses import Response

router = APIRouter(prefix="/console/grants", include_in_schema=False)

_STEPS: dict[str, tuple[Any, type[Seen | Gone | Refusal | Because], str]] = {
    "submission": (documents.submit, Seen, "version-submitted"),
    "withdrawal": (documents.withdraw, Gone, "version-withdrawn"),
    "rejection": (documents.reject, Refusal, "version-rejected"),
    "publication": (documents.publish, Seen, "version-published"),
    "rollback": (documents.roll_back, Because, "version-rolled-back"),
}


@router.get("/versions")
async def versions(request: Request, guest: Admitted) -> Response:
    """Who drafted, submitted, published and rolled back what, when and why."""
    history = await documents.history(house_of(request), SHEET)
    return show(request, guest, "grants/versions.html", history=history)


@router.get("/drafting")
async def drafting(request: Request, guest: Admitted) -> Response:
    """The text in force, to be written on."""
    in_force = await house_of(request).registry.in_force(*SHEET)
    return show(request, guest, "grants/drafting.html", text=in_force.text if in_force else EMPTY, version=0)


@router.post("/versions")
async def draft(request: Request, guest: Admitted, form: Posted) -> Response:
    """A draft of one's own; it need not be right yet."""
    written = _lines_of(form.raw("text"))
    try:
        order = read_words(Written, {"text": written})
        made = await documents.draft(house_of(request), SHEET, order, guest.entry(EntryKind.TRIED))
    except LandbridgeError as error:
        facts = {"text": written, "version": 0, "problem": error}
        return show(request, guest, "grants/drafting.html", error.status, **facts)
    return go(f"/console/grants/versions/{made.version.version}", "sheet-drafted")


@router.get("/versions/{version}")
async def version_page(
    request: Request, guest: Admitted, version: Version, *, edit: bool = False
) -> Response:
    """What it says, what is wrong with it, where it parts from the one in force, and what may be done."""
    return await _page(request, guest, version, editing=edit)


@router.post("/versions/{version}")
async def edit(request: Request, guest: Admitted, form: Posted, version: Version) -> Response:
    """Another text for a draft of one's own."""
    written = _lines_of(form.raw("text"))
    try:
        order = read_words(Written, {"text": written})
        await documents.edit(house_of(request), SHEET, version, order, guest.entry(EntryKind.TRIED))
    except LandbridgeError as error:
        return await _page(request, guest, version, error, written)
    return go(f"/console/grants/versions/{version}", "sheet-drafted")


@router.post("/versions/{version}/{step}")
async def turn(request: Request, guest: Admitted, form: Posted, version: Version, step: str) -> Response:
    """One step on; what is decided on is the content with the digest that the page showed."""
    if step not in _STEPS:
        raise NoSuchThing
    act, model, done = _STEPS[step]
    try:
        order = read_words(model, {name: form.get(name) or None for name in model.model_fields})
        await act(house_of(request), SHEET, version, order, guest.entry(EntryKind.TRIED))
    except LandbridgeError as error:
        return await _page(request, guest, version, error)
    return go(f"/console/grants/versions/{version}", done)


async def _page(
    request: Request,
    guest: Guest,
    version: int,
    problem: LandbridgeError | None = None,
    written: str | None = None,
    *,
    editing: bool = False,
) -> Response:
    house = house_of(request)
    shown = await documents.version_text(house, SHEET, version)
    in_force = await house.registry.in_force(*SHEET)
    other = in_force is not None and in_force.version != version
    compared = await documents.diff(house, SHEET, in_force.version, version) if in_force and other else None
    own = shown.version.author == guest.id
    hands = {person_of(each or "") for each in (shown.version.author, shown.version.submitted_by)}
    mine = guest.person.account in hands
    return show(
        request,
        guest,
        "grants/version.html",
        problem.status if problem else 200,
        shown=shown,
        lines=shown.text.splitlines(),
        wrong={place.line for place in shown.problems},
        in_force=in_force,
        diff=compared.diff.splitlines()[2:] if compared else None,
        own=own,
        second=not mine,
        writes=guest.person.role == "security-admin",
        acts=[act for act in (await documents.history(house, SHEET)).acts if act.version == version],
        editing=editing or written is not None,
        text=shown.text if written is None else written,
        problem=problem,
    )


def _lines_of(written: str) -> str:
    """As it would stand in its file: browsers send line ends as CR LF (WHATWG HTML, form submission)."""
    return written.replace("\r\n", "\n")
