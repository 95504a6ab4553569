"""The breaker: an agency that fails and fails is left alone for a while, then tried with one call."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from adapters.base import Adapter, Deadline, Keys, Locator, ReadOut
from adapters.resilience.around import Around
from adapters.resilience.watch import Watch, judged
from contracts.errors import AgencyFailed, Fault
from contracts.exchange import Evidence, Grant


class Breaker(Around):
    """Closed, open, half-open: by the share of failed calls within a sliding window."""

    def __init__(self, inner: Adapter, watch: Watch) -> None:
        super().__init__(inner)
        self._watch = watch

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Ask, if the breaker lets us. Raises AgencyUnavailable (breaker open)."""
        async with self._passage() as ended:
            found = await self._inner.pull(grant, keys, deadline)
            failure = judged(self._inner, found)
            ended.append(failure.fault if failure else None)
            return found

    async def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """Fetch, if the breaker lets us; once octets come the agency is well, however the reader goes on."""
        async with self._passage() as ended, aclosing(self._inner.fetch(grant, locator, deadline)) as chunks:
            async for chunk in chunks:
                ended[:] = [None]
                yield chunk
            ended[:] = [None]

    def read(self, evidence: Evidence) -> ReadOut:
        """What it says; remembered as the agency's last word."""
        try:
            found = self._inner.read(evidence)
        except AgencyFailed as failure:
            self._watch.missed(failure.fault)
            raise
        self._watch.heard()
        return found

    @asynccontextmanager
    async def _passage(self) -> AsyncIterator[list[Fault | None]]:
        """One call; what its caller puts into the list is how it ended."""
        trial = await self._watch.admit()
        ended: list[Fault | None] = []
        try:
            yield ended
        except AgencyFailed as failure:
            ended[:] = [failure.fault]
            self._watch.missed(failure.fault)
            raise
        finally:
            if ended:
                await self._watch.saw(ended[0], trial=trial)
            else:  # the asker hung up: nothing was learned of the agency
                await self._watch.left_unseen(trial=trial)
