"""Consumers and their keys: found by id, compared in constant time, refused a second after revocation."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from contracts.audit import Draft, EntryKind, Subject, done_by
from contracts.conflicts import WrongState
from contracts.errors import AskMalformed, LogUnavailable, NoSuchThing, UnknownConsumer
from contracts.manners import TooManyAsks
from contracts.text import Text, text
from contracts.time import stored
from gateway.access.roles import BUILT_IN, check_name, check_roles, check_title
from gateway.access.strangers import Strangers
from gateway.store.fixed import Fixed, Known
from gateway.store.lately import Lately
from gateway.store.tables import consumer_keys, consumers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from contracts.audit import Recorded
    from gateway.store.database import Database

_ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"

_TAKEN = text("该需求方已登记；请为它另发密钥", "This consumer is registered; give it another key instead")


@dataclass(frozen=True, slots=True)
class Consumer:
    """A system that asks, recognised."""

    id: str
    roles: frozenset[str]
    agencies: frozenset[str] = frozenset()  # those an agency admin looks after


@dataclass(frozen=True, slots=True)
class KeyShown:
    """What may be told of a key; its secret is nowhere."""

    id: str
    created_at: str
    revoked_at: str | None

    @property
    def in_force(self) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None


@dataclass(frozen=True, slots=True)
class _KeyRecord:
    consumer: Consumer
    sha256: bytes = field(repr=False)


class Consumers:
    """The consumers' register.

    `record` writes an audit entry; `clock` gives aware UTC; `monotonic` seconds for memory and pacing.
    """

    def __init__(
        self,
        database: Database,
        record: Callable[[Draft], Awaitable[Recorded]],
        clock: Callable[[], datetime],
        *,
        strangers_per_minute: int = 120,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._record, self._clock, self._monotonic = database, record, clock, monotonic
        self._remembered: dict[str, Lately[_KeyRecord | None]] = {}
        self._insiders: dict[str, _KeyRecord] = {}
        self._known = Known(database, _KNOWN)
        self._strangers = Strangers(strangers_per_minute, monotonic)

    async def recognise(self, credential: str | None, remote: str) -> Consumer:
        """Who holds this key.

        Raises UnknownConsumer for no, wrong and revoked keys alike, and TooManyAsks when one address keeps
        trying; strangers are counted together so that they cannot grow the log.
        """
        key_id, digest = _parted(credential)
        known = await self._lookup(key_id) if key_id else None
        expected = known.sha256 if known else bytes(32)
        if hmac.compare_digest(digest, expected) and known:
            return known.consumer
        await self.strange(remote)
        raise UnknownConsumer

    async def _lookup(self, key_id: str) -> _KeyRecord | None:
        if key_id in self._insiders:
            return self._insiders[key_id]
        kept = self._remembered.get(key_id) or Lately(lambda: self._find(key_id), self._monotonic)
        if record := await kept():
            self._remembered[key_id] = kept
        else:  # only real keys are remembered, so guesses cannot fill the memory
            self._remembered.pop(key_id, None)
        return record

    async def _find(self, key_id: str) -> _KeyRecord | None:
        return await self._database.read(lambda connection: _find_key(connection, key_id))

    async def strange(self, remote: str) -> None:
        """Count somebody whom nobody knows. Raises TooManyAsks when one address keeps trying."""
        heard = self._strangers.heard(remote)
        if self._strangers.due:
            await self.settle()
        if not heard:
            raise TooManyAsks

    async def settle(self) -> None:
        """Record the strangers counted since the last aggregate entry; called when the house closes too."""
        if counted := self._strangers.take():
            try:
                await self._record(Draft(kind=EntryKind.STRANGERS, count=counted))
            except LogUnavailable:
                self._strangers.give_back(counted)
                raise

    def insider(self, name: str) -> str:
        """A credential for a built-in consumer in this process, such as the command line; never stored."""
        key_id, secret = f"in{_key_id()}", secrets.token_urlsafe(32)
        consumer = Consumer(name, frozenset({"consumer"}))
        self._insiders[key_id] = _KeyRecord(consumer, _digest(secret))
        return f"lb_{key_id}_{secret}"

    @contextmanager
    def lent(self, name: str) -> Iterator[str]:
        """The same for one question; what opened it opens nothing afterwards."""
        credential = self.insider(name)
        try:
            yield credential
        finally:
            self._insiders.pop(_parted(credential)[0] or "", None)

    async def add(
        self,
        name: str,
        roles: tuple[str, ...],
        *,
        by: str,
        agencies: tuple[str, ...] = (),
        title: str = "",
        new: bool = False,
    ) -> str:
        """Register a consumer, or, unless it is to be `new`, give a registered one another key.

        `agencies` are those an agency admin looks after; with a `title` it is called so from then on. Returns
        the key, this once. Raises AskMalformed, and WrongState where the name of a new one is taken.
        """
        check_name(text("需求方名称", "A consumer's name"), name, about="consumer")
        if name in BUILT_IN:
            ours = text(f"{name} 是网关自用的名称", f"{name} is a name of the gateway's own")
            raise AskMalformed(ours, about="consumer")
        check_roles(roles, agencies)
        if title := title.strip():
            check_title(title)
        if new and await self._row(name):
            raise WrongState(_TAKEN, about="consumer")
        key_id = _key_id()
        secret = secrets.token_urlsafe(32)
        now = stored(self._clock())

        def write(connection: Connection) -> None:
            known = _find(connection, name)
            if known and new:
                raise WrongState(_TAKEN, about="consumer")
            row = {"roles": ",".join(roles), "agencies": ",".join(agencies), "revoked_at": None}
            row |= {"name": title or (known.name if known else name)}
            if known:
                connection.execute(update(consumers).where(consumers.c.id == name).values(**row))
            else:
                connection.execute(insert(consumers).values(id=name, created_at=now, builtin=False, **row))
            connection.execute(
                insert(consumer_keys).values(id=key_id, consumer=name, sha256=_digest(secret), created_at=now)
            )

        own = f"; agencies {','.join(agencies)}" if agencies else ""
        called = "; title set" if title else ""
        await self._record(_about(name, f"key {key_id} added; roles {','.join(roles)}{own}{called}", by))
        await self._database.write(write)
        return f"lb_{key_id}_{secret}"

    async def entitle(self, name: str, title: str, *, by: str) -> dict[str, Any]:
        """Call a consumer so, or, with an empty title, by its name again; gives it as it then is.

        The log says that it was given a title, and not which: free text may be anything. Raises AskMalformed,
        NoSuchThing.
        """
        if title := title.strip():
            check_title(title)
        await self.one(name)
        await self._record(_about(name, "title set" if title else "title taken away", by))
        change = update(consumers).where(consumers.c.id == name).values(name=title or name)
        await self._database.write(lambda connection: connection.execute(change))
        return await self.one(name)

    async def revoke(self, name: str, *, by: str, key: str | None = None) -> int:
        """Revoke one key by its id, or a consumer with all its keys; returns how many keys fell.

        Raises NoSuchThing.
        """
        known = await self.keys(name)
        if key and not any(each.id == key and each.in_force for each in known):
            raise NoSuchThing(text(f"{name} 没有有效的密钥 {key}", f"{name} has no key {key} in force"))
        now, whole = stored(self._clock()), key is None

        def write(connection: Connection) -> int:
            live = [consumer_keys.c.consumer == name, consumer_keys.c.revoked_at.is_(None)]
            live += [] if whole else [consumer_keys.c.id == key]
            fallen = connection.execute(update(consumer_keys).where(*live).values(revoked_at=now)).rowcount
            if whole:
                connection.execute(update(consumers).where(consumers.c.id == name).values(revoked_at=now))
            return fallen

        await self._record(_about(name, "revoked" if whole else f"key {key} revoked", by))
        fallen = await self._database.write(write)
        for kept in self._remembered.values():
            kept.changed()
        return fallen

    async def keys(self, name: str) -> list[KeyShown]:
        """A consumer's keys, newest first; those that were revoked, too. Raises NoSuchThing."""
        shown = (consumer_keys.c.id, consumer_keys.c.created_at, consumer_keys.c.revoked_at)
        query = select(*shown).where(consumer_keys.c.consumer == name)
        ordered = query.order_by(consumer_keys.c.created_at.desc(), consumer_keys.c.id)
        rows = await self._database.read(lambda connection: connection.execute(ordered).all())
        if not rows:  # whoever is registered has one, be it revoked
            raise _no_consumer(name)
        return [KeyShown(*tuple(row)) for row in rows]

    async def listed(self) -> list[dict[str, Any]]:
        """Every consumer: id, title if it has one, roles, agencies, created_at, revoked_at, keys in force."""
        ordered = _shown.order_by(consumers.c.id)
        rows = await self._database.read(lambda connection: connection.execute(ordered).all())
        return [_told(row) for row in rows]

    async def _row(self, name: str) -> Row[Any] | None:
        return await self._database.read(lambda connection: _find(connection, name))

    async def names(self) -> list[str]:
        """What each is called in entries and grants."""
        return [str(row["id"]) for row in await self.listed()]

    async def titles(self) -> dict[str, Text | None]:
        """What people call each, None where it has no title; the gateway's own consumers too."""
        both = select(consumers.c.id, consumers.c.name)
        rows = await self._database.read(lambda connection: connection.execute(both).all())
        told: dict[str, Text | None] = {row.id: _title(row.id, row.name) for row in rows}
        return dict(BUILT_IN) | told

    async def one(self, name: str) -> dict[str, Any]:
        """One of them. Raises NoSuchThing."""
        row = await self._row(name)
        if row is None:
            raise _no_consumer(name)
        return _told(row)

    async def check_known(self, name: str) -> None:
        """Raises NoSuchThing for a consumer that nobody registered, StoreUnavailable."""
        if not await self._known(consumer=name):
            raise _no_consumer(name)


_KNOWN = Fixed(select(consumers.c.id).where(consumers.c.id == bindparam("consumer")))


def _no_consumer(name: str) -> NoSuchThing:
    return NoSuchThing(text(f"没有名为 {name} 的需求方", f"There is no consumer {name}"))


def _parted(credential: str | None) -> tuple[str | None, bytes]:
    parts = (credential or "").split("_", 2)
    if len(parts) != 3 or parts[0] != "lb":
        return None, b"\x01" * 32
    return parts[1], _digest(parts[2])


def _key_id() -> str:
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(10))


def _digest(secret: str) -> bytes:
    """Keys carry 256 random bits, so one SHA-256 is enough; slow hashes are for people's passwords."""
    return hashlib.sha256(secret.encode()).digest()


def _find_key(connection: Connection, key_id: str) -> _KeyRecord | None:
    found = connection.execute(
        select(consumer_keys.c.sha256, consumers.c.id, consumers.c.roles, consumers.c.agencies)
        .join_from(consumer_keys, consumers, consumer_keys.c.consumer == consumers.c.id)
        .where(
            consumer_keys.c.id == key_id,
            consumer_keys.c.revoked_at.is_(None),
            consumers.c.revoked_at.is_(None),
        )
    ).first()
    if found is None:
        return None
    consumer = Consumer(found.id, _words(found.roles), _words(found.agencies))
    return _KeyRecord(consumer, bytes(found.sha256))


def _words(joined: str) -> frozenset[str]:
    return frozenset(word for word in joined.split(",") if word)


_live = select(func.count()).where(
    consumer_keys.c.consumer == consumers.c.id, consumer_keys.c.revoked_at.is_(None)
)
_shown = select(consumers, _live.scalar_subquery().label("in_force"))
"""What is told of consumers."""


def _find(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(_shown.where(consumers.c.id == name)).first()


def _title(name: str, called: str) -> Text | None:
    """What people call it, in the language they do; whoever has no title bears its id in its place."""
    return None if called == name else text(called, called)


def _told(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": title.zh if (title := _title(row.id, row.name)) else None,
        "roles": row.roles.split(","),
        "agencies": sorted(_words(row.agencies)),
        "created_at": row.created_at,
        "revoked_at": row.revoked_at,
        "keys": row.in_force,
    }


def _about(name: str, note: str, by: str) -> Draft:
    subject = Subject(type="consumer", id=name, note=note)
    return Draft(kind=EntryKind.CONSUMER, subject=subject, **done_by(by))
