"""Verifications of the whole log that somebody had run: how far each has come, what it found."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from contracts.audit import Subject, who
from contracts.errors import LandbridgeError, NoSuchThing
from contracts.text import Text, text
from contracts.time import parse_instant, stored
from gateway.audit.verify import verify_log
from gateway.store.tables import verifications

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row

    from contracts.audit import Draft, Recorded
    from gateway.audit.log import AuditLog
    from gateway.audit.verify import Report

LOST = timedelta(minutes=2)
"""Without a sign of life for so long, whoever ran a verification is gone."""

PULSE_SECONDS = 0.5
"""Between one sign of life and the next."""

TOLD = 20
"""Verifications that are listed."""


class BrokenOff(Exception):
    """The house closes: nobody waits for the rest."""


@dataclass(frozen=True, slots=True)
class Verification:
    """One of them. `state`: running, sound, unsound, broken-off. `note` is the checkpoint it began with."""

    id: str
    by: str
    began_at: datetime
    ended_at: datetime | None
    state: str
    done: int
    due: int
    told: tuple[Text, ...]
    note: str | None


class Verifications:
    """Those of one log; `record` writes an entry."""

    def __init__(self, log: AuditLog, record: Callable[[Draft], Awaitable[Recorded]]) -> None:
        self._log, self._record = log, record
        self._going: set[asyncio.Task[None]] = set()
        self._closing = False

    async def begin(self, entry: Draft) -> str:
        """Start one, once the log has who did; gives its id, or that of the one that runs already.

        Raises LogUnavailable, StoreUnavailable.
        """
        log, now = self._log, stored(self._log.clock())
        identity = f"ver-{secrets.token_hex(8)}"
        subject = Subject(type="verification", id=identity)
        await self._record(entry.model_copy(update={"subject": subject}))
        head = {"id": identity, "by": who(entry), "began_at": now, "seen_at": now, "done": 0}
        row = head | {"due": await log.size(), "note": await log.checkpoint()}
        running = await log.database.write(lambda connection: _begin(connection, row, self._lost_before()))
        if running == identity:
            task = asyncio.create_task(self._run(identity))
            self._going.add(task)
            task.add_done_callback(self._going.discard)
        return running

    async def listed(self) -> list[Verification]:
        """The last ones, newest first. Raises StoreUnavailable."""
        newest = select(verifications).order_by(verifications.c.began_at.desc()).limit(TOLD)
        rows = await self._log.database.read(lambda connection: connection.execute(newest).all())
        return [self._told(row) for row in rows]

    async def one(self, identity: str) -> Verification:
        """Raises NoSuchThing, StoreUnavailable."""
        this = select(verifications).where(verifications.c.id == identity)
        row = await self._log.database.read(lambda connection: connection.execute(this).first())
        if row is None:
            raise NoSuchThing(text("没有此核验", "There is no such verification"))
        return self._told(row)

    async def settle(self) -> None:
        """Break off what runs here; called when the house closes."""
        self._closing = True
        if self._going:
            await asyncio.wait(self._going)

    async def _run(self, identity: str) -> None:
        """Walk the log, and say now and then how far it is."""
        reached = 0

        def walked(done: int) -> None:
            nonlocal reached
            reached = done
            if self._closing:
                raise BrokenOff

        walk = asyncio.create_task(verify_log(self._log, walked=walked))
        try:
            while not (await asyncio.wait({walk}, timeout=PULSE_SECONDS))[0]:
                await self._note(identity, done=reached)
            await self._note(identity, **self._ending(walk.result()))
        except BrokenOff:
            await self._note(identity, ended_at=stored(self._log.clock()))
        except LandbridgeError:
            return  # the store is out: without a sign of life it counts as broken off

    def _ending(self, report: Report) -> dict[str, Any]:
        told = json.dumps([each.model_dump() for each in report.sentences()], ensure_ascii=False)
        ended = {"ended_at": stored(self._log.clock()), "done": report.size, "due": report.size}
        return ended | {"sound": report.sound, "told": told}

    async def _note(self, identity: str, **facts: object) -> None:
        this = update(verifications).where(verifications.c.id == identity)
        seen = this.values(seen_at=stored(self._log.clock()), **facts)
        await self._log.database.write(lambda connection: connection.execute(seen))

    def _lost_before(self) -> str:
        return stored(self._log.clock() - LOST)

    def _told(self, row: Row[Any]) -> Verification:
        return Verification(
            id=row.id,
            by=row.by,
            began_at=parse_instant(row.began_at),
            ended_at=parse_instant(row.ended_at) if row.ended_at else None,
            state=self._state(row),
            done=row.done,
            due=row.due,
            told=tuple(Text.model_validate(each) for each in json.loads(row.told or "[]")),
            note=row.note,
        )

    def _state(self, row: Row[Any]) -> str:
        if row.sound is not None:
            return "sound" if row.sound else "unsound"
        return "running" if not row.ended_at and row.seen_at > self._lost_before() else "broken-off"


def _begin(connection: Connection, row: dict[str, Any], lost_before: str) -> str:
    """The write lock lets no two begin."""
    running = select(verifications.c.id).where(
        verifications.c.ended_at.is_(None), verifications.c.seen_at > lost_before
    )
    found: str | None = connection.execute(running.limit(1)).scalar()
    if found is not None:
        return found
    connection.execute(insert(verifications).values(row))
    return str(row["id"])
