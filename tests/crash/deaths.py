"""Rounds of a gateway that dies at a random moment and is started again, under one running load."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from tests.crash.load import Load
from tests.crash.office import deliver
from tests.crash.site import Site

T = TypeVar("T")
SOAK = os.environ.get("LANDBRIDGE_SOAK") == "1"
ROUNDS = 1000 if SOAK else 30
SEED = random.randrange(1 << 32) if SOAK else 20260302


def in_soak(*cases: T) -> tuple[T, ...]:
    """Cases for `make soak` alone: they show nothing that one kept for every day does not show."""
    return cases if SOAK else ()


Aftermath = Callable[[random.Random], Awaitable[None]]
"""What else happens while there is no gateway: the power goes, the database dies too."""


async def nothing(_rng: random.Random) -> None:
    """Only the process was killed."""


class Powered(Protocol):
    """What loses its power and has it again."""

    async def cut(self, seed: int = 0) -> None: ...


def power_cut(powered: Powered) -> Aftermath:
    """Half of the time nothing of what was not synced survives, half of the time some of it does."""

    async def cut(rng: random.Random) -> None:
        await powered.cut(rng.choice([0, rng.randrange(1, 1 << 30)]))

    return cut


async def die_often(
    site: Site,
    rounds: int,
    seed: int = SEED,
    *,
    alter: Sequence[tuple[str, str]] = (),
    aftermath: Aftermath = nothing,
) -> Load:
    """Gives the load, stopped, with all it was told. Every fifth gateway is killed while it starts, too."""
    rng = random.Random(seed)
    load = Load(site.base, await site.add_consumer(alter=list(alter)), seed)
    await load.start()
    for number in range(rounds):
        gateway = await site.serve(alter=list(alter))
        load.up.set()
        deliver(site.home / "drop", number, sick=number % 5 == 4)
        await load.more(rng.randrange(1, 9), enough=gateway.status.done)
        await asyncio.sleep(rng.random() * 0.02)  # anywhere between one write and the next
        load.up.clear()
        assert await gateway.kill() == -9, site.said.read_text("utf-8")[-3000:]
        await aftermath(rng)
        if load.memory.unrecorded:
            break
        if rng.random() < 0.2:
            infant = await site.landbridge("serve", alter=list(alter))
            await asyncio.sleep(rng.random() * 0.4)
            await infant.kill()
            await aftermath(rng)
    await load.stop()
    return load
