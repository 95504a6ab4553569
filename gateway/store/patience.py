"""Waiting for another thread, fairly: what we ourselves were too busy to hear is not held against it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_SECONDS = 0.05
"""How often we look whether we were on time ourselves."""


async def heard(
    word: asyncio.Future[Any], left: Callable[[], float], monotonic: Callable[[], float] = time.monotonic
) -> bool:
    """Whether the word comes before the seconds `left` run out; it is neither read nor cancelled here.

    By how much this loop itself woke too late, for it was busy, or the process stood still, is added: the
    thread that works for us stood still as well, or has spoken and was not heard.
    """
    late = 0.0
    while not word.done() and (patience := left() + late) > 0:
        look = min(patience, LOOK_SECONDS)
        due = monotonic() + look
        await asyncio.wait({word}, timeout=look)
        late += max(0.0, monotonic() - due)
    return word.done()
