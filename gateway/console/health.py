"""Whether the house is well, in plain words with what to do; and kept answers forgotten by order."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from contracts.audit import EntryKind
from contracts.catalogue import KINDS
from contracts.errors import AskMalformed, LandbridgeError, LogUnavailable
from contracts.text import text
from gateway.api.door import house_of, read_words
from gateway.api.operations import PurgeOrder, forget
from gateway.console.door import Admitted, Expected, Guest, Posted, go, record, show, show_soon
from gateway.console.running import running

if TYPE_CHECKING:
    from starlette.responses import Response

router = APIRouter(prefix="/console/health", include_in_schema=False)

PARTS = {
    "database": text("数据库", "Database"),
    "log": text("审计日志", "Audit log"),
    "clock": text("系统时钟", "Clock"),
    "vault": text("存证库", "Vault"),
    "disk": text("磁盘空间", "Disk"),
    "keys": text("密钥", "Keys"),
    "agencies": text("部门接口", "Agencies"),
    "redis": text("共享缓存（Redis）", "Shared cache (Redis)"),
}

KEYS = {
    "answer": text("应答签名密钥", "Key that signs answers"),
    "checkpoint": text("检查点签名密钥", "Key that signs checkpoints"),
    "vault": text("存证库密钥", "Key of the vault"),
    "cache": text("缓存密钥", "Key of the cache"),
}

_SAY_WHAT = text(
    "请至少填写一项，或勾选“全部”；两者不能同时", "Fill in one at least, or tick “everything”; not both"
)


@router.get("")
async def health(request: Request, visitor: Expected, forgotten: int | None = None) -> Response:
    """Each part, fit or with its fix; what it holds; what waits."""
    return show_soon(
        request, visitor, "health/house.html", lambda guest: _seen(request, guest, forgotten), unrecorded=True
    )


@router.post("/purge")
async def purge(request: Request, guest: Admitted, form: Posted) -> Response:
    """Forget kept answers; the agencies are asked again when somebody next asks."""
    words = {name: form.get(name) or None for name in ("agency", "kind", "project_code")}
    try:
        if any(words.values()) == ("everything" in form):
            raise AskMalformed(_SAY_WHAT)
        order = read_words(PurgeOrder, words | {"everything": "everything" in form})
        count = await forget(house_of(request), order, guest.entry(EntryKind.PURGED))
    except LandbridgeError as error:
        return await show(request, guest, "health/house.html", problem=error, **await _found(request))
    return go("/console/health", "purged", forgotten=str(count))


async def _seen(request: Request, guest: Guest, forgotten: int | None) -> dict[str, Any]:
    """Whoever keeps the house sees how it is also while nothing can be written: there it says so."""
    with suppress(LogUnavailable):
        await record(request, guest)
    return await _found(request, forgotten)


async def _found(request: Request, forgotten: int | None = None) -> dict[str, Any]:
    house = house_of(request)
    named = {"parts": PARTS, "keys": KEYS, "kinds": KINDS}
    return {"found": await running(house), "now": house.clock(), "forgotten": forgotten, **named}
