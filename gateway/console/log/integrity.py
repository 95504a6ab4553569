"""Whether the log is whole: its state, and full verifications with their progress and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import JSONResponse, PlainTextResponse

from contracts.audit import EntryKind, Subject
from contracts.time import shown
from gateway.api.door import house_of
from gateway.console.door import Admitted, Expected, Posted, go, show_soon
from gateway.console.rendering import HEADERS

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.audit.verifications import Verification
    from gateway.house import House

router = APIRouter(prefix="/console/integrity", include_in_schema=False)

Which = Annotated[str, Path(max_length=40)]


@router.get("")
async def integrity_page(request: Request, visitor: Expected) -> Response:
    """How long the log is, what it was last signed as, and the verifications."""
    return show_soon(request, visitor, "log/integrity.html", lambda _: _state(house_of(request)))


async def _state(house: House) -> dict[str, Any]:
    listed = await house.verifications.listed()
    return {
        "running": next((each for each in listed if each.state == "running"), None),
        "ended": next((each for each in listed if each.told), None),
        "size": await house.log.size(),
        "signed_at": await house.log.newest_at(),
        "note": await house.log.checkpoint(),
        "vkey": house.log.verifier.vkey,
        "verifications": listed,
    }


@router.post("")
async def begin(request: Request, guest: Admitted, _form: Posted) -> Response:
    """Start one, or come to the one that is running."""
    await house_of(request).verifications.begin(guest.entry(EntryKind.AUDIT))
    return go("/console/integrity", "verification-begun")


@router.get("/{verification}/progress")
async def progress(request: Request, _guest: Admitted, verification: Which) -> Response:
    """How far it is, for the page that waits."""
    found = await house_of(request).verifications.one(verification)
    return JSONResponse({"state": found.state, "done": found.done, "due": found.due}, headers=HEADERS)


@router.get("/{verification}/report")
async def report(request: Request, guest: Admitted, verification: Which) -> Response:
    """What it found, as a text to keep; its leaving is an entry."""
    house = house_of(request)
    found = await house.verifications.one(verification)
    subject = Subject(type="verification", id=found.id, note="report")
    await house.log.append(guest.entry(EntryKind.AUDIT, subject=subject))
    named = {"content-disposition": f'attachment; filename="{found.id}.txt"'}
    return PlainTextResponse(_written(found, house.log.verifier.vkey), headers=HEADERS | named)


def _written(found: Verification, vkey: str) -> str:
    """Both languages, the checkpoint it began with, and the key that signed it."""
    times = [shown(at) if at else "—" for at in (found.began_at, found.ended_at)]
    told = [line for each in found.told for line in (each.zh, each.en)]
    lines = [
        "陆桥日志核验报告 | Landbridge: verification of the audit log",
        f"核验编号 id: {found.id}",
        f"发起人 by: {found.by}",
        f"开始 began: {times[0]}",
        f"结束 ended: {times[1]}",
        f"结论 state: {found.state}",
        "",
        *told,
        "",
        f"公钥 key: {vkey}",
        "检查点 checkpoint:",
        found.note or "",
    ]
    return "\n".join(lines)
