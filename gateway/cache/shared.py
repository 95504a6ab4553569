"""Materials kept for all nodes: sealed values in Redis or Valkey, with this node's memory before them.

A name there is an HMAC of the question, a value is AES-256-GCM over canonical JSON with the name as
associated data: who reads the store learns nothing, who writes to it can only make us forget.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import ValidationError

from adapters.base import Deadline
from contracts.errors import StoreUnavailable
from contracts.material import Material, Strict
from contracts.text import text
from contracts.time import Instant
from gateway.cache.memory import Kept, MemoryCache, Question, Selection
from gateway.flight import Flights
from gateway.shared import PREFIX, Link

if TYPE_CHECKING:
    from gateway.shared import Redis

VERSION = b"\x01"
NONCE = 12

POLL_SECONDS = 0.05
"""How often a node looks whether another has brought the answer both want."""

LOCK_SECONDS = 10.0
"""How long a node that died in the middle keeps the others from asking, at most; and half of their time."""

PURGE_SEEN_SECONDS = 1.0
"""A purge reaches every node's memory within this time."""

_PURGED = f"{PREFIX}/purged"
_SCAN = 500
_A_LOOK = 60.0
_DOWN = object()
_NOT_PURGED = text(
    "共享缓存（Redis）未应答，清除未完成，请稍后重试",
    "The shared cache (Redis) is not answering; the purge is not complete, try again",
)

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
"""Only who holds the lock releases it: ours may have run out and be another's by now."""


class _Sealed(Strict):
    """What a value says once opened. The question is in it, so that purging can tell whose it is."""

    v: Literal[1] = 1
    question: Question
    materials: tuple[Material, ...]
    manifest_version: int
    retrieved_at: Instant
    fresh_until: Instant
    stale_until: Instant
    project: str | None = None


class Seal:
    """Names and values as they stand in the shared store, by the house's `cache` key (32 octets)."""

    def __init__(self, key: bytes) -> None:
        self._names = hmac.digest(key, b"landbridge cache names", "sha256")
        self._values = hmac.digest(key, b"landbridge cache values", "sha256")

    def name(self, question: Question) -> str:
        """The question's name: an HMAC-SHA-256 of its words, each bound to its place."""
        return f"{PREFIX}/kept/{hmac.digest(self._names, rfc8785.dumps(list(question)), 'sha256').hex()}"

    def close(self, name: str, question: Question, kept: Kept) -> bytes | None:
        """The value to store, None for what cannot be written as canonical JSON (RFC 8785)."""
        words = _Sealed(
            question=question,
            materials=kept.materials,
            manifest_version=kept.manifest_version,
            retrieved_at=kept.retrieved_at,
            fresh_until=kept.fresh_until,
            stale_until=kept.stale_until,
            project=kept.project,
        )
        try:
            plain = rfc8785.dumps(words.model_dump(mode="json", by_alias=True))
        except rfc8785.CanonicalizationError:
            return None
        nonce = os.urandom(NONCE)
        return VERSION + nonce + self._cipher(name).encrypt(nonce, plain, VERSION + name.encode())

    def open(self, name: str, octets: bytes) -> tuple[Question, Kept] | None:
        """What was stored under this name; None for anything else: forged, cut, moved, of another form."""
        if octets[:1] != VERSION:
            return None
        nonce, rest = octets[1 : 1 + NONCE], octets[1 + NONCE :]
        try:
            plain = self._cipher(name).decrypt(nonce, rest, VERSION + name.encode())
            words = _Sealed.model_validate_json(plain)
        except (InvalidTag, ValueError, ValidationError):
            return None
        kept = Kept(
            words.materials,
            words.manifest_version,
            words.retrieved_at,
            words.fresh_until,
            words.stale_until,
            words.project,
        )
        return words.question, kept

    def _cipher(self, name: str) -> AESGCM:
        """A key for each name: random nonces never come near their bound (NIST SP 800-38D §8.3)."""
        return AESGCM(hmac.digest(self._values, name.encode(), "sha256"))


class SharedCache(MemoryCache):
    """Memory in front, Redis behind it. A Redis that is dead, hung or empty is only an empty one."""

    def __init__(
        self,
        capacity: int,
        link: Link,
        key: bytes,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        looked_up: Callable[[bool], None] = lambda _: None,
    ) -> None:
        super().__init__(capacity, looked_up)
        self._link, self._seal = link, Seal(key)
        self._monotonic, self._sleep = monotonic, sleep
        self._bringing: Flights[None] = Flights()
        self._purge, self._purge_seen = b"", -PURGE_SEEN_SECONDS

    async def bring(self, questions: Iterable[Question], now: datetime) -> None:
        """Put within reach what other nodes have kept; not asked for what is fresh in memory."""
        await self._heed_purges()
        wanted = [question for question in questions if not self._fresh(question, now)]
        await asyncio.gather(*(self._bring_once(question) for question in wanted))

    async def share(self, question: Question, now: datetime) -> None:
        """Let other nodes have what is kept for the question, as long as it may stand in for anything."""
        kept, name = self._kept.get(question), self._seal.name(question)
        value = self._seal.close(name, question, kept) if kept else None
        if kept and value and (left := int((kept.stale_until - now).total_seconds() * 1000)) > 0:
            await self._link.do(lambda redis: redis.set(name, value, px=left), None)

    @asynccontextmanager
    async def alone(self, question: Question, deadline: Deadline, now: datetime) -> AsyncIterator[None]:
        """While no other node asks the same; waits for one that does, as long as the deadline lets us.

        A lock is a courtesy, not a guarantee: where it is lost the agency hears the question twice.
        """
        lock, token = self._seal.name(question) + "/asking", secrets.token_bytes(16)
        patience = deadline.sub(min(LOCK_SECONDS, deadline.left() / 2))
        took = await self._take(lock, token)
        while took is False and not patience.spent:
            await self._sleep(POLL_SECONDS)
            await self._bring(question)
            if self._fresh(question, now):
                break
            took = await self._take(lock, token)
        try:
            if took:  # it may have been answered between our last look and the lock
                await self._bring(question)
            yield
        finally:
            if took:
                await self._link.do(lambda redis: redis.eval(_RELEASE, 1, lock, token), None)

    async def purge(self, selection: Selection) -> int:
        """Forget kept answers on every node; returns how many.

        Raises StoreUnavailable when the shared store does not answer all the way: nothing is sure then.
        """
        here = await super().purge(selection)
        gone = await self._erase(selection)
        # From here no node can bring back what was meant; what they still hold in memory they drop when they
        # see the mark. A crash before the mark leaves that to its time of freshness: purging again ends it.
        mark = secrets.token_bytes(16)
        if gone is None or not await self._link.do(lambda redis: redis.set(_PURGED, mark), None):
            raise StoreUnavailable(_NOT_PURGED)
        self._purge = mark
        return max(here, gone)

    def _fresh(self, question: Question, now: datetime) -> bool:
        kept = self._kept.get(question)
        return kept is not None and now < kept.fresh_until

    async def _bring_once(self, question: Question) -> None:
        """However many ask at once, one look."""
        await self._bringing.join(question, Deadline.after(_A_LOOK), lambda: self._bring(question))

    async def _bring(self, question: Question) -> None:
        name, purge = self._seal.name(question), self._purge
        octets = await self._link.do(lambda redis: redis.get(name), None)
        found = self._seal.open(name, octets) if isinstance(octets, bytes) else None
        if found is None or self._purge != purge:
            return
        mine = self._kept.get(question)
        if mine is None or mine.retrieved_at < found[1].retrieved_at:
            self.keep(question, found[1])

    async def _take(self, lock: str, token: bytes) -> bool | None:
        """Whether the lock is ours now; None when nobody can say."""
        px = int(LOCK_SECONDS * 1000)
        taken = await self._link.do(lambda redis: redis.set(lock, token, px=px, nx=True), _DOWN)
        return None if taken is _DOWN else bool(taken)

    async def _heed_purges(self) -> None:
        if self._monotonic() - self._purge_seen < PURGE_SEEN_SECONDS:
            return
        self._purge_seen = self._monotonic()
        mark = await self._link.do(lambda redis: redis.get(_PURGED), None)
        if isinstance(mark, bytes) and mark != self._purge:
            self._purge = mark
            self._kept.clear()

    async def _erase(self, selection: Selection) -> int | None:
        """Take what is meant out of the shared store; None when it did not answer all the way."""
        gone, cursor = 0, 0
        while True:
            page = await self._link.do(partial(_page, cursor), None)
            erased = None if page is None else await self._erase_page(selection, page[1])
            if page is None or erased is None:
                return None
            gone, cursor = gone + erased, page[0]
            if cursor == 0:
                return gone

    async def _erase_page(self, selection: Selection, names: list[bytes]) -> int | None:
        """One page of names; without a criterion also what nobody can open any more."""
        meant = names
        if names and selection != Selection():
            values = await self._link.do(lambda redis: _values(redis, names), None)
            if values is None:
                return None
            pairs = zip(names, values, strict=True)
            meant = [name for name, value in pairs if self._meant(selection, name, value)]
        return await self._link.do(lambda redis: _delete(redis, meant), None) if meant else 0

    def _meant(self, selection: Selection, name: bytes, value: bytes | None) -> bool:
        found = self._seal.open(name.decode("latin-1"), value) if value else None
        return found is not None and selection.covers(*found)


async def _page(cursor: int, redis: Redis) -> tuple[int, list[bytes]]:
    after, names = await redis.scan(cursor, f"{PREFIX}/kept/*", _SCAN)
    return int(after), cast("list[bytes]", names)


async def _values(redis: Redis, names: list[bytes]) -> list[bytes | None]:
    return cast("list[bytes | None]", await redis.mget(names))


async def _delete(redis: Redis, names: list[bytes]) -> int:
    return int(await redis.delete(*names))
