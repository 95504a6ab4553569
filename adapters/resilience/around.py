"""An adapter around an adapter: opening hours, one budget for all of it, so many at once, a hard end."""

# ruff: noqa: D102  what is only handed on is described in the Adapter protocol

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from adapters.base import (
    Adapter,
    Capabilities,
    Clock,
    Deadline,
    Freshness,
    Key,
    Keys,
    Locator,
    Probe,
    ReadOut,
    RowTrace,
    failed,
)
from adapters.manifest import Limits
from adapters.resilience.watch import Watch
from contracts.errors import Fault
from contracts.exchange import Evidence, Grant
from contracts.time import BEIJING


class Around(Adapter):
    """Hands everything on to the adapter inside."""

    def __init__(self, inner: Adapter) -> None:
        self._inner = inner

    @property
    def agency(self) -> str:
        return self._inner.agency

    @property
    def version(self) -> int:
        return self._inner.version

    @property
    def kinds(self) -> tuple[str, ...]:
        return self._inner.kinds

    @property
    def capabilities(self) -> Capabilities:
        return self._inner.capabilities

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._inner.secrets

    def opened_by(self, kind: str) -> tuple[str, ...]:
        return self._inner.opened_by(kind)

    def freshness(self, kind: str) -> Freshness:
        return self._inner.freshness(kind)

    def key_for(self, kind: str, keys: Keys) -> Key | None:
        return self._inner.key_for(kind, keys)

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        return await self._inner.pull(grant, keys, deadline)

    def read(self, evidence: Evidence) -> ReadOut:
        return self._inner.read(evidence)

    def explain(self, evidence: Evidence) -> tuple[RowTrace, ...]:
        return self._inner.explain(evidence)

    def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        return self._inner.fetch(grant, locator, deadline)

    async def probe(self, deadline: Deadline) -> Probe:
        return await self._inner.probe(deadline)


class Paused(Around):
    """Is not asked, as long as a person says so; it can still be probed and what it said be read."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(self._inner.capabilities, paused=True)

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Raises AgencyUnavailable (paused)."""
        del grant, keys, deadline
        raise failed(Fault.PAUSED)

    async def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """Raises AgencyUnavailable (paused)."""
        del grant, locator, deadline
        raise failed(Fault.PAUSED)
        yield b""  # what makes this a stream


class Hours(Around):
    """Asks only while the agency is open, by the clock at +08:00; hours may pass midnight."""

    def __init__(self, inner: Adapter, limits: Limits, clock: Clock) -> None:
        super().__init__(inner)
        self._hours, self._clock = limits.hours, clock

    def _check(self) -> None:
        if self._hours is None:
            return
        (opens, closes), now = self._hours, self._clock().astimezone(BEIJING)
        time = now.time()
        is_open = opens <= time < closes if opens <= closes else time >= opens or time < closes
        if not is_open:
            today = now.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0)
            raise failed(Fault.OUTSIDE_HOURS, next_try=today if today > now else today + timedelta(days=1))

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Ask, if it is open. Raises AgencyUnavailable (outside hours)."""
        self._check()
        return await self._inner.pull(grant, keys, deadline)

    async def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """Fetch, if it is open. Raises AgencyUnavailable (outside hours)."""
        self._check()
        async with aclosing(self._inner.fetch(grant, locator, deadline)) as chunks:
            async for chunk in chunks:
                yield chunk


class Budget(Around):
    """No pull takes longer than the agency's own deadline, retries and queueing included."""

    def __init__(self, inner: Adapter, limits: Limits) -> None:
        super().__init__(inner)
        self._seconds, self._file_seconds = limits.deadline, limits.attachment_deadline

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Ask, within the agency's deadline."""
        return await self._inner.pull(grant, keys, deadline.sub(self._seconds))

    def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """Fetch, within the deadline for files."""
        return self._inner.fetch(grant, locator, deadline.sub(self._file_seconds))

    async def probe(self, deadline: Deadline) -> Probe:
        """Probe, within the agency's deadline."""
        return await self._inner.probe(deadline.sub(self._seconds))


class Deadlined(Around):
    """No call outlives its deadline, whatever the kit does."""

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Ask, until the deadline."""
        async with deadline.kept():
            return await self._inner.pull(grant, keys, deadline)

    # Within a stream the kit keeps the deadline: a timer around a yield would cancel whoever is reading.

    async def probe(self, deadline: Deadline) -> Probe:
        """Probe, until the deadline."""
        async with deadline.kept():
            return await self._inner.probe(deadline)


class Bulkhead(Around):
    """So many conversations with one agency at once; one slow agency cannot take every connection."""

    def __init__(self, inner: Adapter, watch: Watch) -> None:
        super().__init__(inner)
        self._watch, self._places = watch, asyncio.Semaphore(watch.limits.concurrency)

    @asynccontextmanager
    async def _place(self, deadline: Deadline) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(deadline.left()):
                await self._places.acquire()
        except TimeoutError:
            raise failed(Fault.QUEUED) from None
        self._watch.busy += 1
        try:
            yield
        finally:
            self._watch.busy -= 1
            self._places.release()

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Ask, when a place is free."""
        async with self._place(deadline):
            return await self._inner.pull(grant, keys, deadline)

    async def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """Fetch, when a place is free; it is taken until the stream ends."""
        async with self._place(deadline), aclosing(self._inner.fetch(grant, locator, deadline)) as chunks:
            async for chunk in chunks:
                yield chunk
