"""Waiting for a condition, where nobody can tell us that it has come about."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

PATIENCE_SECONDS = 120.0


async def until(holds: Callable[[], bool | Awaitable[bool]], seconds: float = PATIENCE_SECONDS) -> None:
    """Look again and again. Raises TimeoutError when it does not come about."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if await found if isawaitable(found) else found:
                return
            await asyncio.sleep(0.02)
