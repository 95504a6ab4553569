"""What can be altered in a gateway before it runs: a point at which it dies, or a promise taken out of it.

Production code knows nothing of this. A point is a function of the house; the process ends before or after
its n-th call exactly as `kill -9` ends one. A mutant is the house with one of its promises broken, to show
that the tests would notice.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from contracts.audit import Recorded
from gateway import registry, repulls
from gateway.audit import log, records
from gateway.jobs import repull
from gateway.store import database, engine, migrate
from gateway.trail import Trail
from gateway.vault import folder, objects


def put(owner: object, **parts: Any) -> None:
    """Other parts in the place of its own."""
    for name, part in parts.items():
        setattr(owner, name, part)


def die() -> None:
    """As `kill -9`: nothing is cleaned up, no `finally` runs."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def die_at(point: str) -> None:
    """Arm one point: `before|after N FLAG module:name.of.function`.

    Calls count from when the file FLAG is there; `-` means always.
    """
    when, nth, flag, target = point.split()
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner = functools.reduce(getattr, owners, importlib.import_module(module))
    left = [int(nth)]

    def reached(now: str) -> None:
        if now == when and (flag == "-" or os.path.exists(flag)):  # noqa: PTH110  Path may be what is altered
            left[0] -= 1
            if left[0] == 0:
                die()

    setattr(owner, name, _around(getattr(owner, name), reached))


def _around(call: Callable[..., Any], reached: Callable[[str], None]) -> Callable[..., Any]:
    if asyncio.iscoroutinefunction(call):

        @functools.wraps(call)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            reached("before")
            found = await call(*args, **kwargs)
            reached("after")
            return found

        return awaited

    @functools.wraps(call)
    def called(*args: Any, **kwargs: Any) -> Any:
        reached("before")
        found = call(*args, **kwargs)
        reached("after")
        return found

    return called


def synchronous(level: str) -> None:
    """The database told to wait less for the disk than it must: NORMAL, OFF; DEFAULT: as its server says."""

    def told(raw: Any, _record: object) -> None:
        if isinstance(raw, sqlite3.Connection):
            raw.execute(f"PRAGMA synchronous={level}")
        else:
            raw.execute(f"SET synchronous_commit TO {level}")
            raw.commit()

    def opened(*args: Any, **kwargs: Any) -> Engine:
        made = engine.open_engine(*args, **kwargs)
        event.listen(made, "connect", told)
        return made

    put(database, open_engine=opened)
    put(migrate, open_engine=opened)


def acknowledge_early(_: str) -> None:
    """The log says yes before its transaction has committed."""

    def turn(self: log.AuditLog) -> None:
        batch: list[Any] = []
        with self.database.committing() as connection:
            batch = self._take()
            if not batch:
                return
            tree = self._tree(connection)
            pending = [waiter.pending for waiter in batch]
            grown, note = records.add(connection, tree, pending, self._signer, "2026-03-02T00:00:00.000Z")
            log._tell(batch, lambda waiter, place: self._acknowledge(waiter, tree.size + place, grown.size))
            time.sleep(0.5)
        self._head = log._Head(grown, note)

    put(log.AuditLog, _turn=turn)


def answer_unrecorded(_: str) -> None:
    """Every third answer leaves with a receipt that the log knows nothing of."""
    close, count = Trail._close, [0]

    async def closed(self: Trail, kind: Any, outcome: Any, digest: str, details: dict[str, Any]) -> Recorded:
        count[0] += 1
        if count[0] % 3:
            return await close(self, kind, outcome, digest, details)
        return Recorded(origin="landbridge.local/log", index=1, leaf=bytes(32), size=2)

    put(Trail, _close=closed)


def unsynced_vault(_: str) -> None:
    """The vault says kept before the disk has the octets.

    Its folders are on the disk: without any of them the gateway itself notices, and does not start.
    """

    def synced(place: Path) -> None:
        file = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(file)
        os.close(file)

    put(objects, os=_Unsynced(), sync=lambda _folder: None)
    put(folder, sync=synced)


class _Unsynced:
    def __getattr__(self, name: str) -> Any:
        return (lambda _file: None) if name == "fsync" else getattr(os, name)


def keep_open(_: str) -> None:
    """What opens the database at start never closes it, so that SQLite writes nothing out on the way."""
    held = []

    def opened(*args: Any, **kwargs: Any) -> Any:
        made = engine.open_engine(*args, **kwargs)
        put(made, dispose=lambda: held.append(made))
        return made

    put(migrate, open_engine=opened)


def publish_unannounced(_: str) -> None:
    """Versions come into force without an entry of the log."""

    async def silent(*_args: Any) -> None:
        return None

    put(registry.Registry, _say=silent)


def impatient(_: str) -> None:
    """What a dead node took is taken again a second later, and looked for at once."""
    put(repulls, GIVEN_UP=timedelta(seconds=1))
    put(repull, LOOK_SECONDS=0.1)


ALTERATIONS: dict[str, Callable[[str], None]] = {
    "die-at": die_at,
    "synchronous": synchronous,
    "acknowledge-early": acknowledge_early,
    "answer-unrecorded": answer_unrecorded,
    "unsynced-vault": unsynced_vault,
    "keep-open": keep_open,
    "publish-unannounced": publish_unannounced,
    "impatient": impatient,
}
"""By name, with what each is told."""
