"""Re-pulls (重新取数): which cases are to be asked about afresh, which of them are done, and what came of it.

A case is one row; whichever node takes it says so first, and one that a dead node took is taken again. What a
person orders is a re-pull of its own; an errand is the house's, and each time it is run is a case of its one
re-pull.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, insert, or_, select, update

from contracts.audit import Draft, EntryKind, Subject, done_by
from contracts.errors import NoSuchThing
from contracts.text import text
from contracts.time import parse_instant, stored
from gateway.store.tables import repull_cases, repulls

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from contracts.audit import Recorded
    from gateway.store.database import Database

GIVEN_UP = timedelta(minutes=10)
"""After which a case that a node took and never finished is taken again."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)
"""An errand's first pause, which doubles every time it was for nothing, and the longest."""

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


@dataclass(frozen=True, slots=True)
class Order:
    """An agency's kinds, to be asked for afresh for these cases and projects, by whose order and why."""

    agency: str
    kinds: tuple[str, ...]
    cases: tuple[tuple[str, str], ...]
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Errand:
    """A kind to be asked for again and again, ever more seldom, while there is reason to: nobody ordered it.

    `name` is 24 hexadecimal digits, `case` what its asks name as theirs, `since` when the reason arose.
    """

    name: str
    agency: str
    kind: str
    case: str
    project: str
    since: datetime
    reason: str

    @property
    def repull(self) -> str:
        """The id of its re-pull."""
        return f"rep-{self.name}"


@dataclass(frozen=True, slots=True)
class CaseDone:
    """One case of a re-pull: its state, and the retrieval statuses by kind or the problem's type."""

    case: str
    project: str
    state: str
    told: dict[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How a re-pull stands."""

    id: str
    agency: str
    kinds: tuple[str, ...]
    by: str
    at: str
    reason: str
    cases: tuple[CaseDone, ...]

    @property
    def done(self) -> bool:
        """Whether no case is left."""
        return all(each.state in {DONE, FAILED} for each in self.cases)


@dataclass(frozen=True, slots=True)
class Taken:
    """A case that this node has taken."""

    repull: str
    place: int
    kinds: tuple[str, ...]
    case: str
    project: str
    by: str


class Repulls:
    """The register of re-pulls. `record` writes an entry, `clock` gives aware UTC."""

    def __init__(
        self,
        database: Database,
        record: Callable[[Draft], Awaitable[Recorded]],
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._record, self._clock = database, record, clock
        self.ordered = asyncio.Event()

    async def order(self, order: Order) -> str:
        """Note what is to be done, once the log has it; gives the re-pull's id. Jobs do it."""
        identity = f"rep-{secrets.token_hex(12)}"
        await self._record(
            Draft(
                kind=EntryKind.REPULLED,
                agencies=(order.agency,),
                kinds=order.kinds,
                count=len(order.cases),
                subject=Subject(type="repull", id=identity),
                **done_by(order.by),
            )
        )
        now = stored(self._clock())
        await self._database.write(lambda connection: _note(connection, identity, order, now))
        # From here every case is asked about, by this node or, should it die, by another.
        self.ordered.set()
        return identity

    async def send(self, errands: Sequence[Errand], most: int, by: str) -> int:
        """Note those of the errands whose pause is over, at most so many; how many there were.

        All nodes may send the same: looking and noting are one step, so that the first notes it for all.
        """
        now = self._clock()

        def send(connection: Connection) -> int:
            due = _due(connection, errands, now)[:most]
            _send(connection, due, by, stored(now))
            return len(due)

        # Most looks find nothing to do, and those need not hold up whoever writes.
        if not await self._database.read(lambda connection: _due(connection, errands, now)):
            return 0
        sent = await self._database.write(send)
        self.ordered.set()
        return sent

    async def progress(self, agency: str, identity: str) -> Progress:
        """How a re-pull of an agency stands. Raises NoSuchThing."""
        found = await self._database.read(lambda connection: _progress(connection, agency, identity))
        if found is None:
            raise NoSuchThing(text("没有此重新取数任务", "There is no such re-pull"))
        return found

    async def unfinished(self) -> dict[str, int]:
        """How many cases wait and how many are being run, by state."""
        open_ones = repull_cases.c.state.in_([WAITING, RUNNING])
        count = func.count().label("cases")
        counted = select(repull_cases.c.state, count).where(open_ones).group_by(repull_cases.c.state)
        rows = await self._database.read(lambda connection: connection.execute(counted).all())
        return dict.fromkeys((WAITING, RUNNING), 0) | {row.state: row.cases for row in rows}

    async def take(self) -> Taken | None:
        """The next case, this node's from now on; None: nothing waits."""
        now = self._clock()
        return await self._database.write(lambda connection: _take(connection, now))

    async def end(self, taken: Taken, state: str, told: dict[str, str]) -> None:
        """A case is done or failed, and what came of it."""
        this = (repull_cases.c.repull == taken.repull) & (repull_cases.c.place == taken.place)
        ended = update(repull_cases).where(this).values(state=state, told=json.dumps(told))
        await self._database.write(lambda connection: connection.execute(ended))


def _note(connection: Connection, identity: str, order: Order, now: str) -> None:
    head = {"id": identity, "agency": order.agency, "kinds": json.dumps(order.kinds)}
    connection.execute(insert(repulls).values(**head, by=order.by, at=now, reason=order.reason))
    rows = [_waiting(identity, place, *case) for place, case in enumerate(order.cases)]
    connection.execute(insert(repull_cases), rows)


def _waiting(repull: str, place: int, case: str, project: str) -> dict[str, Any]:
    return {"repull": repull, "place": place, "case": case, "project": project, "state": WAITING}


def _send(connection: Connection, due: Sequence[tuple[Errand, int]], by: str, now: str) -> None:
    for errand, tries in due:
        case = (errand.case, errand.project)
        if tries == 0:
            order = Order(errand.agency, (errand.kind,), (case,), by, errand.reason)
            _note(connection, errand.repull, order, now)
        else:
            connection.execute(insert(repull_cases).values(**_waiting(errand.repull, tries, *case)))


def _due(connection: Connection, errands: Sequence[Errand], now: datetime) -> list[tuple[Errand, int]]:
    """Those that are not being run and whose pause is over, each with how often it was run before."""
    cases = select(repull_cases.c.repull, repull_cases.c.state, repull_cases.c.taken_at)
    of_them = repull_cases.c.repull.in_([errand.repull for errand in errands])
    runs: dict[str, list[_Run]] = {errand.repull: [] for errand in errands}
    for repull, *run in connection.execute(cases.where(of_them)):
        runs[repull].append(_Run(*run))
    return [(each, len(runs[each.repull])) for each in errands if _rested(each, runs[each.repull], now)]


class _Run(NamedTuple):
    """How one run of an errand stands, and when a node took it."""

    state: str
    taken_at: str | None


def _rested(errand: Errand, runs: Sequence[_Run], now: datetime) -> bool:
    if any(run.state in {WAITING, RUNNING} for run in runs):
        return False
    last = max((parse_instant(run.taken_at) for run in runs if run.taken_at), default=errand.since)
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(len(runs), _DOUBLED), LONGEST_PAUSE)
    return now >= last + pause


_DOUBLED = 16
"""Times a pause is doubled at most: it is the longest long before."""


def _take(connection: Connection, now: datetime) -> Taken | None:
    """The next case, marked as taken; the write lock lets no two nodes take the same."""
    given_up = (repull_cases.c.state == RUNNING) & (repull_cases.c.taken_at < stored(now - GIVEN_UP))
    waiting = or_(repull_cases.c.state == WAITING, given_up)
    row = connection.execute(
        select(repull_cases, repulls.c.kinds, repulls.c.by)
        .join_from(repull_cases, repulls)
        .where(waiting)
        .order_by(repulls.c.at, repulls.c.id, repull_cases.c.place)
        .limit(1)
    ).first()
    if row is None:
        return None
    this = (repull_cases.c.repull == row.repull) & (repull_cases.c.place == row.place)
    connection.execute(update(repull_cases).where(this).values(state=RUNNING, taken_at=stored(now)))
    return Taken(row.repull, row.place, tuple(json.loads(row.kinds)), row.case, row.project, row.by)


def _progress(connection: Connection, agency: str, identity: str) -> Progress | None:
    of = (repulls.c.id == identity) & (repulls.c.agency == agency)
    head = connection.execute(select(repulls).where(of)).first()
    if head is None:
        return None
    rows = connection.execute(
        select(repull_cases).where(repull_cases.c.repull == identity).order_by(repull_cases.c.place)
    )
    cases = tuple(CaseDone(row.case, row.project, row.state, json.loads(row.told or "{}")) for row in rows)
    return Progress(head.id, head.agency, tuple(json.loads(head.kinds)), head.by, head.at, head.reason, cases)
