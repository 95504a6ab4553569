"""Stand-ins given back: while one serves, its agency is asked now and then, so that its own word returns.

An errand for the built-in consumer `repull`, under its grant and in the log. Where the agency answers, that
replaces the stand-in, and the two are compared.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from adapters.resilience import BreakerState
from contracts.errors import LandbridgeError, NotGranted
from contracts.standins import STAND_IN
from contracts.text import text
from contracts.time import day_of
from gateway.access.grants import permit
from gateway.jobs.repull import CONSUMER, PURPOSE
from gateway.repulls import Errand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from contracts.text import Text
    from gateway.house import House
    from gateway.standins import StandIn

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
"""How often a node looks for stand-ins whose agency may be asked again."""

AT_MOST = 20
"""Errands sent at one look; how many are run side by side is the re-pulls' to say."""

BY, REASON = "gateway", "stand-in in force"

_STAYING = text(
    "{count} 份在用补录材料（{kinds}）没有自动替换所需的授权；"
    "请在 grants.yaml 中授权需求方 repull 以用途 repull 取这些材料",
    "Nothing gives back {count} stand-ins in force ({kinds}); grant these kinds to consumer repull, purpose "
    "repull, in grants.yaml",
)


async def keep_looking(house: House) -> None:
    """Look, and look again, for as long as the house is open."""
    told: set[str] = set()
    while True:
        try:
            await send(house)
            _tell(await ungranted(house), told)
        except LandbridgeError as error:
            log.warning("stand-ins wait: %s", error)  # the database is out, or the grants cannot be read
        await asyncio.sleep(LOOK_SECONDS)


async def send(house: House) -> int:
    """An errand for every stand-in in force whose pause is over, as `Repulls.send` has it; how many.

    Not of an agency that is known to be down, and not what no grant covers. Raises LandbridgeError.
    """
    barred = {each.id for each in await ungranted(house)}
    waiting = [each for each in await house.stand_ins.in_force() if each.id not in barred]
    if not waiting:
        return 0
    open_to = await _askable(house)
    errands = [_errand(each, open_to[each.kind]) for each in waiting if each.kind in open_to]
    return await house.repulls.send(errands, AT_MOST, BY)


async def ungranted(house: House) -> list[StandIn]:
    """Stand-ins in force that nothing replaces by itself: no grant lets `repull` ask for their kind."""
    in_force = await house.stand_ins.in_force()
    if not in_force:
        return []
    grants, today = await house.grants(), day_of(house.clock())

    def granted(kind: str) -> bool:
        try:
            permit(grants, CONSUMER, PURPOSE, (kind,), today)
        except NotGranted:
            return False
        return True

    return [each for each in in_force if not granted(each.kind)]


async def trouble(house: House) -> Text | None:
    """What an operator has to mend, or some stand-ins serve until their term ends. Raises LandbridgeError."""
    staying = await ungranted(house)
    kinds = ", ".join(sorted({each.kind for each in staying}))
    return _STAYING.fill(count=len(staying), kinds=kinds) if staying else None


async def _askable(house: House) -> dict[str, str]:
    """By kind an agency that issues it and is not known to be down."""
    found: dict[str, str] = {}
    for adapter in await house.agencies.all():
        watch = house.lookout.of(adapter.agency)
        if watch is None or (await watch.standing()).breaker is not BreakerState.OPEN:
            found |= dict.fromkeys(adapter.kinds, adapter.agency)
    return found


def _errand(stand_in: StandIn, agency: str) -> Errand:
    return Errand(
        name=stand_in.id.removeprefix(STAND_IN),
        agency=agency,
        kind=stand_in.kind,
        case=stand_in.id,
        project=stand_in.project,
        since=stand_in.decided_at or stand_in.entered_at,
        reason=REASON,
    )


def _tell(barred: Iterable[StandIn], told: set[str]) -> None:
    """Each once."""
    for each in barred:
        if each.id not in told:
            told.add(each.id)
            log.warning("stand-in %s stays: no grant lets %s ask for %s", each.id, CONSUMER, each.kind)
