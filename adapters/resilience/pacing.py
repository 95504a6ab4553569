"""Pacing: no more calls a second than the agency allows, over all nodes together."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from adapters.base import Adapter, Deadline, Keys, Locator, failed
from adapters.resilience.around import Around
from adapters.resilience.watch import Watch
from contracts.errors import Fault
from contracts.exchange import Evidence, Grant


class Pacing(Around):
    """Calls evenly spaced; one whose turn would come after its deadline takes none."""

    def __init__(self, inner: Adapter, watch: Watch) -> None:
        super().__init__(inner)
        self._watch = watch

    async def _turn(self, deadline: Deadline) -> None:
        per_second = self._watch.limits.per_second
        if per_second is None:
            return
        name = f"turn/{self._watch.agency}"
        wait = await self._watch.flags.turn(name, 1 / per_second, deadline.left())
        if wait is None:
            raise failed(Fault.QUEUED)
        if wait:
            await self._watch.sleep(wait)

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Ask, when it is our turn. Raises AgencyUnavailable (queued)."""
        await self._turn(deadline)
        return await self._inner.pull(grant, keys, deadline)

    async def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """Fetch, when it is our turn. Raises AgencyUnavailable (queued)."""
        await self._turn(deadline)
        async with aclosing(self._inner.fetch(grant, locator, deadline)) as chunks:
            async for chunk in chunks:
                yield chunk
