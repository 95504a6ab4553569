"""Single flight: who asks what is just being asked waits for the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from adapters.base import Deadline, failed
from contracts.errors import Fault

T = TypeVar("T")


@dataclass(slots=True)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    deadline: Deadline
    waiting: int = 0


class Flights(Generic[T]):
    """What is being asked right now, by question. Nothing is remembered once it has landed."""

    def __init__(self) -> None:
        self._open: dict[Hashable, _Flight[T]] = {}

    async def join(
        self,
        question: Hashable,
        deadline: Deadline,
        fly: Callable[[], Awaitable[T]],
        cut_short: Callable[[T], bool] = lambda _: False,
    ) -> T:
        """What `fly` gives to whoever began; everybody who joins meanwhile gets the same, errors included.

        Who leaves takes nobody else's answer away; the last to leave ends the flight. An answer `cut_short`
        by the deadline of the one who began is no answer for those with time left: they fly again. Raises
        AgencyUnavailable (silent) when this caller's own deadline passes first.
        """
        while True:
            flight = self._open.get(question)
            own = flight is None
            if flight is None:
                flight = self._begin(question, deadline, fly)
            landed = await self._wait(question, flight, None if own else deadline)
            if own or deadline.spent or not (flight.deadline.spent and cut_short(landed)):
                return landed

    def _begin(self, question: Hashable, deadline: Deadline, fly: Callable[[], Awaitable[T]]) -> _Flight[T]:
        async def whole() -> T:
            return await fly()

        flight = _Flight(asyncio.create_task(whole()), deadline)
        self._open[question] = flight
        flight.task.add_done_callback(lambda task: self._landed(question, task))
        return flight

    def _landed(self, question: Hashable, task: asyncio.Task[Any]) -> None:
        if not task.cancelled():
            task.exception()  # seen, even if everybody has left
        self._forget(question, task)

    def _forget(self, question: Hashable, task: asyncio.Task[Any]) -> None:
        flight = self._open.get(question)
        if flight and flight.task is task:
            del self._open[question]

    async def _wait(self, question: Hashable, flight: _Flight[T], deadline: Deadline | None) -> T:
        flight.waiting += 1
        try:
            async with asyncio.timeout(deadline.left() if deadline else None):
                return await asyncio.shield(flight.task)
        except TimeoutError:
            raise failed(Fault.SILENT) from None
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                # Nobody wants it any more; who comes now begins a new one.
                self._forget(question, flight.task)
                flight.task.cancel()


async def side_by_side(walks: Iterable[Awaitable[None]]) -> None:
    """All at once; if one fails, the others are ended too and its error comes out bare.

    A TaskGroup of Python 3.11 leaves its own cancellation counted, and every later timeout of the task would
    then end in a cancellation instead: the count is put back.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        async with asyncio.TaskGroup() as group:
            for walk in walks:
                group.create_task(walk)  # type: ignore[arg-type]
    except ExceptionGroup as several:
        while task and task.cancelling() > before:
            task.uncancel()
        raise several.exceptions[0] from several
