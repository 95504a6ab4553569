"""What the database said a moment ago, so that not every ask reads it again."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

LATELY_SECONDS = 1.0
"""How old what is remembered may be: the bound on when another node's change is seen here."""


class Lately(Generic[T]):
    """What `look` finds, looked for again once a second at most, by one for everybody who waits meanwhile.

    `monotonic` gives seconds. An error of `look` is the caller's, and nothing is remembered of it.
    """

    def __init__(
        self, look: Callable[[], Awaitable[T]], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._look, self._monotonic = look, monotonic
        self._turn = asyncio.Lock()
        self._changes = 0
        self._found: tuple[float, T] | None = None

    async def __call__(self) -> T:
        """At most a second old, and no older than what this node wrote last."""
        if (found := self._recent()) is None:
            async with self._turn:
                found = self._recent() or await self._looked()
        return found[1]

    @property
    def last(self) -> T | None:
        """What was found last, however long ago; None before any look, and once this node has written."""
        return self._found[1] if self._found else None

    def changed(self) -> None:
        """This node has written: whoever comes from now on is told what is there then."""
        self._changes += 1
        self._found = None

    def _recent(self) -> tuple[float, T] | None:
        found = self._found
        return found if found and self._monotonic() - found[0] < LATELY_SECONDS else None

    async def _looked(self) -> tuple[float, T]:
        changes, began = self._changes, self._monotonic()
        found = began, await self._look()
        # What was written while we looked may not be in it: it is good for this caller, for nobody later.
        if changes == self._changes:
            self._found = found
        return found
