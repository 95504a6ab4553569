"""Samples of drafts that are done, taken away: they may be about persons, and nobody needs them any more."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from contracts.errors import LandbridgeError

if TYPE_CHECKING:
    from gateway.house import House
    from gateway.papers import Cleared

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
"""How often a node looks for samples that are due."""


async def keep_clearing(house: House) -> None:
    """Clear, and clear again, for as long as the house is open."""
    while True:
        try:
            tell(await house.papers.clear())
        except LandbridgeError as error:
            log.warning("samples wait: %s", error)  # the database or the vault is out
        await asyncio.sleep(LOOK_SECONDS)


def tell(cleared: Cleared) -> None:
    """How many, of each sort; never which."""
    if cleared.samples or cleared.dropped or cleared.staying:
        log.info(
            "samples of drafts: %d taken away; objects: %d gone from the vault, %d staying "
            "(put before samples had objects of their own)",
            *cleared[:3],
        )
    if cleared.waiting:
        log.warning("objects of samples: %d that the disk does not let go, tried again", cleared.waiting)
