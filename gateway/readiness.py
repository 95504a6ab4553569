"""Whether an answer could be given now: each part fit, degraded or out, with what is wrong and what to do."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from contracts.errors import LandbridgeError
from contracts.text import Text, text
from gateway.keys import KeyRing
from gateway.store.migrate import behind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.audit.log import AuditLog
    from gateway.registry import Agencies
    from gateway.settings import Settings
    from gateway.shared import Link
    from gateway.store.database import Database
    from gateway.vault import Vault

AHEAD_SECONDS = 5
"""How far the log's newest checkpoint may be ahead of our clock: nodes' clocks differ a little."""

_BEHIND = text(
    "系统时钟比日志的最新检查点（{at}）慢 {seconds} 秒；请校准时钟（NTP）后再提供服务",
    "The clock is {seconds} s behind the log's newest checkpoint ({at}); set it right (NTP)",
)
_FULL = text(
    "数据目录所在磁盘仅剩 {free} MB，低于 LANDBRIDGE_DISK_RESERVE_MB（{reserve}）；请清理或扩容",
    "Only {free} MB free where home is, less than LANDBRIDGE_DISK_RESERVE_MB ({reserve}); make room",
)
_PENDING = text(
    "数据库有 {count} 个待升级版本；请重启网关完成升级",
    "{count} database migrations wait; restart the gateway to run them",
)
_ALL_BROKEN = text(
    "没有可用的部门接口：{names} 的适配清单均不可用；请运行 landbridge adapter validate",
    "No agency can be asked: the manifests of {names} cannot be used. Run landbridge adapter validate",
)
_SOME_BROKEN = text(
    "部门 {names} 的适配清单不可用，其余正常；请运行 landbridge adapter validate",
    "The manifests of {names} cannot be used, the others can. Run landbridge adapter validate",
)
_REDIS = text(
    "Redis 未应答，缓存与熔断状态暂由本节点自行维护；请检查 LANDBRIDGE_REDIS_URL 所指服务",
    "Redis does not answer; cache and breakers are this node's own now. See LANDBRIDGE_REDIS_URL",
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a part; `out` when no answer can be given for it, otherwise the house goes on."""

    detail: Text
    out: bool = True


@dataclass(frozen=True, slots=True)
class Readiness:
    """The parts an answer needs, looked at anew each time. `clock` gives aware UTC."""

    settings: Settings
    database: Database
    log: AuditLog
    vault: Vault
    agencies: Agencies
    link: Link | None
    clock: Callable[[], datetime]

    async def parts(self) -> dict[str, Trouble | None]:
        """Each part: None when fit."""
        looks: dict[str, Callable[[], Awaitable[Trouble | None]]] = {
            "database": self._database,
            "log": self._log,
            "clock": self._clock,
            "vault": self._vault,
            "disk": self._disk,
            "keys": self._keys,
            "agencies": self._agencies,
        }
        if self.link:
            looks["redis"] = self._redis
        return {name: await _looked(look) for name, look in looks.items()}

    async def _database(self) -> Trouble | None:
        waiting = await self.database.read(behind)
        return Trouble(_PENDING.fill(count=waiting)) if waiting else None

    async def _log(self) -> Trouble | None:
        """The head reads, is signed by us and fits; the writer can take its lock; the last commit held."""
        await self.log.open()
        await self.database.write(_nothing)
        failed = self.log.failed_lately()
        return Trouble(failed) if failed else None

    async def _clock(self) -> Trouble | None:
        newest = await self.log.newest_at()
        behind = newest - self.clock() if newest else timedelta()
        if newest is None or behind <= timedelta(seconds=AHEAD_SECONDS):
            return None
        return Trouble(_BEHIND.fill(at=newest.isoformat(), seconds=int(behind.total_seconds())))

    async def _vault(self) -> Trouble | None:
        await self.vault.try_writing()
        return None

    async def _disk(self) -> Trouble | None:
        free, reserve = free_megabytes(self.settings), self.settings.disk_reserve_mb
        return Trouble(_FULL.fill(free=free, reserve=reserve)) if free < reserve else None

    async def _keys(self) -> Trouble | None:
        await asyncio.to_thread(KeyRing.open, self.settings.home, create=False)
        return None

    async def _agencies(self) -> Trouble | None:
        usable, broken = await self.agencies.all(), ", ".join(sorted(self.agencies.broken))
        if not broken:
            return None
        return Trouble((_SOME_BROKEN if usable else _ALL_BROKEN).fill(names=broken), out=not usable)

    async def _redis(self) -> Trouble | None:
        return None if self.link is None or await self.link.answers() else Trouble(_REDIS, out=False)


def free_megabytes(settings: Settings) -> int:
    """What a process of ours may still write where home is, in MB of 2^20 octets."""
    return shutil.disk_usage(settings.home).free >> 20


def _nothing(connection: Connection) -> None:
    """To begin writing and to commit is the trial."""


async def _looked(look: Callable[[], Awaitable[Trouble | None]]) -> Trouble | None:
    try:
        return await look()
    except LandbridgeError as error:
        return Trouble(error.detail)
