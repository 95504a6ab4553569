"""An adapter within its limits: hours, one budget, retries, places, breaker, pace, deadline."""

from __future__ import annotations

from adapters.base import Adapter, Clock
from adapters.manifest import Limits
from adapters.resilience.around import Around, Budget, Bulkhead, Deadlined, Hours, Paused
from adapters.resilience.breaker import Breaker
from adapters.resilience.flags import OwnBreaker, OwnFlags
from adapters.resilience.pacing import Pacing
from adapters.resilience.retry import Retry, repeatable
from adapters.resilience.watch import OURS, BreakerState, Lookout, Standing, Watch

__all__ = [
    "OURS",
    "Around",
    "BreakerState",
    "Lookout",
    "OwnBreaker",
    "OwnFlags",
    "Paused",
    "Standing",
    "Watch",
    "repeatable",
    "sturdy",
]


def sturdy(
    adapter: Adapter,
    limits: Limits,
    clock: Clock,
    lookout: Lookout | None = None,
    may_repeat: frozenset[str] = frozenset(),
) -> Adapter:
    """The order, written once, outermost first.

    Outside its `Hours` an agency costs nothing. One `Budget` covers everything below: queueing, pauses and
    every attempt. `Retry` holds no place while it waits. In the `Bulkhead` a caller may wait for a place, so
    the `Breaker` judges after it, and refuses at once; it sees every single attempt. What it refuses takes no
    turn of the `Pacing`. Whatever the kit does, the `Deadlined` call ends, and the breaker hears how.
    """
    watch = (lookout or Lookout(clock)).watch(adapter.agency, limits)
    careful = Breaker(Pacing(Deadlined(adapter), watch), watch)
    patient = Retry(Bulkhead(careful, watch), watch, may_repeat)
    return Hours(Budget(patient, limits), limits, clock)
