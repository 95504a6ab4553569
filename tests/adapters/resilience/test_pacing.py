"""Pacing and hours: turns evenly spaced over all nodes; what is refused costs nothing."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from adapters.resilience import Lookout
from contracts.errors import AgencyFailed, Fault
from tests.adapters.resilience.conftest import KEYS, KIND, Kit, reply

GOOD = reply()


async def test_no_more_calls_a_second_than_the_agency_allows(around, ask, time):
    at: list[float] = []

    async def note():
        at.append(time.seconds)
        return GOOD

    adapter = around(Kit(note), per_second=4)
    for _ in range(9):
        await ask(adapter)
    spaces = [after - before for before, after in pairwise(at)]
    assert spaces == pytest.approx([0.25] * 8)


async def test_many_at_once_queue_one_behind_the_other(around, ask, lookout):
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    lookout.sleep = note
    adapter = around(Kit(GOOD), per_second=2, concurrency=10)
    await asyncio.gather(*(ask(adapter, 60) for _ in range(5)))
    assert sorted(waits) == [0.5, 1.0, 1.5, 2.0]


async def test_who_cannot_wait_takes_no_turn(around, ask, time):
    kit = Kit(GOOD)
    adapter = around(kit, per_second=0.1)
    assert await ask(adapter) == [GOOD]
    assert [await ask(adapter) for _ in range(5)] == [Fault.QUEUED] * 5
    time.seconds += 10
    assert await ask(adapter) == [GOOD]
    assert (kit.calls, time.slept) == (2, [])


async def test_a_turn_that_was_waited_for_in_vain_is_not_retried(around, ask, time):
    kit = Kit(GOOD)
    adapter = around(kit, per_second=0.1)
    await ask(adapter)
    await ask(adapter)
    assert kit.calls == 1


async def test_nodes_wait_for_each_others_turns(around, ask, lookout, time):
    other = Lookout(time.clock, lookout.flags, time.monotonic, time.sleep)
    near, far = around(Kit(GOOD), per_second=1), around(Kit(GOOD), over=other, per_second=1)
    await ask(near)
    await ask(far)
    assert time.slept == [1.0]


async def test_what_the_breaker_refuses_takes_no_turn(around, ask, time):
    kit = Kit(Fault.REFUSED)
    adapter = around(kit, per_second=1, repeatable=False, breaker={"least": 1, "pause": "30s"})
    await ask(adapter)
    for _ in range(60):
        assert await ask(adapter) is Fault.BREAKER_OPEN
    assert time.slept == []
    time.seconds += 30
    assert await ask(adapter) is Fault.REFUSED
    assert time.slept == []


async def test_without_a_limit_nobody_waits(around, ask, time):
    adapter = around(Kit(GOOD))
    for _ in range(100):
        await ask(adapter)
    assert time.slept == []


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        ("06:00-23:00", (2, 23, 30), (3, 6, 0)),
        ("06:00-23:00", (2, 5, 59), (2, 6, 0)),
        ("22:00-06:00", (2, 12, 0), (2, 22, 0)),
        ("08:30-17:00", (2, 17, 0), (3, 8, 30)),
        ("08:30-17:00", (31, 18, 0), (32, 8, 30)),
    ],
)
async def test_a_closed_office_says_when_it_opens(around, grant_for, time, hours, now, opens):
    def beijing(day: int, hour: int, minute: int) -> float:
        return datetime(2026, 3, 1, tzinfo=UTC).timestamp() + ((day - 1) * 24 + hour - 8) * 3600 + minute * 60

    kit = Kit(GOOD)
    adapter = around(kit, hours=hours)
    adapter._clock = lambda: datetime.fromtimestamp(beijing(*now), UTC)
    with pytest.raises(AgencyFailed) as caught:
        await adapter.pull(grant_for(KIND), KEYS, time.deadline())
    assert caught.value.fault is Fault.OUTSIDE_HOURS
    assert caught.value.next_try == datetime.fromtimestamp(beijing(*opens), UTC)
    assert kit.calls == 0
