"""Single flight: one call, everybody's answer; whoever leaves takes nobody else's away."""

import asyncio

import pytest

from adapters.base import Deadline
from contracts.errors import AgencyFailed, AgencyUnavailable, Fault
from gateway.flight import Flights, side_by_side
from tests.cache.conftest import Ticks


class Pilot:
    """Flies when told to, and counts."""

    def __init__(self) -> None:
        self.flown, self.ended = 0, 0
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def fly(self) -> str:
        self.flown += 1
        try:
            await self.gate.wait()
        finally:
            self.ended += 1
        if self.error:
            raise self.error
        return f"answer {self.flown}"


@pytest.fixture
def pilot() -> Pilot:
    return Pilot()


@pytest.fixture
def flights() -> Flights[str]:
    return Flights()


async def aboard(tasks: list[asyncio.Task]) -> None:
    for _ in range(3):
        await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)


def joining(flights: Flights[str], pilot: Pilot, many: int, question: str = "q") -> list[asyncio.Task]:
    deadline = Deadline.after(60)
    return [asyncio.create_task(flights.join(question, deadline, pilot.fly)) for _ in range(many)]


async def test_a_thousand_callers_one_call(flights, pilot):
    tasks = joining(flights, pilot, 1000)
    await aboard(tasks)
    pilot.gate.set()
    assert set(await asyncio.gather(*tasks)) == {"answer 1"}
    assert pilot.flown == 1


async def test_other_questions_fly_for_themselves(flights, pilot):
    tasks = joining(flights, pilot, 2) + joining(flights, pilot, 2, "other")
    await aboard(tasks)
    pilot.gate.set()
    await asyncio.gather(*tasks)
    assert pilot.flown == 2


async def test_nothing_is_remembered_once_it_has_landed(flights, pilot):
    pilot.gate.set()
    assert await flights.join("q", Deadline.after(60), pilot.fly) == "answer 1"
    assert await flights.join("q", Deadline.after(60), pilot.fly) == "answer 2"
    assert not flights._open


async def test_the_first_callers_leaving_takes_nobodys_answer_away(flights, pilot):
    first, *others = tasks = joining(flights, pilot, 5)
    await aboard(tasks)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    pilot.gate.set()
    assert await asyncio.gather(*others) == ["answer 1"] * 4


async def test_the_last_to_leave_ends_the_call_and_the_next_begins_another(flights, pilot):
    tasks = joining(flights, pilot, 3)
    await aboard(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    late = joining(flights, pilot, 1)
    await aboard(late)
    assert (pilot.flown, pilot.ended) == (2, 1)
    pilot.gate.set()
    assert await late[0] == "answer 2"


async def test_a_failure_is_everybodys_and_is_not_remembered(flights, pilot):
    pilot.error = AgencyUnavailable(Fault.REFUSED)
    tasks = joining(flights, pilot, 3)
    await aboard(tasks)
    pilot.gate.set()
    assert await asyncio.gather(*tasks, return_exceptions=True) == [pilot.error] * 3
    pilot.error = None
    assert await flights.join("q", Deadline.after(60), pilot.fly) == "answer 2"


async def test_a_failure_nobody_waited_for_is_not_an_unseen_exception(flights, pilot, recwarn):
    pilot.error = AgencyUnavailable(Fault.REFUSED)
    tasks = joining(flights, pilot, 1)
    await aboard(tasks)
    flight = flights._open["q"].task
    pilot.gate.set()
    tasks[0].cancel()
    await asyncio.gather(*tasks, flight, return_exceptions=True)
    del flight, tasks
    assert not flights._open


async def test_who_has_less_time_leaves_earlier(flights, pilot):
    tasks = joining(flights, pilot, 1)
    await aboard(tasks)
    with pytest.raises(AgencyFailed) as caught:
        await flights.join("q", Deadline.after(0), pilot.fly)
    assert caught.value.fault is Fault.SILENT
    pilot.gate.set()
    assert await tasks[0] == "answer 1"


async def test_an_answer_cut_short_by_anothers_deadline_is_asked_for_again(flights, pilot):
    ticks = Ticks()
    short, long = Deadline.after(1, ticks), Deadline.after(60, ticks)

    def cut_short(answer: str) -> bool:
        return answer == "answer 1"

    hasty = asyncio.create_task(flights.join("q", short, pilot.fly, cut_short))
    await aboard([hasty])
    patient = [asyncio.create_task(flights.join("q", long, pilot.fly, cut_short)) for _ in range(3)]
    await aboard(patient)
    ticks.now += 2
    pilot.gate.set()
    assert await hasty == "answer 1"
    assert await asyncio.gather(*patient) == ["answer 2"] * 3
    assert pilot.flown == 2


async def test_a_failure_that_was_not_cut_short_is_not_asked_for_again(flights, pilot):
    tasks = [
        asyncio.create_task(flights.join("q", Deadline.after(60), pilot.fly, lambda _: True))
        for _ in range(3)
    ]
    await aboard(tasks)
    pilot.gate.set()
    assert await asyncio.gather(*tasks) == ["answer 1"] * 3


async def test_a_failure_among_several_leaves_later_timeouts_alone():
    """Debian 12's Python counts the group's own cancellation for good; a timeout then cancels its task."""

    async def fail() -> None:
        raise ValueError

    task = asyncio.current_task()
    assert task
    before = task.cancelling()
    with pytest.raises(ValueError):  # noqa: PT011  any will do
        await side_by_side([fail(), asyncio.sleep(60)])
    assert task.cancelling() == before
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.sleep(60)
