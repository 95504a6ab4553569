"""Re-pulls, done: case by case an ask like any other, so that the next one in the case is right.

By the built-in consumer `repull`, under its own grant and in the log.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from contracts.errors import LandbridgeError
from contracts.exchange import Ask
from gateway.repulls import DONE, FAILED
from gateway.rooms import Knock

if TYPE_CHECKING:
    from gateway.house import House
    from gateway.repulls import Taken
    from gateway.rooms import Answer

log = logging.getLogger(__name__)

CONSUMER = PURPOSE = "repull"
"""The built-in consumer and its purpose, as grants name them."""

AT_ONCE = 4
"""Cases asked about side by side; the agency's own limits hold besides."""

LOOK_SECONDS = 5.0
"""How often a node looks for cases that another node was given or left behind."""


async def keep_working(house: House) -> None:
    """Take case after case, for as long as the house is open."""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await house.repulls.ordered.wait()
        house.repulls.ordered.clear()
        try:
            await work(house)
        except LandbridgeError as error:
            log.warning("re-pulls wait: %s", error)  # the database is out; the rows stand


async def work(house: House) -> None:
    """Everything that waits now, some at once. Raises LandbridgeError: the database is out."""
    with house.access.lent(CONSUMER) as credential:
        ends = await asyncio.gather(
            *(_one_after_another(house, credential) for _ in range(AT_ONCE)), return_exceptions=True
        )
    for broken in (end for end in ends if end is not None):
        raise broken


async def _one_after_another(house: House, credential: str) -> None:
    while taken := await house.repulls.take():
        state, told = await _ask(house, credential, taken)
        if state == FAILED:
            log.warning("re-pull %s, case %s: %s", taken.repull, taken.case, told["problem"])
        # A crash before this row is written asks once more, later; asking twice harms nobody.
        await house.repulls.end(taken, state, told)


async def _ask(house: House, credential: str, taken: Taken) -> tuple[str, dict[str, str]]:
    words = {
        "project_code": taken.project,
        "procedure": "first-registration",
        "kinds": taken.kinds,
        "max_age": 0,
        "case": taken.case,
        "purpose": PURPOSE,
        "operator": taken.by.replace(":", "."),
    }
    address = f"{house.base_url}/v1/dossiers"
    knock = Knock(credential, CONSUMER, "POST", address, lambda: Ask.model_validate(words, strict=False))
    try:
        return _told(await house.exchange.dossier(knock))
    except LandbridgeError as error:
        return FAILED, {"problem": error.type}


def _told(answer: Answer) -> tuple[str, dict[str, str]]:
    body = json.loads(answer.body)
    if answer.status != 200:
        return FAILED, {"problem": body["type"].rpartition(":")[2]}
    return DONE, {material["kind"]: material["retrieval"] for material in body["materials"]}
