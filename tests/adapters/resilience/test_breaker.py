"""The breaker: by share within a window, one call to try it, the same for every node."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest

from adapters.base import Deadline
from adapters.resilience import BreakerState, Lookout
from contracts.errors import AgencyFailed, Fault
from tests.adapters.resilience.conftest import KEYS, KIND, PLACE, Kit, reply

RULE = {"least": 10, "pause": "30s"}
GOOD = reply()


@pytest.fixture
def broken(around):
    """An adapter whose every call is one attempt, under the rule above."""

    def build(kit: Kit, over: Lookout | None = None):
        return around(kit, over=over, repeatable=False, breaker=RULE)

    return build


@pytest.fixture
def state(lookout):
    async def of() -> BreakerState:
        watch = lookout.of("demo-market")
        assert watch
        return (await watch.standing()).breaker

    return of


async def many(ask, adapter, times: int) -> list:
    return [await ask(adapter) for _ in range(times)]


async def test_it_opens_at_the_tenth_failure_and_the_agency_is_left_alone(broken, ask, state):
    kit = Kit(Fault.REFUSED)
    adapter = broken(kit)
    assert await many(ask, adapter, 9) == [Fault.REFUSED] * 9
    assert await state() is BreakerState.CLOSED
    assert await ask(adapter) is Fault.REFUSED
    assert await state() is BreakerState.OPEN
    assert await many(ask, adapter, 50) == [Fault.BREAKER_OPEN] * 50
    assert kit.calls == 10


async def test_the_refusal_says_when_the_next_try_is(broken, ask, time, grant_for):
    adapter = broken(Kit(Fault.REFUSED))
    await many(ask, adapter, 10)
    opened = time.clock()
    time.seconds += 12
    with pytest.raises(AgencyFailed) as caught:
        await adapter.pull(grant_for(KIND), KEYS, time.deadline())
    assert caught.value.next_try == opened + timedelta(seconds=30)


@pytest.mark.parametrize(("bad", "opens"), [(9, False), (10, True)])
async def test_it_is_the_share_that_counts(broken, ask, state, bad, opens):
    kit = Kit(*[GOOD] * 10, *[Fault.RESET] * bad, GOOD)
    await many(ask, broken(kit), 10 + bad)
    assert (await state() is BreakerState.OPEN) is opens


async def test_what_is_long_ago_does_not_count(broken, ask, state, time):
    adapter = broken(Kit(Fault.REFUSED))
    await many(ask, adapter, 9)
    time.seconds += 60
    await ask(adapter)
    assert await state() is BreakerState.CLOSED
    time.seconds += 59
    await many(ask, adapter, 9)
    assert await state() is BreakerState.OPEN


@pytest.mark.parametrize("fault", [Fault.DECLINED, Fault.UNAUTHORISED, Fault.TOO_LARGE, Fault.TLS])
async def test_an_agency_that_says_no_is_not_ill(broken, ask, state, fault):
    await many(ask, broken(Kit(fault)), 30)
    assert await state() is BreakerState.CLOSED


async def test_replies_that_say_broken_count_and_a_plain_no_under_500_does_not(broken, ask, state):
    kit = Kit(reply(500))
    kit.says[500] = Fault.DECLINED
    adapter = broken(kit)
    await many(ask, adapter, 10)
    assert await state() is BreakerState.CLOSED
    kit.says[500] = Fault.BROKEN
    await many(ask, adapter, 10)
    assert await state() is BreakerState.OPEN


async def test_one_call_tries_and_the_others_are_refused_meanwhile(broken, ask, state, time):
    entered, gate = asyncio.Event(), asyncio.Event()

    async def slow():
        entered.set()
        await gate.wait()
        return GOOD

    kit = Kit(*[Fault.REFUSED] * 10, slow, GOOD)
    adapter = broken(kit)
    await many(ask, adapter, 10)
    time.seconds += 30
    assert await state() is BreakerState.HALF_OPEN
    trial = asyncio.create_task(ask(adapter))
    await entered.wait()
    assert await many(ask, adapter, 20) == [Fault.BREAKER_OPEN] * 20
    assert kit.calls == 11
    gate.set()
    assert await trial == [GOOD]
    assert await state() is BreakerState.CLOSED
    assert await ask(adapter) == [GOOD]


async def test_a_trial_that_fails_opens_it_again(broken, ask, state, time):
    kit = Kit(Fault.REFUSED)
    adapter = broken(kit)
    await many(ask, adapter, 10)
    for round_ in range(1, 4):
        time.seconds += 30
        assert await ask(adapter) is Fault.REFUSED
        assert await state() is BreakerState.OPEN
        assert await ask(adapter) is Fault.BREAKER_OPEN
        assert kit.calls == 10 + round_


async def test_once_closed_old_failures_are_forgotten(broken, ask, state, time):
    kit = Kit(*[Fault.REFUSED] * 10, GOOD, Fault.REFUSED)
    adapter = broken(kit)
    await many(ask, adapter, 10)
    time.seconds += 30
    await many(ask, adapter, 3)
    assert await state() is BreakerState.CLOSED


async def test_a_trial_given_up_leaves_the_next_one_to_try(broken, ask, grant_for, time):
    entered = asyncio.Event()

    async def hang():
        entered.set()
        await asyncio.Event().wait()

    kit = Kit(*[Fault.REFUSED] * 10, hang, GOOD)
    adapter = broken(kit)
    await many(ask, adapter, 10)
    time.seconds += 30
    trial = asyncio.create_task(adapter.pull(grant_for(KIND), KEYS, time.deadline()))
    await entered.wait()
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    assert await ask(adapter) == [GOOD]


async def test_a_straggler_neither_prolongs_the_pause_nor_ends_a_trial(broken, ask, state, time):
    entered, gate = asyncio.Event(), asyncio.Event()

    async def late():
        entered.set()
        await gate.wait()
        return Fault.RESET

    kit = Kit(late, Fault.REFUSED)
    adapter = broken(kit)
    straggler = asyncio.create_task(ask(adapter))
    await entered.wait()
    await many(ask, adapter, 10)
    time.seconds += 30
    gate.set()
    assert await straggler is Fault.RESET
    assert await state() is BreakerState.HALF_OPEN


async def test_retries_stop_when_the_breaker_opens(around, ask):
    kit = Kit(Fault.REFUSED)
    adapter = around(kit, breaker={"least": 2})
    assert await ask(adapter) is Fault.BREAKER_OPEN
    assert kit.calls == 2


async def test_a_kit_that_hangs_past_its_deadline_counts_as_ill(around, grant_for, state):
    async def hang():
        await asyncio.Event().wait()

    adapter = around(Kit(hang), repeatable=False, breaker={"least": 2})
    for _ in range(2):
        with pytest.raises(AgencyFailed) as caught:
            await adapter.pull(grant_for(KIND), KEYS, Deadline.after(0.02))
        assert caught.value.fault is Fault.SILENT
    assert await state() is BreakerState.OPEN


async def test_waiting_in_our_own_queue_says_nothing_of_the_agency(around, ask, state, time):
    kit = Kit(GOOD)
    adapter = around(kit, per_second=0.001, repeatable=False, breaker={"least": 2})
    await ask(adapter)
    assert [await ask(adapter) for _ in range(10)] == [Fault.QUEUED] * 10
    assert await state() is BreakerState.CLOSED
    assert kit.calls == 1


async def taken(adapter, grant_for, time, chunks: int) -> None:
    async with aclosing(adapter.fetch(grant_for(KIND), PLACE, time.deadline())) as stream:
        for _ in range(chunks):
            await anext(stream)


async def test_files_that_break_off_open_it_and_files_left_unread_do_not(broken, grant_for, state, time):
    kit = Kit(GOOD)
    adapter = broken(kit)
    for _ in range(20):
        await taken(adapter, grant_for, time, 1)
    assert await state() is BreakerState.CLOSED
    kit.script = [Fault.TRUNCATED]
    for _ in range(20):
        with pytest.raises(AgencyFailed):
            await taken(adapter, grant_for, time, 2)
    assert await state() is BreakerState.OPEN
    with pytest.raises(AgencyFailed) as caught:
        await taken(adapter, grant_for, time, 1)
    assert caught.value.fault is Fault.BREAKER_OPEN
    assert kit.calls == 40


async def test_nodes_that_share_flags_share_the_breaker_and_the_one_trial(broken, ask, lookout, time):
    other = Lookout(time.clock, lookout.flags, time.monotonic, time.sleep)
    here, there = Kit(Fault.REFUSED), Kit(GOOD)
    near, far = broken(here), broken(there, over=other)
    await many(ask, near, 10)
    assert await ask(far) is Fault.BREAKER_OPEN
    time.seconds += 30
    assert await ask(near) is Fault.REFUSED
    assert await ask(far) is Fault.BREAKER_OPEN
    time.seconds += 30
    assert await ask(far) == [GOOD]
    here.script = [GOOD]
    assert await ask(near) == [GOOD]


async def test_a_new_version_of_the_manifest_does_not_forget(broken, ask):
    await many(ask, broken(Kit(Fault.REFUSED)), 10)
    assert await ask(broken(Kit(GOOD))) is Fault.BREAKER_OPEN


async def test_a_new_version_goes_on_counting(broken, ask, state):
    await many(ask, broken(Kit(Fault.REFUSED)), 9)
    assert await ask(broken(Kit(Fault.REFUSED))) is Fault.REFUSED
    assert await state() is BreakerState.OPEN


async def test_agencies_have_breakers_of_their_own(broken, ask):
    await many(ask, broken(Kit(Fault.REFUSED)), 10)
    tax = Kit(GOOD)
    tax.agency = "demo-tax"
    assert await ask(broken(tax)) == [GOOD]


async def test_the_watch_tells_the_last_success_and_the_last_fault(broken, ask, lookout, time):
    kit = Kit(GOOD)
    kit.says[401] = Fault.UNAUTHORISED
    adapter = broken(kit)
    watch = lookout.of("demo-market")
    assert (await watch.standing()).last_success is None
    adapter.read(GOOD)
    heard = time.clock()
    time.seconds += 5
    with pytest.raises(AgencyFailed):
        adapter.read(reply(401))
    standing = await watch.standing()
    assert (standing.last_success, standing.last_fault) == (heard, Fault.UNAUTHORISED)
    assert standing.last_failure == heard + timedelta(seconds=5)
    kit.script = [Fault.RESET]
    await ask(adapter)
    standing = await watch.standing()
    assert (standing.last_fault, standing.outcomes, standing.failures) == (Fault.RESET, 1, 1)
