"""Samples of drafts that are done, taken away: they may be about persons, and nobody needs them any more."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from contracts.errors import LandbridgeError

if TYPE_CHECKING:
    from gateway.house import House

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
"""How often a node looks for samples that are due."""


async def keep_clearing(house: House) -> None:
    """Clear, and clear again, for as long as the house is open."""
    while True:
        try:
            if gone := await house.papers.clear():
                log.info("%d samples of drafts taken away", gone)
        except LandbridgeError as error:
            log.warning("samples wait: %s", error)  # the database or the vault is out
        await asyncio.sleep(LOOK_SECONDS)
