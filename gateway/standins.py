"""Stand-ins (补录材料): what people typed in while an agency was out, until its own word is back.

One person types, another agrees to exactly those octets: the content is an object of the vault, and its
digest is what is approved. The log has each step before it takes effect.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import rfc8785
from sqlalchemy import insert, select, update

from adapters.base import Locator
from contracts.audit import Draft, EntryKind, Subject, done_by, person_of
from contracts.catalogue import KINDS
from contracts.conflicts import OtherDigest, SecondPerson, WrongState
from contracts.errors import AskMalformed, NoSuchThing
from contracts.kinds import number_of, stated
from contracts.material import Attachment, AttachmentState, Material, Provenance, Retrieval, TypedIn
from contracts.standins import LONGEST, STAND_IN, StandInState
from contracts.text import text
from contracts.time import parse_instant, stored
from gateway.store.lately import Lately
from gateway.store.tables import stand_ins

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Update

    from contracts.audit import Recorded
    from contracts.standins import Proposal, Verdict
    from gateway.store.database import Database
    from gateway.vault import Vault

_DECIDED = {
    "approve": StandInState.IN_FORCE,
    "refuse": StandInState.REFUSED,
    "withdraw": StandInState.WITHDRAWN,
}
_OPEN = (StandInState.WAITING, StandInState.IN_FORCE)

MOST = 200
"""Stand-ins told of at once that wait for somebody."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """One stand-in. `content` is the digest of what was typed in, `told` that, read from the vault."""

    id: str
    project: str
    kind: str
    state: StandInState
    content: str
    entered_by: str
    entered_at: datetime
    expires_at: datetime
    told: dict[str, Any]
    decided_by: str | None = None
    decided_at: datetime | None = None
    replaced_at: datetime | None = None
    differing: tuple[str, ...] | None = None

    @property
    def number(self) -> str | None:
        """The document's number, as typed in."""
        return number_of(self.kind, self.told["fields"])

    def material(self) -> Material:
        """As it stands in a dossier."""
        paper = Attachment(
            id=self._paper,
            name=self.told["evidence_name"],
            state=AttachmentState.HELD,
            bytes=self.told["evidence_bytes"],
            sha256=self.told["evidence"].removeprefix("sha256:"),
        )
        return Material(
            kind=self.kind,
            id=KINDS[self.kind].id,
            retrieval=Retrieval.MANUAL,
            fields=self.told["fields"],
            attachments=(paper,),
            provenance=Provenance(
                evidence=self.content, retrieved_at=self.entered_at, fresh_until=self.expires_at
            ),
            manual=TypedIn(
                by=self.entered_by,
                second_by=self.decided_by or "",
                reason=self.told["reason"],
                expires_at=self.expires_at,
            ),
        )

    def locator(self) -> Locator:
        """The paper as an attachment: nothing to fetch, the vault holds it."""
        return Locator(
            attachment=self._paper,
            agency="stand-in",
            kind=self.kind,
            manifest_version=0,
            where={},
            name=self.told["evidence_name"],
            bytes=self.told["evidence_bytes"],
            sha256=self.told["evidence"].removeprefix("sha256:"),
            held=True,
        )

    @property
    def _paper(self) -> str:
        return f"att-{self.id}"

    def differs(self, came: Sequence[Material]) -> tuple[str, ...]:
        """What the agency, back again, says otherwise: field names, or `absent` for no such document."""
        own = next((each for each in came if number_of(self.kind, each.fields) == self.number), None)
        if own is None:
            return ("absent",)
        typed = self.told["fields"]
        return tuple(sorted(name for name, value in typed.items() if own.fields.get(name) != value))


class StandIns:
    """The register of stand-ins. `record` writes an entry, `clock` gives aware UTC."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        record: Callable[[Draft], Awaitable[Recorded]],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._vault, self._record, self._clock = database, vault, record, clock
        self._in_force = Lately(self._look, monotonic)

    async def propose(self, project: str, order: Proposal, *, by: str) -> StandIn:
        """Keep what one person typed in; it serves nobody before a second agrees.

        Raises AskMalformed for fields off the kind's contract, an unknown paper, or a term out of range.
        """
        now = self._clock()
        if not now < order.expires_at <= now + LONGEST:
            raise AskMalformed(_TERM, about="expires_at")
        if not await self._vault.has(order.evidence):
            raise AskMalformed(NO_PAPER, about="evidence")
        told = order.model_dump(mode="json", include={"kind", "reason", "evidence", "evidence_name"})
        told |= {
            "v": 1,
            "project": project,
            "fields": stated(order.kind, order.fields, "fields"),
            "evidence_bytes": (await self._vault.open(order.evidence)).size,
            "expires_at": stored(order.expires_at),
        }
        made = StandIn(
            id=f"{STAND_IN}{secrets.token_hex(12)}",
            project=project,
            kind=order.kind,
            state=StandInState.WAITING,
            content=await self._vault.put(rfc8785.dumps(told)),
            entered_by=by,
            entered_at=now,
            expires_at=order.expires_at,
            told=told,
        )
        await self._say(made, "typed", by)
        # The log has it. A crash here leaves an entry and no row: the person sees no answer and repeats.
        await self._database.write(
            lambda connection: connection.execute(insert(stand_ins).values(**_row(made)))
        )
        return made

    async def decide(self, identity: str, verdict: Verdict, *, by: str) -> StandIn:
        """A second person agrees or refuses; either may withdraw.

        Raises NoSuchThing, SecondPerson, OtherDigest (another content), WrongState (decided already).
        """
        found, target = await self.find(identity), _DECIDED[verdict.decision]
        withdrawn = target is StandInState.WITHDRAWN
        if not withdrawn and person_of(by) == person_of(found.entered_by):
            raise SecondPerson
        if found.content != verdict.content:
            raise OtherDigest
        if found.state not in (_OPEN if withdrawn else _OPEN[:1]):
            raise WrongState
        await self._say(found, target.value, by)
        changed = {"state": target.value, "decided_by": by, "decided_at": stored(self._clock())}
        if not await self._change(found, changed):
            raise WrongState
        return await self.find(identity)

    async def find(self, identity: str) -> StandIn:
        """A stand-in by its id. Raises NoSuchThing."""
        query = select(stand_ins).where(stand_ins.c.id == identity)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        if row is None:
            raise NoSuchThing(text("没有此补录材料", "There is no such stand-in"))
        return await self._read(row)

    async def listed(self, project: str) -> list[StandIn]:
        """Every stand-in of a project, newest first."""
        query = (
            select(stand_ins).where(stand_ins.c.project == project).order_by(stand_ins.c.entered_at.desc())
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [await self._read(row) for row in rows]

    async def waiting(self) -> list[StandIn]:
        """Those that wait for a second person and could still serve, the longest waiting first."""
        waits = stand_ins.c.state == StandInState.WAITING.value
        alive = stand_ins.c.expires_at > stored(self._clock())
        query = select(stand_ins).where(waits, alive).order_by(stand_ins.c.entered_at).limit(MOST)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [await self._read(row) for row in rows]

    async def in_force(self) -> list[StandIn]:
        """Those in force now; at most a second old."""
        found, now = await self._in_force(), self._clock()
        return [each for each in found if now < each.expires_at]

    async def serving(self, project: str | None) -> list[StandIn]:
        """Those of them for a project."""
        return [each for each in await self.in_force() if each.project == project]

    async def _look(self) -> list[StandIn]:
        query = select(stand_ins).where(stand_ins.c.state == StandInState.IN_FORCE.value)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [await self._read(row) for row in rows]

    async def replaced(self, stand_in: StandIn, came: Sequence[Material]) -> None:
        """The agency is back: its word stands from now on, and what it says otherwise is written down."""
        differing = stand_in.differs(came)
        await self._say(stand_in, StandInState.REPLACED.value, None, differing)
        changed = {"replaced_at": stored(self._clock()), "differing": json.dumps(differing)}
        await self._change(stand_in, changed | {"state": StandInState.REPLACED.value})

    async def _change(self, found: StandIn, changed: dict[str, str]) -> int:
        """One step from the state it was seen in, or none at all."""
        as_seen = (stand_ins.c.id == found.id) & (stand_ins.c.state == found.state.value)
        step = update(stand_ins).where(as_seen).values(**changed)
        try:
            return await self._database.write(lambda connection: _rows_changed(connection, step))
        finally:  # also where nobody can say whether it was committed
            self._in_force.changed()

    async def _say(
        self, stand_in: StandIn, step: str, by: str | None, differing: tuple[str, ...] = ()
    ) -> None:
        """An entry: which material, which octets, which step; field names, never values."""
        draft = Draft(
            kind=EntryKind.STAND_IN,
            project=stand_in.project,
            kinds=(stand_in.kind,),
            fields={stand_in.kind: differing} if differing else {},
            evidence=(stand_in.told["evidence"],),
            subject=Subject(type="stand-in", id=stand_in.id, digest=stand_in.content, note=step),
            **done_by(by),
        )
        await self._record(draft)

    async def _read(self, row: Row[Any]) -> StandIn:
        return StandIn(
            id=row.id,
            project=row.project,
            kind=row.kind,
            state=StandInState(row.state),
            content=row.content,
            entered_by=row.entered_by,
            entered_at=parse_instant(row.entered_at),
            expires_at=parse_instant(row.expires_at),
            told=json.loads(await self._vault.get(row.content)),
            decided_by=row.decided_by,
            decided_at=_instant(row.decided_at),
            replaced_at=_instant(row.replaced_at),
            differing=tuple(json.loads(row.differing)) if row.differing else None,
        )


def _row(made: StandIn) -> dict[str, Any]:
    return {
        "id": made.id,
        "project": made.project,
        "kind": made.kind,
        "content": made.content,
        "state": made.state.value,
        "entered_by": made.entered_by,
        "entered_at": stored(made.entered_at),
        "expires_at": stored(made.expires_at),
    }


def _rows_changed(connection: Connection, step: Update) -> int:
    return connection.execute(step).rowcount


def _instant(written: str | None) -> datetime | None:
    return parse_instant(written) if written else None


_TERM = text(
    f"expires_at 须在当前时间之后、{LONGEST.days} 天之内",
    f"expires_at must lie ahead, {LONGEST.days} days at most",
)
NO_PAPER = text(
    "evidence 所指文件尚未上传；请先上传凭据文件",
    "The file named by evidence was not uploaded; upload it first",
)
