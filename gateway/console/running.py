"""How the house runs, for whoever keeps it: what it is, what it holds, what waits, how old its keys are."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
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

    T = TypeVar("T")

FOLDERS = 256
"""The vault's folders: an object lies in that of its digest's first octet, so they fill evenly."""

SAMPLED = 4
"""Folders that are counted first,"""

ENOUGH = 400
"""and with fewer objects than this in them all are counted: too few to tell from, and quickly done."""


@dataclass(frozen=True, slots=True)
class VaultSize:
    """What the vault holds on disk; not `exact`: told from a part of it."""

    objects: int
    bytes: int
    exact: bool


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
    """Everything told at once; what could not be found out now is None. `keys`: by name, since when."""

    version: str
    node: str
    parts: Mapping[str, Trouble | None]
    database: str
    shared_cache: bool
    kept_answers: int
    cache_limit: int
    free_mb: int
    reserve_mb: int
    vault: VaultSize | None
    log_size: int | None
    log_head: datetime | None
    backup: Backup | None
    repulls: Mapping[str, int] | None
    stand_ins: int | None
    staying: Text | None
    drops: tuple[Dropped, ...] | None
    keys: Mapping[str, datetime]
    locked: tuple[str, ...] | None


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
        vault=await asyncio.to_thread(vault_size, settings.home / "vault"),
        log_size=await _told(house.log.size()),
        log_head=await _told(house.log.newest_at()),
        backup=await _told(_backup(house)),
        repulls=await _told(house.repulls.unfinished()),
        stand_ins=len(await _told(house.stand_ins.in_force()) or ()),
        staying=await _told(giveback.trouble(house)),
        drops=await _told(_drops(house)),
        keys=await asyncio.to_thread(_keys, settings.home / "keys"),
        locked=await _told(_locked(house)),
    )


async def _told(look: Awaitable[T]) -> T | None:
    with suppress(LandbridgeError):
        return await look
    return None


async def _backup(house: House) -> Backup | None:
    query = search.Query(kind=EntryKind.BACKED_UP.value)
    finds = (await search.search(house.log, query, 1, alone=True)).finds
    entry = finds[0].entry if finds else None
    if entry is None:
        return None
    return Backup(
        parse_instant(entry["at"]), entry["subject"]["id"], entry["subject"].get("note") == "sealed"
    )


async def _drops(house: House) -> tuple[Dropped, ...]:
    local = [each.agency for each in await house.agencies.all() if each.capabilities.local]
    standing = [(agency, await house.intake.standing(agency)) for agency in local]
    return tuple(Dropped(agency, found.usable, found.last_arrived) for agency, found in standing)


async def _locked(house: House) -> tuple[str, ...]:
    return tuple(each.id for each in await house.people.listed() if each.state == "locked")


def _keys(folder: Path) -> dict[str, datetime]:
    """Since when each key file is as it is; restored files have the day they were restored."""
    with suppress(OSError):
        found = sorted(path for path in folder.iterdir() if path.is_file() and path.name[0] != ".")
        return {path.name: datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in found}
    return {}


def vault_size(directory: Path) -> VaultSize | None:
    """What the vault holds, counted in a few folders and told for all; exactly while there is little."""
    few = [f"{number:02x}" for number in range(0, FOLDERS, FOLDERS // SAMPLED)]
    try:
        objects, octets = _counted(directory, few)
        if objects >= ENOUGH:
            return VaultSize(objects * FOLDERS // SAMPLED, octets * FOLDERS // SAMPLED, exact=False)
        return VaultSize(*_counted(directory, [f"{number:02x}" for number in range(FOLDERS)]), exact=True)
    except OSError:
        return None


def _counted(directory: Path, folders: list[str]) -> tuple[int, int]:
    sizes = [
        found.stat().st_size
        for folder in folders
        if (directory / folder).is_dir()
        for found in os.scandir(directory / folder)
    ]
    return len(sizes), sum(sizes)
