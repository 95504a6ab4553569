"""The lock between nodes: a courtesy that costs little when its owner dies, nothing when the store does."""

import pytest

from adapters.base import Deadline
from gateway.cache import SharedCache
from gateway.cache.shared import LOCK_SECONDS
from tests.cache.conftest import NOW, Q, Ticks, kept


def lock_of(cache: SharedCache) -> str:
    return cache._seal.name(Q) + "/asking"


async def put(cache: SharedCache) -> None:
    cache.keep(Q, kept())
    await cache.share(Q, NOW)


async def test_it_is_taken_for_a_while_and_given_back(node, store):
    here = node()
    async with here.alone(Q, Deadline.after(5), NOW):
        assert 0 < store.raw().pttl(lock_of(here)) <= LOCK_SECONDS * 1000
    assert not store.raw().exists(lock_of(here))


async def test_it_is_given_back_when_the_call_fails(node, store):
    here = node()
    with pytest.raises(ZeroDivisionError):
        async with here.alone(Q, Deadline.after(5), NOW):
            raise ZeroDivisionError
    assert not store.raw().exists(lock_of(here))


async def test_a_lock_that_ran_out_and_is_anothers_is_left_alone(node, store):
    here = node()
    async with here.alone(Q, Deadline.after(5), NOW):
        store.raw().set(lock_of(here), b"another's")
    assert store.raw().get(lock_of(here)) == b"another's"


async def test_what_came_between_the_look_and_the_lock_is_seen(node):
    here, there = node(), node()
    await there.bring([Q], NOW)
    await put(here)
    async with there.alone(Q, Deadline.after(5), NOW):
        assert there.recall(Q, 1, NOW, None) == kept()


async def test_who_waits_goes_on_as_soon_as_the_other_has_brought_it(node, store):
    ticks, here, there = Ticks(), node(), node()
    store.raw().set(lock_of(there), b"here's")

    async def sleep(seconds: float) -> None:
        await ticks.sleep(seconds)
        if len(ticks.slept) == 3:
            await put(here)

    there._sleep = sleep
    async with there.alone(Q, Deadline.after(60, ticks), NOW):
        assert there.recall(Q, 1, NOW, None) == kept()
    assert len(ticks.slept) == 3
    assert store.raw().get(lock_of(there)) == b"here's"


async def test_who_waits_goes_on_when_the_other_gave_up(node, store):
    ticks, there = Ticks(), node()
    store.raw().set(lock_of(there), b"here's")

    async def sleep(seconds: float) -> None:
        await ticks.sleep(seconds)
        if len(ticks.slept) == 3:
            store.raw().delete(lock_of(there))

    there._sleep = sleep
    async with there.alone(Q, Deadline.after(60, ticks), NOW):
        assert store.raw().get(lock_of(there)) not in (None, b"here's")
    assert len(ticks.slept) == 3


@pytest.mark.parametrize(("seconds", "least", "most"), [(8, 3.9, 4.0), (60, 49.9, 50.0)])
async def test_a_dead_nodes_lock_costs_half_the_time_and_ten_seconds_at_most(
    node, store, seconds, least, most
):
    ticks, there = Ticks(), node()
    there._sleep = ticks.sleep
    store.raw().set(lock_of(there), b"a dead node's")
    deadline = Deadline.after(seconds, ticks)
    async with there.alone(Q, deadline, NOW):
        assert least <= deadline.left() <= most


@pytest.mark.parametrize("sickness", ["terminate", "hang"])
async def test_without_the_store_nobody_waits(node, store, sickness):
    ticks, here = Ticks(), node()
    here._sleep = ticks.sleep
    getattr(store, sickness)()
    async with here.alone(Q, Deadline.after(60, ticks), NOW):
        pass
    assert ticks.slept == []
