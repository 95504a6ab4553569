"""How the house runs, for whoever keeps it: what it is, what it holds, what waits, how old its keys are."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from contracts.audit import EntryKind
from contracts.errors import LandbridgeError
from contracts.time import parse_instant
from gateway.audit import search
from gateway.building import VERSION
from gateway.jobs import giveback
from gateway.readiness import free_megabytes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from pathlib import Path
    from typing import TypeVar

    from contracts.text import Text
    from gateway.house import House
    from gateway.readiness import Trouble
    from gateway.vault import Held

    T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backup:
    """The newest backup that the log knows; an entry is written when one begins."""

    at: datetime
    name: str
    sealed: bool


@dataclass(frozen=True, slots=True)
class Dropped:
    """An agency that drops files: whether its folder can be used, and when something last came in."""

    agency: str
    usable: bool
    last_arrived: datetime | None


@dataclass(frozen=True, slots=True)
class Running:
    """Everything told at once; what could not be found out now is None.

    `backups`: the newest, if there is one; `staying`: what holds stand-ins back, if anything does; `keys`: by
    name, since when.
    """

    version: str
    node: str
    parts: Mapping[str, Trouble | None]
    database: str
    shared_cache: bool
    kept_answers: int
    cache_limit: int
    free_mb: int
    reserve_mb: int
    vault: Held | None
    log_size: int | None
    log_head: datetime | None
    backups: tuple[Backup, ...] | None
    repulls: Mapping[str, int] | None
    stand_ins: int | None
    staying: tuple[Text, ...] | None
    drops: tuple[Dropped, ...] | None
    keys: Mapping[str, datetime] | None
    locked: tuple[str, ...] | None
    agencies: tuple[str, ...] | None

    @property
    def unknown(self) -> bool:
        """Whether something could not be found out now."""
        return any(getattr(self, each.name) is None for each in fields(self))


async def running(house: House) -> Running:
    """Look at everything; a part that is out leaves the others."""
    settings = house.settings
    return Running(
        version=VERSION,
        node=f"{socket.gethostname()} · {os.getpid()}",
        parts=await house.readiness.parts(),
        database=make_url(settings.database).get_backend_name(),
        shared_cache=settings.redis_url is not None,
        kept_answers=len(house.cache),
        cache_limit=settings.cache_materials,
        free_mb=free_megabytes(settings),
        reserve_mb=settings.disk_reserve_mb,
        vault=await _told(house.vault.size()),
        log_size=await _told(house.log.size()),
        log_head=await _told(house.log.newest_at()),
        backups=await _told(_backups(house)),
        repulls=await _told(house.repulls.unfinished()),
        stand_ins=await _told(_stand_ins(house)),
        staying=await _told(_staying(house)),
        drops=await _told(_drops(house)),
        keys=await asyncio.to_thread(_keys, settings.home / "keys"),
        locked=await _told(_locked(house)),
        agencies=await _told(_agencies(house)),
    )


async def _told(look: Awaitable[T]) -> T | None:
    with suppress(LandbridgeError):
        return await look
    return None


async def _backups(house: House) -> tuple[Backup, ...]:
    query = search.Query(kind=EntryKind.BACKED_UP.value)
    finds = (await search.search(house.log, query, 1, alone=True)).finds
    entries = [find.entry for find in finds if find.entry]
    return tuple(
        Backup(parse_instant(entry["at"]), entry["subject"]["id"], entry["subject"].get("note") == "sealed")
        for entry in entries
    )


async def _stand_ins(house: House) -> int:
    return len(await house.stand_ins.in_force())


async def _staying(house: House) -> tuple[Text, ...]:
    found = await giveback.trouble(house)
    return (found,) if found else ()


async def _drops(house: House) -> tuple[Dropped, ...]:
    local = [each.agency for each in await house.agencies.all() if each.capabilities.local]
    standing = [(agency, await house.intake.standing(agency)) for agency in local]
    return tuple(Dropped(agency, found.usable, found.last_arrived) for agency, found in standing)


async def _agencies(house: House) -> tuple[str, ...]:
    return tuple(sorted(each.agency for each in await house.agencies.all()))


async def _locked(house: House) -> tuple[str, ...]:
    return tuple(each.id for each in await house.people.listed() if each.state == "locked")


def _keys(folder: Path) -> dict[str, datetime] | None:
    """Since when each key file is as it is; restored files have the day they were restored."""
    with suppress(OSError):
        found = sorted(path for path in folder.iterdir() if path.is_file() and path.name[0] != ".")
        return {path.name: datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in found}
    return None
