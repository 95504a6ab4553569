"""A command's work in an open house, and whose it is."""

from __future__ import annotations

import asyncio
import getpass
from typing import TYPE_CHECKING, Any, TypeVar

from contracts.audit import Draft, EntryKind
from gateway.cli.loading import loading

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.house import House

T = TypeVar("T")


def operator() -> str:
    """The account at this terminal, for the log."""
    return f"os:{getpass.getuser()}"


def in_house(work: Callable[[House], Awaitable[T]], *, looking: bool = False) -> T:
    """Open the house, do the work, close it; `looking` opens it also where the log is damaged."""
    with loading():
        from gateway.building import open_house
        from gateway.settings import Settings

    async def inside() -> T:
        async with open_house(Settings(), looking=looking) as house:
            return await work(house)

    return asyncio.run(inside())


def own_act(kind: EntryKind = EntryKind.TRIED, **facts: Any) -> Draft:
    """An entry of an act at this terminal; without a kind, what it was is filled in where it is done."""
    return Draft(kind=kind, operator=operator(), **facts)
