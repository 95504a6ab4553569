"""How the agencies answered this process lately: counted for Prometheus, and kept for a day for people."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.resilience import OURS, Around
from contracts.errors import AgencyFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.base import Adapter, Deadline, Keys, ReadOut
    from contracts.exchange import Evidence, Grant
    from gateway.metrics import Metrics

SLOT = timedelta(minutes=30)
SLOTS = 48
"""Half hours of a day; of an agency no more than these few numbers are kept."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Half an hour from `begins` on: how often it was asked, how often in vain, how long that took (s)."""

    begins: datetime
    asked: int = 0
    failed: int = 0
    seconds: float = 0.0
    slowest: float = 0.0

    @property
    def mean(self) -> float:
        """Seconds that an answer took; 0 where nobody asked."""
        return self.seconds / self.asked if self.asked else 0.0


class Recent:
    """The last day of every agency, as far as this process has seen it: since `since`, by its own clock."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock, self.since = clock, clock()
        self._slots: dict[str, deque[Slot]] = {}

    def pulled(self, agency: str, outcome: str, seconds: float) -> None:
        """A pull that ended: `evidence`, a fault, or `given-up`. Nobody was asked: nothing is counted."""
        if outcome == "given-up" or outcome in OURS:
            return
        slot = self._now(agency)
        self._put(
            agency,
            replace(
                slot,
                asked=slot.asked + 1,
                failed=slot.failed + (outcome != "evidence"),
                seconds=slot.seconds + seconds,
                slowest=max(slot.slowest, seconds),
            ),
        )

    def unread(self, agency: str) -> None:
        """A reply that came and could not be used: the pull before it was in vain."""
        slot = self._now(agency)
        self._put(agency, replace(slot, failed=min(slot.failed + 1, slot.asked)))

    def of(self, agency: str) -> tuple[Slot, ...]:
        """The half hours in which it was asked within the last day, oldest first."""
        first = self._begins() - (SLOTS - 1) * SLOT
        return tuple(slot for slot in self._slots.get(agency, ()) if slot.begins >= first)

    def _begins(self) -> datetime:
        now = self._clock()
        return now.replace(minute=now.minute - now.minute % 30, second=0, microsecond=0)

    def _now(self, agency: str) -> Slot:
        last = self._slots.get(agency)
        begins = self._begins()
        return last[-1] if last and last[-1].begins == begins else Slot(begins)

    def _put(self, agency: str, slot: Slot) -> None:
        slots = self._slots.setdefault(agency, deque(maxlen=SLOTS))
        if slots and slots[-1].begins == slot.begins:
            slots.pop()
        slots.append(slot)


class Observed(Around):
    """An adapter whose pulls are timed and whose unusable replies are counted."""

    def __init__(self, inner: Adapter, metrics: Metrics, recent: Recent) -> None:
        super().__init__(inner)
        self._metrics, self._recent = metrics, recent

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Ask, by the clock on the wall of this process."""
        began, outcome = time.perf_counter(), "given-up"
        try:
            found = await self._inner.pull(grant, keys, deadline)
            outcome = "evidence"
        except AgencyFailed as failure:
            outcome = failure.fault.value
            raise
        else:
            return found
        finally:
            seconds = time.perf_counter() - began
            self._metrics.pulled(self.agency, outcome, seconds)
            self._recent.pulled(self.agency, outcome, seconds)

    def read(self, evidence: Evidence) -> ReadOut:
        """Read; what cannot be used is counted."""
        try:
            return self._inner.read(evidence)
        except AgencyFailed as failure:
            self._metrics.unread(self.agency, failure.fault.value)
            self._recent.unread(self.agency)
            raise
