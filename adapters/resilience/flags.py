"""Flags and turns of one process: what a single node knows."""

from __future__ import annotations

import time
from collections.abc import Callable

from adapters.base import Flags


class OwnFlags:
    """The in-process `Flags`; a name costs a few octets, and there are some three for each agency."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until: dict[str, float] = {}
        self._turns: dict[str, float] = {}

    async def hoist(self, name: str, seconds: float) -> None:
        """Put a flag up, or up again, for so long."""
        self._until[name] = self._monotonic() + seconds

    async def claim(self, name: str, seconds: float) -> bool:
        """Put a flag up if it is down; whether it was."""
        if await self.left(name) is not None:
            return False
        await self.hoist(name, seconds)
        return True

    async def left(self, name: str) -> float | None:
        """Seconds for which a flag still stands, None when it is down."""
        left = self._until.get(name, 0.0) - self._monotonic()
        return left if left > 0 and name in self._until else None

    async def lower(self, *names: str) -> None:
        """Take flags down."""
        for name in names:
            self._until.pop(name, None)

    async def turn(self, name: str, interval: float, patience: float) -> float | None:
        """Seconds until the next turn, None when that is beyond patience."""
        now = self._monotonic()
        at = max(self._turns.get(name, now), now)
        if at - now > patience:
            return None
        self._turns[name] = at + interval
        return at - now


class OwnBreaker(OwnFlags):
    """Flags of one's own, but turns of `others`: the agency hears no more a second because somebody tries."""

    def __init__(self, others: Flags, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(monotonic)
        self._others = others

    async def turn(self, name: str, interval: float, patience: float) -> float | None:
        """Seconds until the next turn among the others', None when that is beyond patience."""
        return await self._others.turn(name, interval, patience)
