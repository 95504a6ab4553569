"""One look at every drop folder: what is whole is taken in exactly once, what is sick is set aside.

The order that makes it exactly once, for a delivery that is taken in:

    1  the vault holds notice and files           a crash leaves objects nobody can find
    2  the log says `ingested`                    a crash leaves an entry that the next sweep repeats
    3  one transaction makes the delivery known   from here on it answers asks
    4  it moves from `in` to `done`               a crash leaves it in `in`; known, it only moves

A refusal goes the same way: log, row, then the move to `quarantine`.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from adapters.base import Deliveries, Delivery, Standing
from adapters.filedrop import read_notice
from contracts.audit import Draft, EntryKind, Subject, who
from contracts.conflicts import WrongState
from contracts.errors import AgencyFailed, LandbridgeError, NoSuchThing
from contracts.text import text
from contracts.time import parse_instant, stored
from gateway.intake import records
from gateway.intake.folder import Candidate, DropFolder, Settling
from gateway.intake.parcel import Parcel, folder_parcel, zip_parcel
from gateway.intake.records import Arrival, Arrived, SetAside, name_of
from gateway.intake.refusals import Refused
from gateway.intake.turn import Turn
from gateway.intake.unpacking import Goods, unpack

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from pathlib import Path

    from adapters.manifest import Manifest
    from adapters.manifest.drops import DropRule
    from contracts.audit import Recorded
    from gateway.intake.keeper import Keeper
    from gateway.store.database import Database

log = logging.getLogger(__name__)

SHOWN = 100
"""Deliveries of one agency that are shown, the newest."""

_GONE = text(
    "隔离目录中已没有这个投递，请该部门重新投递",
    "It no longer lies in quarantine; have the agency deliver it again",
)


@dataclass(frozen=True, slots=True)
class Drop:
    """An agency that drops files: its manifest, in this version."""

    manifest: Manifest
    version: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did, in deliveries. `waiting` are not settled, or not whole, yet."""

    ingested: int = 0
    known: int = 0
    quarantined: int = 0
    waiting: int = 0
    failed: int = 0


class Intake(Deliveries):
    """The drop folders below `root`, one for each agency that drops files, and what came in through them.

    `spool` is a folder for copies in hand; they have no names there, so processes may share it. `drops` gives
    the agencies as they are published now. Of several processes with one root, one at a time sweeps.
    """

    def __init__(
        self,
        root: Path,
        spool: Path,
        database: Database,
        vault: Keeper,
        record: Callable[[Draft], Awaitable[Recorded]],
        drops: Callable[[], Awaitable[Sequence[Drop]]],
    ) -> None:
        self._root, self._spool = root, spool
        self._database, self._vault, self._record, self._drops = database, vault, record, drops
        self._settling: dict[str, Settling] = {}
        self._one_sweep = asyncio.Lock()

    async def keep_sweeping(self, seconds: float, clock: Callable[[], datetime]) -> None:
        """Sweep, wait, sweep again, until cancelled. No sweep that goes wrong is the last one.

        Another process that has this turn is waited for: when it ends, we sweep.
        """
        turn = Turn(self._root)
        try:
            await self._sweep_in_turn(turn, seconds, clock)
        finally:
            turn.give_back()

    async def _sweep_in_turn(self, turn: Turn, seconds: float, clock: Callable[[], datetime]) -> None:
        while True:
            try:
                if await asyncio.to_thread(turn.take):
                    await self.sweep(clock())
            except Exception as error:  # noqa: BLE001  no sweep that goes wrong is the last one
                # No message: that of a stranger's error may quote what was dropped.
                log.error("drop folders: the sweep failed: %s", type(error).__name__)  # noqa: TRY400
            await asyncio.sleep(seconds)

    async def sweep(self, now: datetime) -> Swept:
        """Look once at every folder. `now` is aware; whether a file has settled is judged by it alone.

        What goes wrong with one delivery is logged and tried again by the next sweep; the others go on.
        """
        async with self._one_sweep:
            counted: list[str] = []
            for drop in await self._drops():
                try:
                    counted += await self._sweep_one(drop, now)
                except (LandbridgeError, OSError) as error:
                    counted.append(_failed(drop, error))
            return Swept(**{name: counted.count(name) for name in Swept.__slots__})

    async def _sweep_one(self, drop: Drop, now: datetime) -> list[str]:
        rule, agency = drop.manifest.connection.drop, drop.manifest.agency
        if rule is None:
            return []
        await self._read_anew(drop, rule)
        folder = self._folder(agency)
        await asyncio.to_thread(self._furnish, folder)
        found = await asyncio.to_thread(folder.candidates, rule)
        ages = self._settling.setdefault(agency, Settling()).look(found, now)
        outcomes = []
        for candidate in found:
            case = _Case(drop, rule, folder, candidate, now)
            try:
                outcomes.append(await self._judge(case, ages[candidate.path]))
            except (LandbridgeError, OSError) as error:
                outcomes.append(_failed(drop, error))
        return outcomes

    async def _judge(self, case: _Case, age: timedelta) -> str:
        if age < timedelta(seconds=case.rule.settle):
            return "waiting"
        if case.incomplete and age < timedelta(seconds=case.rule.patience):
            return "waiting"
        try:
            return await self._take_in(case)
        except Refused as refused:
            return await self._set_aside(case, refused)
        except FileNotFoundError:
            return "waiting"  # taken back by its agency, or changed, since we looked

    async def _take_in(self, case: _Case) -> str:
        if case.candidate.form == "stray":
            raise Refused("stray")
        async with self._opened(case) as parcel:
            if parcel.digest and await self._known(case.delivery(parcel.digest)):
                # Also one whose sidecar moved before the crash that kept it here.
                return await self._put_by(case, parcel.digest, "known")
            goods = await self._unpacked(case, parcel)  # 1
        if await self._known(case.delivery(goods.digest)):
            return await self._put_by(case, goods.digest, "known")
        arrival = case.arrival(goods)
        await self._record(await self._ingested(arrival))  # 2
        await self._database.write(partial(records.make_known, arrival=arrival))  # 3
        # From here the delivery is ours for good, and the same octets will never be a second one.
        return await self._put_by(case, goods.digest, "ingested")  # 4

    async def _unpacked(self, case: _Case, parcel: Parcel) -> Goods:
        try:
            case.be_complete()
            return await unpack(parcel, case.drop.manifest, case.rule, self._vault)
        except Refused as refused:
            refused.digest = parcel.digest or ""
            raise

    def _opened(self, case: _Case) -> AbstractAsyncContextManager[Parcel]:
        if case.candidate.form == "zip":
            return zip_parcel(case.rule, case.candidate, self._spool)
        return folder_parcel(case.rule, case.candidate)

    async def _known(self, delivery: str) -> bool:
        return await self._database.read(partial(records.known, delivery=delivery))

    async def _put_by(self, case: _Case, digest: str, outcome: str) -> str:
        await asyncio.to_thread(case.folder.put_by, case.candidate, case.delivery(digest))
        return outcome

    async def _ingested(self, arrival: Arrival) -> Draft:
        """The entry names the delivery by its digest; numbers and file names are free text and stay out."""
        version = await self._database.read(
            partial(records.next_version, agency=arrival.agency, package=arrival.package)
        )
        digest = arrival.goods.digest
        subject = Subject(type="delivery", id=arrival.id, version=version, digest=digest)
        return Draft(
            kind=EntryKind.INGESTED,
            agencies=(arrival.agency,),
            kinds=tuple(sorted({each.kind for each in arrival.goods.said.keys})),
            evidence=(arrival.goods.notice,),
            count=len(arrival.goods.files),
            subject=subject,
        )

    async def _set_aside(self, case: _Case, refused: Refused) -> str:
        aside = case.aside(refused)
        stands = await self._database.read(partial(records.aside, name=aside.id))
        if stands is None:
            subject = Subject(type="delivery", id=aside.id, digest=aside.digest, note=aside.reason)
            await self._record(Draft(kind=EntryKind.QUARANTINED, agencies=(aside.agency,), subject=subject))
            await self._database.write(partial(records.set_aside, aside=aside))
        # From here the refusal stands; a crash before the move leaves it in `in`, and only the move is left,
        # under the reason given first: of a ZIP whose sidecar moved already another one would be found now.
        reason = (stands or aside).written
        await asyncio.to_thread(case.folder.set_aside, case.candidate, aside.id, reason)
        return "quarantined"

    async def _read_anew(self, drop: Drop, rule: DropRule) -> None:
        """After a new manifest version: what is in force is found by what that version reads."""
        agency, version = drop.manifest.agency, drop.version
        others = partial(records.read_by_others, agency=agency, version=version)
        for delivery, notice in await self._database.read(others):
            try:
                keys = read_notice(drop.manifest, rule, await self._vault.get(notice)).keys
            except AgencyFailed as failure:
                log.warning("drop folder of %s: %s no longer reads: %s", agency, delivery, failure.type)
                keys = ()
            anew = partial(records.read_anew, delivery=delivery, version=version, keys=keys)
            await self._database.write(anew)

    def _folder(self, agency: str) -> DropFolder:
        return DropFolder(self._root / agency)

    def _furnish(self, folder: DropFolder) -> None:
        folder.furnish()
        self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def current(
        self, agency: str, kind: str, key: str, norm: str, *, starts: bool
    ) -> Sequence[Delivery]:
        """Deliveries in force found by a key, oldest first, with their notices' octets."""
        find = partial(records.in_force, agency=agency, kind=kind, key=(key, norm), starts=starts)
        return [
            Delivery(
                package=row.package,
                version=row.version,
                digest=row.digest,
                arrived_at=parse_instant(row.arrived_at),
                notice=await self._vault.get(row.notice),
                files=files,
            )
            for row, files in await self._database.read(find)
        ]

    async def standing(self, agency: str) -> Standing:
        """Whether the agency's folder can be used, and when a delivery last came in."""
        last = await self._database.read(partial(records.last_arrived, agency=agency))
        return Standing(await asyncio.to_thread(lambda: self._folder(agency).usable), last)

    async def arrived(self, agency: str) -> tuple[list[Arrived], list[SetAside]]:
        """The newest deliveries of an agency: those taken in and those set aside. Raises StoreUnavailable."""
        come = partial(records.arrived, agency=agency, most=SHOWN)
        gone = partial(records.quarantined, agency=agency, most=SHOWN)
        return await self._database.read(come), await self._database.read(gone)

    async def put_back(self, agency: str, name: str, now: datetime, entry: Draft) -> None:
        """Have a delivery that was set aside judged once more: it lies in the folder again, as if new.

        Raises NoSuchThing, WrongState: put back before, LogUnavailable, StoreUnavailable.
        """
        found = await self._database.read(partial(records.aside, name=name))
        if found is None or found.agency != agency:
            raise NoSuchThing(text("没有这个隔离的投递", "No such delivery was set aside"))
        if found.put_back_at:
            raise WrongState(text("已重新投递过", "It was put back already"))
        subject = Subject(type="delivery", id=name, digest=found.digest)
        what = {"kind": EntryKind.PUT_BACK, "agencies": (agency,), "subject": subject}
        await self._record(entry.model_copy(update=what))
        if not await asyncio.to_thread(self._folder(agency).put_back, name):
            raise NoSuchThing(_GONE)
        # It lies in the folder and will be judged. A crash here leaves it listed as set aside; putting it
        # back once more finds it where it is.
        note = partial(records.put_back, name=name, at=stored(now), by=who(entry))
        await self._database.write(note)

    async def octets(self, sha256: str) -> AsyncGenerator[bytes, None]:
        """A held file's octets. Raises VaultDamaged, NoSuchThing, StoreUnavailable."""
        kept = await self._vault.open(f"sha256:{sha256}")
        async for piece in kept.stream():
            yield piece


@dataclass(frozen=True, slots=True)
class _Case:
    """One candidate being judged."""

    drop: Drop
    rule: DropRule
    folder: DropFolder
    candidate: Candidate
    now: datetime

    @property
    def agency(self) -> str:
        return self.drop.manifest.agency

    @property
    def incomplete(self) -> bool:
        """Whether something that belongs to it may still come: a sidecar, or all that a stray lacks."""
        unsealed = self.candidate.form == "zip" and not self.candidate.sidecars
        return self.candidate.form == "stray" or (unsealed and self.rule.sidecar == "required")

    def be_complete(self) -> None:
        """After its patience, nothing more is waited for. Raises Refused."""
        if self.incomplete:
            raise Refused("sidecar-missing")

    def delivery(self, digest: str) -> str:
        return name_of("del", self.agency, digest)

    def arrival(self, goods: Goods) -> Arrival:
        return Arrival(self.delivery(goods.digest), self.agency, self.drop.version, stored(self.now), goods)

    def aside(self, refused: Refused) -> SetAside:
        name = str(self.candidate.path.relative_to(self.folder.inbox))
        # A ZIP is the same one without the sidecar that moved first.
        same = self.candidate.signature[: 1 if self.candidate.form == "zip" else None]
        return SetAside(
            id=name_of("qua", self.agency, repr(same)),
            agency=self.agency,
            name=name.encode("utf-8", "replace").decode(),
            digest=refused.digest or None,
            reason=refused.reason,
            zh=refused.text.zh,
            en=refused.text.en,
            at=stored(self.now),
        )


def _failed(drop: Drop, error: Exception) -> str:
    """Our own trouble, or the disk's: the delivery stays where it is, and the next sweep tries again."""
    log.warning("drop folder of %s: %s: %s", drop.manifest.agency, type(error).__name__, error)
    return "failed"
