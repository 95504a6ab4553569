"""Secrets: set, never shown; sealed in the database, or given by the machine's environment and files.

How one is sealed: `gateway.sealing`, with the magic "LBS1", bound to agency, name and version.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from contracts.audit import Draft, EntryKind, Subject, who
from contracts.errors import AskMalformed, NoSuchThing, SetupIncomplete, StoreUnavailable, VaultDamaged
from contracts.text import text
from contracts.time import day_of, stored
from gateway.logs import REDACTION
from gateway.sealing import Sealer
from gateway.store.lately import Lately
from gateway.store.tables import secrets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import ColumnElement, Connection

    from contracts.audit import Recorded
    from gateway.store.database import Database

log = logging.getLogger(__name__)

LENGTH = 4096
"""Characters of a secret, at most."""

MAGIC, LABEL = b"LBS1", b"landbridge secrets: wrapping key v1"
_ROW = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Sealed:
    """One secret as it is kept; there is no way from here to its value but the safe's own."""

    agency: str
    name: str
    version: int
    by: str
    at: str
    last_used_day: str | None
    sealed: bytes = field(repr=False)

    @property
    def row(self) -> _ROW:
        """Which row this is."""
        return self.agency, self.name, self.version


@dataclass(frozen=True, slots=True)
class Kept:
    """What may be told of a secret. `source`: environment, file, database, or missing."""

    agency: str
    name: str
    source: str
    version: int | None = None
    by: str | None = None
    at: str | None = None
    last_used_day: str | None = None


class Safe:
    """Resolves `secret:agency/name`.

    From the variable `LANDBRIDGE_SECRET_AGENCY_NAME`, else the file `folder/agency/name`, else the database:
    who runs the machine has the last word. `key` is the vault key, `record` writes an entry.
    """

    def __init__(
        self,
        database: Database,
        key: bytes,
        folder: Path,
        record: Callable[[Draft], Awaitable[Recorded]],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._folder = database, folder
        self._sealer = Sealer(key, MAGIC, LABEL)
        self._record, self._clock = record, clock
        self._kept = Lately(self._noted_and_read, monotonic)
        self._held: dict[tuple[str, str], Sealed] = {}
        self._used: dict[_ROW, str] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._held)} secrets>"

    def __call__(self, reference: str) -> str:
        """The secret's value. Raises SetupIncomplete naming the reference, never a value."""
        value = self._resolved(reference)
        REDACTION.hide(value)  # before anybody can say it
        return value

    def _resolved(self, reference: str) -> str:
        agency, name = _parted(reference)
        if (value := self._by_machine(agency, name)) is not None:
            return value
        held = self._held.get((agency, name))
        if held is None:
            raise SetupIncomplete(text(f"未设置凭据 {reference}", f"The secret {reference} is not set"))
        day = day_of(self._clock()).isoformat()
        if held.last_used_day != day:
            self._used[held.row] = day
        try:
            return _opened(self._sealer, held)
        except VaultDamaged as error:  # one agency's trouble, as one that is not set
            raise SetupIncomplete(error.detail) from None

    async def refresh(self) -> None:
        """Look at the database again, once a second at most, and note there what was used today.

        Raises StoreUnavailable.
        """
        self._held = await self._kept()

    async def settle(self) -> None:
        """Note the days of last use; called when the house closes too. One write a secret and day."""
        used, self._used = self._used, {}
        if used:
            try:
                await self._database.write(lambda writing: _note_used(writing, used))
            except StoreUnavailable:
                log.warning("the day of last use of %d secrets could not be noted", len(used))

    async def put(self, agency: str, name: str, value: str, entry: Draft, *, known: bool = False) -> Kept:
        """Set a secret, or give it another value; the one before is destroyed. The entry comes first.

        `known`: only one that is set. Raises AskMalformed, NoSuchThing, LogUnavailable, StoreUnavailable.
        """
        check_fit(value)
        await self._look()
        before = self._held.get((agency, name))
        if known and before is None:
            raise NoSuchThing(text(f"未设置凭据 {agency}/{name}", f"There is no secret {agency}/{name} yet"))
        version = before.version + 1 if before else 1
        held = Sealed(agency, name, version, who(entry), stored(self._clock()), None, b"")
        note = "another value" if before else "set"
        await self._say(
            entry, (agency,), Subject(type="secret", id=f"{agency}/{name}", version=version, note=note)
        )
        # The log has it. A crash here leaves the value before in force; the person saw no answer and repeats.
        blob = self._sealer.sealed(held.row, value)
        await self._database.write(lambda writing: _put(writing, held, blob))
        await self._look()
        return self._told(agency, name)

    async def rewrap(self, entry: Draft) -> int:
        """Seal every secret anew: new salts and so new wrapping keys, new keys of their own. All or none.

        Gives how many. Raises VaultDamaged when one does not open: then nothing changed.
        """
        await self._look()
        fresh = {
            held.row: self._sealer.sealed(held.row, _opened(self._sealer, held))
            for held in self._held.values()
        }
        agencies = tuple(sorted({agency for agency, _, _ in fresh}))
        await self._say(entry, agencies, Subject(type="secret", id="all", note=f"{len(fresh)} sealed anew"))
        await self._database.write(lambda writing: _rewrap(writing, fresh))
        await self._look()
        return len(fresh)

    async def listed(self, wanted: Iterable[str]) -> list[Kept]:
        """Every secret kept, and those of the references wanted that are not; never a value."""
        await self.settle()
        await self._look()
        names = sorted(set(self._held) | {_parted(reference) for reference in wanted})
        return [self._told(agency, name) for agency, name in names]

    def _told(self, agency: str, name: str) -> Kept:
        held, source = self._held.get((agency, name)), self._source(agency, name)
        if held is None:
            return Kept(agency, name, source or "missing")
        return Kept(agency, name, source or "database", held.version, held.by, held.at, held.last_used_day)

    def _by_machine(self, agency: str, name: str) -> str | None:
        if (source := self._source(agency, name)) == "environment":
            return os.environ[_variable(agency, name)]
        return (self._folder / agency / name).read_text("utf-8").strip() if source else None

    def _source(self, agency: str, name: str) -> str | None:
        if _variable(agency, name) in os.environ:
            return "environment"
        path = self._folder / agency / name
        inside = path.is_file() and path.resolve().is_relative_to(self._folder.resolve())
        return "file" if inside else None

    async def _look(self) -> None:
        self._kept.changed()
        self._held = await self._kept()

    async def _noted_and_read(self) -> dict[tuple[str, str], Sealed]:
        await self.settle()
        return await self._database.read(_live)

    async def _say(self, entry: Draft, agencies: tuple[str, ...], subject: Subject) -> None:
        what = {"kind": EntryKind.SECRET, "agencies": agencies, "subject": subject}
        await self._record(entry.model_copy(update=what))


def _opened(sealer: Sealer, held: Sealed) -> str:
    """The value kept. Raises VaultDamaged, naming the reference."""
    try:
        return sealer.opened(held.row, held.sealed)
    except VaultDamaged:
        reference = f"secret:{held.agency}/{held.name}"
        raise VaultDamaged(
            text(f"凭据 {reference} 已损坏或被改动", f"{reference} is damaged or was altered")
        ) from None


def _parted(reference: str) -> tuple[str, str]:
    agency, _, name = reference.removeprefix("secret:").partition("/")
    return agency, name


def _variable(agency: str, name: str) -> str:
    return f"LANDBRIDGE_SECRET_{agency}_{name}".upper().replace("-", "_")


def check_fit(value: str) -> None:
    """Whether a value can be kept. Raises AskMalformed."""
    if not 0 < len(value) <= LENGTH or not value.isprintable() or value != value.strip():
        raise AskMalformed(
            text(
                f"凭据须为 1 至 {LENGTH} 个可见字符，首尾无空白",
                f"A secret has 1 to {LENGTH} printable characters, no space at either end",
            )
        )


def _live(connection: Connection) -> dict[tuple[str, str], Sealed]:
    rows = connection.execute(select(secrets).where(secrets.c.sealed.is_not(None)))
    return {
        (row.agency, row.name): Sealed(
            row.agency, row.name, row.version, row.by, row.at, row.last_used_day, bytes(row.sealed)
        )
        for row in rows
    }


def _put(connection: Connection, held: Sealed, blob: bytes) -> None:
    own = (secrets.c.agency == held.agency) & (secrets.c.name == held.name)
    connection.execute(update(secrets).where(own).values(sealed=None))
    connection.execute(
        insert(secrets).values(
            agency=held.agency, name=held.name, version=held.version, sealed=blob, by=held.by, at=held.at
        )
    )


def _rewrap(connection: Connection, fresh: dict[_ROW, bytes]) -> None:
    for row, blob in fresh.items():
        # One that was set meanwhile is sealed with keys of its own already; its row is another.
        connection.execute(update(secrets).where(_is(row), secrets.c.sealed.is_not(None)).values(sealed=blob))


def _note_used(connection: Connection, used: dict[_ROW, str]) -> None:
    for row, day in used.items():
        connection.execute(update(secrets).where(_is(row)).values(last_used_day=day))


def _is(row: _ROW) -> ColumnElement[bool]:
    agency, name, version = row
    return (secrets.c.agency == agency) & (secrets.c.name == name) & (secrets.c.version == version)
