"""What we have seen of each agency: its outcomes, its breaker, its last word."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from adapters.base import Adapter, Clock, Flags, failed
from adapters.manifest import Limits
from adapters.resilience.flags import OwnFlags
from contracts.errors import FAULTS, AgencyFailed, Fault, FaultClass
from contracts.exchange import Evidence

OURS = frozenset({Fault.QUEUED, Fault.OUTSIDE_HOURS, Fault.BREAKER_OPEN, Fault.PAUSED})
"""Faults that say nothing of the agency: it was not even asked."""

ILL = frozenset(fault for fault, row in FAULTS.items() if row.cls is FaultClass.PASSING) - OURS
"""Faults that may be gone on the next try; what the breaker counts and what may be retried."""

WINDOW_SECONDS = 60.0
"""How far back the breaker looks."""

ILL_SHARE = 0.5
"""The share of failed calls at which it opens, once there were enough of them."""

REMEMBERED = 10_000
"""Outcomes remembered of one agency at most."""

ILL_SECONDS = 3600.0
"""How long a tripped breaker waits for somebody to ask before it forgets."""


class BreakerState(StrEnum):
    """Closed: asked as usual. Open: not asked. Half-open: one call may try."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agency stands with this node."""

    breaker: BreakerState
    next_try: datetime | None
    last_success: datetime | None
    last_failure: datetime | None
    last_fault: Fault | None
    outcomes: int
    failures: int
    busy: int


class Watch:
    """One agency as seen from here. Its breaker's flags are shared between nodes, its counts are not."""

    def __init__(self, agency: str, limits: Limits, lookout: Lookout) -> None:
        self.agency, self.limits, self.busy = agency, limits, 0
        self._clock, self._monotonic = lookout.clock, lookout.monotonic
        self.flags, self.sleep = lookout.flags, lookout.sleep
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=REMEMBERED)
        self._tripped, self._pause, self._trial = (
            f"{name}/{agency}" for name in ("tripped", "pause", "trial")
        )
        self._last_success: datetime | None = None
        self._last_failure: tuple[datetime, Fault] | None = None

    async def admit(self) -> bool:
        """Whether this call is the one that tries a tripped breaker.

        Raises AgencyUnavailable (breaker open), with the instant of the next try.
        """
        if await self.flags.left(self._tripped) is None:
            return False
        wait = await self.flags.left(self._pause)
        if wait is None and await self.flags.claim(self._trial, self.limits.deadline):
            return True
        if wait is None:  # somebody is trying it right now
            wait = await self.flags.left(self._trial) or 0.0
        raise failed(Fault.BREAKER_OPEN, next_try=self._clock() + timedelta(seconds=wait))

    async def saw(self, fault: Fault | None, *, trial: bool) -> None:
        """How a call to the agency ended; the breaker opens or closes on it."""
        if fault in OURS:
            await self.left_unseen(trial=trial)
            return
        ill = fault in ILL
        self._outcomes.append((self._monotonic(), ill))
        if trial and not ill:
            self._outcomes.clear()
            await self.flags.lower(self._tripped, self._pause, self._trial)
        elif trial or (ill and self._too_ill() and await self.flags.left(self._tripped) is None):
            await self._trip()

    async def left_unseen(self, *, trial: bool) -> None:
        """The call was given up before anything could be learned; somebody else may try."""
        if trial:
            await self.flags.lower(self._trial)

    def heard(self) -> None:
        """A reply could be read."""
        self._last_success = self._clock()

    def missed(self, fault: Fault) -> None:
        """There was no reply, or none that could be used."""
        self._last_failure = (self._clock(), fault)

    async def standing(self) -> Standing:
        """How it stands now."""
        pause = await self.flags.left(self._pause)
        tripped = await self.flags.left(self._tripped) is not None
        rest = BreakerState.HALF_OPEN if tripped else BreakerState.CLOSED
        recent = self._recent()
        return Standing(
            breaker=BreakerState.OPEN if pause is not None else rest,
            next_try=None if pause is None else self._clock() + timedelta(seconds=pause),
            last_success=self._last_success,
            last_failure=self._last_failure[0] if self._last_failure else None,
            last_fault=self._last_failure[1] if self._last_failure else None,
            outcomes=len(recent),
            failures=sum(recent),
            busy=self.busy,
        )

    async def _trip(self) -> None:
        await self.flags.hoist(self._tripped, ILL_SECONDS)
        await self.flags.hoist(self._pause, self.limits.breaker.pause)
        await self.flags.lower(self._trial)

    def _too_ill(self) -> bool:
        recent = self._recent()
        return len(recent) >= self.limits.breaker.least and sum(recent) >= ILL_SHARE * len(recent)

    def _recent(self) -> list[bool]:
        since = self._monotonic() - WINDOW_SECONDS
        while self._outcomes and self._outcomes[0][0] <= since:
            self._outcomes.popleft()
        return [ill for _, ill in self._outcomes]


class Lookout:
    """One watch for each agency, kept over all versions of its manifest.

    `monotonic` gives seconds, `sleep` waits for some: tests hand in their own.
    """

    def __init__(
        self,
        clock: Clock,
        flags: Flags | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.clock, self.monotonic, self.sleep = clock, monotonic, sleep
        self.flags: Flags = flags or OwnFlags(monotonic)
        self._watches: dict[str, Watch] = {}

    def watch(self, agency: str, limits: Limits) -> Watch:
        """The agency's watch, under these limits from now on."""
        watch = self._watches.setdefault(agency, Watch(agency, limits, self))
        watch.limits = limits
        return watch

    def of(self, agency: str) -> Watch | None:
        """The agency's watch, None before its adapter was first assembled."""
        return self._watches.get(agency)


def judged(adapter: Adapter, found: list[Evidence]) -> AgencyFailed | None:
    """What a reply says of the agency's health.

    Only statuses that may mean overload or breakdown are read here (RFC 9110 §15.6, RFC 6585 §4): a kit knows
    better than the number, as SOAP answers a plain "no" with 500.
    """
    for evidence in found:
        if evidence.status == 429 or evidence.status >= 500:
            try:
                adapter.read(evidence)
            except AgencyFailed as failure:
                return failure
    return None
