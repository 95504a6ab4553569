"""Agencies that are not asked for now, because a person said so."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from adapters.resilience import Paused
from contracts.audit import EntryKind, Subject, who
from contracts.conflicts import WrongState
from contracts.text import text
from contracts.time import stored
from gateway.store.lately import Lately
from gateway.store.tables import agency_pauses

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from adapters.base import Adapter
    from contracts.audit import Draft, Recorded
    from gateway.store.database import Database

_IS_PAUSED = text("该部门已处于暂停状态", "This agency is paused already")
_IS_NOT = text("该部门没有暂停", "This agency is not paused")


@dataclass(frozen=True, slots=True)
class Pause:
    """Whose word stopped an agency being asked, since when (stored form) and why."""

    agency: str
    by: str
    at: str
    reason: str


class Pauses:
    """Which agencies are paused; known to every node within a second.

    `record` writes an entry, `clock` gives aware UTC, `monotonic` seconds.
    """

    def __init__(
        self,
        database: Database,
        record: Callable[[Draft], Awaitable[Recorded]],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._record, self._clock = database, record, clock
        self._lately = Lately(lambda: database.read(_standing), monotonic)

    async def current(self) -> dict[str, Pause]:
        """By agency, what stands; at most a second old. Raises StoreUnavailable."""
        return await self._lately()

    async def over(self, adapters: Iterable[Adapter]) -> tuple[Adapter, ...]:
        """The same adapters, those of paused agencies not to be asked. Raises StoreUnavailable."""
        paused = await self.current()
        return tuple(Paused(each) if each.agency in paused else each for each in adapters)

    async def pause(self, agency: str, reason: str, entry: Draft) -> Pause:
        """From now on it is not asked; the reason stays here, for it may name people.

        Raises WrongState, LogUnavailable, StoreUnavailable.
        """
        if agency in await self._database.read(_standing):
            raise WrongState(_IS_PAUSED)
        pause = Pause(agency, who(entry), stored(self._clock()), reason)
        await self._say(EntryKind.PAUSED, agency, entry)
        # The log has it. A crash here leaves the agency asked as before; the person repeats.
        await self._change(lambda writing: _begin(writing, pause))
        return pause

    async def resume(self, agency: str, entry: Draft) -> None:
        """It is asked again. Raises WrongState, LogUnavailable, StoreUnavailable."""
        if agency not in await self._database.read(_standing):
            raise WrongState(_IS_NOT)
        await self._say(EntryKind.RESUMED, agency, entry)
        await self._change(lambda writing: _end(writing, agency))

    async def _say(self, kind: EntryKind, agency: str, entry: Draft) -> None:
        what = {"kind": kind, "agencies": (agency,), "subject": Subject(type="agency", id=agency)}
        await self._record(entry.model_copy(update=what))

    async def _change(self, change: Callable[[Connection], None]) -> None:
        try:
            await self._database.write(change)
        finally:  # also where nobody can say whether it was committed
            self._lately.changed()


def _standing(connection: Connection) -> dict[str, Pause]:
    rows = connection.execute(select(agency_pauses))
    return {row.agency: Pause(row.agency, row.by, row.at, row.reason) for row in rows}


def _begin(connection: Connection, pause: Pause) -> None:
    """Of two who pause at once the first has its say."""
    if pause.agency not in _standing(connection):
        words = {"agency": pause.agency, "by": pause.by, "at": pause.at, "reason": pause.reason}
        connection.execute(insert(agency_pauses).values(**words))


def _end(connection: Connection, agency: str) -> None:
    connection.execute(delete(agency_pauses).where(agency_pauses.c.agency == agency))
