"""One writer thread and a small reader pool before a synchronous database."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DataError, SQLAlchemyError

from contracts.errors import LandbridgeError, StoreUnavailable
from contracts.text import text
from gateway.store.engine import backend_of, open_engine
from gateway.store.patience import heard
from gateway.store.pulse import Pulse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Future

    from sqlalchemy import Connection, Engine

    from gateway.store.fixed import Fixed

T = TypeVar("T")

_CLOSED = text("数据库已关闭", "The database is closed")
_SILENT = text("数据库没有响应", "The database does not answer")


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction, committed at the end and rolled back by any error.

    Raises StoreUnavailable for the database's own errors, LandbridgeError for a value it cannot hold; other
    errors pass.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except DataError as error:
        # A value no column holds got past a door: a fault of ours, and no word about the database.
        raise LandbridgeError from error
    except SQLAlchemyError as error:
        raise StoreUnavailable from error


class Database:
    """A migrated database. `url` is an SQLAlchemy URL; `readers` how many read side by side."""

    def __init__(self, url: str, readers: int = 4) -> None:
        self._backend = backend_of(url)
        self._writing = open_engine(url, writes=True)
        self._reading = open_engine(url, writes=False, connections=readers)
        self._sever = self._backend.severance(self._writing, self._reading)
        self._pulse = Pulse(self._backend.silence_seconds)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="store-reader")
        self._refused_at = float("-inf")  # the writer thread's alone

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` finds, on one consistent state of the database. Raises StoreUnavailable."""

        def work() -> T:
            with self._pulse.working(), transaction(self._reading) as connection:
                return fn(connection)

        return await self._in_time(self._readers, work)

    async def first(self, fixed: Fixed, bounds: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row of a statement that is asked for all the time. Raises StoreUnavailable."""

        def work() -> tuple[Any, ...] | None:
            with self._pulse.working():
                return fixed.first(self._reading, bounds)

        return await self._in_time(self._readers, work)

    async def survey(self, fn: Callable[[Connection], T]) -> T:
        """As `read`, for what takes its time and holds nobody up: whole tables. Raises StoreUnavailable."""

        def work() -> T:
            with transaction(self._reading) as connection:
                self._backend.unhurry(connection)
                return fn(connection)

        return await asyncio.wrap_future(_submit(self._readers, work))

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` returns, once its changes are durable. Raises StoreUnavailable; then nothing is promised.

        A caller cancelled while waiting leaves the change either wholly made or not made at all. When the
        store refuses one change, those that queued behind it are refused with it: one after the other they
        would each wait out the same lock.
        """
        queued_at = time.monotonic()

        def work() -> T:
            if self._refused_at >= queued_at:
                raise StoreUnavailable
            try:
                with self.committing() as connection:
                    return fn(connection)
            except StoreUnavailable:
                self._refused_at = time.monotonic()
                raise

        return await self._in_time(self._writer, work)

    def write_soon(self, turn: Callable[[], None]) -> None:
        """Have the writer thread call `turn` after what it has in hand.

        `turn` opens its own `committing`, so that it knows what became of it, and lets no error out.
        Raises StoreUnavailable when closed, or when the database has fallen silent.
        """
        if self._pulse.silent:
            raise StoreUnavailable(_SILENT)
        _submit(self._writer, turn)

    @contextmanager
    def committing(self) -> Iterator[Connection]:
        """A writing transaction, for a `turn` on the writer thread. Raises StoreUnavailable."""
        with self._pulse.working(), transaction(self._writing) as connection:
            yield connection

    async def _in_time(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        """What `work` gives. Raises StoreUnavailable once the database is silent.

        Those who come while it is are refused at once; what they wanted is withdrawn unless it has begun.
        """
        if self._pulse.silent:
            raise StoreUnavailable(_SILENT)
        done = asyncio.wrap_future(_submit(threads, work))
        if self._backend.silence_seconds is None:
            return await done
        try:
            await heard(done, self._pulse.left)
        finally:
            if not done.done():
                done.cancel()
        if done.cancelled():
            raise StoreUnavailable(_SILENT)
        return done.result()

    async def close(self) -> None:
        """Let the work in hand finish, unless the database has fallen silent; then close every connection."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        patience = self._backend.silence_seconds
        cutting = threading.Timer(patience, self._sever) if patience else None
        if cutting:
            cutting.start()
        for threads, engine in ((self._writer, self._writing), (self._readers, self._reading)):
            threads.shutdown()
            engine.dispose()
        if cutting:
            cutting.cancel()


def _submit(threads: ThreadPoolExecutor, work: Callable[[], T]) -> Future[T]:
    try:
        return threads.submit(work)
    except RuntimeError as error:
        raise StoreUnavailable(_CLOSED) from error
