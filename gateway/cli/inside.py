"""A command's work in an open house."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from contracts.audit import Draft, EntryKind
from gateway.app import open_house
from gateway.cli.consumer import operator
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.house import House

T = TypeVar("T")


def in_house(work: Callable[[House], Awaitable[T]]) -> T:
    """Open the house, do the work, close it."""

    async def inside() -> T:
        async with open_house(Settings()) as house:
            return await work(house)

    return asyncio.run(inside())


def own_act() -> Draft:
    """An entry of an act at this terminal; what it was is filled in where it is done."""
    return Draft(kind=EntryKind.TRIED, operator=operator())
