"""Turns for others while rows are taken in and written down, as large documents are read."""

from __future__ import annotations

import asyncio
import time

from adapters.documents import TURN


class Turns:
    """A stretch of work on the event loop, in slices."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    async def given(self) -> None:
        """Let others have their turn once ours has lasted long enough."""
        if time.perf_counter() - self._since > TURN:
            await asyncio.sleep(0)
            self._since = time.perf_counter()
