"""One entry: what it says, what belongs to it, and whether it is unchanged, which the browser finds out."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from contracts.audit import EntryKind, Subject
from contracts.errors import NoSuchThing
from contracts.text import text
from gateway.api.auditors import Index
from gateway.api.called import names_in
from gateway.api.door import house_of
from gateway.audit.checkpoint import NoteUntrusted
from gateway.audit.proof import judge, proof_of
from gateway.audit.related import around
from gateway.audit.sentence import sentence
from gateway.console.door import Admitted, Expected, Guest, Posted, show, show_soon
from gateway.console.rendering import HEADERS

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.audit.proof import Proof
    from gateway.audit.search import Found

router = APIRouter(prefix="/console/log", include_in_schema=False)

_NONE = text("没有此日志条目", "There is no such entry")


@router.post("/signature")
async def signature(request: Request, _guest: Admitted, form: Posted) -> Response:
    """Whether a note is the log's own: for browsers that cannot check it themselves."""
    try:
        house_of(request).log.verifier.checkpoint(form.text("note"))
    except NoteUntrusted:
        return JSONResponse({"sound": False}, headers=HEADERS)
    return JSONResponse({"sound": True}, headers=HEADERS)


@router.get("/{index}")
async def entry_page(request: Request, visitor: Expected, index: Index) -> Response:
    """The entry; looking is one too."""
    await _there(request, index)
    return show_soon(
        request,
        visitor,
        "log/entry.html",
        lambda guest: _entry(request, guest, index),
        unrecorded=True,
        index=index,
    )


@router.post("/{index}/verification")
async def verify(request: Request, guest: Admitted, _form: Posted, index: Index) -> Response:
    """The same page with what the server found, for browsers without scripts or without the means."""
    await _there(request, index)
    return await show(request, guest, "log/entry.html", **await _entry(request, guest, index, judged=True))


@router.get("/{index}/proof")
async def proof(request: Request, _guest: Admitted, index: Index) -> Response:
    """What the browser checks the entry on its page with: hashes, a note, the key; no word of entries."""
    log = house_of(request).log
    found = await proof_of(log, index)
    return JSONResponse(_told(found) | {"vkey": log.verifier.vkey}, headers=HEADERS)


async def _there(request: Request, index: int) -> None:
    if not await house_of(request).log.reaches(index):
        raise NoSuchThing(_NONE)


async def _entry(request: Request, guest: Guest, index: int, *, judged: bool = False) -> dict[str, Any]:
    """A verdict is one on the proof and on the octets that stand beside it."""
    house = house_of(request)
    log = house.log
    found = await around(log, index)
    if found is None:
        raise NoSuchThing(_NONE)
    proof = await proof_of(log, index)
    await log.append(guest.entry(EntryKind.AUDIT, subject=Subject(type="entries", id=f"{index}+1")))
    # From here the log says that this entry was looked at.
    names = await names_in(house, (found.found, *(each.found for each in found.relations)))
    return {
        "index": index,
        "found": found.found,
        "entry": _facts(found.found),
        "sentence": sentence(found.found.entry, names),
        "octets": _octets(proof),
        "names": names,
        "relations": [
            (each.how, each.found.index, sentence(each.found.entry, names)) for each in found.relations
        ],
        "proof": _told(proof),
        "vkey": log.verifier.vkey,
        "verdict": judge(proof, log.verifier) if judged else None,
    }


_FACTS = (
    "at",
    "kind",
    "consumer",
    "operator",
    "project",
    "case",
    "purpose",
    "agencies",
    "kinds",
    "outcome",
    "personal",
    "subject",
)


def _facts(found: Found) -> dict[str, Any]:
    """What a page shows of an entry, None where it says nothing; nothing at all of a blanked one."""
    entry = found.entry
    return {name: entry.get(name) for name in _FACTS} if entry else {}


def _octets(found: Proof) -> str | None:
    """The canonical octets as text: what is hashed is what is shown."""
    return None if found.body is None else found.body.decode(errors="replace")


def _told(found: Proof) -> dict[str, Any]:
    return {
        "index": found.index,
        "size": found.size,
        "leaf": _b64(found.leaf),
        "path": [_b64(step) for step in found.path],
        "note": found.note,
    }


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
