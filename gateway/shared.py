"""What several nodes share through Redis or Valkey: the connection, and the agencies' flags and turns."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, TypeVar

from contracts.errors import SetupIncomplete
from contracts.text import text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from redis.asyncio import Redis as Redis  # noqa: PLC0414  for those whose work is done there

    from adapters.base import Flags

log = logging.getLogger(__name__)

PREFIX = "landbridge"
"""Every key begins with it, so that a Redis may serve others too."""

PATIENCE_SECONDS = 0.15
"""How long one thing may take there. What takes longer is done without."""

TURNS = 30
"""How many turns of our loop that is, at least."""

REST_SECONDS = 1.0
"""How long a Redis that failed is not spoken to."""

CONNECTIONS = 16

T = TypeVar("T")
D = TypeVar("D")


class Link:
    """The connection. Whatever fails or takes too long there gives `otherwise`, at once and for a while."""

    def __init__(self, url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        # Here, so that a node alone need not load it.
        from redis.asyncio import Redis  # noqa: PLC0415
        from redis.exceptions import RedisError, ResponseError  # noqa: PLC0415

        self._unreadable, self._failed = ResponseError, (RedisError, OSError, TimeoutError)
        try:
            self._redis: Redis = Redis.from_url(url, max_connections=CONNECTIONS * 4)
        except ValueError:
            raise SetupIncomplete(
                text("LANDBRIDGE_REDIS_URL 不是有效地址", "LANDBRIDGE_REDIS_URL is not an address of a Redis")
            ) from None
        self._monotonic, self._down_until = monotonic, -REST_SECONDS
        self._places = asyncio.Semaphore(CONNECTIONS)

    async def do(self, work: Callable[[Redis], Awaitable[T]], otherwise: D) -> T | D:
        """What `work` gives, or `otherwise`. Never raises for anything that happens at the other end."""
        async with self._places:
            if self._monotonic() < self._down_until:
                return otherwise
            try:
                return await _in_time(work(self._redis))
            except self._unreadable:  # it answered: what stands there is not ours to read
                return otherwise
            except self._failed as error:
                log.warning("redis is not answering: %s", type(error).__name__)
                self._down_until = self._monotonic() + REST_SECONDS
                return otherwise

    async def answers(self) -> bool:
        """Whether it is there now."""
        return bool(await self.do(lambda redis: redis.ping(), False))  # noqa: FBT003  what a dead one says

    async def close(self) -> None:
        """End the connection."""
        await self._redis.aclose()


async def _in_time(work: Awaitable[T]) -> T:
    """What `work` gives. Raises TimeoutError when the other end is late.

    Patience is counted in turns of our own loop: in a crowded one a turn takes longer, and an answer that
    lies there waiting to be read is not late.
    """
    task = asyncio.ensure_future(work)
    try:
        for _ in range(TURNS):
            await asyncio.wait({task}, timeout=PATIENCE_SECONDS / TURNS)
            if task.done():
                return task.result()
        raise TimeoutError
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=PATIENCE_SECONDS)


_DOWN = object()

_TURN = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local at = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
if at < now or at > now + 3600000000 then at = now end
if at - now > tonumber(ARGV[2]) then return -1 end
local after = at + tonumber(ARGV[1])
local ttl = string.format('%d', (after - now) / 1000 + 1000)
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', ttl)
return at - now
"""
"""Takes the next turn by the server's clock: microseconds to wait, -1 when beyond patience."""


class SharedFlags:
    """Flags and turns that all nodes see. While they cannot be seen, this node's own ones stand in."""

    def __init__(self, link: Link, own: Flags) -> None:
        self._link, self._own = link, own

    async def hoist(self, name: str, seconds: float) -> None:
        """Put a flag up, or up again, for so long."""
        await self._own.hoist(name, seconds)
        await self._link.do(lambda redis: redis.set(_key(name), b"1", px=_ms(seconds)), None)

    async def claim(self, name: str, seconds: float) -> bool:
        """Put a flag up if it is down; whether it was."""
        taken = await self._link.do(
            lambda redis: redis.set(_key(name), b"1", px=_ms(seconds), nx=True), _DOWN
        )
        return await self._own.claim(name, seconds) if taken is _DOWN else bool(taken)

    async def left(self, name: str) -> float | None:
        """Seconds for which a flag still stands, None when it is down."""
        left = await self._link.do(lambda redis: redis.pttl(_key(name)), _DOWN)
        if not isinstance(left, int):
            return await self._own.left(name)
        return left / 1000 if left > 0 else None

    async def lower(self, *names: str) -> None:
        """Take flags down."""
        await self._own.lower(*names)
        await self._link.do(lambda redis: redis.delete(*map(_key, names)), None)

    async def turn(self, name: str, interval: float, patience: float) -> float | None:
        """Seconds until the next turn, None when that is beyond patience."""
        micro = [str(int(seconds * 1_000_000)) for seconds in (interval, patience)]
        wait = await self._link.do(lambda redis: redis.eval(_TURN, 1, _key(name), *micro), _DOWN)
        if not isinstance(wait, int):
            return await self._own.turn(name, interval, patience)
        return None if wait < 0 else wait / 1_000_000


def _key(name: str) -> str:
    return f"{PREFIX}/{name}"


def _ms(seconds: float) -> int:
    return max(1, int(seconds * 1000))
